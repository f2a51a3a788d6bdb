"""The reader that reads nothing: the retriever's order, and a first estimate of whether the
opinion answers, from how near its best sentences come to the question.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from langchain_core.documents import Document

from assistant.questions import content_words
from assistant.reader import NO_READING, RankedSentence, Reading
from vectorstore.opinion import Opinion

# Logistic regression on `features`, fitted on the training opinions by
# `tests/benchmarks/retrieval_confidence.py`. On opinions it never saw it tells an answered question
# from one about another opinion (AUROC .91), but not from a near miss (.37: near misses share the
# opinion's words). So the threshold is where 95% of the answered training questions pass, and only
# what is far from the whole opinion is declined.
INTERCEPT = -3.64
WEIGHTS = (5.44, 1.06)
THRESHOLD = 0.16
# The right sentence is among the first three for 7 questions in 10, and first for 5.
QUOTATIONS = 3


class RetrievalReader:
    """Ranks as the retriever does, and is sure of an answer as far as similarity can tell."""

    threshold = THRESHOLD

    def __init__(self, notice: str | None = None) -> None:
        """`notice` goes with every answer: why nothing better reads, say."""
        self.notice = notice

    def prepare(self, opinion: Opinion) -> None:
        """Nothing: the index has it all."""

    def read(self, question: str, opinion: Opinion, passages: Sequence[Document]) -> Reading:
        """See `Reader.read`."""
        found = [p for p in passages if p.metadata["sentence"] is not None]
        if not found:
            return NO_READING
        ranked = tuple(
            RankedSentence(p.metadata["sentence"], float(p.metadata["score"])) for p in found
        )
        return Reading(ranked=ranked, confidence=likeness(question, found), quotations=QUOTATIONS)


def likeness(question: str, found: Sequence[Document]) -> float:
    """How like an answered question this one looks (0 to 1), from the sentences found for it."""
    best = max(float(p.metadata["dense"]) for p in found)
    return confidence(features(question, best, [p.page_content for p in found[:3]]))


def features(question: str, cosine: float, best: Sequence[str]) -> tuple[float, float]:
    """The highest cosine of a sentence, and the share (0 to 1) of the question's content words
    that stand in its `best` sentences (0 for a question without any).
    """
    asked = {_folded(w) for w in content_words(question)}
    there = {_folded(w) for text in best for w in content_words(text)}
    return cosine, len(asked & there) / len(asked) if asked else 0.0


def confidence(values: tuple[float, float]) -> float:
    """The probability (0 to 1) that the opinion answers, from `features`."""
    z = INTERCEPT + sum(w * v for w, v in zip(WEIGHTS, values, strict=True))
    return 1 / (1 + math.exp(-z))


def _folded(word: str) -> str:
    """Case, possessives and plurals do not count."""
    return word.lower().removesuffix("'s").removesuffix("’s").removesuffix("s")
