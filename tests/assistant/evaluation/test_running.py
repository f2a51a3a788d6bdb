import threading
from pathlib import Path

import pytest
from evaluation_fakes import (
    S2,
    S3,
    FakeRateLimitError,
    OverlapAnswerer,
    ServerBusyError,
    small_opinion,
    task,
)

from assistant.errors import AssistantError
from assistant.evaluation.predictions import PredictionLog
from assistant.evaluation.question_sets import Recipe
from assistant.evaluation.retrying import ATTEMPTS, is_passing
from assistant.evaluation.running import ask_all
from assistant.evaluation.tasks import Task
from assistant.evaluation.variants import build_variant

OPINION = small_opinion()
ASKED = ["Who sued the town?", "What took the car?", "Who spoke on the radio?"]


def tasks(*questions: str) -> list[Task]:
    return [task(OPINION, id=f"q{n}", question=q) for n, q in enumerate(questions)]


def log_for(folder: Path, asked: list[Task]) -> PredictionLog:
    return PredictionLog(folder / "p.jsonl", {t.example.id: t.example.question for t in asked})


@pytest.mark.parametrize("workers", [1, 3])
def test_every_question_is_asked_once_and_logged(tmp_path: Path, workers: int) -> None:
    asked = tasks(*ASKED)
    answerer, log = OverlapAnswerer(OPINION), log_for(tmp_path, asked)

    steps = list(ask_all(asked, answerer, log, workers=workers))

    assert [(s.done, s.total) for s in steps] == [(1, 3), (2, 3), (3, 3)]
    assert sorted(answerer.asked) == sorted(ASKED)
    assert set(log.predictions) == {"q0", "q1", "q2"}


def test_what_is_logged_already_is_not_asked_again(tmp_path: Path) -> None:
    asked = tasks(*ASKED)
    list(ask_all(asked[:2], OverlapAnswerer(OPINION), log_for(tmp_path, asked)))
    again = OverlapAnswerer(OPINION)

    steps = list(ask_all(asked, again, log_for(tmp_path, asked)))

    assert again.asked == [ASKED[2]]
    assert [(s.done, s.total) for s in steps] == [(3, 3)]


def test_failing_question_is_told_and_the_run_goes_on(tmp_path: Path) -> None:
    asked = tasks(*ASKED)
    trouble = {"car": [AssistantError("No words.")], "radio": [KeyError("bug")]}
    log = log_for(tmp_path, asked)

    steps = list(ask_all(asked, OverlapAnswerer(OPINION, trouble=trouble), log))

    failed = {s.failed.id: s.failed.reason for s in steps if s.failed}
    assert failed == {"q1": "No words.", "q2": "KeyError: 'bug'"}
    assert set(log.predictions) == {"q0"}


def test_rate_limits_and_time_outs_are_retried_with_growing_patience(tmp_path: Path) -> None:
    asked = tasks("Who sued the town?")
    trouble = {"town": [ServerBusyError(FakeRateLimitError()), ServerBusyError(TimeoutError())]}
    waits: list[float] = []
    answerer = OverlapAnswerer(OPINION, trouble=trouble)

    (step,) = ask_all(asked, answerer, log_for(tmp_path, asked), sleep=waits.append)

    assert step.failed is None
    assert len(answerer.asked) == 3
    assert len(waits) == 2


def test_server_that_stays_busy_fails_the_question_in_the_end(tmp_path: Path) -> None:
    asked = tasks("Who sued the town?")
    trouble = {"town": [ServerBusyError(FakeRateLimitError())] * 20}
    answerer = OverlapAnswerer(OPINION, trouble=trouble)

    (step,) = ask_all(asked, answerer, log_for(tmp_path, asked), sleep=lambda seconds: None)

    assert step.failed is not None
    assert step.failed.reason == "The server is busy."
    assert len(answerer.asked) == ATTEMPTS


class OverloadedError(Exception):
    status_code = 529


class QuotaError(FakeRateLimitError):
    code = "insufficient_quota"


PASSING: dict[str, tuple[BaseException, bool]] = {
    "rate limit, as an SDK names it": (ServerBusyError(FakeRateLimitError()), True),
    "time-out": (ServerBusyError(TimeoutError()), True),
    "overloaded server": (ServerBusyError(OverloadedError()), True),
    "no money left": (ServerBusyError(QuotaError()), False),
    "no server at all": (ServerBusyError(ConnectionRefusedError()), False),
    "a question that cannot be read": (AssistantError("No words."), False),
}


@pytest.mark.parametrize("case", PASSING)
def test_only_what_passes_by_itself_is_retried(case: str) -> None:
    error, expected = PASSING[case]

    assert is_passing(error) is expected


def test_cancelled_run_ends_after_the_question_in_hand(tmp_path: Path) -> None:
    asked = tasks(*ASKED)
    cancel, log = threading.Event(), log_for(tmp_path, asked)

    steps = []
    for step in ask_all(asked, OverlapAnswerer(OPINION), log, cancel=cancel):
        steps.append(step)
        cancel.set()

    assert 1 <= len(steps) <= 3
    assert len(log.predictions) == len(steps)


def test_variant_is_asked_of_an_assistant_of_its_own_that_is_closed_after(tmp_path: Path) -> None:
    variant = build_variant(OPINION, Recipe(remove=(S2,)))
    asked = [*tasks(*ASKED), task(variant, id="v1", question=ASKED[0]), task(variant, id="v2")]
    answerer, log = OverlapAnswerer(OPINION), log_for(tmp_path, asked)

    list(ask_all(asked, answerer, log, workers=2))

    assert [m.opinion.id for m in answerer.made] == [variant.id]
    assert answerer.made[0].closed
    assert not answerer.closed
    assert len(log.predictions) == 5


def test_passages_of_a_variant_are_its_own(tmp_path: Path) -> None:
    variant = build_variant(OPINION, Recipe(remove=(S2,)))
    asked = [task(variant, id="v", question="Who lost a blue car in the flood of 1990?")]
    log = log_for(tmp_path, asked)

    list(ask_all(asked, OverlapAnswerer(OPINION), log))

    (cited,) = log.predictions["v"].citations
    assert cited.quote == S3
    assert cited.is_exact(variant.source)
