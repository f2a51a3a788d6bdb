"""What people say of answers in the chat, kept in a local file; and the questions to make of it.

The file is JSON Lines, one object a verdict, appended and never rewritten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.answer import Answer, Turn
from assistant.errors import EvaluationInputError
from assistant.evaluation.json_lines import (
    append_line,
    first_fault,
    mend_last_line,
    read_objects,
)
from assistant.evaluation.question_sets import HistoryLine

_MARKER = re.compile(r"\s*\[\d+\]")


class CitedLine(BaseModel):
    """A citation as it was shown."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    quote: str
    start: int
    end: int


class Feedback(BaseModel):
    """One verdict on one answer. `time` is in UTC, ISO 8601."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    time: str
    opinion: str
    question: str
    history: tuple[HistoryLine, ...] = ()
    answered: bool
    answer: str
    citations: tuple[CitedLine, ...] = ()
    verdict: Literal["up", "down"]
    reason: str = ""


def default_path() -> Path:
    """Where feedback is kept: in the user's data folder."""
    # Imported here: a question needs no feedback file.
    from platformdirs import user_data_path

    return user_data_path("opinion-assistant") / "feedback.jsonl"


def record(
    path: Path,
    *,
    answer: Answer,
    opinion: str,
    verdict: Literal["up", "down"],
    reason: str = "",
    history: Sequence[Turn] = (),
    time: datetime | None = None,
) -> Feedback:
    """Append a verdict on an answer; `history` are the turns before its question, `opinion` is its
    id. Raises EvaluationInputError when the file cannot be written.
    """
    feedback = Feedback(
        time=(time or datetime.now(UTC)).isoformat(timespec="seconds"),
        opinion=opinion,
        question=answer.question,
        history=tuple(HistoryLine(role=t.role, content=t.content) for t in history),
        answered=answer.answered,
        answer=answer.text,
        citations=tuple(
            CitedLine(quote=c.quote, start=c.start, end=c.end) for c in answer.citations
        ),
        verdict=verdict,
        reason=reason.strip(),
    )
    if path.exists():
        mend_last_line(path)
    append_line(path, feedback.model_dump_json())
    return feedback


def read_feedback(path: Path) -> tuple[Feedback, ...]:
    """All verdicts, oldest first. Raises EvaluationInputError, naming the line and field."""
    if not path.exists():
        raise EvaluationInputError(
            f"No feedback at {path}: none has been given in the chat yet. Press a thumb there, or "
            "name another file with --feedback."
        )
    found = []
    for number, data in read_objects(path, what="feedback file"):
        try:
            found.append(Feedback.model_validate(data))
        except ValidationError as error:
            raise EvaluationInputError(f"{path}, line {number}, {first_fault(error)}") from error
    return tuple(found)


def to_questions(feedback: Iterable[Feedback]) -> list[dict[str, Any]]:
    """The feedback as lines of a question set to be completed by hand.

    A question asked twice after the same turns counts once, with its last verdict. What a thumb up
    approved is filled in: the answer, and its citations as evidence, one needed fact each. After a
    thumb down nothing is known: `answerable` is null, which no run accepts before a person has
    decided it; `note` says what was shown and why it was disliked.
    """
    latest: dict[tuple[object, ...], Feedback] = {}
    for each in feedback:
        latest[each.opinion, each.question, each.history] = each
    return [_question(f"feedback-{n:04}", each) for n, each in enumerate(latest.values(), 1)]


def write_questions(lines: Sequence[dict[str, Any]], path: Path) -> None:
    """Write the lines as a question set; a file that is there already is never overwritten."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    except FileExistsError as error:
        raise EvaluationInputError(
            f"{path} is there already, perhaps completed by hand: it is not overwritten. Move it, "
            "or name another folder with --out."
        ) from error
    except OSError as error:
        raise EvaluationInputError(f"Cannot write {path}: {error.strerror or error}.") from error


def _question(id: str, feedback: Feedback) -> dict[str, Any]:
    approved = feedback.verdict == "up"
    shown = " ".join(feedback.answer.split())
    why = f" Reason given: {feedback.reason}" if feedback.reason else ""
    return {
        "id": id,
        "question": feedback.question,
        "history": [turn.model_dump(include={"role", "content"}) for turn in feedback.history],
        "answerable": feedback.answered if approved else None,
        "answers": [_MARKER.sub("", shown)] if approved and feedback.answered else [],
        "evidence": [[c.quote] for c in feedback.citations]
        if approved and feedback.answered
        else [],
        "category": "feedback",
        "opinion": feedback.opinion,
        "note": f"To check: thumb {feedback.verdict} on {feedback.time} for the answer “{shown}”."
        + why
        if approved
        else f"To complete (answerable, answers, evidence): thumb down on {feedback.time} for the "
        f"answer “{shown}”.{why}",
    }
