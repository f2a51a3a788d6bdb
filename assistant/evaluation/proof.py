"""When a quotation proves a passage: the one rule that every evidence measure uses.

A needed fact lists interchangeable verbatim passages. Spans of the opinion (citations, or
retrieved passages) prove a passage when together they cover at least `MOST` of its letters and
digits, in one of the places where it occurs. So, on purpose:

- white space and punctuation at the edges never decide;
- a cited sentence proves a clause within it (it covers the whole clause);
- a passage of two sentences is proved by citing both, as one citation or as two;
- one short sentence out of a longer passage does not prove it;
- a passage that occurs twice is proved at either place;
- a passage's lines may be broken elsewhere than in the opinion: any run of white space matches any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

MOST = 0.8

Offsets = tuple[int, int]


class SourceText:
    """An opinion's source, measured in letters and digits."""

    def __init__(self, source: str) -> None:
        self.source = source
        counted = np.fromiter((c.isalnum() for c in source), dtype=np.int64, count=len(source))
        self._letters = np.concatenate(([0], np.cumsum(counted)))
        self._occurrences: dict[str, tuple[Offsets, ...]] = {}

    def occurrences(self, passage: str) -> tuple[Offsets, ...]:
        """Where the passage occurs, in order; white space matches any white space."""
        if passage not in self._occurrences:
            pattern = r"\s+".join(re.escape(word) for word in passage.split())
            matches = re.finditer(pattern, self.source) if pattern else ()
            self._occurrences[passage] = tuple(m.span() for m in matches)
        return self._occurrences[passage]

    def coverage(self, place: Offsets, spans: Iterable[Offsets]) -> float:
        """The share (0 to 1) of the letters and digits at `place` that the spans cover together."""
        start, end = place
        total = self._count(start, end)
        covered, reached = 0, start
        for low, high in sorted(spans):
            low, high = max(low, reached), min(high, end)
            if low < high:
                covered += self._count(low, high)
                reached = high
        if total:
            return covered / total
        return 1.0 if any(low <= start and end <= high for low, high in spans) else 0.0

    def proved(self, fact: Sequence[str], spans: Sequence[Offsets]) -> bool:
        """Whether the spans prove one of the fact's interchangeable passages."""
        return any(
            self.coverage(place, spans) >= MOST
            for passage in fact
            for place in self.occurrences(passage)
        )

    def _count(self, start: int, end: int) -> int:
        last = len(self.source)
        return int(self._letters[min(end, last)] - self._letters[min(start, last)])


@lru_cache(maxsize=256)
def source_text(source: str) -> SourceText:
    """The measured source; kept, since hundreds of questions share one opinion."""
    return SourceText(source)


def helping(
    text: SourceText, facts: Sequence[Sequence[str]], spans: Sequence[Offsets]
) -> tuple[bool, ...]:
    """For each span, whether it helps to prove some needed fact: it proves one alone, or all the
    spans together prove one that the others without it do not.

    This is ALCE's test of a relevant citation (Gao et al. 2023, section 4: one that supports alone,
    or whose removal breaks the support), with verbatim passages in place of the entailment model.
    """
    helps = []
    for index, span in enumerate(spans):
        others = [s for i, s in enumerate(spans) if i != index]
        helps.append(
            any(
                text.proved(passages, [span])
                or (text.proved(passages, spans) and not text.proved(passages, others))
                for passages in facts
            )
        )
    return tuple(helps)
