"""Finds what an opinion cites: cases, statutes, journals.

eyecite finds the citations themselves, on a copy of the text in which star pages are gone and
"Cir.1995" is spaced. Name, court, year, pin cite and parenthetical are then read from the
citation's own surroundings: eyecite takes them from the next citation where one follows closely.
It does not find references by name alone ("in Soto"), constitutions and rules of procedure
("Fed. R. Civ. P. 56(c)").
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vectorstore.opinion import Authority, BlockKind, Opinion, Span
from vectorstore.reading.case_names import CaseName, find_case_names
from vectorstore.reading.mending import Mended, blank_out, joined

_SILENT = (BlockKind.FURNITURE, BlockKind.HEADING)
_GLUED_YEAR = re.compile(r"(?<=[A-Za-z]\.)(?=(?:1[6789]|20)\d\d\))")
_PIN = re.compile(
    r",? (?:at )?(?P<pin>(?:¶+ ?)?\*?\d+(?:[-–]\*?\d+)?(?:(?:,| &) \d+(?:[-–]\d+)?(?!\w| [A-Z]))*"
    r"(?:,? (?:& )?nn?\. ?\d+(?:[-–]\d+)?)?)(?!\w| [A-Z][a-z]*\.)"
)
_SECTION = re.compile(r"(?:-\d+[a-z]*)?(?P<pin>(?:\(\w{1,4}\))*)")
_BARE_SECTION = re.compile(r"§* ?[\w.:\-]*\w(?:\(\w{1,4}\))*")
_DATED = re.compile(
    r"(?P<court>[^()]*?),? ?(?:[A-Z][a-z]+\.? \d{1,2}, )?(?P<year>1[6-9]\d\d|20\d\d)$"
)
_SHORT_NAME = re.compile(r"(?P<name>[A-Z][\w.’'&\-]*(?: (?:[A-Z&][\w.’'\-]*|of|the))*),? $")
_SIGNALS = re.compile(r"(?:(?:In|See|But|Cf\.|E\.g\.|Accord|Also|Compare|As|Under|And)\b,? ?)+")
_LONGEST_NAME_GAP = 120  # a name may be parted from its reporter by a docket number


@dataclass(frozen=True, slots=True)
class _Found:
    """A citation in offsets of the mended text: `start`/`end` without name and parenthetical."""

    start: int
    end: int
    kind: str
    guess: str | None  # the name eyecite proposes
    court: str | None  # the court that the reporter alone tells


@dataclass(frozen=True, slots=True)
class _Tail:
    """What follows a citation: pin cite, court and year, parenthetical."""

    end: int
    pin: str | None = None
    court: str | None = None
    year: int | None = None
    parenthetical: str | None = None


def find_authorities(opinion: Opinion) -> tuple[Authority, ...]:
    """The authorities cited in `opinion`, in order.

    Each of several parallel citations of one case is an authority of its own with the span, name,
    court and year of the whole. An opinion that cites nothing gives none.
    """
    marks: tuple[Span, ...] = (*opinion.star_pages, *opinion.note_calls, *opinion.marks)
    skip = [(m.start, m.end) for m in marks]
    parts = [
        blank_out(opinion.source, b.start, b.end, skip)
        for b in opinion.blocks
        if b.kind not in _SILENT
    ]
    # eyecite takes a line end for the end of a paragraph, which no citation crosses.
    mended = joined(parts, "\n").replaced(_GLUED_YEAR, " ")
    found = _find(mended.text)
    names = {n.end: n for n in find_case_names(mended.text)}
    authorities: list[Authority] = []
    for group in _parallels(found, mended.text):
        authorities += _read_group(group, mended, names)
    return tuple(authorities)


def _find(text: str) -> list[_Found]:
    from eyecite import get_citations  # here: importing it takes a third of a second

    # It warns of overlaps that it has settled by itself.
    logging.getLogger("eyecite").setLevel(logging.ERROR)
    found: list[_Found] = []
    cites: list[Any] = list(get_citations(text))
    for cite in sorted(cites, key=lambda c: c.span()):
        start = cite.span()[0]
        if found and start < found[-1].end:
            continue
        metadata = cite.metadata
        found.append(
            _Found(
                start,
                start + len(cite.matched_text()),
                type(cite).__name__.removesuffix("Citation"),
                _guess(metadata),
                "scotus" if getattr(metadata, "court", None) == "scotus" else None,
            )
        )
    return found


def _guess(metadata: Any) -> str | None:
    plaintiff = getattr(metadata, "plaintiff", None)
    defendant = getattr(metadata, "defendant", None)
    if plaintiff and defendant:
        return f"{plaintiff} v. {defendant}"
    guess = getattr(metadata, "antecedent_guess", None) or defendant
    return None if guess is None else str(guess)


def _parallels(found: Sequence[_Found], text: str) -> list[list[_Found]]:
    """The citations grouped with their parallels: "489 U.S. 189, 195, 109 S.Ct. 998"."""
    groups: list[list[_Found]] = []
    for cite in found:
        if groups and cite.kind == "FullCase" and groups[-1][-1].kind == "FullCase":
            last = groups[-1][-1]
            pin = _PIN.match(text, last.end)
            between = text[pin.end() if pin else last.end : cite.start]
            if between == ", ":
                groups[-1].append(cite)
                continue
        groups.append([cite])
    return groups


def _read_group(
    group: Sequence[_Found], mended: Mended, names: dict[int, CaseName]
) -> list[Authority]:
    text = mended.text
    first, last = group[0], group[-1]
    start, name = _name(first, text, names)
    tail = _tail(last, text)
    court = tail.court or next((f.court for f in group if f.court), None)
    authorities = []
    for cite in group:
        own_start, own_end = mended.source_span(start, tail.end)
        pin = _PIN.match(text, cite.end) if "Law" not in cite.kind else None
        authorities.append(
            Authority(
                start=own_start,
                end=own_end,
                kind=cite.kind,
                name=name,
                court=court,
                year=tail.year,
                pin_cite=tail.pin if cite is last else (pin["pin"] if pin else None),
                parenthetical=tail.parenthetical,
            )
        )
    return authorities


def _name(cite: _Found, text: str, names: dict[int, CaseName]) -> tuple[int, str | None]:
    """Where a citation begins with its name, and the name."""
    if cite.kind == "FullCase":
        for gap in range(1, _LONGEST_NAME_GAP):
            named = names.get(cite.start - gap)
            between = text[cite.start - gap : cite.start]
            if named and re.fullmatch(r",? (?:Nos?\. [^;()]*)?\(?", between):
                return named.start, named.text
            if ";" in between or "\n" in between:
                break
        return cite.start, cite.guess
    if cite.kind in ("ShortCase", "Supra", "Reference"):
        before = text[max(0, cite.start - 60) : cite.start]
        if m := _SHORT_NAME.search(before):
            begin = m.start("name")
            if signals := _SIGNALS.match(before, begin, m.end("name")):
                begin = signals.end()
            if name := before[begin : m.end("name")]:
                return cite.start - len(before) + begin, name
        return cite.start, cite.guess
    return cite.start, None


def _tail(cite: _Found, text: str) -> _Tail:
    end = cite.end
    pin: str | None = None
    if cite.kind == "Unknown":
        # eyecite sees the sign only; the section follows it.
        m = _BARE_SECTION.match(text, cite.start)
        return _Tail(end if m is None else max(end, m.end()))
    m = (_SECTION if cite.kind == "FullLaw" else _PIN).match(text, end)
    if cite.kind == "ShortCase":
        m = re.compile(_PIN.pattern.removeprefix(",? (?:at )?")).match(
            text, _page_start(cite, text)
        )
    if m is not None and m.end() > m.start():
        end, pin = max(end, m.end()), m["pin"] or None
    tail = _Tail(end, pin)
    for inner, after in _parentheses(text, end):
        dated = _DATED.match(inner)
        if tail.year is None and tail.parenthetical is None and dated:
            tail = _Tail(after, pin, _court(dated["court"]), int(dated["year"]))
        elif tail.parenthetical is None and cite.kind not in ("FullLaw", "Id"):
            tail = _Tail(after, pin, tail.court, tail.year, inner.strip())
        else:
            break
    return tail


def _page_start(cite: _Found, text: str) -> int:
    """Where the page of a short form ("95 F.3d at 1205") begins."""
    at = text.rfind(" ", cite.start, cite.end)
    return cite.start if at < 0 else at + 1


def _parentheses(text: str, start: int) -> list[tuple[str, int]]:
    """The texts in the parentheses that follow at `start`, and where each ends."""
    found: list[tuple[str, int]] = []
    position = start
    while (opened := re.compile(r" ?\(").match(text, position)) is not None:
        depth = 1
        i = opened.end()
        while i < len(text) and depth and text[i] != "\n":
            depth += {"(": 1, ")": -1}.get(text[i], 0)
            i += 1
        if depth:
            break
        found.append((text[opened.end() : i - 1], i))
        position = i
    return found


def _court(written: str) -> str | None:
    """The courts-db id of a court as written in a citation ("2d Cir.", "D. Conn.")."""
    from eyecite.helpers import get_court_by_paren

    if not written.strip():
        return None
    # courts-db writes "2d Cir." but "3rd Cir.".
    name = re.sub(r"\b3d\b", "3rd", re.sub(r"\b2nd\b", "2d", written))
    court = get_court_by_paren(name)
    return None if court is None else str(court)
