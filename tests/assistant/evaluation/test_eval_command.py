"""`opinion eval` as it is typed, with an answerer that finds sentences by shared words."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from evaluation_fakes import S1, S5, SOURCE, OverlapAnswerer, prediction, quoted, write_lines
from typer.testing import CliRunner

from assistant.cli import app
from assistant.errors import AssistantError
from assistant.evaluation import console_run
from openai_server import openai_server
from vectorstore.errors import VectorstoreError
from vectorstore.opinion import Opinion

QUESTIONS: list[dict[str, Any]] = [
    {"id": "a", "question": "Who sued the town?", "answerable": True, "evidence": [[S1]]},
    {
        "id": "b",
        "question": "Was notice of the flood given?",
        "answerable": True,
        "evidence": [[S5]],
    },
    {"id": "c", "question": "Why?", "answerable": False, "category": "near miss"},
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an opinion and a question set on it."""
    monkeypatch.chdir(tmp_path)
    few = partial(console_run.evaluate, resamples=20)  # of the figures only the values are asserted
    monkeypatch.setattr(console_run, "evaluate", few)
    (tmp_path / "smith.txt").write_text(SOURCE, encoding="utf-8")
    write_lines(tmp_path / "set.jsonl", *QUESTIONS)
    return tmp_path


@pytest.fixture
def answerers(monkeypatch: pytest.MonkeyPatch) -> list[OverlapAnswerer]:
    """Those that the command assembled: instead of models and stores, the fake."""
    made: list[OverlapAnswerer] = []

    def assembled(settings: object, *, opinion: Opinion, progress: bool) -> OverlapAnswerer:
        made.append(OverlapAnswerer(opinion))
        return made[-1]

    monkeypatch.setattr(console_run, "assemble", assembled)
    return made


def evaluate(*arguments: str, opinion: str = "smith.txt") -> Result:
    return CliRunner().invoke(app, ["eval", "--opinion", opinion, *arguments])


def test_run_prints_figures_and_writes_predictions_metrics_and_report(
    folder: Path, answerers: list[OverlapAnswerer]
) -> None:
    done = evaluate("set.jsonl", "--out", "out", "--min", "whole=1")

    assert done.exit_code == 0, done.output
    assert "Handled rightly" in done.output
    assert "3 questions: 2 right, 1 rightly declined." in done.output
    lines = [json.loads(x) for x in (folder / "out/predictions.jsonl").read_text().splitlines()]
    assert [x["id"] for x in lines] == ["a", "b", "c"]
    measured = json.loads((folder / "out/metrics.json").read_text())["measures"]
    assert measured["whole"]["value"] == 1
    assert (folder / "out/report.html").read_text().startswith("<!doctype html>")
    assert answerers[0].closed


def test_interrupted_run_goes_on_where_it_stood(
    folder: Path, answerers: list[OverlapAnswerer]
) -> None:
    evaluate("set.jsonl", "--limit", "2", "--out", "out")
    predictions = folder / "out/predictions.jsonl"
    predictions.write_text(predictions.read_text() + '{"id": "c", "que')

    done = evaluate("set.jsonl", "--out", "out")

    assert "2 of the 3 questions are answered in out/predictions.jsonl already." in done.output
    assert answerers[-1].asked == ["Why?"]
    assert len(predictions.read_text().splitlines()) == 3


def test_unfinished_run_in_a_folder_of_its_own_is_found_again(
    folder: Path, answerers: list[OverlapAnswerer]
) -> None:
    evaluate("set.jsonl")
    (first,) = folder.glob("eval-*")
    state = json.loads((first / "run.json").read_text())
    (first / "run.json").write_text(json.dumps(state | {"finished": False}))
    write_lines(first / "predictions.jsonl")

    evaluate("set.jsonl")
    assert list(folder.glob("eval-*")) == [first]

    evaluate("set.jsonl")
    assert len(list(folder.glob("eval-*"))) == 2


def test_predictions_of_another_program_are_scored_without_asking(
    folder: Path, answerers: list[OverlapAnswerer]
) -> None:
    theirs = [
        prediction(x["id"], question=x["question"], answerer="theirs").model_dump()
        for x in QUESTIONS
    ]
    path = write_lines(folder / "theirs.jsonl", *theirs)

    done = evaluate("set.jsonl", "--predictions", str(path), "--out", "out", "--min", "whole=50%")

    assert done.exit_code == 1
    assert "whole is 33.3%, and at least 50.0% is asked for" in done.output
    assert "theirs on set.jsonl" in done.output
    assert answerers[0].asked == []


def test_two_answerers_are_never_mixed_in_one_file(
    folder: Path, answerers: list[OverlapAnswerer]
) -> None:
    theirs = prediction("a", question="Who sued the town?", answerer="theirs").model_dump()
    write_lines(folder / "theirs.jsonl", theirs)

    done = evaluate("set.jsonl", "--predictions", "theirs.jsonl")

    assert str(done.exception) == (
        "theirs.jsonl was written by the answerer 'theirs', and 'extractive' is to go on. Name "
        "another folder with --out, or another file with --predictions."
    )


def test_predictions_kept_elsewhere_go_on_with_the_same_settings_only(
    folder: Path, answerers: list[OverlapAnswerer]
) -> None:
    evaluate("set.jsonl", "--limit", "1", "--predictions", "kept.jsonl", "--reader", "none")

    refused = evaluate("set.jsonl", "--predictions", "kept.jsonl", "--out", "out")
    assert str(refused.exception).startswith(
        "kept.jsonl holds predictions made by other settings (reader: none there, trained now; "
    )
    assert str(refused.exception).endswith("Name another file with --predictions.")
    evaluate("set.jsonl", "--predictions", "kept.jsonl", "--reader", "none", "--out", "out")
    assert len((folder / "kept.jsonl").read_text().splitlines()) == 3
    scored = evaluate("set.jsonl", "--predictions", "kept.jsonl", "--out", "scored")
    assert scored.exit_code == 0, scored.output  # nothing is asked, so nothing can be mixed


def test_run_made_by_another_reader_is_not_gone_on_with(
    folder: Path, answerers: list[OverlapAnswerer], monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate("set.jsonl", "--out", "out", "--limit", "1")
    monkeypatch.setattr("assistant.reader.calibration.reader_version", lambda: "another")

    done = evaluate("set.jsonl", "--out", "out")

    assert "(reader_version: " in str(done.exception)


def test_folder_of_other_settings_is_refused(
    folder: Path, answerers: list[OverlapAnswerer]
) -> None:
    evaluate("set.jsonl", "--out", "out", "--limit", "1")

    done = evaluate("set.jsonl", "--out", "out", "-k", "5")

    assert str(done.exception) == (
        "out holds predictions made by other settings (k: 20 there, 5 now). Name another folder "
        "with --out."
    )


def test_comparison_names_the_questions_that_changed_sides(
    folder: Path, answerers: list[OverlapAnswerer]
) -> None:
    old = [prediction(x["id"], question=x["question"]).model_dump() for x in QUESTIONS]
    old[2] |= {"answered": True, "citations": quoted(S1)}
    write_lines(folder / "old.jsonl", *old)

    done = evaluate("set.jsonl", "--out", "out", "--against", "old.jsonl")

    assert "3 now handled rightly" in done.output
    assert "c: answered though absent → rightly declined: Why?" in done.output
    against = json.loads((folder / "out/metrics.json").read_text())["against"]
    assert against["differences"]["whole"]["value"] == 1


def test_failed_question_is_told_apart_and_asked_again_next_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubled = [
        {"notice": [AssistantError("The model broke off.")]},
        {},
    ]

    def assembled(settings: object, *, opinion: Opinion, progress: bool) -> OverlapAnswerer:
        return OverlapAnswerer(opinion, trouble=troubled.pop(0))

    monkeypatch.setattr(console_run, "assemble", assembled)

    first = evaluate("set.jsonl", "--out", "out")
    second = evaluate("set.jsonl", "--out", "out")

    assert "Failed, not counted: b: The model broke off." in first.output
    assert "2 questions: 1 right, 1 rightly declined." in first.output
    assert "3 questions: 2 right, 1 rightly declined." in second.output


def test_run_in_which_nothing_could_be_answered_exits_with_1(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def assembled(settings: object, *, opinion: Opinion, progress: bool) -> OverlapAnswerer:
        return OverlapAnswerer(opinion, trouble={"?": [AssistantError("No server.")] * 3})

    monkeypatch.setattr(console_run, "assemble", assembled)

    done = evaluate("set.jsonl", "--out", "out")

    assert done.exit_code == 1
    assert "none of the 3 questions could be answered. The first: No server." in done.output


def test_baseline_answers_everything_with_whole_chunks(
    folder: Path, answerers: list[OverlapAnswerer]
) -> None:
    done = evaluate("set.jsonl", "--answerer", "baseline", "--out", "out")

    assert "3 questions: 2 right, 1 answered though absent." in done.output
    assert "baseline on set.jsonl" in done.output


BAD_INPUT: dict[str, tuple[list[str], str]] = {
    "no set": (["nowhere.jsonl"], "No question set 'nowhere.jsonl'"),
    "a set on another opinion": (["cook"], "is this a set on another opinion?"),
    "predictions of another set": (
        ["set.jsonl", "--predictions", "other.jsonl"],
        "other.jsonl, line 1: predictions of another set",
    ),
    "old predictions of another set": (
        ["set.jsonl", "--against", "other.jsonl"],
        "other.jsonl, line 1: predictions of another set",
    ),
    "a limit on nothing": (["set.jsonl", "--min", "hole=1"], "no measure is called 'hole'"),
    "chat without a model": (
        ["set.jsonl", "--answerer", "chat"],
        "--answerer chat needs a chat model",
    ),
    "a judge of no provider": (
        ["set.jsonl", "--judge", "nobody"],
        "A chat model is named PROVIDER:NAME",
    ),
    "a folder that is a file": (["set.jsonl", "--out", "set.jsonl"], "--out set.jsonl is a file"),
    "no feedback": (["--from-feedback", "--feedback", "none.jsonl"], "No feedback at none.jsonl"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_told_before_anything_is_assembled(
    folder: Path, answerers: list[OverlapAnswerer], case: str
) -> None:
    arguments, told = BAD_INPUT[case]
    write_lines(folder / "other.jsonl", prediction("z").model_dump())

    done = evaluate(*arguments)

    assert isinstance(done.exception, AssistantError | VectorstoreError)
    assert told in str(done.exception)
    assert "\n" not in str(done.exception)
    assert answerers == []
    assert not list(folder.glob("eval-*"))


def test_bad_input_exits_with_2_and_one_line(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assistant", "eval", "nowhere.jsonl"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.startswith("opinion: No question set 'nowhere.jsonl'")
    assert done.stderr.count("\n") == 1


def test_feedback_becomes_a_question_set(folder: Path) -> None:
    given = {
        "time": "2026-03-01T12:00:00+00:00", "opinion": "smith", "question": "Who sued the town?",
        "answered": True, "answer": f"{S1} [1]", "verdict": "up",
        "citations": [{"quote": S1, "start": 0, "end": 9}],
    }  # fmt: skip
    write_lines(folder / "feedback.jsonl", given, given | {"question": "Why?", "verdict": "down"})

    done = evaluate("--from-feedback", "--feedback", "feedback.jsonl", "--out", "new")

    lines = [
        json.loads(x) for x in (folder / "new/feedback-questions.jsonl").read_text().splitlines()
    ]
    assert [x["answerable"] for x in lines] == [True, None]
    assert done.output == (
        "2 questions written to new/feedback-questions.jsonl; 1 of them need their 'answerable' "
        "decided, and all their evidence checked, before `opinion eval` takes the file.\n"
    )


def test_judge_is_asked_once_for_each_answer(
    folder: Path, answerers: list[OverlapAnswerer]
) -> None:
    verdict = '{"reason": "so it is", "correct": true, "supported": true}'
    with openai_server(verdict, verdict) as (url, script):
        arguments = ("set.jsonl", "--out", "out", "--judge", "openai:m", "--judge-url", url)
        first, second = evaluate(*arguments), evaluate(*arguments)

    assert first.exit_code == second.exit_code == 0, first.output
    assert len(script.requests) == 2
    assert "2 judge calls" in second.output
    measured = json.loads((folder / "out/metrics.json").read_text())["measures"]
    assert measured["judge_correct"]["value"] == 1


def test_chat_model_is_evaluated_end_to_end_and_its_tokens_are_counted(
    folder: Path, built_store: Path
) -> None:
    question = {"id": "q", "question": "Was summary judgment granted?", "answerable": False}
    write_lines(folder / "one.jsonl", question)
    with openai_server(429, "It was [1].") as (url, script):
        done = subprocess.run(
            [sys.executable, "-m", "assistant", "eval", "one.jsonl", "--out", "out",
             "--store", str(built_store), "--model", "openai:m", "--model-url", url],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert len(script.requests) == 2  # the rate limit was waited out
    assert "Chat model: 1 calls, 7 input tokens, 3 output tokens." in done.stdout
    line = json.loads((folder / "out/predictions.jsonl").read_text())
    assert (line["answerer"], line["answered"]) == ("openai:m", True)


def test_run_stopped_by_ctrl_c_says_how_to_go_on(folder: Path, built_store: Path) -> None:
    questions = [
        {"id": str(n), "question": f"Was motion {n} granted?", "answerable": False}
        for n in range(3000)
    ]
    write_lines(folder / "many.jsonl", *questions)
    command = [
        sys.executable, "-m", "assistant", "eval", "many.jsonl", "--out", "out",
        "--store", str(built_store),
    ]  # fmt: skip
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    predictions = folder / "out/predictions.jsonl"
    while not (predictions.exists() and predictions.stat().st_size) and running.poll() is None:
        os.sched_yield()
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)

    done = len(predictions.read_text().splitlines())
    assert running.returncode == 130
    assert 1 <= done < 3000
    assert "The same command with the same --out or --predictions goes on from" in " ".join(
        told.split()
    )
