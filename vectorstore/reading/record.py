"""Reads an opinion's public record: a small JSON file beside the opinion.

For `opinions/smith.txt` that is `opinions/smith.txt.record.json` or `opinions/smith.record.json`
(the first one found). Its fields are those of `Record`; only `title` is required.
"""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from vectorstore.errors import OpinionFileError
from vectorstore.opinion import Record

_NUMBERS = ("first_page", "year")


def find_record(opinion_path: Path) -> Record | None:
    """The record beside `opinion_path`; None when there is none.

    Raises `OpinionFileError` when there is one that cannot be used: a record silently left out
    would silently cost every pinpoint.
    """
    for name in (f"{opinion_path.name}.record.json", f"{opinion_path.stem}.record.json"):
        path = opinion_path.with_name(name)
        if path.is_file():
            return parse_record(_read(path), where=str(path))
    return None


def parse_record(text: str, *, where: str) -> Record:
    """The record in a JSON text; `where` names it in errors. Unknown fields are ignored."""
    try:
        data = json.loads(text)
    except ValueError as e:
        raise OpinionFileError(
            f"The record {where} is not JSON ({e}). Mend it, or delete it to go without."
        ) from e
    if not isinstance(data, dict):
        raise OpinionFileError(
            f'The record {where} must be a JSON object such as {{"title": "…"}}.'
        )
    known = {f.name for f in fields(Record)}
    values: dict[str, Any] = {k: v for k, v in data.items() if k in known and v is not None}
    for name, value in values.items():
        wanted = int if name in _NUMBERS else str
        if not isinstance(value, wanted) or isinstance(value, bool) or value == "":
            kind = "a whole number" if wanted is int else "a text that is not empty"
            raise OpinionFileError(f"The record {where}: {name!r} must be {kind}.")
    if "title" not in values:
        raise OpinionFileError(f"The record {where} needs a title, the opinion's name.")
    return Record(**values)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as e:
        raise OpinionFileError(f"The record {path} cannot be read: {e.strerror}.") from e
    except UnicodeDecodeError as e:
        raise OpinionFileError(f"The record {path} is not UTF-8 text. Save it as UTF-8.") from e
