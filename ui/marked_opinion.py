"""An opinion's text with passages marked in it, letter for letter: what was needed, what was cited.

Unlike `opinion_view` it carries no ids, so that it may stand on the page beside the opinion itself;
and it may be a variant of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.answer import describe_paragraph
from ui.markup import OpinionMarkup, escape
from vectorstore.opinion import Block, BlockKind, Opinion

Offsets = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A kind of mark, and where it stands. `css` is its class, `told` what it means in words."""

    css: str
    told: str
    places: Sequence[Offsets]


def marked_opinion_html(opinion: Opinion, marks: Sequence[Mark]) -> str:
    """The blocks in the order of the source; a stretch with several marks has all their classes."""
    markup = OpinionMarkup(opinion)
    blocks = "".join(_block(opinion, markup, b, marks) for b in opinion.blocks)
    return f'<article class="marked-opinion">{blocks}</article>'


def _block(opinion: Opinion, markup: OpinionMarkup, block: Block, marks: Sequence[Mark]) -> str:
    text = _text(markup, block.start, block.end, marks)
    if block.kind in (BlockKind.TITLE, BlockKind.HEADING):
        return f'<p class="marked-heading">{text}</p>'
    label = "" if block.label == "h" else describe_paragraph(block.label)
    number = f'<span class="marked-number">{escape(label)}</span>' if label else ""
    css = "marked-block quoted" if block.kind is BlockKind.QUOTATION else "marked-block"
    return f'<div class="{css}">{number}<p>{text}</p></div>'


def _text(markup: OpinionMarkup, start: int, end: int, marks: Sequence[Mark]) -> str:
    """The stretch cut wherever a mark begins or ends."""
    edges = {edge for m in marks for place in m.places for edge in place if start < edge < end}
    cuts = [start, *sorted(edges), end]
    pieces = []
    for low, high in pairwise(cuts):
        text = markup.inline(low, high, linked=False)
        over = [m for m in marks if any(a <= low and high <= b for a, b in m.places)]
        if over:
            css = " ".join(dict.fromkeys(m.css for m in over))
            told = ", ".join(dict.fromkeys(m.told for m in over))
            text = f'<mark class="{css}" title="{escape(told)}">{text}</mark>'
        pieces.append(text)
    return "".join(pieces)
