"""Recognises what closes an opinion and is none of its paragraphs: order, date, signature.

"SO ORDERED.", "Dated: March 1, 2011", "/s/ Jane Roe", "Chief Judge": lines that can be quoted but
carry no reasons. "Affirmed." is no such line: it says what was decided.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from vectorstore.opinion import BlockKind
from vectorstore.reading.drafts import Draft
from vectorstore.reading.footnotes import NOTES_TITLE
from vectorstore.reading.headings import is_separate_byline

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_CLOSING = re.compile(
    rf"""
    (?:and\s)?(?:it\sis\s)?(?:hereby\s)?so\sordered[.!]?
    |/?s/.{{0,60}}
    |(?:we|i)\s(?:all\s)?concur[:.]?
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
    r"(?![IVXL]+\.\s)(?:[A-Z][A-Z.’'\-]*|[A-Z][\w.’'\-]+|[Dd]e|[Vv]an|[Vv]on)(?:,?\s(?:[A-Z][\w.’'\-]*|de|van|von)){1,4}"
)
_COURT = re.compile(r"(?:(?:United|Supreme|Superior|Court|District)\b)[\w\s.,]{0,70}", re.I)
_DECIDES = re.compile(
    r"\b(?:affirm|revers|vacat|remand|dismiss|den(?:y|ied)|grant|judgment|discharg|quash|petition)",
    re.IGNORECASE,
)
_LONGEST = 300  # of a closing of several lines


def mark_closing(drafts: Sequence[Draft], source: str) -> list[Draft]:
    """The drafts with what closes the opinion, or a separate one's predecessor, marked as such."""
    signed = list(drafts)
    ends = [i for i, d in enumerate(drafts) if d.kind is BlockKind.BYLINE and i] + [len(drafts)]
    for end in ends:
        closing: list[int] = []
        pending: list[int] = []  # names, which count only when something plain stands with them
        for i in reversed(range(end)):
            draft, text = drafts[i], source[drafts[i].said : drafts[i].end]
            if draft.kind in (BlockKind.FURNITURE, BlockKind.FOOTNOTE):
                continue
            if draft.kind in (BlockKind.FRONT_MATTER, BlockKind.TITLE):
                break
            if draft.kind is BlockKind.BYLINE and (
                is_separate_byline(text) or not any(map(_is_paragraph, drafts[:i]))
            ):
                break
            if draft.kind is BlockKind.BYLINE or _is_closing(text):
                closing += [*pending, i]
                pending = []
            elif _can_close(text):
                pending.append(i)
            elif not (draft.kind is BlockKind.HEADING and NOTES_TITLE.fullmatch(text.strip(" .:"))):
                if closing and pending:
                    closing += pending
                break
        for i in closing:
            signed[i] = replace(drafts[i], kind=BlockKind.SIGNATURE)
    return signed


def _is_paragraph(draft: Draft) -> bool:
    return draft.kind is BlockKind.PARAGRAPH


def _is_closing(text: str) -> bool:
    """Whether all lines of `text` close an opinion, one of them plainly."""
    lines = _lines(text)
    return any(map(_is_plain, lines)) and all(_is_plain(n) or _may_close(n) for n in lines)


def _can_close(text: str) -> bool:
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
