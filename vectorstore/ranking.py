"""How dense and lexical scores become one ranking of an opinion's sentences.

The constants are measured, not guessed: `tests/benchmarks/retrieval_choices.py` prints the table
they come from. Shares of needed facts among the first 1, 3, 5 and 10 sentences, and MRR, on
excerpts that had no part in the choice:

    cosine alone                     .370 .588 .677 .799  .541
    BM25 alone                       .259 .432 .526 .650  .410
    reciprocal ranks, best constant  .384 .591 .688 .806  .553
    the weights below                .418 .625 .724 .834  .584
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vectorstore.passages import Passage

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A sentence's score is the weighted sum of four: its own and its paragraph's, by cosine and
    by BM25. BM25 scores are divided by the highest of the question's, so that all lie in 0 to 1.
    """

    dense: float = 1.0
    lexical: float = 0.15
    dense_paragraph: float = 0.3
    lexical_paragraph: float = 0.1


WEIGHTS = Weights()


class Ranking:
    """Ranks one opinion's passages; `passages` in the order of `passages_of`."""

    def __init__(self, passages: Sequence[Passage], weights: Weights = WEIGHTS) -> None:
        whole = {p.block: i for i, p in enumerate(passages) if p.sentence is None}
        # A sentence that is its whole paragraph stands for it; a paragraph stands for itself.
        self._paragraph = np.array([whole.get(p.block, i) for i, p in enumerate(passages)], int)
        self._weights = weights

    def scores(self, dense: Scores, lexical: Scores) -> Scores:
        """One score a passage from its cosine and its BM25 score, in the passages' order."""
        w = self._weights
        highest = float(lexical.max(initial=0.0))
        shares = lexical / highest if highest > 0 else lexical
        total: Scores = (
            w.dense * dense
            + w.lexical * shares
            + w.dense_paragraph * dense[self._paragraph]
            + w.lexical_paragraph * shares[self._paragraph]
        )
        return total
