"""Markers in what a chat model writes: `[3]` names the passage numbered 3, or names none.

Models also write `[1, 2]`, `[1-3]`, `[¶ 4]` or `【5】`; all are made `[n]` in the order written. A
number that names no passage becomes `[99: no such passage]`, so that it can never be taken for a
passage, and is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_MARKER = re.compile(
    r"[\[【]\s*(?:(?:¶|P|p|passage|para\.?)\s*)?(\d{1,3}(?:\s*(?:[,;]|-|–|and|&)\s*(?:¶\s*)?\d{1,3})*)\s*[\]】]"
)
_RANGE = re.compile(r"(\d+)\s*[-–]\s*(?:¶\s*)?(\d+)|(\d+)")
_LONGEST = 40  # characters held back while a bracket may still turn out to be a marker


class MarkerReader:
    """Rewrites markers in streamed text and remembers them.

    `known` and `unknown` are in order of first mention; `passages` are numbered from 1.
    """

    def __init__(self, passages: int) -> None:
        self.passages = passages
        self.known: list[int] = []
        self.unknown: list[str] = []

    def read(self, pieces: Iterable[str]) -> Iterator[str]:
        """The text, markers rewritten; a piece that may end inside one waits for the next."""
        held = ""
        for piece in pieces:
            held += piece
            opening = max(held.rfind("["), held.rfind("【"))
            unfinished = (
                opening >= 0
                and len(held) - opening <= _LONGEST
                and not re.search(r"[\]】]", held[opening:])
            )
            ready, held = (held[:opening], held[opening:]) if unfinished else (held, "")
            if ready:
                yield self._rewrite(ready)
        if held:
            yield self._rewrite(held)

    def _rewrite(self, text: str) -> str:
        return _MARKER.sub(lambda m: "".join(self._marker(n) for n in _numbers(m[1])), text)

    def _marker(self, number: int) -> str:
        if 1 <= number <= self.passages:
            if number not in self.known:
                self.known.append(number)
            return f"[{number}]"
        if str(number) not in self.unknown:
            self.unknown.append(str(number))
        return f"[{number}: no such passage]"


def _numbers(inside: str) -> Iterator[int]:
    for first, last, single in _RANGE.findall(inside):
        if single:
            yield int(single)
        elif 0 <= int(last) - int(first) <= 20:
            yield from range(int(first), int(last) + 1)
        else:
            yield from (int(first), int(last))
