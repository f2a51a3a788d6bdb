import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from evaluation_fakes import S1, S2, S3, prediction, quoted, small_opinion, task

from assistant.errors import EvaluationInputError
from assistant.evaluation.evaluation import BY_NAME, Evaluation, Failed, evaluate
from assistant.evaluation.metrics_file import metrics, parse_minimums, shortfalls
from assistant.evaluation.report import report

HOSTILE = "<script>alert(1)</script></script>\"'&{{ 7*7 }}"


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    hostile = small_opinion(f"{HOSTILE} v. TOWN\nORDER\n{S1} {HOSTILE}. {S2}\n")
    tasks = [
        task(id="right", answerable=True, evidence=[[S1]], answers=["Smith."], category="student"),
        task(id="missed", answerable=True, evidence=[[S3, S1], [S2]], category="public"),
        task(id="absent", category="public", history=[{"role": "user", "content": HOSTILE}]),
        task(id=f"h{HOSTILE}", question=HOSTILE, opinion=hostile, category=HOSTILE),
    ]
    shown = [
        prediction(
            "right", answered=True, answer=f"{S1} [1]", citations=quoted(S1), confidence=0.9
        ),
        prediction("missed", answered=True, answer=f"{S3} [1]", citations=quoted(S3)),
        prediction("absent", related=quoted(S2), confidence=0.1),
        prediction(f"h{HOSTILE}", question=HOSTILE, answered=True, answer=HOSTILE),
    ]
    predictions = {p.id: p for p in shown}
    old = predictions | {"right": prediction("right")}
    return evaluate(
        tasks,
        predictions,
        against=old,
        failed=[Failed(id="f", question=HOSTILE, reason="It broke.")],
        resamples=50,
    )


class _Page(HTMLParser):
    """Counts the elements, and keeps the questions' attributes and all addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.questions: list[dict[str, str | None]] = []
        self.addresses: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self.addresses += [given[n] for n in ("src", "href", "action") if n in given]
        if given.get("class") == "question":
            self.questions.append(given)


def test_report_takes_no_text_for_html(evaluation: Evaluation) -> None:
    text = report(evaluation, made="today")
    page = _Page(text)

    assert page.tags.count("script") == 2  # the data and the report's own
    assert "alert(1)</script>" not in text
    assert "49" not in re.findall(r"\b49\b", text)


def test_report_fetches_nothing(evaluation: Evaluation) -> None:
    text = report(evaluation, made="today")

    assert all(a is not None and a.startswith("#") for a in _Page(text).addresses)
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_failures_come_first_and_every_question_is_there(evaluation: Evaluation) -> None:
    questions = _Page(report(evaluation, made="today")).questions

    assert [q["data-outcome"] for q in questions] == [
        "answered though absent",
        "needed fact not cited",
        "right",
        "rightly declined",
    ]
    assert [q["data-failure"] for q in questions] == ["1", "1", "0", "0"]


def test_question_carries_what_is_cited_and_what_is_needed(evaluation: Evaluation) -> None:
    source = small_opinion().source
    missed = _Page(report(evaluation, made="today")).questions[1]
    marks = json.loads(missed["data-marks"] or "")

    assert [source[a:b] for a, b in marks["shown"]] == [S3]
    assert [source[a:b] for a, b in marks["needed"]] == [S3, S1, S2]


def test_report_tells_what_failed_and_what_changed(evaluation: Evaluation) -> None:
    text = report(evaluation, made="today")

    assert "1 could not be answered" in text
    assert "It broke." in text
    assert "1 now handled rightly" in text
    assert "0 no longer handled rightly" in text


def test_one_question_makes_a_report_too() -> None:
    got = evaluate([task()], {"q": prediction()}, resamples=9)

    assert "rightly declined" in report(got, made="today")


def test_metrics_hold_every_measure_as_plain_json(evaluation: Evaluation) -> None:
    data = json.loads(json.dumps(metrics(evaluation, run={"k": 20}), allow_nan=False))

    assert set(data["measures"]) == set(BY_NAME)
    assert data["measures"]["whole"]["value"] == 0.5
    assert data["measures"]["whole"]["n"] == 4
    assert data["measures"]["pairs_right"]["value"] is None
    assert data["categories"]["public"]["whole"]["value"] == 0.5
    assert data["against"]["now_right"] == ["right"]
    assert data["failed"] == [{"id": "f", "question": HOSTILE, "reason": "It broke."}]
    assert data["outcomes"]["right"] == 1


LIMITS: dict[str, tuple[str, list[str]]] = {
    "reached": ("whole=50%", []),
    "missed": ("whole=0.6", ["whole is 50.0%, and at least 60.0% is asked for"]),
    "at most, reached": ("answered_absent=0.5", []),
    "at most, missed": (
        "answered_absent=40%",
        ["answered_absent is 50.0%, and at most 40.0% is asked for"],
    ),
    "undefined": ("pairs_right=0", ["pairs_right is –, and at least 0.0% is asked for"]),
}


@pytest.mark.parametrize("case", LIMITS)
def test_measure_that_falls_short_is_told(evaluation: Evaluation, case: str) -> None:
    given, told = LIMITS[case]

    assert list(shortfalls(evaluation.estimates, parse_minimums([given]))) == told


MISTYPED: dict[str, str] = {
    "whole": "--min whole: give NAME=VALUE, such as --min whole=0.6.",
    "hole=1": "--min hole=1: no measure is called 'hole'. Did you mean 'whole'?",
    "whole=half": "--min whole=half: 'half' is no number.",
    "whole=nan": "--min whole=nan: 'nan' is no number.",
}


@pytest.mark.parametrize("given", MISTYPED)
def test_mistyped_limit_is_told(given: str) -> None:
    with pytest.raises(EvaluationInputError) as raised:
        parse_minimums([given])

    assert str(raised.value) == MISTYPED[given]


def test_every_measure_has_its_definition() -> None:
    for measure in BY_NAME.values():
        assert len(measure.definition) > 40, measure.name


def test_written_report_is_one_file(tmp_path: Path, evaluation: Evaluation) -> None:
    from assistant.evaluation.session import write_reports

    write_reports(evaluation, tmp_path / "out", run={})

    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["metrics.json", "report.html"]
