"""Reads an opinion file into an `Opinion`: blocks, sentences, voices, marks, all as offsets.

The source is kept as it came. Files are decoded as UTF-8 (a byte order mark is dropped, so offsets
count from the first character after it), else as Windows-1252, which court files often are; line
ends are not translated, so offsets count a carriage return as a character.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from vectorstore.errors import OpinionFileError
from vectorstore.opinion import (
    Block,
    BlockKind,
    Mark,
    NoteCall,
    Opinion,
    Record,
    Sentence,
    Span,
    StarPage,
)
from vectorstore.reading.authorities import find_authorities
from vectorstore.reading.blocks import classify
from vectorstore.reading.captions import caption_title
from vectorstore.reading.drafts import Draft
from vectorstore.reading.footnotes import Call, find_calls
from vectorstore.reading.layout import find_units
from vectorstore.reading.record import find_record, parse_record
from vectorstore.reading.sentences import split_sentences
from vectorstore.reading.star_pages import find_star_pages
from vectorstore.reading.voices import give_voices

BUNDLED_ID = "cook-v-city-of-groton"
MAX_BYTES = 20_000_000  # a long opinion has less than one million
_COUNTED = (BlockKind.PARAGRAPH, BlockKind.QUOTATION)
_SILENT = (BlockKind.HEADING, BlockKind.FURNITURE)  # blocks without sentences


def bundled_opinion() -> Opinion:
    """The opinion that ships with the project, with its public record."""
    data = resources.files("vectorstore") / "data"
    source = (data / f"{BUNDLED_ID}.txt").read_bytes().decode("utf-8")
    name = f"{BUNDLED_ID}.record.json"
    record = parse_record((data / name).read_text(encoding="utf-8"), where=name)
    return parse_opinion(source, id=BUNDLED_ID, record=record)


def read_opinion(path: Path | str, *, id: str | None = None) -> Opinion:
    """The opinion in the text file `path`, with the public record beside it if there is one.

    `id` is the file's name without its ending unless given. Raises `OpinionFileError` for a file
    that is missing, unreadable, empty, too large, or no text.
    """
    path = Path(path)
    source = _decode(_read_bytes(path), path)
    if not source.strip():
        raise OpinionFileError(f"The opinion file {path} is empty. Give one that holds the text.")
    return parse_opinion(source, id=path.stem if id is None else id, record=find_record(path))


def parse_opinion(source: str, *, id: str, record: Record | None = None) -> Opinion:
    """The opinion in `source`. Raises `OpinionFileError` when it is white space only."""
    if not source.strip():
        raise OpinionFileError(f"The opinion {id!r} is empty. Give one that holds the text.")
    units, wrapped = find_units(source)
    drafts = classify(source, units, wrapped=wrapped)
    stars, parallel = find_star_pages(source)
    said = [(d.said, d.end) for d in drafts if d.kind not in _SILENT]
    noted = frozenset(d.number for d in drafts if d.number)
    calls = find_calls(source, said, noted=noted)
    marks = [Mark(start=d.start, end=d.said) for d in drafts if d.said > d.start]
    marks += [Mark(start=s, end=e) for d in drafts for s, e in d.holes]
    marks += parallel
    blocks, sentences = _number(source, drafts, [*stars, *calls, *marks], calls)
    tied = _tie(calls, drafts)
    unsaid: tuple[Span, ...] = (*stars, *tied, *marks)
    skip = [(m.start, m.end) for m in unsaid]
    sentences = give_voices(source, blocks, sentences, skip=skip, calls=tied)
    title = next((b for b in blocks if b.kind is BlockKind.TITLE), None)
    return Opinion(
        id=id,
        source=source,
        blocks=blocks,
        sentences=sentences,
        star_pages=stars,
        note_calls=tied,
        marks=tuple(sorted(marks, key=lambda m: m.start)),
        record=record,
        caption=None if title is None else caption_title(source[title.start : title.end]),
        authority_finder=find_authorities,
    )


def _read_bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise OpinionFileError(f"{path} is a folder. Name the opinion's text file in it.")
        if size > MAX_BYTES:
            raise OpinionFileError(
                f"The opinion file {path} has {size / 1e6:.0f} MB; an opinion has less than "
                f"{MAX_BYTES / 1e6:.0f} MB. Give the text of one opinion."
            )
        return path.read_bytes()
    except FileNotFoundError as e:
        raise OpinionFileError(f"No opinion file {path}. Check its name and folder.") from e
    except OSError as e:
        raise OpinionFileError(f"The opinion file {path} cannot be read: {e.strerror}.") from e


def _decode(data: bytes, path: Path) -> str:
    if b"\x00" in data or data.startswith((b"%PDF", b"PK\x03\x04", b"{\\rtf", b"\xd0\xcf\x11\xe0")):
        raise OpinionFileError(
            f"The opinion file {path} is not plain text. Convert it to text first (.txt, UTF-8)."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as e:
        raise OpinionFileError(
            f"The opinion file {path} is neither UTF-8 nor Windows-1252 text. "
            "Convert it to text first (.txt, UTF-8)."
        ) from e


def _number(
    source: str,
    drafts: Sequence[Draft],
    marks: Sequence[StarPage | Call | Mark],
    calls: Sequence[Call],
) -> tuple[tuple[Block, ...], tuple[Sentence, ...]]:
    """The drafts as labelled blocks with their sentences."""
    blocks: list[Block] = []
    sentences: list[Sentence] = []
    labels = _labels(drafts, calls)
    heading: int | None = None
    for i, draft in enumerate(drafts):
        introduced_by = continues = None
        if draft.kind in (BlockKind.HEADING, BlockKind.BYLINE):
            heading = None
        elif draft.kind is BlockKind.QUOTATION:
            introduced_by = _introduction(blocks)
        elif draft.continues and draft.kind is BlockKind.PARAGRAPH:
            continues = _beginning(blocks)
        first = len(sentences)
        if draft.kind not in _SILENT:
            inside = [
                (m.start, m.end) for m in marks if m.start < draft.end and m.end > draft.start
            ]
            sentences += [
                Sentence(start=s, end=e, block=i)
                for s, e in split_sentences(source, draft.said, draft.end, skip=inside)
            ]
        counted = draft.kind in _COUNTED
        blocks.append(
            Block(
                start=draft.start,
                end=draft.end,
                kind=draft.kind,
                label=labels[i],
                heading=heading if counted else None,
                introduced_by=introduced_by,
                continues=continues,
                sentences=range(first, len(sentences)),
            )
        )
        if draft.kind is BlockKind.HEADING:
            heading = i
    return tuple(blocks), tuple(sentences)


def _beginning(above: Sequence[Block]) -> int | None:
    """The paragraph above the notes at the foot of a page, which goes on below them."""
    for k in reversed(range(len(above))):
        if above[k].kind not in (BlockKind.FOOTNOTE, BlockKind.FURNITURE):
            return k if above[k].kind is BlockKind.PARAGRAPH else None
    return None


def _introduction(above: Sequence[Block]) -> int | None:
    """The sentence that introduces a quotation: the last one of the paragraph above it."""
    for block in reversed(above):
        if block.kind is BlockKind.PARAGRAPH and block.sentences:
            return block.sentences[-1]
        if block.kind not in (BlockKind.QUOTATION, BlockKind.FURNITURE):
            return None
    return None


def _labels(drafts: Sequence[Draft], calls: Sequence[Call]) -> list[str]:
    labels: list[str] = []
    taken: set[str] = set()
    paragraph = 0
    orphans = iter(_orphan_numbers(drafts, calls))
    for draft in drafts:
        if draft.kind in _COUNTED:
            paragraph += 1
            labels.append(str(paragraph))
        elif draft.kind is BlockKind.FOOTNOTE:
            wanted = f"n.{draft.number or next(orphans)}"
            label, again = wanted, 1
            while label in taken:
                again += 1
                label = f"{wanted}-{again}"
            taken.add(label)
            labels.append(label)
        else:
            labels.append("h")
    return labels


def _orphan_numbers(drafts: Sequence[Draft], calls: Sequence[Call]) -> list[str]:
    """Numbers for the notes that lost theirs: those of the calls without a note, in order, then
    the next ones that are free.
    """
    known = {d.number for d in drafts if d.number}
    numbers = list(dict.fromkeys(c.number for c in calls if c.number not in known))
    free = 1
    for _ in drafts:
        while str(free) in known or str(free) in numbers:
            free += 1
        numbers.append(str(free))
    return numbers


def _tie(calls: Sequence[Call], drafts: Sequence[Draft]) -> tuple[NoteCall, ...]:
    labels = _labels(drafts, calls)
    notes = {label: i for i, label in enumerate(labels) if label != "h" and label[0] == "n"}
    seen: dict[str, int] = {}
    tied = []
    for call in calls:
        seen[call.number] = seen.get(call.number, 0) + 1
        again = "" if seen[call.number] == 1 else f"-{seen[call.number]}"
        note = notes.get(f"n.{call.number}{again}", notes.get(f"n.{call.number}"))
        tied.append(NoteCall(start=call.start, end=call.end, number=call.number, note=note))
    return tuple(tied)
