"""Prediction files: written one answer at a time, so that an interrupted run loses nothing.

The format is a contract with other programs. A chat model's tokens and calls follow in a `usage`
field of our own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.answer import Answer
from assistant.errors import EvaluationInputError
from assistant.evaluation.json_lines import (
    append_line,
    brief,
    first_fault,
    mend_last_line,
    read_objects,
)
from assistant.evaluation.proof import Offsets

Offset = Annotated[int, Field(ge=0)]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Quoted(_Line):
    """A citation, or a passage shown beside a declined answer."""

    quote: str
    start: Offset
    end: Offset
    marker: int = 0
    paragraph: str = ""
    voice: str = "court"
    pinpoint: str | None = None

    @property
    def span(self) -> Offsets:
        return self.start, self.end

    def is_exact(self, source: str) -> bool:
        """Whether the quotation is the source's own characters at its offsets."""
        return self.quote == source[self.start : self.end]


class Retrieved(_Line):
    """A passage as the retriever ranked it."""

    start: Offset
    end: Offset
    paragraph: str = ""

    @property
    def span(self) -> Offsets:
        return self.start, self.end


class Prediction(_Line):
    """The answer to one question of a set."""

    id: str
    question: str
    answered: Annotated[bool, Field(strict=True)]
    answer: str
    citations: tuple[Quoted, ...]
    related: tuple[Quoted, ...] = ()
    retrieved: tuple[Retrieved, ...] = ()
    confidence: Annotated[float, Field(ge=0, le=1)]
    seconds: Annotated[float, Field(ge=0)]
    answerer: str
    usage: dict[str, int] | None = None


def prediction_line(id: str, answer: Answer) -> str:
    """The line that is written for an answer, without its line break."""
    data = answer.to_prediction(id)
    if answer.usage is not None:
        data["usage"] = answer.usage
    return json.dumps(data, ensure_ascii=False)


def parse_prediction(line: str) -> Prediction:
    """The prediction in a line that `prediction_line` made."""
    return Prediction.model_validate_json(line)


def read_predictions(path: Path, questions: Mapping[str, str]) -> dict[str, Prediction]:
    """The predictions of a file by id, in the file's order; of two with one id the later counts.

    `questions` are the ids and questions that the file may answer. Raises EvaluationInputError,
    naming the line, for a malformed line and for a file that answers another set.
    """
    found: dict[str, Prediction] = {}
    for number, data in read_objects(path, what="predictions file"):
        try:
            prediction = Prediction.model_validate(data)
        except ValidationError as error:
            raise EvaluationInputError(f"{path}, line {number}, {first_fault(error)}") from error
        if prediction.id not in questions:
            raise EvaluationInputError(
                f"{path}, line {number}: predictions of another set: it has no question with the "
                f"id '{prediction.id}'. Name the set they were made on, or another file."
            )
        if prediction.question != questions[prediction.id]:
            raise EvaluationInputError(
                f"{path}, line {number}: predictions of another set: its question "
                f"'{prediction.id}' is “{brief(questions[prediction.id])}”, and the one answered "
                f"here is “{brief(prediction.question)}”. Name the set they were made on, or "
                "another file."
            )
        found[prediction.id] = prediction
    return found


class PredictionLog:
    """A predictions file that a run adds to, line by line, each safe on disk before the next.

    Opening it reads what is there. A last line that was cut off (a run killed while writing) is
    dropped from the file; any other bad line is an error, as in `read_predictions`.
    """

    def __init__(self, path: Path, questions: Mapping[str, str]) -> None:
        self.path = path
        self.predictions: dict[str, Prediction] = {}
        if path.exists():
            mend_last_line(path)
            self.predictions = read_predictions(path, questions)

    def add(self, id: str, answer: Answer) -> None:
        """Write an answer and keep it in `predictions`. Raises EvaluationInputError when the file
        cannot be written.
        """
        line = prediction_line(id, answer)
        append_line(self.path, line)
        self.predictions[id] = parse_prediction(line)
