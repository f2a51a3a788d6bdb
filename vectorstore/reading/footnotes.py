"""Finds footnotes and their calls, and ties one to the other.

Calls come as "[1]", "[fn1]", "[*]", as superscript digits, or as bare digits glued to a word or to
closing punctuation ("May 1991.1"). The latter also looks like a decimal, a year or a section, so a
bare call counts only as the next number in order. Notes begin with their number ("1. ", "[1] ",
"FN1.", "1 ") or, where scanning lost it, with an orphaned full stop (". Plaintiff has withdrawn").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_MARKED_CALL = re.compile(
    r"(?<=\S)\[(?:fn\.?|n\.?|note\s)?\s?(\d{1,3}|\*{1,3}|†)\]|([⁰¹²³⁴-⁹]{1,3})",
    re.IGNORECASE,
)
_BARE_CALL = re.compile(
    r"""
    (?:(?<=[a-z]{3})            # a word: "statute2 which"
      |(?<=[a-z)\]”"’'][.,;:?!])  # a word's or quotation's closing punctuation: "court.3"
      |(?<=[.,;?!][”"’'])       # and its closing quotes: 'held.”4'
      |(?<=\d\d[.,;])           # a year's or section's full stop: "May 1991.1"
      |(?<=[)\]])
    )
    (\d{1,3})
    (?=\s|$|[—–)\]])
    """,
    re.VERBOSE,
)
# Before these a number is part of a reference: "No.3", "art.1", "Civ.P.56".
_REFERENCE = re.compile(
    r"(?:\b(?:nos?|art|arts|sec|secs|ch|cl|vol|pp?|para|pt|rule|n|nn|fig|ex|exh|doc|dkt|tit|amend|"
    r"stat|supp|app|cir|rep|ed|ser|cal|misc|id|at|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
    r"\.|[§¶])$",
    re.IGNORECASE,
)
_NOTE_NUMBER = re.compile(
    r"(?:\[(?:fn\.?\s?|n\.?\s?)?(\d{1,3}|\*{1,3}|†)\][.:]?"
    r"|(?:FN|fn\.?\s?|Footnote\s|Note\s)(\d{1,3})[.:]?"
    r"|([⁰¹²³⁴-⁹]{1,3})"
    r"|(\d{1,3})(?:[.)/]|(?=\s))"
    r"|(\*{1,3}|†)(?=\s?\w))\s*"
)
_ORPHAN = re.compile(r"[.,]\s+(?=[A-Z“\"‘\[])")
NOTES_TITLE = re.compile(r"(?:foot|end)?notes?:?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Call:
    """A call as found: offsets, and the number as a note would carry it ("1", "*")."""

    start: int
    end: int
    number: str


def note_number(text: str) -> tuple[str, int] | None:
    """The number a note's text begins with, and the length of it; None when it has none.

    An orphaned full stop gives the number "".

    >>> note_number("[3] See id."), note_number(". Plaintiff has"), note_number("See id.")
    (('3', 4), ('', 2), None)
    """
    if m := _ORPHAN.match(text):
        return "", m.end()
    if m := _NOTE_NUMBER.match(text):
        number = next(g for g in m.groups() if g is not None)
        return number.translate(_SUPERSCRIPT), m.end()
    return None


def find_calls(
    source: str, regions: Sequence[tuple[int, int]], *, noted: frozenset[str]
) -> tuple[Call, ...]:
    """The calls in `regions` of `source` (offset pairs of body text, in order).

    Bracketed and superscript calls are taken as they stand. Bare digits are calls where they count
    up: from 1, or (in an excerpt) from any number for at least three calls. `noted` are the numbers
    of the notes that exist: over those the count may skip, for a call that scanning lost.
    """
    calls: list[Call] = []
    bare: list[Call] = []
    for start, end in regions:
        text = source[start:end]
        for m in _MARKED_CALL.finditer(text):
            number = next(g for g in m.groups() if g is not None).translate(_SUPERSCRIPT)
            glued = m.group(1) is not None and text[m.start() - 1] in "0123456789])"
            if number in noted or not glued:  # "CPLR 3211[a][7]" is a statute
                calls.append(Call(start + m.start(), start + m.end(), number))
        bare += [
            Call(start + m.start(), start + m.end(), m[1])
            for m in _BARE_CALL.finditer(text)
            if not _REFERENCE.search(text, max(0, m.start() - 12), m.start())
        ]
    while chain := _counting_up(bare, noted):
        calls += chain
        # A separate opinion counts its notes from 1 again.
        bare = [c for c in bare if c.start > chain[-1].start]
    return tuple(sorted(calls, key=lambda c: c.start))


def _counting_up(candidates: Sequence[Call], noted: frozenset[str]) -> list[Call]:
    """The longest run of candidates that count up; none where no run is credible.

    >>> run = [Call(9, 10, "2"), Call(20, 21, "1"), Call(30, 32, "56"), Call(40, 41, "2")]
    >>> [c.number for c in _counting_up(run, frozenset())]
    ['1', '2']
    """
    runs: dict[int, list[Call]] = {}  # by the number that a run ends with
    for call in candidates:
        number = int(call.number)
        before = runs.get(number - 1, [])
        for skip in (2, 3):
            if call.number in noted and len(runs.get(number - skip, [])) > len(before):
                before = runs[number - skip]
        if number > 0 and (before or number not in runs):
            runs[number] = (
                [*before, call] if len(before) >= len(runs.get(number, [])) else (runs[number])
            )
    credible = [run for run in runs.values() if run[0].number in ("1", *noted) or len(run) >= 3]
    return max(credible, key=len, default=[])
