"""Evaluating in the page, and giving verdicts on answers, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from evaluated_assistant import EvaluatedAssistant, question, sentence, small_set, write_set
from page_reader import OpenPage, Reader, ServePage
from playwright.sync_api import Locator, expect

from assistant.evaluation.feedback import read_feedback
from vectorstore.opinion import Opinion

QUESTION = "Are the defendants entitled to qualified immunity?"
OTHER = "What claim did the plaintiff withdraw from the complaint?"


@pytest.fixture(scope="module")
def feedback(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data") / "feedback.jsonl"


@pytest.fixture(scope="module")
def url(serve_page: ServePage, opinion: Opinion, feedback: Path) -> str:
    return serve_page(
        opinion, lambda: EvaluatedAssistant(opinion), feedback=feedback, evaluate=True
    )


class Evaluating:
    """A person at the second tab."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.page = reader.page
        self.page.get_by_role("tab", name="Evaluate").click()
        expect(self.button("Run")).to_be_visible()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def results(self) -> Locator:
        return self.page.locator("#evaluate-results .results")

    def upload(self, path: Path) -> None:
        self.page.locator("#evaluate-form [name=file]").set_input_files(path)

    def run(self, path: Path) -> None:
        self.upload(path)
        self.button("Run").click()


def test_run_shows_figures_and_a_failure_in_the_opinion(
    open_page: OpenPage, url: str, opinion: Opinion, tmp_path: Path
) -> None:
    reader = open_page(url)
    at = Evaluating(reader)

    at.run(small_set(opinion, tmp_path))

    expect(at.results.locator(".headline")).to_contain_text("66.7% handled rightly")
    expect(at.results.locator(".plot")).to_have_count(2)
    expect(at.page.get_by_label("Cancel")).to_have_count(0)
    failure = at.results.locator('.case-link[data-id="missed"]')
    failure.focus()
    failure.press("Enter")
    expect(at.page.locator("#case-title")).to_be_focused()
    needed = at.page.locator(".marked-opinion mark.missed")
    expect(needed).to_have_text(" ".join(sentence(opinion, -1).split()))
    expect(needed).to_be_in_viewport()
    expect(at.page.locator(".marked-opinion mark.given").first).to_be_attached()
    at.page.keyboard.press("Escape")
    expect(at.page.locator(".case")).to_have_count(0)
    expect(failure).to_be_focused()
    assert reader.alarms == []
    assert {r.split("/")[2] for r in reader.requests if r.startswith("http")} == {url.split("/")[2]}


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("bad.jsonl", '{"id": 1}', "bad.jsonl, line 1, field 'id': Input should be a valid string"),
        ("empty.jsonl", "", "empty.jsonl holds no question"),
        ("far.jsonl", "[]", "far.jsonl, line 1: a question set has one JSON object a line"),
        ("${alert(1)}<b>.jsonl", "x", "${alert(1)}<b>.jsonl, line 1: not JSON"),
        ("notes.txt", "{}", "notes.txt is not a question set"),
        ("big.jsonl", " " * 2_000_001, "big.jsonl is larger than 2 MB"),
    ],
)
def test_bad_file_gives_one_line(
    open_page: OpenPage, url: str, tmp_path: Path, name: str, text: str, line: str
) -> None:
    reader = open_page(url)
    at = Evaluating(reader)
    (tmp_path / name).write_text(text)

    at.upload(tmp_path / name)
    if name != "big.jsonl":
        at.button("Run").click()

    error = at.page.locator("#evaluate .error")
    expect(error).to_have_count(1)
    expect(error).to_contain_text(line)
    expect(at.button("Run")).to_be_visible()
    assert reader.alarms == []


@pytest.fixture
def held(serve_page: ServePage, opinion: Opinion, gate: threading.Semaphore) -> Iterator[str]:
    assistant = EvaluatedAssistant(opinion, hold=gate.acquire)
    yield serve_page(opinion, lambda: assistant, evaluate=True)
    gate.release(100_000)


def test_cancelled_run_is_partial_and_the_chat_works_meanwhile(
    open_page: OpenPage, held: str, gate: threading.Semaphore, tmp_path: Path
) -> None:
    at = Evaluating(open_page(held))
    other = Evaluating(open_page(held))
    lines = [question(f"q{n}", f"zebra {n}") for n in range(300)]

    at.run(write_set(tmp_path / "long.jsonl", *lines))
    gate.release(2)
    expect(at.page.locator(".running")).to_contain_text("2 of 300 questions asked")
    expect(at.button("Run")).to_be_hidden()
    expect(other.button("Run")).to_be_visible()
    at.page.get_by_role("tab", name="Ask").click()
    at.reader.ask(QUESTION)
    expect(at.reader.last).to_have_attribute("data-stage", "answered")

    at.page.get_by_role("tab", name="Evaluate").click()
    at.button("Cancel").click()
    expect(at.page.locator(".running")).to_contain_text("Cancelling")
    gate.release(100)

    expect(at.results.locator(".partial")).to_contain_text("Partial: cancelled after ")
    expect(at.button("Run")).to_be_visible()
    expect(at.button("Cancel")).to_have_count(0)


def test_thumb_and_reason_are_kept_and_confirmed(
    open_page: OpenPage, url: str, feedback: Path
) -> None:
    reader = open_page(url)
    reader.ask(QUESTION)
    good = reader.page.get_by_role("button", name="Good answer")
    bad = reader.page.get_by_role("button", name="Bad answer")

    good.focus()
    good.press("Enter")
    expect(reader.page.get_by_role("status").filter(has_text="Noted as a good")).to_be_visible()
    expect(good).to_be_focused()
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(good).to_have_attribute("aria-pressed", "false")
    reason = reader.page.get_by_label("Why? (optional)")
    reason.fill("It quotes ${alert(1)} <b>a party</b>.")
    reason.press("Enter")

    expect(reader.page.locator(".noted")).to_contain_text("Your reason is kept with it.")
    said = [(f.verdict, f.reason) for f in read_feedback(feedback)]
    assert said[-1] == ("down", "It quotes ${alert(1)} <b>a party</b>.")
    assert [verdict for verdict, _ in said[-3:]] == ["up", "down", "down"]
    reader.ask(OTHER)
    expect(bad.first).to_have_attribute("aria-pressed", "true")
    expect(bad.last).to_have_attribute("aria-pressed", "false")
    assert reader.alarms == []


def test_reason_being_typed_survives_the_next_answer(open_page: OpenPage, url: str) -> None:
    reader = open_page(url)
    reader.ask(QUESTION)
    reader.page.get_by_role("button", name="Good answer").click()
    reason = reader.page.get_by_label("Why? (optional)")
    reason.fill("Half a rea")

    reader.ask(OTHER)

    expect(reason).to_have_value("Half a rea")


def test_back_leads_to_the_answer_after_a_verdict(open_page: OpenPage, url: str) -> None:
    reader = open_page(url)
    reader.ask(QUESTION)
    reader.page.get_by_role("button", name="Good answer").click()
    expect(reader.page.locator(".noted")).to_be_visible()

    reader.page.locator("#opinion .mark").first.click()

    expect(reader.last.locator(".marker").first).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_page_does_not_scroll_sideways(
    open_page: OpenPage, url: str, opinion: Opinion, tmp_path: Path, scheme: str
) -> None:
    at = Evaluating(open_page(url, width=360, height=740, scheme=scheme))
    at.run(small_set(opinion, tmp_path))
    at.results.locator('.case-link[data-id="missed"]').click()
    expect(at.page.locator("#case-title")).to_be_in_viewport()

    at.button("needed, not cited").click()
    expect(at.page.locator(".marked-opinion mark.missed")).to_be_in_viewport()
    assert at.page.evaluate("document.documentElement.scrollWidth") == 360
    at.button("Back to the list").click()
    expect(at.results.locator('.case-link[data-id="missed"]')).to_be_in_viewport()
