"""Blocks before they are numbered."""

from __future__ import annotations

from dataclasses import dataclass

from vectorstore.opinion import BlockKind
from vectorstore.reading.layout import Unit


@dataclass(frozen=True, slots=True)
class Draft:
    """A block before numbering.

    `number` is a note's own number ("" when lost), which occupies `start` to `said`; `holes` are
    page furniture inside it; `continues` marks the rest of a paragraph that a note cuts in two.
    """

    start: int
    end: int
    kind: BlockKind
    said: int
    number: str | None = None
    holes: tuple[tuple[int, int], ...] = ()
    continues: bool = False


def draft_of(unit: Unit, kind: BlockKind) -> Draft:
    """A unit as one draft, all of it said."""
    return Draft(unit.start, unit.end, kind, unit.start, holes=unit.holes)


def split_drafts(source: str, unit: Unit, length: int, kind: BlockKind) -> list[Draft]:
    """The byline or heading that a unit begins with, and the paragraph that it runs into."""
    end = unit.start + length
    text_start = end
    while text_start < unit.end and source[text_start].isspace():
        text_start += 1
    before = tuple(h for h in unit.holes if h[1] <= end)
    after = tuple(h for h in unit.holes if h[0] >= text_start)
    opening = Draft(unit.start, end, kind, unit.start, holes=before)
    if text_start == unit.end:
        return [opening]
    return [opening, Draft(text_start, unit.end, BlockKind.PARAGRAPH, text_start, holes=after)]
