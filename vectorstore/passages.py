"""An opinion cut into passages: every sentence, and every paragraph of more than one.

A passage is a pair of offsets; what is embedded or indexed for it is worked out from the source
when it is needed, never kept beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vectorstore.opinion import Opinion, Span

# Part of every index's key. Raise it whenever `passages_of` or `embedded_text` changes what it
# gives for the same opinion, so that an index made the old way is never used again.
SPLITTER_VERSION = 2


class PassageKind(StrEnum):
    """What a passage is."""

    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"


class Context(StrEnum):
    """What is embedded for a sentence beside its own words."""

    ITSELF = "itself"
    PREVIOUS = "previous"  # the sentence before it in its paragraph, then itself
    NEXT = "next"  # itself, then the sentence after it in its paragraph
    NEIGHBOURS = "neighbours"  # both
    HEADING = "heading"  # the heading it stands under, then itself


# Measured by `tests/benchmarks/retrieval_choices.py`: with its neighbours in one vector a sentence
# is found first for .17 to .30 of the needed facts, with its heading for .34, by itself for .37.
# The context comes in through the paragraph's own vector instead (see `ranking.Weights`).
CONTEXT = Context.ITSELF


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the source that can be found: `opinion.source[start:end]`.

    `paragraph` is the number a reader sees ("7", "n.1", "h"); `block` indexes `Opinion.blocks`;
    `sentence` indexes `Opinion.sentences` and is None for a whole paragraph.
    """

    id: str
    kind: PassageKind
    start: int
    end: int
    paragraph: str
    sentence: int | None
    block: int


def passages_of(opinion: Opinion) -> tuple[Passage, ...]:
    """All sentences in source order (title, byline and footnotes too), then the paragraphs.

    A paragraph, block quotation or footnote of a single sentence is that sentence already and
    gives no second passage.
    """
    sentences = [
        _passage(PassageKind.SENTENCE, s, opinion.block_of(s).label, index, s.block)
        for index, s in enumerate(opinion.sentences)
    ]
    paragraphs = [
        _passage(PassageKind.PARAGRAPH, b, b.label, None, index)
        for index, b in enumerate(opinion.blocks)
        if len(b.sentences) > 1
    ]
    return (*sentences, *paragraphs)


def _passage(
    kind: PassageKind, span: Span, label: str, sentence: int | None, block: int
) -> Passage:
    return Passage(
        f"{kind}:{span.start}-{span.end}", kind, span.start, span.end, label, sentence, block
    )


def plain_text(opinion: Opinion, span: Span) -> str:
    """The words at `span` on one line, without star pages, footnote calls and page furniture.

    "her by *103abandoning her" gives "her by abandoning her": the marks belong to the printed
    page, and glued to a word they hide it from every search.
    """
    pieces, position = [], span.start
    marks: list[Span] = [*opinion.star_pages, *opinion.note_calls, *opinion.marks]
    for mark in sorted(marks, key=lambda m: m.start):
        if position <= mark.start and mark.end <= span.end:
            pieces.append(opinion.source[position : mark.start])
            position = mark.end
    pieces.append(opinion.source[position : span.end])
    return " ".join("".join(pieces).split())


def embedded_text(opinion: Opinion, passage: Passage, context: Context = CONTEXT) -> str:
    """The text a passage's vector is made of; a paragraph's is always its own words."""
    own = plain_text(opinion, passage)
    if passage.sentence is None or context is Context.ITSELF:
        return own
    block = opinion.blocks[passage.block]
    if context is Context.HEADING:
        heading = opinion.heading_of(block)
        return f"{heading.rstrip('.')}. {own}" if heading else own
    before = passage.sentence - 1 if context in (Context.PREVIOUS, Context.NEIGHBOURS) else None
    after = passage.sentence + 1 if context in (Context.NEXT, Context.NEIGHBOURS) else None
    near = [
        plain_text(opinion, opinion.sentences[i]) if i is not None and i in block.sentences else ""
        for i in (before, after)
    ]
    return " ".join(text for text in (near[0], own, near[1]) if text)
