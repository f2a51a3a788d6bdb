"""Says what each unit of an opinion's layout is: title, byline, heading, paragraph, note.

The order of an opinion is taken to be: caption and other front matter, byline, body with headings,
notes. Every part but the body may be missing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vectorstore.footnotes import NOTES_TITLE, find_calls, note_number
from vectorstore.headings import byline_length, is_byline_alone, is_heading, is_separate_byline
from vectorstore.layout import Unit
from vectorstore.opinion import BlockKind

_CASE_NAME = re.compile(
    r"\s(?:v|vs|V|VS)\.?\s|\b(?:In re|IN RE|In the Matter of|Ex parte|EX PARTE)\b"
)
_PAPER = re.compile(r"\b(?:order|opinion|ruling|memorandum|decision|judgment|findings)\b", re.I)
_FRONT = re.compile(
    r"""^(?:\W*(?:no|nos|docket|case|civil|civ|crim|cv|appeal|appeals?\sfrom|on\s(?:appeal|writ|
    petition|certiorari)|certiorari\sto|argued|submitted|decided|filed|before|present|syllabus|
    attorneys?|counsel|for\s(?:the\s)?(?:plaintiff|defendant|appell|petition|respond)|
    united\sstates\s(?:court|district)|supreme\scourt|in\sthe|court\sof|dated|date)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_COUNSEL = re.compile(
    r"\b(?:for (?:the )?(?:plaintiff|defendant|appell|petition|respond|amic|intervenor)|"
    r"on (?:the )?briefs?\b|argued the cause|with (?:him|her|whom) (?:was|were)|of counsel|"
    r"(?:Circuit |District )?(?:Judges|Justices)\.?$)",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"""\b(?:explain|stat|said|say|held|hold|wrote|writ|not|observ|provid|read|put|conclud|found|
    reason|declar|testif|describ|add|quot|remark|emphasi|recogni|instruct|announc|articulat|
    summari|caution|defin|follow|respond|answer|warn|report|testimony|language|words|passage|
    clause|section|statute|rule|amendment|opinion|in)\w*\b[^.]{0,160}:\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
_OWN_LIST = re.compile(
    r"\b(?:order(?:s|ed)?|issues?|questions?|reasons?|conclusions?)\b[^.]{0,60}:\W*$", re.I
)
_ENUMERATED = re.compile(r"\(?(?:\d{1,2}|[a-z]|[ivx]{1,4}|[IVX]{1,4})[.)]\s")
_NOTE_UNITS = 3  # more unnumbered units than that are body text, not a long note
_FRONT_SHARE = 0.5  # of an opinion may stand above its byline: a syllabus can be long
_LINE_UP = 10  # units between the line-up of the justices and the opinion's byline
_VERSUS_ALONE = re.compile(
    r"[-–—\s]*(?:v|vs|V|VS|against|versus)\b\.?[-–—,\s]*(?:[:)§|*].*)?$", re.S
)
_PARTY_ROLE = re.compile(
    r"\W*(?:plaintiff|defendant|petitioner|respondent|appell|claimant|debtor|relator|and\b|intervenor)"
    r"[^.]*$|\W*$",
    re.IGNORECASE,
)
_QUOTE_OPENS = ("“", '"', "‘", "``", "'")
_ENDS_PROSE = re.compile(r"[.?!:;][”’\"')\]]*(?:\[?[\d*]{1,3}\]?|[¹²³⁰⁴-⁹]+)?$")
_INTRODUCES = re.compile(r":[”’\"')\]]*(?:\[?\d{1,3}\]?|[¹²³⁰⁴-⁹]+)?$")


@dataclass(frozen=True, slots=True)
class Draft:
    """A block before numbering.

    `number` is a note's own number ("" when lost), which occupies `start` to `said`; `holes` are
    page furniture inside it.
    """

    start: int
    end: int
    kind: BlockKind
    said: int
    number: str | None = None
    holes: tuple[tuple[int, int], ...] = ()


def classify(source: str, units: Sequence[Unit], *, wrapped: bool) -> list[Draft]:
    """The blocks of `source` in order, one or two (a run-in byline and its paragraph) a unit."""
    texts = [source[u.start : u.end] for u in units]
    first_note = _first_note(source, units, texts)
    notes = _notes(units, texts, first_note)
    front_end, byline = _front_matter(units, texts, first_note)
    drafts = _front_drafts(units, texts, front_end)
    base = _base_indent(units)
    for i in range(front_end, len(units)):
        unit, text = units[i], texts[i]
        if i in notes:
            if note := notes[i]:
                drafts.append(note)
        elif unit.furniture:
            drafts.append(_draft(unit, BlockKind.FURNITURE))
        elif i >= first_note:
            drafts.append(_draft(unit, BlockKind.HEADING))
        elif (length := byline_length(text)) is not None and (i == byline or is_byline_alone(text)):
            drafts += _byline_drafts(source, unit, length)
        elif _is_quotation(unit, text, drafts, source, base if wrapped else None):
            drafts.append(_draft(unit, BlockKind.QUOTATION))
        elif (
            unit.lines <= 3 and is_heading(text) and _stands_over_text(i, units, texts, first_note)
        ):
            drafts.append(_draft(unit, BlockKind.HEADING))
        else:
            drafts.append(_draft(unit, BlockKind.PARAGRAPH))
    return drafts


def _draft(unit: Unit, kind: BlockKind) -> Draft:
    return Draft(unit.start, unit.end, kind, unit.start, holes=unit.holes)


def _byline_drafts(source: str, unit: Unit, length: int) -> list[Draft]:
    """The byline, and the paragraph that it runs into."""
    end = unit.start + length
    text_start = end
    while text_start < unit.end and source[text_start].isspace():
        text_start += 1
    byline = Draft(unit.start, end, BlockKind.BYLINE, unit.start)
    if text_start == unit.end:
        return [byline]
    rest = Draft(text_start, unit.end, BlockKind.PARAGRAPH, text_start, holes=unit.holes)
    return [byline, rest]


# Notes


def _first_note(source: str, units: Sequence[Unit], texts: Sequence[str]) -> int:
    """The index of the unit with which the notes begin; `len(units)` when there are none.

    They begin at a line "FOOTNOTES", or where a run of numbered units reaches to the end. Headings
    and an order's paragraphs are numbered too: the run counts only below a rule, or where the text
    above calls at least half of its numbers.
    """
    for i in range(len(units) - 1, 0, -1):
        title = NOTES_TITLE.fullmatch(texts[i].strip(" .:*_-"))
        if title and i + 1 < len(units) and note_number(texts[i + 1]):
            return i
    run = _numbered_run(units, texts)
    if not run:
        return len(units)
    numbers = frozenset(n for i in run if (n := (note_number(texts[i]) or ("", 0))[0]))
    above = units[: run[0]]
    ruled = above[-1].furniture and not any(c.isalnum() for c in texts[run[0] - 1])
    calls = find_calls(source, [(u.start, u.end) for u in above], noted=numbers)
    called = numbers & {c.number for c in calls}
    return run[0] if ruled or 2 * len(called) >= len(numbers) else len(units)


def _numbered_run(units: Sequence[Unit], texts: Sequence[str]) -> list[int]:
    """The units at the end that can begin notes: numbered in ascending order, or with an orphaned
    full stop; a note may go on over a few units.
    """
    run: list[int] = []
    following: int | None = None  # the number of the note below
    unnumbered = 0
    for i in range(len(units) - 1, 0, -1):
        if units[i].furniture:
            continue
        found = note_number(texts[i])
        if found is None or (found[0].isdigit() and is_heading(texts[i])):
            unnumbered += 1
            if unnumbered > _NOTE_UNITS or following == 1:
                break
            continue
        number = int(found[0]) if found[0].isdigit() else None
        if number is not None and following not in (None, 1) and number >= (following or 0):
            break
        if number is None and unnumbered and not run:
            break  # a lost number is told by its place at the very end
        run.append(i)
        following, unnumbered = number, 0
    return run[::-1]


def _notes(units: Sequence[Unit], texts: Sequence[str], first: int) -> dict[int, Draft | None]:
    """The notes by the index of their unit; None for units that belong to the note above."""
    groups: list[list[int]] = []
    for i in range(first, len(units)):
        if units[i].furniture or NOTES_TITLE.fullmatch(texts[i].strip(" .:*_-")):
            continue
        if note_number(texts[i]) is not None:
            groups.append([i])
        elif groups:
            groups[-1].append(i)  # a note's second paragraph
    notes: dict[int, Draft | None] = {}
    for group in groups:
        number, length = note_number(texts[group[0]]) or ("", 0)
        inside = units[group[0] : group[-1] + 1]
        holes = [h for u in inside for h in ([(u.start, u.end)] if u.furniture else u.holes)]
        start = inside[0].start
        notes |= dict.fromkeys(range(group[0], group[-1] + 1))
        notes[group[0]] = Draft(
            start, inside[-1].end, BlockKind.FOOTNOTE, start + length, number, tuple(holes)
        )
    return notes


# Front matter


def _front_matter(units: Sequence[Unit], texts: Sequence[str], end: int) -> tuple[int, int | None]:
    """Where the body begins (a byline belongs to it), and the index of the byline if there is one.

    With a byline, everything above it is front matter. Without, front matter are the leading units
    that are no prose.
    """
    total = sum(map(len, texts))
    for i in range(end):
        if units[i].furniture:
            continue
        if sum(map(len, texts[:i])) > _FRONT_SHARE * total and any(map(_is_prose, texts[:i])):
            break  # so late a byline is a separate opinion's
        if _is_court_byline(texts[i]):
            # The line-up of the justices comes first, then counsel, then the byline itself.
            again = [k for k in range(i + 1, min(i + _LINE_UP, end)) if _is_court_byline(texts[k])]
            last = again[-1] if again and not any(map(_is_prose, texts[i + 1 : again[-1]])) else i
            return last, last
    for i in range(end):
        if units[i].furniture:
            continue
        if _is_prose(texts[i]):
            # Headings right above the prose belong to the body, but a lone one is the title.
            first = i
            while first > 1 and _is_body_heading(texts[first - 1]):
                first -= 1
            return first, None
    return min(end, 1), None


def _is_court_byline(text: str) -> bool:
    length = byline_length(text)
    return length is not None and not is_separate_byline(text[:length])


def _is_prose(text: str) -> bool:
    return (
        len(text) >= 60
        and not text.isupper()
        and text.rstrip("”\"')]’0123456789")[-1:] in (".", "?", "!", ":", ";")
        and not _FRONT.match(text)
        and not _COUNSEL.search(text)
        and not (_CASE_NAME.search(text) and len(text) < 100)
    )


def _is_body_heading(text: str) -> bool:
    return (
        is_heading(text)
        and not _CASE_NAME.search(text)
        and not _FRONT.match(text)
        and not (_PAPER.search(text))
    )


def _front_drafts(units: Sequence[Unit], texts: Sequence[str], end: int) -> list[Draft]:
    drafts = [
        _draft(u, BlockKind.FURNITURE if u.furniture else BlockKind.FRONT_MATTER)
        for u in units[:end]
    ]
    candidates = [i for i in range(end) if not units[i].furniture]
    title = next(
        (i for i in candidates if _CASE_NAME.search(f" {texts[i]} ")),
        next(
            (i for i in candidates if _PAPER.search(texts[i])), candidates[0] if candidates else 0
        ),
    )
    if not candidates:
        return drafts
    first, last = _caption(candidates, texts) or (title, title)
    merged = replace(drafts[first], kind=BlockKind.TITLE, end=drafts[last].end)
    return [*drafts[:first], merged, *drafts[last + 1 :]]


def _caption(candidates: Sequence[int], texts: Sequence[str]) -> tuple[int, int] | None:
    """The first and last unit of a caption set over several lines, from one party's name over a
    line "v." to the other's; None when there is no such line.
    """
    for n, i in enumerate(candidates):
        if not _VERSUS_ALONE.match(texts[i]):
            continue
        above = [k for k in candidates[:n] if not _PARTY_ROLE.match(texts[k])]
        below = [k for k in candidates[n + 1 :] if not _PARTY_ROLE.match(texts[k])]
        if above and below:
            return above[-1], below[0]
    return None


# Body


def _base_indent(units: Sequence[Unit]) -> int:
    """The indentation of the body's lines: that of most lines in units of several lines."""
    weights: Counter[int] = Counter()
    for unit in units:
        if unit.lines > 1 and not unit.furniture:
            weights[unit.indent] += unit.lines
    return weights.most_common(1)[0][0] if weights else 0


def _is_quotation(
    unit: Unit, text: str, above: Sequence[Draft], source: str, base: int | None
) -> bool:
    """Whether a unit is a block quotation.

    Where lines are wrapped, one that stands deeper than the body; anywhere, one that follows a
    paragraph ending in a colon which attributes words to somebody, or goes on with a quotation
    whose quotation mark is still open.
    """
    previous = next((d for d in reversed(above) if d.kind is not BlockKind.FURNITURE), None)
    if previous is None or previous.kind not in (BlockKind.PARAGRAPH, BlockKind.QUOTATION):
        return False
    said = source[previous.said : previous.end]
    if base is not None and unit.indent >= base + 4 and unit.lines > 1 and _ENDS_PROSE.search(text):
        return True
    if previous.kind is BlockKind.QUOTATION:
        return text.startswith(_QUOTE_OPENS) and _is_open(said)
    if not _INTRODUCES.search(said):
        return False
    last = said[-260:]
    if text.startswith(_QUOTE_OPENS):
        return True
    return (
        bool(_SAYS.search(last))
        and not _OWN_LIST.search(last)
        and not _ENUMERATED.match(text)
        and not is_heading(text)
    )


def _is_open(text: str) -> bool:
    """Whether the quotation that a text begins with is not closed at its end."""
    return text.startswith(_QUOTE_OPENS) and text.rstrip(" .0123456789")[-1:] not in "”\"’'"


def _stands_over_text(i: int, units: Sequence[Unit], texts: Sequence[str], end: int) -> bool:
    """Whether prose follows a heading; a signature or date at the end has none."""
    return any(
        not unit.furniture and _ENDS_PROSE.search(text) and not is_heading(text)
        for unit, text in zip(units[i + 1 : end], texts[i + 1 : end], strict=True)
    )
