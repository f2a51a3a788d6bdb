import json
from pathlib import Path

import pytest
from evaluation_fakes import S1, OverlapAnswerer, prediction, small_opinion, write_lines

from assistant.errors import EvaluationInputError
from assistant.evaluation.predictions import PredictionLog, read_predictions

QUESTIONS = {"a": "Who sued the town?", "b": "What took the car?"}
LINE = prediction("a", question=QUESTIONS["a"]).model_dump()


def test_logged_answer_is_read_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "predictions.jsonl"
    answer = OverlapAnswerer(small_opinion()).ask(QUESTIONS["a"])

    PredictionLog(path, QUESTIONS).add("a", answer)

    again = PredictionLog(path, QUESTIONS).predictions["a"]
    assert json.loads(path.read_text()) == answer.to_prediction("a")
    assert (again.answered, again.citations[0].quote, again.answerer) == (True, S1, "extractive")


TORN: dict[str, tuple[str, list[str]]] = {
    "cut inside an object": ('{"id": "b", "ques', ["a"]),
    "cut inside a character": ('{"id": "b", "question": "é'.encode()[:-1].decode("latin-1"), ["a"]),
    "whole but for its line break": (
        json.dumps(LINE | {"id": "b", "question": QUESTIONS["b"]}),
        ["a", "b"],
    ),
    "nothing after the line break": ("", ["a"]),
}


@pytest.mark.parametrize("case", TORN)
def test_run_killed_while_writing_loses_at_most_that_line(tmp_path: Path, case: str) -> None:
    rest, kept = TORN[case]
    path = write_lines(tmp_path / "p.jsonl", LINE)
    path.write_bytes(path.read_bytes() + rest.encode("latin-1"))

    log = PredictionLog(path, QUESTIONS)
    log.add("b", OverlapAnswerer(small_opinion()).ask(QUESTIONS["b"]))

    assert list(log.predictions) == ["a", "b"]
    assert [json.loads(x)["id"] for x in path.read_text().splitlines()][: len(kept)] == kept
    assert list(read_predictions(path, QUESTIONS)) == ["a", "b"]


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "another set": (
        {"id": "z"},
        "predictions of another set: it has no question with the id 'z'. Name the set they were "
        "made on, or another file.",
    ),
    "another question": (
        {"question": "Who won?"},
        "predictions of another set: its question 'a' is “Who sued the town?”, and the one "
        "answered here is “Who won?”. Name the set they were made on, or another file.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_predictions_of_another_set_are_refused(tmp_path: Path, case: str) -> None:
    changed, told = REFUSED[case]
    path = write_lines(tmp_path / "p.jsonl", LINE | changed)

    with pytest.raises(EvaluationInputError) as raised:
        read_predictions(path, QUESTIONS)

    assert str(raised.value) == f"{path}, line 1: {told}"


MALFORMED: dict[str, tuple[dict[str, object], str]] = {
    "confidence above 1": (
        {"confidence": 1.5},
        "field 'confidence': Input should be less than or equal to 1 (got 1.5).",
    ),
    "answered in words": (
        {"answered": "no"},
        "field 'answered': Input should be a valid boolean (got \"no\").",
    ),
    "offset below 0": (
        {"citations": [{"quote": "x", "start": -1, "end": 2}]},
        "field 'citations[0].start': Input should be greater than or equal to 0 (got -1).",
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_prediction_is_named_with_its_number_and_field(tmp_path: Path, case: str) -> None:
    changed, told = MALFORMED[case]
    path = write_lines(tmp_path / "p.jsonl", LINE, LINE | changed)

    with pytest.raises(EvaluationInputError) as raised:
        read_predictions(path, QUESTIONS)

    assert str(raised.value) == f"{path}, line 2, {told}"


def test_later_prediction_of_a_question_counts(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "p.jsonl", LINE, LINE | {"answered": True})

    assert read_predictions(path, QUESTIONS)["a"].answered
