import threading
from pathlib import Path

import pytest
from evaluation_fakes import S1, OverlapAnswerer, small_opinion, write_lines

from assistant.errors import EvaluationInputError
from assistant.evaluation.evaluation import Evaluation
from assistant.evaluation.running import Progress
from assistant.evaluation.session import run_evaluation

LINES = [
    {"id": "a", "question": "Who sued the town?", "answerable": True, "evidence": [[S1]]},
    {"id": "b", "question": "Why?", "answerable": True, "evidence": [[S1]]},
]


def test_run_reports_each_question_and_ends_with_the_figures(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "set.jsonl", *LINES)
    heard: list[str] = []

    *steps, evaluation = run_evaluation(
        [str(path)],
        OverlapAnswerer(small_opinion()),
        folder=tmp_path / "out",
        on_measure=heard.append,
    )

    assert [s.done for s in steps if isinstance(s, Progress)] == [1, 2]
    assert isinstance(evaluation, Evaluation)
    assert evaluation.estimates["whole"].value == 0.5
    assert heard[0] == "Handled rightly"
    written = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert written == ["metrics.json", "predictions.jsonl", "report.html"]


def test_run_cancelled_before_its_first_answer_gives_nothing(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "set.jsonl", *LINES)
    cancel = threading.Event()
    cancel.set()

    steps = list(
        run_evaluation(
            [str(path)],
            OverlapAnswerer(small_opinion()),
            folder=tmp_path / "out",
            cancel=cancel,
        )
    )

    assert steps == []
    assert not (tmp_path / "out" / "report.html").exists()


def test_cancelled_run_measures_what_was_answered(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "set.jsonl", *LINES)
    cancel = threading.Event()
    run = run_evaluation(
        [str(path)], OverlapAnswerer(small_opinion()), folder=tmp_path / "out", cancel=cancel
    )

    next(run)
    cancel.set()
    *_, evaluation = run

    assert isinstance(evaluation, Evaluation)
    assert 1 <= len(evaluation.scores) <= 2


def test_set_at_fault_is_told_before_the_first_question(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "set.jsonl", {"id": "a"})
    answerer = OverlapAnswerer(small_opinion())

    with pytest.raises(EvaluationInputError):
        list(run_evaluation([str(path)], answerer, folder=tmp_path / "out"))

    assert answerer.asked == []
