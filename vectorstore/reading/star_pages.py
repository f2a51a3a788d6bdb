"""Finds star pages: marks such as `*103` where the printed page turns.

They may stand alone ("by *103 abandoning"), be glued to a word ("by *103abandoning", "added.*263"),
be bracketed ("[*103]"), or be doubled for a parallel reporter ("**12"). A lone asterisk, "* * *", a
footnote's "*" and a product ("2*3") are none.
"""

from __future__ import annotations

import re

from vectorstore.opinion import Mark, StarPage

_STAR = re.compile(r"\[(\*{1,3})(\d{1,5})\]|(?<![\d*])(\*{1,3})(\d{1,5})(?![\d*])")
# "2003 WL 21, at *3": the star page of another opinion, in a pin cite.
_PIN_CITE = re.compile(r"(?:\bWL\b|\bLEXIS\b|\bslip op\.)[^()]{0,30}?[ ,-]$", re.IGNORECASE)


def find_star_pages(source: str) -> tuple[tuple[StarPage, ...], tuple[Mark, ...]]:
    """The star pages of `source`, and the page marks of any parallel reporter, both in order.

    By custom one asterisk counts the pages of the reporter at hand and more asterisks those of a
    parallel one, so where both occur only the former are pages: two series would make nonsense of
    every pinpoint. The latter are still no words of the court's, hence marks.

    >>> find_star_pages("by *103abandoning **7 her")[0]
    (StarPage(start=3, end=7, page=103),)
    """
    found = [
        m
        for m in _STAR.finditer(source)
        if not _PIN_CITE.search(source, max(0, m.start() - 60), m.start())
    ]
    fewest = min((len(m[1] or m[3]) for m in found), default=0)
    pages, parallel = [], []
    for m in found:
        if len(m[1] or m[3]) == fewest:
            pages.append(StarPage(start=m.start(), end=m.end(), page=int(m[2] or m[4])))
        else:
            parallel.append(Mark(start=m.start(), end=m.end()))
    return tuple(pages), tuple(parallel)
