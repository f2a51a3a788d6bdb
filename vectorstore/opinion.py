"""An opinion as data: what its text is made of, held as offsets into the untouched source.

The types here parse nothing (`reading.read_opinion` does). `start` and `end` are always character
offsets (Python `str`) into `Opinion.source`, half open, so that `opinion.source[start:end]` is what
is shown and cited.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Protocol


class Span(Protocol):
    """Anything with offsets into the source."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class BlockKind(StrEnum):
    """What a stretch of lines is."""

    TITLE = "title"
    FRONT_MATTER = "front matter"  # caption, counsel, docket line: before the byline
    BYLINE = "byline"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    QUOTATION = "quotation"  # a block quotation
    FOOTNOTE = "footnote"
    SIGNATURE = "signature"  # "SO ORDERED.", the date, the judge's name below an opinion
    FURNITURE = "furniture"  # page numbers, running heads, rules: nothing the court said


class Speaker(StrEnum):
    """Whose words a sentence gives."""

    COURT = "court"
    PARTY = "party"  # a contention, by the court's report
    AUTHORITY = "authority"  # another court or a text, quoted or described


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose words a sentence gives; `name` is as the opinion has it ("plaintiff", "First Circuit
    in Soto") and None for the court whose opinion this is.
    """

    speaker: Speaker
    name: str | None = None

    def __str__(self) -> str:
        """The form used in predictions: "court", "party: plaintiff", "authority: Soto"."""
        return f"{self.speaker}: {self.name}" if self.name else str(self.speaker)


COURT = Voice(Speaker.COURT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of the source. `block` indexes `Opinion.blocks`."""

    start: int
    end: int
    block: int
    voice: Voice = COURT


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A title, byline, heading, paragraph, block quotation or footnote.

    `label` is the number a reader sees: "7" for a paragraph or block quotation (both are counted),
    "n.1" for a footnote, "h" for everything else. `heading` indexes the heading block it stands
    under; `introduced_by` (block quotations only) indexes the sentence that introduces it;
    `continues` indexes the paragraph that this one is the rest of, where a footnote at the foot of
    a page cuts a paragraph in two: blocks never overlap and no sentence contains a note, so the
    rest is a block with a number of its own, and a cut sentence is two;
    `sentences` are its sentences' indexes in `Opinion.sentences` (empty for headings and
    furniture).
    """

    start: int
    end: int
    kind: BlockKind
    label: str
    heading: int | None = None
    introduced_by: int | None = None
    continues: int | None = None
    sentences: range = range(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StarPage:
    """A mark such as `*103` where the printed page turns to `page`."""

    start: int
    end: int
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCall:
    """A footnote's call in the text; `note` indexes the footnote's block, None when it is lost."""

    start: int
    end: int
    number: str
    note: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Characters inside a block that no sentence says: a footnote's own number, or page furniture
    (a page number, a running head) that interrupts a paragraph.
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """What the court cites: a case, statute or other legal text.

    `start`/`end` are the whole citation with its name and parenthetical where they were found.
    `kind` is eyecite's class without "Citation" ("FullCase", "ShortCase", "FullLaw", ...).
    """

    start: int
    end: int
    kind: str
    name: str | None = None  # "Kneipp v. Tedder"
    court: str | None = None  # courts-db id, "ca3"
    year: int | None = None
    pin_cite: str | None = None
    parenthetical: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The opinion's public record: shown as the record, never cited as the opinion's text."""

    title: str
    reporter: str | None = None  # "952 F. Supp."
    first_page: int | None = None
    court: str | None = None  # "D. Conn."
    court_name: str | None = None
    year: int | None = None
    decided: str | None = None
    docket: str | None = None
    judge: str | None = None

    @property
    def citation(self) -> str:
        """What is known of it, as "Cook v. City of Groton, 952 F. Supp. 101 (D. Conn. 1997)"."""
        where = " ".join(str(p) for p in (self.reporter, self.first_page) if p is not None)
        when = " ".join(str(p) for p in (self.court, self.year) if p is not None)
        return (f"{self.title}, {where}" if where else self.title) + (f" ({when})" if when else "")


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """One opinion, read. All tuples are in source order.

    Every character of a block with sentences is in a sentence, a star page, a note call or a mark,
    or is white space; star pages, calls and marks may also lie inside a sentence.
    """

    id: str
    source: str
    blocks: tuple[Block, ...]
    sentences: tuple[Sentence, ...]
    star_pages: tuple[StarPage, ...] = ()
    note_calls: tuple[NoteCall, ...] = ()
    marks: tuple[Mark, ...] = ()
    record: Record | None = None
    caption: str | None = None  # its own title, without columns and the parties' roles
    authority_finder: Callable[[Opinion], tuple[Authority, ...]] | None = field(
        default=None, repr=False, compare=False
    )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the source (UTF-8), in hexadecimal."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    @cached_property
    def authorities(self) -> tuple[Authority, ...]:
        """What the opinion cites, in source order. Found when first asked for: the library that
        does it takes longer to import than everything else that reading needs.
        """
        return () if self.authority_finder is None else self.authority_finder(self)

    @property
    def title(self) -> str:
        """The record's title, else the opinion's own, else its id."""
        if self.record is not None:
            return self.record.title
        return self.caption or self.id

    def text(self, span: Span) -> str:
        """The source's own characters at `span`."""
        return self.source[span.start : span.end]

    def block_of(self, sentence: Sentence) -> Block:
        return self.blocks[sentence.block]

    def heading_of(self, block: Block) -> str | None:
        """The text of the heading a block stands under."""
        return None if block.heading is None else self.text(self.blocks[block.heading])

    def pages(self, span: Span) -> tuple[int, int] | None:
        """The first and last printed page `span` may stand on; None when no page is known.

        Before the first star page, and where marks are missing between two, only a range is
        known: with first page 101 and the first mark *103, earlier text is on 101 or 102. A
        footnote's text stands on the page of its call.
        """
        note = self._note_of(span)
        if note is not None:
            call = next((c for c in self.note_calls if self.blocks.index(note) == c.note), None)
            return None if call is None else self.pages(call)
        before = [s.page for s in self.star_pages if s.start <= span.start]
        inside = [s.page for s in self.star_pages if span.start < s.start < span.end]
        after = [s.page for s in self.star_pages if s.start >= span.end]
        first = self.record.first_page if self.record else None
        low = before[-1] if before else first
        if low is None or not self.star_pages:
            return None
        if inside:  # it crosses from the page before the mark
            return max(low, inside[0] - 1), max(low, inside[-1])
        return low, max(low, after[0] - 1) if after else low

    def pinpoint(self, span: Span) -> str | None:
        """For example "952 F. Supp. at 103" or, in a footnote, "952 F. Supp. at 101-02 n.1".

        Ranges drop repeated digits but the last two, as The Bluebook (rule 3.2) has it. None when
        the reporter or the page is not known.
        """
        pages = self.pages(span)
        if pages is None or self.record is None or self.record.reporter is None:
            return None
        low, high = str(pages[0]), str(pages[1])
        if low != high:
            same = 0
            while len(low) == len(high) and same < len(low) - 2 and low[same] == high[same]:
                same += 1
            low = f"{low}-{high[same:]}"
        note = self._note_of(span)
        return f"{self.record.reporter} at {low}" + (f" {note.label}" if note else "")

    def _note_of(self, span: Span) -> Block | None:
        return next(
            (
                b
                for b in self.blocks
                if b.kind is BlockKind.FOOTNOTE and b.start <= span.start < b.end
            ),
            None,
        )
