"""Copies of a text, mended for a library that would stumble over it, with the way back.

Scanned opinions have star pages in the middle of sentences and spaces missing between them. What a
library finds in the mended copy is told in offsets of the untouched source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mended:
    """A mended text and, for each of its characters, the source offset it stands for."""

    text: str
    offsets: tuple[int, ...]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The source offsets of `text[start:end]`, which must not be empty."""
        return self.offsets[start], self.offsets[end - 1] + 1

    def replaced(
        self,
        pattern: re.Pattern[str],
        by: str,
        *,
        where: Callable[[re.Match[str]], bool] = lambda match: True,
    ) -> Mended:
        """A copy in which `by` stands for every match of `pattern` that `where` accepts.

        An empty match inserts; what is inserted stands for the character before it.
        """
        parts: list[str] = []
        offsets: list[int] = []
        position = 0
        for m in pattern.finditer(self.text):
            if not where(m):
                continue
            parts += [self.text[position : m.start()], by]
            offsets += self.offsets[position : m.start()]
            at = self.offsets[m.start() if m.end() > m.start() else max(0, m.start() - 1)]
            offsets += [at] * len(by)
            position = m.end()
        parts.append(self.text[position:])
        offsets += self.offsets[position:]
        return Mended("".join(parts), tuple(offsets))


def blank_out(source: str, start: int, end: int, skip: Iterable[tuple[int, int]]) -> Mended:
    """`source[start:end]` with each span of `skip` made white space, and every run of white space
    (line ends included) made one space.
    """
    chars = list(source[start:end])
    for s, e in skip:
        s, e = max(s, start), min(e, end)
        if s < e:
            chars[s - start : e - start] = " " * (e - s)
    text: list[str] = []
    offsets: list[int] = []
    for i, char in enumerate(chars):
        if char.isspace():
            if text and text[-1] == " ":
                continue
            char = " "
        text.append(char)
        offsets.append(start + i)
    return Mended("".join(text), tuple(offsets))


def joined(parts: Iterable[Mended], separator: str) -> Mended:
    """The parts as one text, `separator` between them standing for the character before it."""
    text: list[str] = []
    offsets: list[int] = []
    for part in parts:
        if not part.text:
            continue
        if text:
            text.append(separator)
            offsets += [offsets[-1]] * len(separator)
        text.append(part.text)
        offsets += part.offsets
    return Mended("".join(text), tuple(offsets))
