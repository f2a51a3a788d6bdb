"""The reader: ranks the sentences that may answer a question and says how sure it is that one does.

`Reader` is what the chain needs of it. `trained.TrainedReader` reads question and sentences
together; `retrieval.RetrievalReader` reads nothing and trusts the retriever's scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from langchain_core.documents import Document

from vectorstore.opinion import Opinion


@dataclass(frozen=True, slots=True)
class RankedSentence:
    """A sentence (its index in `Opinion.sentences`) and its score; higher is better."""

    sentence: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader makes of a question: sentences best first, the probability (0 to 1) that the
    opinion answers it, and how many sentences (1 to 3) the answer takes.
    """

    ranked: tuple[RankedSentence, ...]
    confidence: float
    quotations: int


NO_READING = Reading(ranked=(), confidence=0.0, quotations=0)


class Reader(Protocol):
    """Ranks what the retriever found."""

    @property
    def threshold(self) -> float:
        """The confidence from which a question counts as answered."""

    @property
    def notice(self) -> str | None:
        """A line that every answer of this reader must carry; None when there is nothing to say."""

    def prepare(self, opinion: Opinion) -> None:
        """Do ahead what the opinion's questions would wait for."""

    def read(self, question: str, opinion: Opinion, passages: Sequence[Document]) -> Reading:
        """Read the question against the retriever's sentence documents (best first).

        No passages give an empty ranking, confidence 0 and no quotations.
        """
