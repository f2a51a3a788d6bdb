"""Finds case names by their form: "Kneipp v. Tedder", "In re Smith".

Cheap, so that reading needs no citation library, and stricter than one: signals ("See") and words
that merely stand before the name do not belong to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = r"(?:[A-Z][\w.’'/\-]*|[A-Z]\.|\d{1,4}(?=\s[A-Z])|&)"
_SMALL = r"(?:of|the|and|for|in|on|de|la|las|los|del|van|von|der|ex\srel\.|f/k/a|d/b/a)"
_COMPANY = (
    r"(?:,?\s(?:Inc|Corp|Co|Ltd|Cos|Bros|Ass[’']n|Int[’']l|Assocs?|S\.A|N\.A|L\.L\.C|L\.P|L\.L\.P|P\.C"
    r"|Jr|Sr)\.|,?\s(?:LLC|LLP|LP|PLC|PC|N\.?A\.?|II|III|et\sal\.))"
)
_PARTY = rf"{_WORD}(?:\s{_WORD}|(?:\s{_SMALL}){{1,2}}\s{_WORD}|{_COMPANY}){{0,12}}"
_VERSUS = re.compile(rf"(?P<first>{_PARTY})\s+vs?\.\s+(?P<second>(?:the\s)?{_PARTY})")
_MATTER = re.compile(
    rf"(?:In\s[Rr]e|In\sthe\sMatter\sof|Matter\sof|Ex\sparte|Estate\sof)\s{_PARTY}"
)
# Words before a name that are no part of it.
_SIGNAL = re.compile(
    r"(?:(?:See(?:,\se\.g\.,|\sgenerally|\salso)?|Also|But|Cf\.|Accord|Compare|Contra|Citing|Quoting|"
    r"E\.g\.,?|With|In|Under|And|As|Since|Although|While|When|Both|Like|Unlike|From|Before|After|"
    r"Because|For|By|On|To|Our|The\s(?:Court|court)\sin|Both|Following|Neither|Where|Is|It|That|"
    r"Applying|Overruling|Court|Relying\son)\s)+(?!re\s)"
)
# A name ends before a word that begins the next clause or sentence.
_TAIL = re.compile(
    r"[.,](?:\s(?:In|The|See|Id|It|We|But|There|This|That|Here|As|On|No)\b.*)$|[,\-]$"
)


@dataclass(frozen=True, slots=True)
class CaseName:
    """A case name at `start` to `end` of the text searched."""

    start: int
    end: int
    text: str


def find_case_names(text: str) -> list[CaseName]:
    """The case names in `text`, in order, none overlapping.

    >>> [n.text for n in find_case_names("See Roe v. Wade, 410 U.S. 113; In re Smith, 1 U.S. 1")]
    ['Roe v. Wade', 'In re Smith']
    """
    names: list[CaseName] = []
    found = [*_VERSUS.finditer(text), *_MATTER.finditer(text)]
    for m in sorted(found, key=lambda m: (m.start(), -m.end())):
        start, end = m.start(), m.end()
        if signal := _SIGNAL.match(text, start, end):
            start = signal.end()
        if tail := _TAIL.search(text, start, end):
            end = tail.start() + (1 if _ends_in_abbreviation(text[start : tail.start()]) else 0)
        name = text[start:end]
        if m.re is _VERSUS and not re.search(r"\S\s+vs?\.\s+\S", name):
            continue
        if names and start < names[-1].end:
            continue
        names.append(CaseName(start, end, " ".join(name.split())))
    return names


def _ends_in_abbreviation(text: str) -> bool:
    return bool(re.search(r"\b(?:Inc|Corp|Co|Ltd|Servs?|Bros|Ass[’']n|Dep[’']t|Jr|Sr)$", text))
