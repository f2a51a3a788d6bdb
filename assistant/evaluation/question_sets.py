"""Question sets: one JSON object a line, read and validated before anything runs.

The format is a contract with other programs. Beyond it, the bundled sets use three fields of their
own, which a set may leave out:

- `split`: "dev" (for choosing) or "test" (only for reporting);
- `pair`: two lines with the same value, one answerable and one not, are a contrast pair;
- `variant`: how the opinion's text is changed before the question is asked of it (`variants`).

Any other field is kept and ignored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assistant.answer import Turn
from assistant.errors import EvaluationInputError
from assistant.evaluation.json_lines import first_fault, read_objects

PARTS = ("dev", "test", "all")
_REQUIRED = ("id", "question", "answerable")

Text = Annotated[str, Field(min_length=1)]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")


class HistoryLine(_Line):
    """One earlier message, as the format writes it."""

    role: Literal["user", "assistant"]
    content: str


class Insertion(_Line):
    """A sentence put in after a sentence of the opinion."""

    after: Text
    text: Text


class Recipe(_Line):
    """How a variant of the opinion is made: sentences taken out, or one put in."""

    remove: tuple[Text, ...] = ()
    insert: Insertion | None = None


class Example(_Line):
    """One question with its known answer: a line of a question set."""

    id: Text
    question: str
    history: tuple[HistoryLine, ...] = ()
    answerable: Annotated[bool, Field(strict=True)]
    answers: tuple[str, ...] = ()
    evidence: tuple[Annotated[tuple[Text, ...], Field(min_length=1)], ...] = ()
    category: str | None = None
    opinion: Text | None = None
    note: Any = None
    split: Any = None
    pair: Any = None
    variant: Recipe | None = None

    @model_validator(mode="before")
    @classmethod
    def _leave_out(cls, data: Any) -> Any:
        """An optional field that is null counts as left out; so does a `variant` that is no
        recipe of ours, since fields outside the format are another program's business.
        """
        if not isinstance(data, dict):
            return data
        kept = {k: v for k, v in data.items() if v is not None or k in _REQUIRED}
        variant = kept.get("variant")
        if not (isinstance(variant, dict) and variant.keys() & {"remove", "insert"}):
            kept.pop("variant", None)
        return kept

    @property
    def turns(self) -> tuple[Turn, ...]:
        return tuple(Turn(role=line.role, content=line.content) for line in self.history)

    @property
    def pair_key(self) -> str | None:
        """What the two members of a contrast pair share; None for a question on its own."""
        return str(self.pair) if isinstance(self.pair, str | int) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSet:
    """A loaded set. `folder` is what its `opinion` paths are relative to; `questions` maps every
    id of the file, of whatever part, to its question.
    """

    name: str
    folder: Path
    examples: tuple[Example, ...]
    questions: Mapping[str, str]


def load(choice: str) -> QuestionSet:
    """The set named on the command line.

    `choice` is a path, or the name of a bundled set, with an optional part after a colon:
    "mine.jsonl", "mine.jsonl:dev", "cook", "cook:dev", "cook-contrast:all". Without a part, a
    bundled set gives its test part (all of it where its lines carry no `split`) and a file gives
    all its lines. Raises EvaluationInputError.
    """
    path, part = Path(choice), None
    name, colon, after = choice.rpartition(":")
    if colon and after in PARTS and not path.is_file():
        choice, path, part = name, Path(name), after
    bundled = bundled_sets()
    is_bundled = not path.is_file() and choice in bundled
    if is_bundled:
        path = bundled[choice]
    if not path.exists():
        raise EvaluationInputError(
            f"No question set '{choice}': there is no such file, and the bundled sets are "
            f"{', '.join(bundled) or 'missing'}. Give a path to a JSON Lines file or one of these."
        )
    examples = tuple(read_examples(path))
    chosen = _part(examples, part, bundled=is_bundled)
    if not chosen:
        missing = f"no question of part '{part}'" if examples else "no question"
        raise EvaluationInputError(
            f"{path} holds {missing}: it is a question set of one JSON object a line."
        )
    return QuestionSet(
        name=f"{choice}:{part}" if part else choice if is_bundled else path.name,
        folder=path.parent,
        examples=chosen,
        questions={e.id: e.question for e in examples},
    )


def bundled_sets() -> dict[str, Path]:
    """The sets that ship with the project, by name."""
    folder = files("assistant.evaluation").joinpath("sets")
    if not folder.is_dir():
        return {}
    return {
        Path(f.name).stem: Path(str(f))
        for f in sorted(folder.iterdir(), key=lambda f: f.name)
        if f.name.endswith(".jsonl")
    }


def read_examples(path: Path) -> Iterator[Example]:
    """The lines of a set, in order; the first bad line ends it with EvaluationInputError."""
    lines: dict[str, int] = {}
    for number, data in read_objects(path, what="question set"):
        try:
            example = Example.model_validate(data)
        except ValidationError as error:
            raise EvaluationInputError(f"{path}, line {number}, {first_fault(error)}") from error
        if example.evidence and not example.answerable:
            raise EvaluationInputError(
                f"{path}, line {number}, field 'evidence': must be empty for a question that is "
                f"not answerable ('{example.id}' gives {len(example.evidence)})."
            )
        if example.id in lines:
            raise EvaluationInputError(
                f"{path}, line {number}, field 'id': '{example.id}' is already the id of line "
                f"{lines[example.id]}. Every question needs an id of its own."
            )
        lines[example.id] = number
        yield example


def _part(examples: Sequence[Example], part: str | None, *, bundled: bool) -> tuple[Example, ...]:
    if part is None and bundled and any(e.split == "test" for e in examples):
        part = "test"
    if part in (None, "all"):
        return tuple(examples)
    return tuple(e for e in examples if e.split == part)
