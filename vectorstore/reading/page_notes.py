"""Finds footnotes that stand at the foot of their page, in the middle of an opinion.

Slip opinions print a page's notes under a rule, or merely under a blank line, above the page
number. The paragraph above often goes on overleaf. A unit begins such a note when it is numbered
and the page turns below it, and either a rule stands above it or the text above calls its number.
"""

from __future__ import annotations

from collections.abc import Sequence

from vectorstore.reading.footnotes import find_calls, note_number
from vectorstore.reading.layout import Unit

_MOST_UNITS = 12  # at the foot of one page; more is no foot


def find_page_notes(
    source: str, units: Sequence[Unit], texts: Sequence[str]
) -> dict[int, tuple[int, ...]]:
    """The notes at the foot of a page: the index of the unit each begins with, and of all its
    units. `texts` are the units' texts.

    Notes that reach to the end of the text without a page turn are left to be found as a whole.
    """
    found: dict[int, tuple[int, ...]] = {}
    i = 1
    while i < len(units):
        foot = _foot(source, units, texts, i)
        if not foot:
            i += 1
            continue
        group: list[int] = []
        for k in foot:
            if note_number(texts[k]) is not None and group:
                found[group[0]] = tuple(group)
                group = []
            group.append(k)
        found[group[0]] = tuple(group)
        i = foot[-1] + 1
    return found


def _foot(source: str, units: Sequence[Unit], texts: Sequence[str], first: int) -> list[int]:
    """The units from `first` to the page turn, when they are notes; else none."""
    number = _number(texts[first])
    if units[first].furniture or number is None:
        return []
    ruled = units[first - 1].furniture and is_rule(texts[first - 1])
    foot = [first]
    for k in range(first + 1, min(len(units), first + _MOST_UNITS)):
        if units[k].page_break or (units[k].furniture and not is_rule(texts[k])):
            break
        if units[k].furniture:
            return []
        if not ruled and _number(texts[k]) is None:
            return []
        foot.append(k)
    else:
        return []
    if any(units[k].page_break for k in foot):
        return []
    numbers = [n for k in foot if (n := _number(texts[k])) is not None]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return []
    if ruled:
        return foot
    above = [(u.start, u.end) for u in units[:first] if not u.furniture]
    called = {c.number for c in find_calls(source, above, noted=frozenset(map(str, numbers)))}
    return foot if called.issuperset(map(str, numbers)) else []


def is_rule(text: str) -> bool:
    """Whether a line of furniture is a drawn rule, and no page number or row of asterisks."""
    return not any(c.isalnum() or c in "*•·" for c in text)


def _number(text: str) -> int | None:
    found = note_number(text)
    return int(found[0]) if found is not None and found[0].isdigit() else None
