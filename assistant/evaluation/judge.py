"""A chat model as judge: is the answer correct, and does what it cites support it?

Its verdicts stand beside the evidence measures, with their agreement, never in their place.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event

from langchain_core.callbacks import get_usage_metadata_callback
from pydantic import BaseModel, ConfigDict, ValidationError

import prompts
from assistant.chat_models import ChatModel
from assistant.errors import ChatModelError, EvaluationInputError
from assistant.evaluation.json_lines import (
    append_line,
    first_fault,
    mend_last_line,
    read_objects,
)
from assistant.evaluation.predictions import Prediction
from assistant.evaluation.retrying import with_retries
from assistant.evaluation.scoring import Judgement
from assistant.evaluation.tasks import Task

ABSENT = "(The opinion does not answer this question; a correct reply says so.)"
NOTHING_CITED = "(nothing)"


class Verdict(BaseModel):
    """What the prompt asks the judge to reply, as one JSON object."""

    model_config = ConfigDict(frozen=True)

    correct: bool
    supported: bool
    reason: str = ""


class JudgedLine(Verdict):
    """A verdict as stored: which answer it is on, by whom, and what it cost."""

    id: str
    judge: str
    answer: str
    usage: dict[str, int] = {}


class JudgementLog:
    """Verdicts on disk, a JSON object a line, so that none is paid for twice. A verdict counts only
    for the same judge and the same answer.
    """

    def __init__(self, path: Path, judge: str) -> None:
        self.path = path
        self._judge = judge
        self._lines: dict[str, JudgedLine] = {}
        if path.exists():
            mend_last_line(path)
            for number, data in read_objects(path, what="file of verdicts"):
                try:
                    line = JudgedLine.model_validate(data)
                except ValidationError as error:
                    raise EvaluationInputError(
                        f"{path}, line {number}, {first_fault(error)}"
                    ) from error
                if line.judge == judge:
                    self._lines[line.id] = line

    def has(self, prediction: Prediction) -> bool:
        line = self._lines.get(prediction.id)
        return line is not None and line.answer == prediction.answer

    def add(self, prediction: Prediction, verdict: Verdict, usage: Mapping[str, int]) -> None:
        """Store a verdict, safe on disk when this returns."""
        line = JudgedLine(
            id=prediction.id,
            judge=self._judge,
            answer=prediction.answer,
            usage=dict(usage),
            **verdict.model_dump(),
        )
        self._lines[line.id] = line
        append_line(self.path, line.model_dump_json())

    def judgements(self, predictions: Mapping[str, Prediction]) -> dict[str, Judgement]:
        """The verdicts on these predictions, by question id."""
        return {
            id: Judgement(
                correct=self._lines[id].correct,
                supported=self._lines[id].supported,
                reason=self._lines[id].reason,
            )
            for id, prediction in predictions.items()
            if self.has(prediction)
        }

    def usage(self) -> dict[str, int]:
        """Tokens and calls of all stored verdicts."""
        total: dict[str, int] = defaultdict(int)
        for line in self._lines.values():
            for name, count in line.usage.items():
                total[name] += count
        return dict(total)


def judge_all(
    tasks: Sequence[Task],
    predictions: Mapping[str, Prediction],
    judge: ChatModel,
    log: JudgementLog,
) -> Iterator[str | None]:
    """Judge the answers that have no verdict yet, one after another; yields after each, None or
    the line that says why it has none. Declined questions are not judged: nothing is stated.
    """
    for task in tasks:
        prediction = predictions.get(task.example.id)
        if prediction is None or not prediction.answered or log.has(prediction):
            continue
        try:
            verdict, usage = judge_one(task, prediction, judge)
        except ChatModelError as error:
            yield f"question '{task.example.id}': {error}"
        else:
            log.add(prediction, verdict, usage)
            yield None


def judge_one(
    task: Task, prediction: Prediction, judge: ChatModel
) -> tuple[Verdict, dict[str, int]]:
    """The verdict on one answer, and tokens and calls. Raises ChatModelError, also for a reply that
    holds no verdict.
    """
    example = task.example
    request = prompts.load("judge").format(
        question=example.question,
        references="\n".join(f"- {a}" for a in example.answers) if example.answerable else ABSENT,
        answer=prediction.answer,
        passages="\n".join(
            f"[{c.marker}] {' '.join(c.quote.split())}" for c in prediction.citations
        )
        or NOTHING_CITED,
    )

    def ask() -> str:
        with judge.translating():
            return str(judge.model.invoke(request).text)

    with get_usage_metadata_callback() as counted:
        reply = with_retries(ask, stopped=Event())
    usage = {"calls": 1}
    for used in counted.usage_metadata.values():
        for name in ("input_tokens", "output_tokens"):
            usage[name] = usage.get(name, 0) + used[name]
    return read_verdict(reply, judge.name), usage


def read_verdict(reply: str, judge: str) -> Verdict:
    """The verdict in a reply: its last JSON object, whatever stands around it.

    >>> read_verdict('Sure! {"correct": true, "supported": false, "reason": "x"}', "m").correct
    True
    """
    for text in reversed(re.findall(r"\{[^{}]*\}", reply)):
        try:
            return Verdict.model_validate(json.loads(text))
        except ValueError:
            continue
    raise ChatModelError(
        f"The judge {judge!r} gave no verdict of the form asked for, but: "
        f"{' '.join(reply.split())[:120]!r}. Name a more capable model with --judge."
    )
