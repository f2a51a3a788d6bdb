"""Says what each unit of an opinion's layout is: title, byline, heading, paragraph, note.

The order of an opinion is taken to be: caption and other front matter, byline, body with headings,
notes. Every part but the body may be missing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from vectorstore.opinion import BlockKind
from vectorstore.reading.drafts import Draft, draft_of, split_drafts
from vectorstore.reading.footnotes import NOTES_TITLE, find_calls, note_number
from vectorstore.reading.front_matter import front_drafts, front_matter, is_prose
from vectorstore.reading.headings import (
    byline_length,
    is_byline_alone,
    is_clause_heading,
    is_heading,
    run_in_heading_length,
)
from vectorstore.reading.layout import Unit
from vectorstore.reading.page_notes import find_page_notes
from vectorstore.reading.signatures import mark_closing

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
_TRANSCRIPT = re.compile(r"[“\"]?(?:Q|A|THE (?:COURT|WITNESS)|M[RS]S?\. [A-Z]+)[.:]\s")
_NUMBER_ALONE = re.compile(r"\d{1,2}|[a-z]")
_NOTE_UNITS = 3  # more unnumbered units than that are body text, not a long note
_QUOTE_OPENS = ("“", '"', "‘", "``", "'")
_ENDS_PROSE = re.compile(r"[.?!:;][”’\"')\]]*(?:\[?[\d*]{1,3}\]?|[¹²³⁰⁴-⁹]+)?$")
_INTRODUCES = re.compile(r":[”’\"')\]]*(?:\[?\d{1,3}\]?|[¹²³⁰⁴-⁹]+)?$")


def classify(source: str, units: Sequence[Unit], *, wrapped: bool) -> list[Draft]:
    """The blocks of `source` in order, one or two (a run-in byline and its paragraph) a unit."""
    texts = [source[u.start : u.end] for u in units]
    page_notes = find_page_notes(source, units, texts) if wrapped else {}
    feet = frozenset(k for group in page_notes.values() for k in group)
    first_note = _first_note(source, units, texts, feet)
    notes = _notes(units, texts, first_note)
    for group in page_notes.values():
        if group[0] < first_note:
            notes |= _note(units, texts, group)
    front_end, byline = front_matter(units, texts, min([first_note, *feet]))
    drafts = front_drafts(units, texts, front_end)
    base = _base_indent(units)
    deep = _paragraph_indent(units, base) + 3
    for i in range(front_end, len(units)):
        unit, text = units[i], texts[i]
        if i in notes:
            if note := notes[i]:
                drafts.append(note)
        elif unit.furniture:
            drafts.append(draft_of(unit, BlockKind.FURNITURE))
        elif i >= first_note:
            drafts.append(draft_of(unit, BlockKind.HEADING))
        elif (length := byline_length(text)) is not None and (i == byline or is_byline_alone(text)):
            drafts += split_drafts(source, unit, length, BlockKind.BYLINE)
        elif _is_quotation(unit, text, drafts, source, (base + 4, deep) if wrapped else None):
            drafts.append(draft_of(unit, BlockKind.QUOTATION))
        elif (
            unit.lines <= 3 and is_heading(text) and _stands_over_text(i, units, texts, first_note)
        ) or (
            _is_clause_heading(i, units, texts, drafts, source)
            or (not wrapped and _NUMBER_ALONE.fullmatch(text) and i + 1 < first_note)
        ):
            drafts.append(draft_of(unit, BlockKind.HEADING))
        elif (length := _run_in(text, drafts, source)) is not None:
            drafts += split_drafts(source, unit, length, BlockKind.HEADING)
        else:
            rest = _goes_on(text, drafts, source)
            drafts.append(replace(draft_of(unit, BlockKind.PARAGRAPH), continues=rest))
    return mark_closing(drafts, source)


def _goes_on(text: str, above: Sequence[Draft], source: str) -> bool:
    """Whether a paragraph is the rest of one that stops in mid sentence above a note."""
    k = len(above)
    while k and above[k - 1].kind in (BlockKind.FOOTNOTE, BlockKind.FURNITURE):
        k -= 1
    if not k or above[k - 1].kind is not BlockKind.PARAGRAPH or _ENUMERATED.match(text):
        return False
    noted = any(d.kind is BlockKind.FOOTNOTE for d in above[k:])
    return noted and not _ENDS_PROSE.search(source[above[k - 1].said : above[k - 1].end])


# Notes


def _first_note(
    source: str, units: Sequence[Unit], texts: Sequence[str], feet: frozenset[int]
) -> int:
    """The index of the unit with which the notes begin; `len(units)` when there are none.

    They begin at a line "FOOTNOTES", or where a run of numbered units reaches to the end. Headings
    and an order's paragraphs are numbered too: the run counts only below a rule, or where the text
    above calls at least half of its numbers.
    """
    for i in range(len(units) - 1, 0, -1):
        title = NOTES_TITLE.fullmatch(texts[i].strip(" .:*_-"))
        if title and i + 1 < len(units) and note_number(texts[i + 1]):
            return i
    run = _numbered_run(units, texts, feet)
    if not run:
        return len(units)
    numbers = frozenset(n for i in run if (n := (note_number(texts[i]) or ("", 0))[0]))
    above = units[: run[0]]
    ruled = above[-1].furniture and not any(c.isalnum() for c in texts[run[0] - 1])
    calls = find_calls(source, [(u.start, u.end) for u in above], noted=numbers)
    called = numbers & {c.number for c in calls}
    return run[0] if ruled or 2 * len(called) >= len(numbers) else len(units)


def _numbered_run(units: Sequence[Unit], texts: Sequence[str], feet: frozenset[int]) -> list[int]:
    """The units at the end that can begin notes: numbered in ascending order, or with an orphaned
    full stop; a note may go on over a few units.
    """
    run: list[int] = []
    following: int | None = None  # the number of the note below
    unnumbered = 0
    for i in range(len(units) - 1, 0, -1):
        if units[i].furniture or i in feet:
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
        notes |= _note(units, texts, group)
    return notes


def _note(
    units: Sequence[Unit], texts: Sequence[str], group: Sequence[int]
) -> dict[int, Draft | None]:
    """The note made of the units from the first to the last of `group`, by the first one's index;
    None for the others'.
    """
    number, length = note_number(texts[group[0]]) or ("", 0)
    inside = units[group[0] : group[-1] + 1]
    holes = [h for u in inside for h in ([(u.start, u.end)] if u.furniture else u.holes)]
    start, end = inside[0].start, inside[-1].end
    note = Draft(start, end, BlockKind.FOOTNOTE, start + length, number, tuple(holes))
    return {**dict.fromkeys(range(group[0], group[-1] + 1)), group[0]: note}


# Body


def _base_indent(units: Sequence[Unit]) -> int:
    """The indentation of the body's lines: that of most lines in units of several lines."""
    weights: Counter[int] = Counter()
    for unit in units:
        if unit.lines > 1 and not unit.furniture:
            weights[unit.indent] += unit.lines
    return weights.most_common(1)[0][0] if weights else 0


def _is_quotation(
    unit: Unit, text: str, above: Sequence[Draft], source: str, depths: tuple[int, int] | None
) -> bool:
    """Whether a unit is a block quotation.

    Where lines are wrapped, one that stands deeper than the body; anywhere, one that follows a
    paragraph ending in a colon which attributes words to somebody, or goes on with a quotation
    whose quotation mark is still open, or with questions and answers.

    `depths` are, where lines are wrapped, the indentations from which a unit of several lines and
    one of a single line stand deeper than the body.
    """
    previous = next((d for d in reversed(above) if d.kind is not BlockKind.FURNITURE), None)
    if previous is None or previous.kind not in (BlockKind.PARAGRAPH, BlockKind.QUOTATION):
        return False
    said = source[previous.said : previous.end]
    if depths is not None and _ENDS_PROSE.search(text):
        if unit.lines > 1 and unit.indent >= depths[0]:
            return True
        if previous.kind is BlockKind.QUOTATION and unit.indent >= depths[1]:
            return True
    if previous.kind is BlockKind.QUOTATION:
        asked = _TRANSCRIPT.match(said) and _TRANSCRIPT.match(text)
        return bool(asked) or (text.startswith(_QUOTE_OPENS) and _is_open(said))
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


def _paragraph_indent(units: Sequence[Unit], base: int) -> int:
    """How deep the first line of most of the body's paragraphs stands."""
    firsts = Counter(u.first_indent for u in units if u.lines > 1 and abs(u.indent - base) <= 2)
    return max(base, firsts.most_common(1)[0][0]) if firsts else base


def _is_clause_heading(
    i: int, units: Sequence[Unit], texts: Sequence[str], above: Sequence[Draft], source: str
) -> bool:
    """Whether a unit is a numbered heading worded as a clause, over prose of its own."""
    below = next((k for k in range(i + 1, len(units)) if not units[k].furniture), None)
    if below is None or units[i].lines > 3 or not is_clause_heading(texts[i]):
        return False
    previous = above[-1] if above else None
    if previous is not None and _INTRODUCES.search(source[previous.said : previous.end]):
        return False  # a list
    text = texts[below]
    return (
        bool(_ENDS_PROSE.search(text) or is_prose(text))
        and not _ENUMERATED.match(text)
        and not is_heading(text)
    )


def _run_in(text: str, above: Sequence[Draft], source: str) -> int | None:
    """The length of a heading that runs into its paragraph; None in an examination or a list."""
    previous = above[-1] if above else None
    if previous is not None:
        said = source[previous.said : previous.end]
        if _TRANSCRIPT.match(said) or said.endswith("?") or _INTRODUCES.search(said):
            return None
    return run_in_heading_length(text)


def _is_open(text: str) -> bool:
    """Whether the quotation that a text begins with is not closed at its end."""
    return text.startswith(_QUOTE_OPENS) and text.rstrip(" .0123456789")[-1:] not in "”\"’'"


def _stands_over_text(i: int, units: Sequence[Unit], texts: Sequence[str], end: int) -> bool:
    """Whether prose follows a heading; a signature or date at the end has none."""
    return any(
        not unit.furniture and _ENDS_PROSE.search(text) and not is_heading(text)
        for unit, text in zip(units[i + 1 : end], texts[i + 1 : end], strict=True)
    )
