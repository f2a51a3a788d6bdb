"""JSON Lines files: read with the line at fault named, appended so that nothing written is lost."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assistant.errors import EvaluationInputError

_LONGEST_QUOTED = 200


def read_objects(path: Path, *, what: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The line number and object of every line that is not blank; EvaluationInputError names the
    line that is no JSON object.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise EvaluationInputError(
            f"{path} is not UTF-8 text (byte {error.start}); a {what} is JSON Lines in UTF-8."
        ) from error
    except OSError as error:
        raise EvaluationInputError(
            f"Cannot read the {what} {path}: {error.strerror or error}."
        ) from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except json.JSONDecodeError as error:
            raise EvaluationInputError(
                f"{path}, line {number}: not JSON ({error.msg} at column {error.colno}); a {what} "
                "has one JSON object a line."
            ) from error
        if not isinstance(data, dict):
            raise EvaluationInputError(
                f"{path}, line {number}: a {what} has one JSON object a line, and this is a "
                f"{type(data).__name__}."
            )
        yield number, data


def append_line(path: Path, line: str) -> None:
    """Add a line; it is safe on disk when this returns. Raises EvaluationInputError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise EvaluationInputError(f"Cannot write to {path}: {error.strerror or error}.") from error


def mend_last_line(path: Path) -> None:
    """Make a file that a killed program was writing fit to be added to: a last line that was cut
    off is removed, a whole one without its line break gets it.
    """
    try:
        data = path.read_bytes()
        if not data or data.endswith(b"\n"):
            return
        kept = data.rfind(b"\n") + 1
        try:
            json.loads(data[kept:])
            whole = True
        except ValueError:  # also text cut inside a character
            whole = False
        with path.open("r+b") as file:
            if whole:
                file.seek(0, os.SEEK_END)
                file.write(b"\n")
            else:
                file.truncate(kept)
    except OSError as error:
        raise EvaluationInputError(
            f"Cannot go on from {path}: {error.strerror or error}."
        ) from error


def first_fault(error: ValidationError) -> str:
    """The first thing wrong with a line: "field 'evidence[1][0]': …", and how many more.

    >>> from pydantic import BaseModel
    >>> class Line(BaseModel):
    ...     id: str
    >>> try: Line.model_validate({"id": 3})
    ... except ValidationError as error: print(first_fault(error))
    field 'id': Input should be a valid string (got 3).
    """
    faults = error.errors(include_url=False, include_context=False)
    place, *inner = faults[0]["loc"]
    name = str(place) + "".join(f"[{i}]" if isinstance(i, int) else f".{i}" for i in inner)
    message = f"field '{name}': {faults[0]['msg']}"
    if faults[0]["type"] != "missing":
        given = json.dumps(faults[0]["input"], ensure_ascii=False, default=str)
        message += f" (got {given if len(given) <= 60 else given[:57] + '…'})"
    more = len(faults) - 1
    return message + (f"; and {more} more fault{'s' if more > 1 else ''}." if more else ".")


def brief(text: str) -> str:
    """A text as it is quoted in a message: on one line, its middle left out when it is long."""
    line = " ".join(text.split())
    half = _LONGEST_QUOTED // 2
    return line if len(line) <= _LONGEST_QUOTED else f"{line[:half]} … {line[-half:]}"
