"""Cuts an opinion's source into units: paragraphs, headings and furniture as they were laid out.

Two layouts are told apart. In one, each line is a paragraph (Caselaw Access Project). In the
other, lines are wrapped at a margin and blank lines or indentation part the paragraphs (slip
opinions, CourtListener). What a unit *is* (heading, byline, quotation) is decided elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

_TAB = 8  # columns

# "12", "- 12 -", "[12]", "Page 12 of 30", "-12-": a page number alone on its line.
_PAGE_NUMBER = re.compile(r"(?:page\s+)?[-–—\[(]?\s*\d{1,4}\s*[-–—\])]?(?:\s+of\s+\d{1,4})?", re.I)
_PAGE_IN_WORDS = re.compile(r"page\s+\d{1,4}(?:\s+of\s+\d{1,4})?|[-–—]\s*\d{1,4}\s*[-–—]", re.I)
# The stamp that courts' filing systems print on every page.
_FILING_STAMP = re.compile(
    r"(?:USCA\d? )?Case:? .{0,60}(?:Document|Doc\.?|DktEntry)\b.{0,80}(?:Filed|Page|Pg).{0,60}",
    re.I,
)
_LINE_NUMBER = re.compile(r"(\d{1,2})(?:\s+|$)")
_RULE = re.compile(r"[-_=–—─━]{3,}|(?:[*•·]\s+){2,}[*•·]")
_ENDS_SENTENCE = re.compile(r"[.?!:;][”’\"')\]]*(?:\[?\d{1,3}\]?|[¹²³⁰⁴-⁹]+|\*)?$")
_STARTS_UNIT = re.compile(r"(?:[IVX]{1,5}|[A-Z]|\d{1,2})\.(?:\s|$)|¶|\[\d{1,3}\]\s|FN\d", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Lines that belong together, as offsets of their first and last visible character.

    `indent` is the usual indentation (columns) of its lines after the first, or of its only line;
    `first_indent` that of its first line; `right` the column where its longest line ends; `after`
    is true when a blank line or page break parts it from what stands above, `page_break` when a
    form feed does. `furniture` marks page
    numbers, rules and filing stamps; `holes` are such furniture inside it, where a paragraph runs
    on over a page break.
    """

    start: int
    end: int
    lines: int
    indent: int
    first_indent: int
    right: int
    after: bool
    page_break: bool = False
    furniture: bool = False
    holes: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    start: int  # of the first visible character
    end: int
    indent: int
    gap: int  # blank lines above it
    text: str
    page_break: bool  # a form feed stands between it and the line above

    @property
    def right(self) -> int:
        return self.indent + len(self.text)


def find_units(source: str) -> tuple[list[Unit], bool]:
    """The units of `source` in order, and whether its lines are wrapped at a margin.

    Every character that is not white space lies in exactly one unit. A text of white space only
    gives no units.
    """
    lines = list(_lines(source))
    numbers: list[_Line] = []
    if _is_line_numbered(lines):
        lines, numbers = _without_numbers(lines)
    wrapped = _is_wrapped(lines)
    if not wrapped:
        units = [_unit([line], furniture=_is_furniture(line, wrapped)) for line in lines]
    else:
        units = _wrapped_units(lines)
    return _with_numbers(units, numbers), wrapped


def _is_line_numbered(lines: Sequence[_Line]) -> bool:
    """Whether lines are numbered down the left margin, as in pleadings."""
    found = [int(m[1]) if (m := _LINE_NUMBER.match(line.text)) else -1 for line in lines]
    counting = sum(below == above + 1 or below == 1 for above, below in pairwise(found))
    return len(lines) >= 12 and counting >= 0.7 * len(lines)


def _without_numbers(lines: Sequence[_Line]) -> tuple[list[_Line], list[_Line]]:
    """The lines without the numbers in their margin, and the numbers as lines of their own."""
    rest: list[_Line] = []
    numbers: list[_Line] = []
    gap, page_break = 0, False
    for line in lines:
        m = _LINE_NUMBER.match(line.text)
        gap, page_break = gap + line.gap, page_break or line.page_break
        if m is None:
            rest.append(replace(line, gap=gap, page_break=page_break))
            gap, page_break = 0, False
            continue
        end = line.start + len(m[1])
        numbers.append(replace(line, end=end, text=m[1]))
        text = line.text[m.end() :]
        if text:
            indent = line.indent + m.end()
            rest.append(_Line(line.start + m.end(), line.end, indent, gap, text, page_break))
            gap, page_break = 0, False
        else:
            gap += 1
    return rest, numbers


def _with_numbers(units: Sequence[Unit], numbers: Sequence[_Line]) -> list[Unit]:
    """The units with the numbers of their inner lines as holes, and the others as furniture."""
    if not numbers:
        return list(units)
    whole: list[Unit] = []
    left = list(numbers)
    for unit in units:
        while left and left[0].end <= unit.start:
            whole.append(_unit([left.pop(0)], furniture=True))
        inside = [(n.start, n.end) for n in left if n.start < unit.end]
        del left[: len(inside)]
        whole.append(replace(unit, holes=tuple(sorted([*unit.holes, *inside]))))
    return [*whole, *(_unit([n], furniture=True) for n in left)]


def _lines(source: str) -> list[_Line]:
    lines: list[_Line] = []
    position, gap, page_break = 0, 0, False
    for raw in source.splitlines(keepends=True):
        text = raw.strip()
        if text:
            lead = raw[: len(raw) - len(raw.lstrip())]
            start = position + len(lead)
            indent = len(lead.replace("\ufeff", "").expandtabs(_TAB))
            lines.append(_Line(start, start + len(text), indent, gap, text, page_break))
            gap, page_break = 0, False
        else:
            gap += 1
        page_break = page_break or raw.endswith("\f")
        position += len(raw)
    return lines


def _is_wrapped(lines: Sequence[_Line]) -> bool:
    """Whether lines break at a margin rather than where paragraphs end.

    Where each line is a paragraph, a long line nearly always ends a sentence; where lines are
    wrapped, few do, and hardly any line is longer than a page is wide.
    """
    total = sum(len(line.text) for line in lines)
    if sum(len(line.text) for line in lines if len(line.text) > 150) > 0.25 * total:
        return False
    long = [line for line in lines if len(line.text) >= 40 and not line.text.isupper()]
    unfinished = [line for line in long if not _ENDS_SENTENCE.search(line.text)]
    return len(unfinished) >= 2 and len(unfinished) > 0.4 * len(long)


def _is_furniture(line: _Line, wrapped: bool) -> bool:
    text = line.text
    if _RULE.fullmatch(text) or _FILING_STAMP.fullmatch(text):
        return True
    # Where lines are paragraphs, a bare number is more likely a heading or a lost note's.
    return bool((_PAGE_NUMBER if wrapped else _PAGE_IN_WORDS).fullmatch(text))


def _wrapped_units(lines: Sequence[_Line]) -> list[Unit]:
    long = [line for line in lines if len(line.text) >= 40]
    margin = max((line.right for line in long), default=80)
    # With double spacing, each line is parted from the next; only more than that parts paragraphs.
    gaps = Counter(
        below.gap
        for above, below in pairwise(lines)
        if above.right >= 0.75 * margin and not _ENDS_SENTENCE.search(above.text)
    )
    spacing = min(2, gaps.most_common(1)[0][0]) if gaps else 0
    base = Counter(line.indent for line in long).most_common(1)[0][0] if long else 0
    units: list[Unit] = []
    current: list[_Line] = []
    skipped: list[_Line] = []  # furniture since the last line of `current`
    for line in lines:
        if _is_furniture(line, wrapped=True):
            if current:
                skipped.append(line)
            else:
                units.append(_unit([line], furniture=True))
            continue
        if current and _continues(current, line, spacing, margin, base, skipped):
            current += [*skipped, line]
        else:
            if current:
                units.append(_unit(current))
            units += [_unit([s], furniture=True) for s in skipped]
            current = [line]
        skipped = []
    if current:
        units.append(_unit(current))
    units += [_unit([s], furniture=True) for s in skipped]
    return units


def _continues(
    above: Sequence[_Line],
    line: _Line,
    spacing: int,
    margin: int,
    base: int,
    skipped: Sequence[_Line],
) -> bool:
    """Whether `line` goes on with the paragraph whose lines so far are `above`."""
    last = above[-1]
    finished = bool(_ENDS_SENTENCE.search(last.text))
    if skipped or line.page_break:
        # Over a page break a paragraph goes on when its last line stops in mid sentence.
        if any(_RULE.fullmatch(s.text) for s in skipped):
            return False
        return (
            not finished
            and abs(line.indent - base) <= 2
            and len(above[-1].text) >= 40
            and not _STARTS_UNIT.match(line.text)
        )
    if line.gap > spacing:
        return False
    body = above[1].indent if len(above) > 1 else None
    if body is not None:
        if abs(line.indent - body) > 2:
            return False
        if line.indent == above[0].indent and body + 2 < line.indent and finished:
            return False  # the next paragraph's first line
    elif line.indent > last.indent + 2:
        return False
    if line.indent + 2 < last.indent and last.right < 0.75 * margin:
        return False  # a centred line, then text at the margin
    room = margin - last.right
    first_word = len(line.text.split(maxsplit=1)[0])
    # A line that stops well short of the margin ends its paragraph, if a sentence ends there or
    # what follows opens something new; one that stops very short was meant to (captions, lists).
    if room > 0.4 * margin and not line.text[0].islower():
        return False
    if room > max(first_word + 1, 0.25 * margin):
        return not (finished or _STARTS_UNIT.match(line.text) or last.text.isupper())
    return True


def _unit(lines: Sequence[_Line], *, furniture: bool = False) -> Unit:
    holes = tuple(
        (line.start, line.end) for line in lines[1:-1] if _is_furniture(line, wrapped=True)
    )
    said = [line for line in lines if (line.start, line.end) not in holes]
    rest = Counter(line.indent for line in said[1:]) or Counter([said[0].indent])
    return Unit(
        start=lines[0].start,
        end=lines[-1].end,
        lines=len(said),
        indent=rest.most_common(1)[0][0],
        first_indent=said[0].indent,
        right=max(line.right for line in said),
        after=lines[0].gap > 0 or lines[0].page_break,
        page_break=lines[0].page_break,
        furniture=furniture,
        holes=holes,
    )
