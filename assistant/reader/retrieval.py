"""The reader that reads nothing: the retriever's order, and a first estimate of whether the
opinion answers, from how much of the question its best sentences hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from langchain_core.documents import Document

from assistant.reader import RankedSentence, Reading
from vectorstore.opinion import Opinion


class RetrievalReader:
    """Ranks as the retriever does. Its confidence is a logistic function of the best cosine."""

    threshold = 0.5
    notice: str | None = None

    def read(self, question: str, opinion: Opinion, passages: Sequence[Document]) -> Reading:
        """See `Reader.read`."""
        found = [p for p in passages if p.metadata["sentence"] is not None]
        if not found:
            return Reading(ranked=(), confidence=0.0, quotations=0)
        ranked = tuple(
            RankedSentence(p.metadata["sentence"], float(p.metadata["score"])) for p in found
        )
        cosine = max(float(p.metadata["dense"]) for p in found)
        return Reading(ranked=ranked, confidence=_logistic(cosine), quotations=2)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))
