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

    `noted` are the numbers of the notes that exist: they allow a bare call to skip numbers whose
    calls were lost. Without notes, bare calls must count from 1 without a gap.
    """
    calls: list[Call] = []
    last = 0
    for start, end in regions:
        text = source[start:end]
        found = [(m, True) for m in _MARKED_CALL.finditer(text)]
        found += [(m, False) for m in _BARE_CALL.finditer(text)]
        for m, marked in sorted(found, key=lambda pair: pair[0].start()):
            number = next(g for g in m.groups() if g is not None).translate(_SUPERSCRIPT)
            if not number.isdigit():
                calls.append(Call(start + m.start(), start + m.end(), number))
                continue
            step = int(number) - last
            if marked:
                credible = number in noted or 0 < step <= 5 or last == 0
            else:
                credible = (step == 1 or (0 < step <= 4 and number in noted)) and not (
                    _REFERENCE.search(text[: m.start()])
                )
            if credible:
                calls.append(Call(start + m.start(), start + m.end(), number))
                last = int(number)
    return tuple(calls)
