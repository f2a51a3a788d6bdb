"""Tells what stands above an opinion's body: caption, docket, counsel, syllabus, and the title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from vectorstore.opinion import BlockKind
from vectorstore.reading.drafts import Draft, draft_of
from vectorstore.reading.headings import byline_length, is_heading, is_separate_byline
from vectorstore.reading.layout import Unit

_CASE_NAME = re.compile(
    r"\s(?:v|vs|V|VS)\.?\s|\b(?:In re|IN RE|In the Matter of|Ex parte|EX PARTE)\b"
)
_PAPER = re.compile(r"\b(?:order|opinion|ruling|memorandum|decision|judgment|findings)\b", re.I)
_FRONT = re.compile(
    r"""^(?:\W*(?:nos?(?=[.:\s]*[\d,])|docket|case\s(?:no|\d)|civil|civ|crim|cv|appeals?\sfrom|appeal\sno|
    on\s(?:appeal|writ|petition|certiorari)(?:\s(?:from|to|of|for)|[.:]?$)|certiorari\sto|argued|
    submitted|decided|filed|before(?!\s(?:the|this|us|it|he|she|trial|her|his|any)\b)|present(?=[:\s]\s*[A-Z])|syllabus|
    attorneys?|counsel|for\s(?:the\s)?(?:plaintiff|defendant|appell|petition|respond)|
    united\sstates\s(?:court|district)|supreme\scourt\sof|in\sthe\s(?:united|supreme|superior|district|
    circuit|court|matter|appell)\w*|court\sof|dated|date)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_COUNSEL = re.compile(
    r"\b(?:for (?:the )?(?:plaintiff|defendant|appell|petition|respond|amic|intervenor)|"
    r"on (?:the )?briefs?\b|argued the cause|with (?:him|her|whom) (?:was|were)|of counsel|"
    r"(?:Circuit |District )?(?:Judges|Justices)\.?$)",
    re.IGNORECASE,
)
_FRONT_SHARE = 0.5  # of an opinion may stand above its byline: a syllabus can be long
_LINE_UP = 10  # units between the line-up of the justices and the opinion's byline
_VERSUS_ALONE = re.compile(
    r"[-–—\s]*(?:v|vs|V|VS|against|versus)\b\.?[-–—,\s]*(?:[:)§|*].*|\s{3}.*|\n.*)?$", re.S
)
_PARTY_ROLE = re.compile(
    r"\W*(?:plaintiff|defendant|petitioner|respondent|appell|claimant|debtor|relator|and\b|intervenor)"
    r"[^.]*$|\W*$",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"[a-z\d)”\"][.?!](?:\[?\d{1,3}\]?)?\s+[A-Z][a-z]*\s+[a-z]")
# "Defendant and Appellant.", "Plaintiffs," as a caption has it under a name.
_CAPTION_ROLE = re.compile(
    r"\W*(?:plaintiff|defendant|petitioner|respondent|appell(?:ant|ee))s?(?:[,.:/-]|\sand\b)", re.I
)


def front_matter(units: Sequence[Unit], texts: Sequence[str], end: int) -> tuple[int, int | None]:
    """Where the body begins (a byline belongs to it), and the index of the byline if there is one.

    With a byline, everything above it is front matter. Without, front matter are the leading units
    that are no prose.
    """
    total = sum(map(len, texts))
    for i in range(end):
        if units[i].furniture:
            continue
        if sum(map(len, texts[:i])) > _FRONT_SHARE * total and any(map(is_prose, texts[:i])):
            break  # so late a byline is a separate opinion's
        if _is_court_byline(texts[i]):
            # The line-up of the justices comes first, then counsel, then the byline itself.
            again = [k for k in range(i + 1, min(i + _LINE_UP, end)) if _is_court_byline(texts[k])]
            last = again[-1] if again and not any(map(is_prose, texts[i + 1 : again[-1]])) else i
            return last, last
    for i in range(end):
        if units[i].furniture:
            continue
        if is_prose(texts[i]):
            # Headings right above the prose belong to the body, but a lone one is the title.
            first = i
            while first > 1 and _is_body_heading(texts[first - 1]):
                first -= 1
            return first, None
    return min(end, 1), None


def _is_court_byline(text: str) -> bool:
    length = byline_length(text)
    return length is not None and not is_separate_byline(text[:length])


def is_prose(text: str) -> bool:
    return (
        len(text) >= 60
        and not text.isupper()
        and (
            text.rstrip("”\"')]’0123456789")[-1:] in (".", "?", "!", ":", ";")
            or (len(text) >= 200 and _SENTENCES.search(text) is not None)  # cut by a page's foot
        )
        and not _FRONT.match(text)
        and not _COUNSEL.search(text)
        and not (_CASE_NAME.search(text) and len(text) < 100)
    )


def _is_body_heading(text: str) -> bool:
    return (
        is_heading(text)
        and not _CASE_NAME.search(f" {text} ")
        and not _CAPTION_ROLE.match(text)
        and not _FRONT.match(text)
        and not (_PAPER.search(text))
    )


def front_drafts(units: Sequence[Unit], texts: Sequence[str], end: int) -> list[Draft]:
    drafts = [
        draft_of(u, BlockKind.FURNITURE if u.furniture else BlockKind.FRONT_MATTER)
        for u in units[:end]
    ]
    candidates = [i for i in range(end) if not units[i].furniture]
    title = next(
        (i for i in candidates if _CASE_NAME.search(f" {texts[i]} ")),
        next(
            (i for i in candidates if _PAPER.search(texts[i])), candidates[0] if candidates else 0
        ),
    )
    if not candidates:
        return drafts
    first, last = _caption(candidates, texts) or (title, title)
    merged = replace(drafts[first], kind=BlockKind.TITLE, end=drafts[last].end)
    return [*drafts[:first], merged, *drafts[last + 1 :]]


def _caption(candidates: Sequence[int], texts: Sequence[str]) -> tuple[int, int] | None:
    """The first and last unit of a caption set over several lines, from one party's name over a
    line "v." to the other's; None when there is no such line.
    """
    for n, i in enumerate(candidates):
        if not _VERSUS_ALONE.match(texts[i]):
            continue
        above = [k for k in candidates[:n] if not _PARTY_ROLE.match(texts[k])]
        below = [k for k in candidates[n + 1 :] if not _PARTY_ROLE.match(texts[k])]
        beneath = texts[i].splitlines()[1:]
        if above and not all(_PARTY_ROLE.match(line) for line in beneath):
            return above[-1], i
        if above and below:
            return above[-1], below[0]
    return None
