"""Recognises what closes an opinion and is none of its paragraphs: order, date, signature.

"SO ORDERED.", "Dated: March 1, 2011", "/s/ Jane Roe", "Chief Judge": lines that can be quoted but
carry no reasons. "Affirmed." is no such line: it says what was decided.
"""

from __future__ import annotations

import re

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_CLOSING = re.compile(
    rf"""
    (?:and\s)?(?:it\sis\s)?(?:hereby\s)?so\sordered[.!]?
    |/?s/.{{0,60}}
    |(?:dated?|entered|signed|done|issued)\b[:,\s].{{0,110}}\d{{1,4}}[.,]?
    |(?:[A-Z][\w.\s]{{1,30}},\s){{0,2}}{_MONTH}\s\d{{1,2}},\s\d{{4}}\.?
    |(?:by|for)\sthe\scourt[:,.]?
    |(?:[\w.’'\-]+\s){{0,4}}?(?:hon\.\s|honorable\s)[\w.’'\-\s]{{2,50}}
    |(?:[\w.’'\-]+\s){{0,4}}(?:[\w.’'\-]+,\s)?(?:(?:united\sstates|u\.\s?s\.|senior|chief|acting|associate|
        presiding|circuit|district|magistrate|bankruptcy|superior|tax|court|supreme|administrative|
        law|trial)\s)*(?:judge|justice|chancellor|referee|u\.?s\.?d\.?j\.?)[.,]?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NAME = re.compile(
    r"(?:[A-Z][A-Z.’'\-]*|[A-Z][\w.’'\-]+|[Dd]e|[Vv]an|[Vv]on)(?:,?\s(?:[A-Z][\w.’'\-]*|de|van|von)){1,4}"
)
_COURT = re.compile(r"(?:(?:United|Supreme|Superior|Court|District)\b)[\w\s.,]{0,70}", re.I)
_DECIDES = re.compile(
    r"\b(?:affirm|revers|vacat|remand|dismiss|den(?:y|ied)|grant|judgment|discharg|quash|petition)",
    re.IGNORECASE,
)
_LONGEST = 300  # of a closing of several lines


def is_closing(text: str) -> bool:
    """Whether all lines of `text` close an opinion, one of them plainly."""
    lines = _lines(text)
    return any(map(_is_plain, lines)) and all(_is_plain(n) or _may_close(n) for n in lines)


def may_close(text: str) -> bool:
    """Whether `text` can belong to a closing that goes on below: a judge's name, a court's."""
    return all(map(_may_close, _lines(text)))


def _lines(text: str) -> list[str]:
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip(" _-–—\t")]
    return lines if lines and len(text) <= _LONGEST + 200 * (len(lines) - 1) else [text]


def _is_plain(line: str) -> bool:
    return _CLOSING.fullmatch(line) is not None and not _DECIDES.search(line)


def _may_close(line: str) -> bool:
    if len(line) > 80 or _DECIDES.search(line):
        return False
    named = _NAME.fullmatch(line) is not None and (
        not line.endswith(".") or line.endswith(("Jr.", "Sr.", "JR.", "SR."))
    )
    return named or _COURT.fullmatch(line) is not None
