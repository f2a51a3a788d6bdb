"""Answering by quotation: exact sentences of the opinion, best first, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from assistant.answer import Citation, describe_paragraph, describe_voice
from assistant.checking import cite
from assistant.reader import Reading
from prompts import declining_sentence
from vectorstore.opinion import Opinion

MOST_QUOTATIONS = 3
MOST_WORDS = 150
"""Of quotation in one answer: showing half the opinion cites everything and answers nothing."""
MOST_RELATED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An answer before it is checked: what is shown, what it cites, what is merely near.

    `unknown_markers` are markers in `text` that name no passage, `usage` counts a chat model's
    tokens and calls.
    """

    answered: bool
    text: str
    citations: tuple[Citation, ...] = ()
    related: tuple[Citation, ...] = ()
    unknown_markers: tuple[str, ...] = ()
    usage: dict[str, int] | None = None


NO_DRAFT = Draft(answered=False, text="")


def answer_by_quotation(opinion: Opinion, reading: Reading, *, threshold: float) -> Draft:
    """One to three whole sentences with markers, or the declining sentence with the nearest ones.

    The order is the reader's: the sentence that answers leads.
    """
    if not reading.ranked or reading.confidence < threshold:
        return declined(opinion, reading)
    most = max(1, min(reading.quotations, MOST_QUOTATIONS))
    citations = _short_enough(_cited(opinion, reading, most))
    text = "\n\n".join(quotation_line(c) for c in citations)
    return Draft(answered=True, text=text, citations=citations)


def declined(opinion: Opinion, reading: Reading) -> Draft:
    """The declining sentence, and up to three nearest passages as such."""
    return Draft(
        answered=False,
        text=declining_sentence(),
        related=_cited(opinion, reading, MOST_RELATED),
    )


def quotation_line(citation: Citation) -> str:
    """A quotation with its marker, paragraph and voice, on one line."""
    words = " ".join(citation.quote.split())
    where = f"{describe_paragraph(citation.paragraph)}, {describe_voice(citation.voice)}"
    return f"“{words}” [{citation.marker}] ({where})"


def _cited(opinion: Opinion, reading: Reading, most: int) -> tuple[Citation, ...]:
    best = reading.ranked[:most]
    return tuple(cite(opinion, opinion.sentences[r.sentence], n) for n, r in enumerate(best, 1))


def _short_enough(citations: tuple[Citation, ...]) -> tuple[Citation, ...]:
    """As many from the first on as stay within MOST_WORDS together; the first in any case."""
    words = list(accumulate(len(c.quote.split()) for c in citations))
    return tuple(c for n, c in enumerate(citations) if n == 0 or words[n] <= MOST_WORDS)
