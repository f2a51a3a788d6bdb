"""Splits a block's text into sentences, as offsets.

nupunkt does the work. Before it, what misleads it is mended in a copy with an offset map: star
pages, note calls and line ends become spaces, and sentences glued together by scanning
("court.The", "1991.1 The") are parted. After it, boundaries that fall inside a citation or a
parenthesis are taken back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

_GLUED = re.compile(r"(?<=[a-z\d)\]][.?!])(?=[A-Z][a-z]+\s)|(?<=[a-z][.?!][”\"’])(?=[A-Z][a-z]+\s)")
_LAST_WORD = re.compile(r"[\w.’'&-]+$")
_OPEN, _CLOSE = "([", ")]"
_REACH = 2500  # a parenthesis not closed within so many characters is taken for a scanning error
_NEVER_STARTS = re.compile(r"[a-z,;:)\]”.]|\d{1,4} (?:[A-Z]\.|F\.|U\.S|S\.)")
_STARTS_LOWER = re.compile(r"(?:i|e)[A-Z]")  # "iPhone users", "eBay sells"
_CANNOT_END = re.compile(
    r"(?:\b(?:v|vs|cf|e\.g|i\.e|see|viz|nos|Nos|Cir|Dist|Dep[’']t|Ass[’']n|Int[’']l|Mr|Mrs|Ms|Dr|"
    r"Hon|Messrs|St|Ct|App|Supp|Rptr|Ann|Stat|Const|amend|Rev|cert|denied,? sub nom|No|§|"
    r"[Ss]ub nom|ex rel|Op|[Aa]pp|Cong|Rec|Reg|Civ|Crim|Bankr|Evid|Proc)\.|§|¶)$"
)


def split_sentences(
    source: str, start: int, end: int, *, skip: Iterable[tuple[int, int]] = ()
) -> list[tuple[int, int]]:
    """The sentences of `source[start:end]`, in order, each beginning and ending in a visible
    character of its own.

    `skip` are spans no sentence says (star pages, note calls, furniture). They may lie inside a
    sentence but never at its ends. Empty or blank text gives no sentences.
    """
    skipped = sorted((max(s, start), min(e, end)) for s, e in skip if s < end and e > start)
    text, offsets = _mend(source, start, end, skipped)
    if not text.strip():
        return []
    sentences = []
    for s, e in _join(text, _nupunkt_spans(text)):
        while s < e and text[s].isspace():
            s += 1
        while e > s and text[e - 1].isspace():
            e -= 1
        if s < e:
            sentences.append((offsets[s], offsets[e - 1] + 1))
    return sentences


def _mend(
    source: str, start: int, end: int, skipped: Sequence[tuple[int, int]]
) -> tuple[str, list[int]]:
    """The text as nupunkt should see it, and for each of its characters the source's offset."""
    chars = list(source[start:end])
    for s, e in skipped:
        chars[s - start : e - start] = " " * (e - s)
    text = "".join(" " if c.isspace() else c for c in chars)
    parts: list[str] = []
    offsets: list[int] = []
    position = 0
    for m in _GLUED.finditer(text):
        if not _ends_sentence(text[: m.start()]):
            continue
        parts += [text[position : m.start()], " "]
        offsets += [*range(start + position, start + m.start()), start + m.start()]
        position = m.start()
    parts.append(text[position:])
    offsets += range(start + position, end)
    return "".join(parts), offsets


def _ends_sentence(before: str) -> bool:
    """Whether the full stop at the end of `before` ends more than an abbreviation."""
    word = _LAST_WORD.search(before[-40:].rstrip('”"’'))
    if word is None:
        return True
    bare = word[0].rstrip(".?!").lower()
    return "." not in bare and len(bare) > 1 and bare not in _abbreviations()


def _nupunkt_spans(text: str) -> list[tuple[int, int]]:
    import nupunkt  # here, so that importing this module stays free

    return [(int(s), int(e)) for s, e in nupunkt.sent_spans(text)]


@lru_cache(maxsize=1)
def _abbreviations() -> frozenset[str]:
    import nupunkt

    return frozenset(nupunkt.load_default_model().abbreviations)


def _join(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans with the boundaries taken back that no sentence can have."""
    joined: list[tuple[int, int]] = []
    enclosed = _enclosed(text)
    for s, e in spans:
        if joined and (enclosed[s] or not _may_part(text[joined[-1][0] : s], text[s:e])):
            joined[-1] = (joined[-1][0], e)
        else:
            joined.append((s, e))
    return joined


def _enclosed(text: str) -> list[bool]:
    """For each offset whether it lies inside parentheses that are closed again."""
    enclosed = [False] * (len(text) + 1)
    stack: list[int] = []
    for i, c in enumerate(text):
        if c in _OPEN:
            stack.append(i)
        elif c in _CLOSE and stack:
            opened = stack.pop()
            if not stack and i - opened <= _REACH:
                for k in range(opened + 1, i + 1):
                    enclosed[k] = True
    return enclosed


def _may_part(before: str, after: str) -> bool:
    after = after.lstrip()
    if not after:
        return False
    if _NEVER_STARTS.match(after) and not _STARTS_LOWER.match(after):
        return False
    return not _CANNOT_END.search(before.rstrip())
