"""What a local store holds, kept in small files beside Chroma's own.

    store.json                          the store's state: its Chroma folder, how often written
    chroma-…/                           Chroma's files (a rebuild starts another folder)
    indexes/<collection>/<index>.json   one record for each opinion indexed
    encoders/, models/                  exported encoders and model digests

Chroma alone cannot say that it lost something, nor that another process wrote to it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vectorstore.errors import StoreError
from vectorstore.files import write_whole
from vectorstore.store.soundness import Files

_FORMAT = 1  # of these files; a store of another format is not read


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`generation` grows with every write; `writing` is true from before Chroma is touched until
    all is in place; `files` are Chroma's vector files as the last write left them.
    """

    generation: int
    folder: str
    writing: bool
    files: Files = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One opinion's index: the ids of its rows and a check number for each one's vector."""

    splitter: int
    ids: tuple[str, ...]
    numbers: tuple[float, ...]


class Manifest:
    """The files above, under `location`. Reading and writing only: no locks, no Chroma."""

    def __init__(self, location: Path) -> None:
        self.location = location
        self.path = location / "store.json"
        self.records = location / "indexes"

    def state(self) -> State | None:
        """The store's state; None where there is no store yet.

        Raises StoreError when the file is there and cannot be understood.
        """
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (ValueError, OSError) as error:
            raise damaged(self.location, "its store.json cannot be read") from error
        try:
            if data.pop("format") != _FORMAT:
                raise damaged(self.location, "its store.json is of another version")
            return State(**data)
        except (AttributeError, KeyError, TypeError) as error:
            raise damaged(self.location, "its store.json cannot be read") from error

    def write_state(self, state: State) -> None:
        write_whole(
            self.path,
            json.dumps(
                {
                    "format": _FORMAT,
                    "generation": state.generation,
                    "folder": state.folder,
                    "writing": state.writing,
                    "files": dict(state.files),
                }
            ),
        )

    def record(self, collection: str, index: str) -> Record | None:
        """The record of an index; None where it is not indexed.

        Raises StoreError when the file is there and cannot be understood.
        """
        try:
            text = (self.records / collection / f"{index}.json").read_text(encoding="utf-8")
            data = json.loads(text)
            return Record(
                splitter=data["splitter"], ids=tuple(data["ids"]), numbers=tuple(data["numbers"])
            )
        except FileNotFoundError:
            return None
        except (ValueError, OSError, KeyError, TypeError) as error:
            raise damaged(self.location, "a record of what it holds cannot be read") from error

    def write_record(self, collection: str, index: str, record: Record) -> None:
        text = json.dumps(
            {"splitter": record.splitter, "ids": record.ids, "numbers": record.numbers}
        )
        write_whole(self.records / collection / f"{index}.json", text)

    def drop_records(self, collection: str, indexes: Sequence[str]) -> None:
        for index in indexes:
            (self.records / collection / f"{index}.json").unlink(missing_ok=True)

    def all_records(self) -> Iterator[tuple[str, Record]]:
        """(collection, record) of every index there is."""
        for path in sorted(self.records.glob("*/*.json")):
            if record := self.record(path.parent.name, path.stem):
                yield path.parent.name, record

    def drop_all_records(self) -> None:
        shutil.rmtree(self.records, ignore_errors=True)


def damaged(location: Path, what: str) -> StoreError:
    """The error for a store that cannot be trusted: one line that says how to mend it."""
    return StoreError(
        f"The store in {location} is damaged ({what}). Mend it with `opinion index --rebuild`."
    )
