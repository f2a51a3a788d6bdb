"""Says what each unit of an opinion's layout is: title, byline, heading, paragraph, note.

The order of an opinion is taken to be: caption and other front matter, byline, body with headings,
notes. Every part but the body may be missing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vectorstore.footnotes import NOTES_TITLE, note_number
from vectorstore.headings import byline_length, is_heading, is_separate_byline
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
_QUOTE_OPENS = ("“", '"', "‘", "``", "'")
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
    first_note = _first_note(units, texts)
    notes = _notes(units, texts, first_note)
    front_end, byline = _front_matter(units, texts, first_note)
    drafts = _front_drafts(units, texts, front_end)
    base = _base_indent(units)
    for i in range(front_end, len(units)):
        unit, text = units[i], texts[i]
        if unit.furniture:
            drafts.append(_draft(unit, BlockKind.FURNITURE))
        elif i in notes:
            drafts.append(notes[i])
        elif i >= first_note:
            drafts.append(_draft(unit, BlockKind.HEADING))
        elif (length := byline_length(text)) is not None and (
            i == byline or is_separate_byline(text[:length])
        ):
            drafts += _byline_drafts(source, unit, length)
        elif _is_quotation(unit, text, drafts, source, base if wrapped else None):
            drafts.append(_draft(unit, BlockKind.QUOTATION))
        elif unit.lines <= 3 and is_heading(text) and _stands_over_text(i, units, first_note):
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


def _first_note(units: Sequence[Unit], texts: Sequence[str]) -> int:
    """The index of the unit with which the notes begin; `len(units)` when there are none.

    They begin at a line "FOOTNOTES", or where a run of numbered units, counting up from 1, reaches
    to the end, or with an orphaned full stop.
    """
    for i in range(len(units) - 1, 0, -1):
        if NOTES_TITLE.fullmatch(texts[i].strip(" .:*_-")) and any(
            note_number(t) for t in texts[i + 1 : i + 2]
        ):
            return i
    first = len(units)
    # From the end backwards over what can be notes: numbered in descending order, or orphaned.
    following: int | None = None
    for i in range(len(units) - 1, 0, -1):
        if units[i].furniture:
            continue
        found = note_number(texts[i])
        if found is None:
            if len(units) - i > 1 and following is None:
                break
            continue
        number = found[0]
        if number == "":
            first = i
        elif number.isdigit():
            if following is not None and int(number) >= following:
                break
            following = int(number)
            if following == 1:
                first = i
                break
    return first


def _notes(units: Sequence[Unit], texts: Sequence[str], first: int) -> dict[int, Draft]:
    notes: dict[int, Draft] = {}
    previous: int | None = None
    for i in range(first, len(units)):
        unit = units[i]
        if unit.furniture or NOTES_TITLE.fullmatch(texts[i].strip(" .:*_-")):
            continue
        found = note_number(texts[i])
        if found is not None:
            number, length = found
            notes[i] = Draft(
                unit.start, unit.end, BlockKind.FOOTNOTE, unit.start + length, number, unit.holes
            )
            previous = i
        elif previous is not None:
            # A note's second paragraph belongs to the note.
            notes[i] = Draft(unit.start, unit.end, BlockKind.FOOTNOTE, unit.start, None, unit.holes)
    return notes


# Front matter


def _front_matter(units: Sequence[Unit], texts: Sequence[str], end: int) -> tuple[int, int | None]:
    """Where the body begins (a byline belongs to it), and the index of the byline if there is one.

    With a byline, everything above it is front matter. Without, front matter are the leading units
    that are no prose.
    """
    for i in range(end):
        if units[i].furniture:
            continue
        length = byline_length(texts[i])
        if length is not None and not is_separate_byline(texts[i][:length]):
            return i, i
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
    if candidates:
        drafts[title] = replace(drafts[title], kind=BlockKind.TITLE)
    return drafts


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
    if base is not None and unit.indent >= base + 4 and unit.lines > 1:
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


def _stands_over_text(i: int, units: Sequence[Unit], end: int) -> bool:
    """Whether text follows a heading; a signature or date at the end has none."""
    return any(not u.furniture and u.end - u.start > 60 for u in units[i + 1 : end])
