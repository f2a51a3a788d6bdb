"""The evaluation's report, opened as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.evaluation.evaluation import evaluate
from assistant.evaluation.predictions import Prediction
from assistant.evaluation.question_sets import Example
from assistant.evaluation.report import write_report
from assistant.evaluation.tasks import Task
from vectorstore.reading import parse_opinion

# A letter outside the basic plane stands before the passages: offsets count it as one.
SOURCE = (
    "SMITH v. TOWN\nORDER\nThe mark 𝔖 is <b>not</b> at issue. Smith sued the town. "
    "The town paid.\n" + "Nothing more was said about it at all. " * 40
)
NEEDED, CITED = "Smith sued the town.", "The town paid."


def _cited(quote: str) -> list[dict[str, Any]]:
    start = SOURCE.index(quote)
    return [{"marker": 1, "quote": quote, "start": start, "end": start + len(quote)}]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    opinion = parse_opinion(SOURCE, id="smith")
    rows: list[tuple[str, bool, str | None, str]] = [
        ("missed", True, CITED, "student"),
        ("found", True, NEEDED, "public"),
        ("declined", False, None, "public"),
    ]
    tasks, predictions = [], {}
    for id, answerable, cited, category in rows:
        example = Example(
            id=id,
            question=f"What of {id} <i>{'x' * 60}</i>?",
            answerable=answerable,
            evidence=((NEEDED,),) if answerable else (),
            category=category,
        )
        tasks.append(Task(example=example, opinion=opinion, set_name="set"))
        line = {
            "id": id, "question": example.question, "answered": cited is not None,
            "answer": f"“{cited}” [1]", "citations": _cited(cited) if cited else [],
            "confidence": 0.5, "seconds": 0.1, "answerer": "extractive",
        }  # fmt: skip
        predictions[id] = Prediction.model_validate(line)
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(evaluate(tasks, predictions, resamples=20), path, made="today")
    return path


@pytest.fixture
def opened(browser: Browser, report: Path) -> Callable[[int], Page]:
    def open_page(width: int = 1280, fragment: str = "") -> Page:
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.asked = []  # type: ignore[attr-defined]
        page.on("request", lambda r: page.asked.append(r.url))  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.on("console", lambda message: pytest.fail(message.text))
        page.goto(report.as_uri() + fragment)
        return page

    return open_page


def test_opened_question_shows_its_passages_in_the_opinion(opened: Callable[..., Page]) -> None:
    page = opened()

    page.locator("#q1 > summary").click()

    expect(page.locator("#q1 .opinion mark.needed")).to_have_text([NEEDED])
    expect(page.locator("#q1 .opinion mark.shown")).to_have_text([CITED])
    expect(page.locator("#q1 .opinion")).to_contain_text("𝔖 is <b>not</b> at issue")
    page.locator("#q2 > summary").click()
    expect(page.locator("#q2 .opinion mark.needed.shown")).to_have_text([NEEDED])


def test_questions_are_filtered_by_outcome_category_and_words(opened: Callable[..., Page]) -> None:
    page = opened()

    def shown() -> list[str]:
        ids = page.locator("details.question:visible .meta").all_inner_texts()
        assert page.locator("#count").inner_text() == f"{len(ids)} shown"
        return [text.split(" ")[0] for text in ids]

    assert shown() == ["missed", "found", "declined"]
    page.locator("select[name=outcome]").select_option("*")
    assert shown() == ["missed"]
    page.locator("select[name=outcome]").select_option("")
    page.locator("select[name=category]").select_option("public")
    assert shown() == ["found", "declined"]
    page.locator("input[name=words]").fill("WHAT found")
    assert shown() == ["found"]
    page.locator("input[name=words]").fill("nothing like it")
    assert shown() == []
    assert page.locator("#none").is_visible()


def test_link_to_a_question_opens_it(opened: Callable[..., Page]) -> None:
    page = opened(fragment="#q3")

    expect(page.locator("#q3[open] .sides")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_report_fetches_nothing_and_fits_its_window(
    opened: Callable[..., Page], report: Path, width: int
) -> None:
    page = opened(width)
    page.locator("#q1 > summary").click()

    assert page.asked == [report.as_uri()]  # type: ignore[attr-defined]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
