"""What a person chose to evaluate: checked here, since a browser may send anything."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.errors import EvaluationInputError
from assistant.evaluation.question_sets import bundled_sets, read_examples
from vectorstore.opinion import Opinion
from vectorstore.reading import bundled_opinion

LARGEST_UPLOAD = 2_000_000  # bytes; a question takes a few hundred


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A question set that the person's browser sent; `name` is what they call it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The bundled sets by name, the set uploaded, and how many questions at most."""

    bundled: tuple[str, ...] = ()
    upload: Upload | None = None
    limit: int | None = None


def read_choice(sets: object, limit: object, name: object, content: object) -> Choice:
    """The choice that the page's form sent: names of sets, the limit as typed, and the uploaded
    file's name and content (base64), None without one. Raises EvaluationInputError.
    """
    known = bundled_sets()
    chosen = tuple(s for s in known if isinstance(sets, list) and s in sets)
    upload = None
    if isinstance(name, str) and isinstance(content, str):
        upload = _upload(name, content)
    if not chosen and upload is None:
        raise EvaluationInputError("No question set is chosen. Tick one, or choose a file.")
    return Choice(bundled=chosen, upload=upload, limit=_limit(str(limit or "").strip()))


@contextmanager
def sets_of(choice: Choice, in_use: Opinion) -> Iterator[tuple[str, ...]]:
    """The sets as `assistant.evaluation.session` takes them, an uploaded one in a file of its own
    as long as the context is open; what is wrong with that one is told by the person's name for it.

    Raises EvaluationInputError, for an uploaded set also when it names an opinion by its path: what
    comes through the page chooses no file of this machine.
    """
    if choice.upload is None:
        yield choice.bundled
        return
    with TemporaryDirectory(prefix="opinion-question-set-") as folder:
        path = Path(folder) / "uploaded.jsonl"
        path.write_bytes(choice.upload.content)
        try:
            _check_opinions(path, {in_use.id, bundled_opinion().id})
            yield (*choice.bundled, str(path))
        except EvaluationInputError as error:
            told = str(error).replace(str(path), choice.upload.name)
            raise EvaluationInputError(told.replace(path.name, choice.upload.name)) from error


def _check_opinions(path: Path, known: set[str]) -> None:
    for example in read_examples(path):
        if example.opinion is not None and example.opinion not in known:
            raise EvaluationInputError(
                f"{path}, question '{example.id}', field 'opinion': '{example.opinion}' is not the "
                f"opinion in use; here it can be {' or '.join(sorted(known))}. For another, start "
                "the page with --opinion, or run `opinion eval`."
            )


def _upload(name: str, content: str) -> Upload:
    shown = " ".join(name.split())[:120] or "the file"
    if not name.lower().endswith((".jsonl", ".ndjson")):
        raise EvaluationInputError(
            f"{shown} is not a question set: choose a JSON Lines file (.jsonl), one JSON object a "
            "line."
        )
    try:
        data = base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise EvaluationInputError(f"{shown} did not arrive whole. Choose it again.") from error
    if len(data) > LARGEST_UPLOAD:
        raise EvaluationInputError(too_large(shown))
    return Upload(name=shown, content=data)


def too_large(name: str) -> str:
    """The line for a file beyond the limit."""
    return (
        f"{name} is larger than {LARGEST_UPLOAD // 1_000_000} MB, the most that is taken here. "
        "Run it with `opinion eval`, or choose a smaller file."
    )


def _limit(typed: str) -> int | None:
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and 0 < len(typed) < 10 and int(typed) > 0):
        raise EvaluationInputError(
            f"The number of questions must be a whole number from 1, and is “{typed[:40]}”. Leave "
            "it empty to ask them all."
        )
    return int(typed)
