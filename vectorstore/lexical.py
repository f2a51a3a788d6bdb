"""BM25 over an opinion's passages: the lexical half of the retriever.

Words are neither stemmed nor stopped: joined with the dense scores, stems gain nothing, and leaving
out stop words loses between none and 6 facts in 100, by excerpt and depth
(`tests/benchmarks/retrieval_choices.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

# Words, numbers, section signs, and the reporters and citations that hang together by points
# ("F.3d", "U.S.C", "1983"); apostrophes and hyphens inside a word are left out ("plaintiffs").
_TOKEN = re.compile(r"§+|\w+(?:\.\w+)*")
_APOSTROPHES = re.compile(r"[’'‘]")


def tokens_of(text: str) -> list[str]:
    """The words of a text as BM25 counts them.

    "Under § 1983, 95 F.3d at 1205" gives ["under", "§", "1983", "95", "f.3d", "at", "1205"].
    """
    return _TOKEN.findall(_APOSTROPHES.sub("", text.lower()))


class Lexical:
    """A BM25 index in memory: an opinion is small, so it is made anew at each start."""

    def __init__(
        self, texts: Sequence[str], *, tokens: Callable[[str], list[str]] = tokens_of
    ) -> None:
        # Imported here: with scipy's sparse matrices it takes a quarter of a second.
        import bm25s

        self._tokens = tokens
        corpus = [tokens(text) for text in texts]
        self._size = len(corpus)
        self._index = bm25s.BM25() if any(corpus) else None
        if self._index is not None:
            self._index.index(corpus, show_progress=False)
            self._vocabulary = frozenset(self._index.vocab_dict)

    def scores(self, question: str) -> npt.NDArray[np.float32]:
        """One score a text, in their order; all zero when no word of the question occurs."""
        if self._index is not None:
            known = [t for t in self._tokens(question) if t in self._vocabulary]
            if known:
                scores: npt.NDArray[np.float32] = self._index.get_scores(known)
                return scores
        return np.zeros(self._size, np.float32)
