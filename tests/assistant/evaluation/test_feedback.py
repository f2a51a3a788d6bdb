import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from evaluation_fakes import S1, SOURCE, OverlapAnswerer, small_opinion

from assistant.answer import Turn
from assistant.errors import EvaluationInputError
from assistant.evaluation.feedback import (
    Feedback,
    read_feedback,
    record,
    to_questions,
    write_questions,
)
from assistant.evaluation.question_sets import load

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ASSISTANT = OverlapAnswerer(small_opinion())
ANSWERED = "Who sued the town?"
DECLINED = "Why?"


def give(
    path: Path,
    question: str,
    verdict: Literal["up", "down"] = "up",
    *,
    reason: str = "",
    history: tuple[Turn, ...] = (),
) -> Feedback:
    return record(
        path,
        answer=ASSISTANT.ask(question),
        opinion="smith",
        verdict=verdict,
        reason=reason,
        history=history,
        time=NOON,
    )


def test_feedback_is_appended_with_all_that_was_shown(tmp_path: Path) -> None:
    path = tmp_path / "data" / "feedback.jsonl"
    history = (Turn(role="user", content="Hello"), Turn(role="assistant", content="Yes?"))

    first = give(path, ANSWERED, "down", reason=" too short ", history=history)
    second = give(path, DECLINED)

    assert read_feedback(path) == (first, second)
    assert json.loads(path.read_text().splitlines()[0]) == {
        "time": "2026-03-01T12:00:00+00:00",
        "opinion": "smith",
        "question": ANSWERED,
        "history": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Yes?"}],
        "answered": True,
        "answer": f"{S1} [1]",
        "citations": [{"quote": S1, "start": SOURCE.index(S1), "end": SOURCE.index(S1) + len(S1)}],
        "verdict": "down",
        "reason": "too short",
    }  # fmt: skip


def test_approved_answer_becomes_a_question_with_its_evidence(tmp_path: Path) -> None:
    (line,) = to_questions([give(tmp_path / "f.jsonl", ANSWERED)])

    assert line["answerable"] is True
    assert line["answers"] == [S1]
    assert line["evidence"] == [[S1]]


def test_approved_refusal_becomes_a_question_that_is_not_answered(tmp_path: Path) -> None:
    (line,) = to_questions([give(tmp_path / "f.jsonl", DECLINED)])

    assert (line["answerable"], line["answers"], line["evidence"]) == (False, [], [])


def test_disliked_answer_must_be_completed_before_it_can_be_run(tmp_path: Path) -> None:
    lines = to_questions([give(tmp_path / "f.jsonl", ANSWERED, "down", reason="wrong party")])
    path = tmp_path / "set.jsonl"

    write_questions(lines, path)

    assert lines[0]["note"] == (
        "To complete (answerable, answers, evidence): thumb down on 2026-03-01T12:00:00+00:00 for "
        f"the answer “{S1} [1]”. Reason given: wrong party"
    )
    with pytest.raises(EvaluationInputError) as raised:
        load(str(path))
    assert str(raised.value) == (
        f"{path}, line 1, field 'answerable': Input should be a valid boolean (got null)."
    )


def test_last_verdict_on_a_question_counts(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    other_turns = (Turn(role="user", content="Hello"),)
    given = [
        give(path, ANSWERED, "down"),
        give(path, ANSWERED, "up"),
        give(path, ANSWERED, "up", history=other_turns),
    ]

    lines = to_questions(given)

    assert [(x["id"], x["answerable"]) for x in lines] == [
        ("feedback-0001", True),
        ("feedback-0002", True),
    ]


def test_completed_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text("mine")

    with pytest.raises(EvaluationInputError) as raised:
        write_questions([], path)

    assert path.read_text() == "mine"
    assert str(raised.value) == (
        f"{path} is there already, perhaps completed by hand: it is not overwritten. Move it, or "
        "name another folder with --out."
    )


def test_line_cut_off_by_a_crash_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    first = give(path, ANSWERED)
    path.write_text(path.read_text() + '{"time": "20')

    second = give(path, DECLINED)

    assert read_feedback(path) == (first, second)


def test_no_feedback_says_how_to_give_some(tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"

    with pytest.raises(EvaluationInputError) as raised:
        read_feedback(path)

    assert str(raised.value) == (
        f"No feedback at {path}: none has been given in the chat yet. Press a thumb there, or name "
        "another file with --feedback."
    )
