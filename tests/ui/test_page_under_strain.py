"""The page when things are slow, hostile, long or broken, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from page_reader import OpenPage, ServePage
from playwright.sync_api import expect
from word_overlap_assistant import WordOverlapAssistant

from vectorstore.errors import StoreError
from vectorstore.opinion import Opinion, Record
from vectorstore.reading import parse_opinion

Held = tuple[str, WordOverlapAssistant]

QUESTION = "Are the defendants entitled to qualified immunity?"
OTHER = "What claim did the plaintiff withdraw from the complaint?"
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "</span></article></div><b>loose</b>",
    "${alert(3)} `${alert(4)}` {{alert}} {{#each value}}x{{/each}}",
    "**bold** _it_ # h [link](javascript:alert(5)) 1. one &amp; &lt;b&gt; $x^2$",
    r"back\slash \n \\ \u0041 \`",
    '" onmouseover="alert(6)" \' autofocus onfocus=\'alert(7)',
    "word" * 300,
]


@pytest.fixture
def held(serve_page: ServePage, opinion: Opinion, gate: threading.Semaphore) -> Iterator[Held]:
    """A page whose answers come piece by piece as the gate lets them, and its assistant."""
    assistant = WordOverlapAssistant(opinion, gate=gate.acquire)
    yield serve_page(opinion, lambda: assistant), assistant
    gate.release(100_000)


def test_answer_streams_in(open_page: OpenPage, held: Held, gate: threading.Semaphore) -> None:
    reader = open_page(held[0])
    reader.type(QUESTION)
    expect(reader.last).to_have_attribute("data-stage", "answering")
    expect(reader.last).to_contain_text("Reading the opinion …")

    gate.release(1)
    expect(reader.last.locator(".prose-line")).to_have_text("“Accordingly,")
    expect(reader.last).to_have_attribute("aria-busy", "true")
    gate.release(1_000)
    expect(reader.last).to_have_attribute("data-stage", "answered")


def test_stop_keeps_what_has_come_and_the_page_goes_on(
    open_page: OpenPage, held: Held, gate: threading.Semaphore
) -> None:
    reader = open_page(held[0])
    reader.type(QUESTION)
    gate.release(1)
    expect(reader.last).to_contain_text("“Accordingly")

    reader.page.get_by_role("button", name="Stop").click()
    expect(reader.last).to_have_attribute("data-stage", "stopped")
    expect(reader.last.locator(".answer")).to_have_text("A“Accordingly,Stopped.")
    expect(reader.box).to_be_focused()
    expect(reader.page.get_by_role("button", name="Stop")).to_have_count(0)

    gate.release(1_000)
    reader.ask(OTHER)
    expect(reader.last).to_have_attribute("data-stage", "answered")
    assert held[1].asked[-1] == (OTHER, ())


def test_question_sent_meanwhile_is_asked_next(
    open_page: OpenPage, held: Held, gate: threading.Semaphore
) -> None:
    reader = open_page(held[0])
    reader.type(QUESTION)
    expect(reader.last).to_have_attribute("data-stage", "answering")
    reader.type(OTHER)
    expect(reader.box).to_have_value(OTHER)

    gate.release(1_000)

    expect(reader.page.locator('.exchange[data-stage="answered"]')).to_have_count(2)
    assert reader.page.locator(".asked").all_inner_texts() == [QUESTION, OTHER]
    expect(reader.box).to_have_value("")


def test_new_conversation_while_answering_leaves_nothing_behind(
    open_page: OpenPage, held: Held, gate: threading.Semaphore
) -> None:
    reader = open_page(held[0])
    reader.type(QUESTION)
    expect(reader.last).to_have_attribute("data-stage", "answering")
    reader.page.get_by_role("button", name="New conversation").click()
    expect(reader.page.locator("button.example")).to_have_count(6)

    gate.release(1_000)
    reader.ask(OTHER)

    assert reader.page.locator(".asked").all_inner_texts() == [OTHER]


def test_page_is_up_while_loading_and_a_question_waits(
    open_page: OpenPage, serve_page: ServePage, opinion: Opinion
) -> None:
    loaded = threading.Event()

    def load() -> WordOverlapAssistant:
        assert loaded.wait(60)
        return WordOverlapAssistant(opinion)

    reader = open_page(serve_page(opinion, load))
    status = reader.page.locator("#status")
    expect(status).to_contain_text("Preparing the opinion.")
    reader.type(QUESTION)
    expect(reader.last).to_contain_text("Still loading.")
    loaded.set()

    expect(reader.last).to_have_attribute("data-stage", "answered")
    expect(status).to_have_text("Exact quotations, found on this machine.")


def test_question_asked_while_loading_is_not_sent_away_untold(
    open_page: OpenPage, serve_page: ServePage, opinion: Opinion
) -> None:
    loaded = threading.Event()
    assistant = WordOverlapAssistant(opinion, departure_notice="It goes to example.com.")

    def load() -> WordOverlapAssistant:
        assert loaded.wait(60)
        return assistant

    reader = open_page(serve_page(opinion, load))
    reader.type(QUESTION)
    expect(reader.last).to_contain_text("Still loading.")
    loaded.set()
    expect(reader.last.get_by_role("alert")).to_have_text(
        "Not sent yet. It goes to example.com. Ask again to send it."
    )
    assert assistant.asked == []

    reader.page.get_by_role("button", name="Edit and ask again").click()
    reader.box.press("Enter")
    expect(reader.last).to_have_attribute("data-stage", "answered")


def test_failed_load_is_said_on_the_page_and_in_the_conversation(
    open_page: OpenPage, serve_page: ServePage, opinion: Opinion
) -> None:
    line = "The store in <folder> is damaged. Mend it with `opinion index --rebuild`."

    def load() -> WordOverlapAssistant:
        raise StoreError(line)

    reader = open_page(serve_page(opinion, load))
    expect(reader.page.locator("#status")).to_have_text(line)
    reader.ask(QUESTION)

    expect(reader.last.get_by_role("alert")).to_have_text(line)
    expect(reader.last.locator(".asked")).to_have_text(QUESTION)


def test_what_leaves_the_machine_is_said_before_the_first_question(
    open_page: OpenPage, serve_page: ServePage, opinion: Opinion
) -> None:
    notice = "The question and the passages found leave this machine: they go to example.com."
    assistant = WordOverlapAssistant(
        opinion, answerer="hosted:x", writes=lambda _: "Yes [1]. No [41: no such passage].",
        departure_notice=notice,
    )  # fmt: skip
    reader = open_page(serve_page(opinion, lambda: assistant))

    expect(reader.page.locator("#status")).to_have_text(notice)
    assert assistant.asked == []

    reader.ask(QUESTION)
    expect(reader.last.locator(".prose-line .marker")).to_have_text("1")
    expect(reader.last.locator(".unknown")).to_have_text("41 names no passage")
    expect(reader.last).to_contain_text("written by hosted:x")


def test_questions_are_never_taken_for_markup(open_page: OpenPage, plain_url: str) -> None:
    reader = open_page(plain_url)
    for hostile in HOSTILE:
        question = f"{hostile} qualified immunity"
        reader.ask(question)
        assert reader.last.locator(".asked").evaluate("e => e.textContent") == question

    expect(reader.page.locator(".asked > *")).to_have_count(0)
    assert reader.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert reader.alarms == []


@pytest.fixture(scope="module")
def plain_url(serve_page: ServePage, opinion: Opinion) -> str:
    return serve_page(opinion, lambda: WordOverlapAssistant(opinion))


def test_opinion_is_never_taken_for_markup(open_page: OpenPage, serve_page: ServePage) -> None:
    lines = [f"The court considered the text {hostile} and rejected it." for hostile in HOSTILE]
    source = "\n".join(["RULING ON <b>MOTION</b> ${alert(8)}", "DOE, District Judge.", *lines])
    record = Record(
        title="</title><script>alert(9)</script> v. {{x}} ${alert(10)}",
        docket="<i>No. 7</i>",
        judge="`Doe`",
    )
    hostile = parse_opinion(source, id="hostile", record=record)
    reader = open_page(serve_page(hostile, lambda: WordOverlapAssistant(hostile)))
    reader.ask("What text was considered and rejected?")
    reader.last.locator(".marker").first.hover()
    reader.last.locator(".marker").first.click()

    shown = reader.page.locator("#opinion .s").evaluate_all(
        "all => all.map(s => [Number(s.dataset.start), Number(s.dataset.end), s.textContent])"
    )
    assert [text for _, _, text in shown] == [source[start:end] for start, end, _ in shown]
    assert reader.page.locator("h1").inner_text() == record.title
    expect(reader.last.locator(".quotation")).to_have_count(3)
    expect(reader.page.locator("#panes :is(script, img, b, i)")).to_have_count(0)
    assert reader.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert reader.alarms == []


def test_hundred_thousand_characters_are_kept_whole(open_page: OpenPage, plain_url: str) -> None:
    question = "immunity " * 11_112
    reader = open_page(plain_url)
    reader.ask(question)

    assert reader.last.locator(".asked").evaluate("e => e.textContent.length") == 100_007
    assert reader.last.locator(".asked").evaluate("e => e.clientHeight") < 300


def test_long_opinion_and_long_conversation_stay_usable(
    open_page: OpenPage, serve_page: ServePage
) -> None:
    paragraphs = [
        f"The item {n} was sold. The buyer of item {n} sued. The seller of item {n} answered. "
        f"The claim over item {n} failed."
        for n in range(250)
    ]
    source = "\n".join(["RULING ON MOTION TO DISMISS", "DOE, District Judge.", *paragraphs])
    long = parse_opinion(source, id="long")
    assert len(long.sentences) >= 1_000
    reader = open_page(serve_page(long, lambda: WordOverlapAssistant(long)))

    for n in range(0, 250, 25):
        reader.ask(f"Which buyer of item {n} sued?")
    reader.ask("Did the claim over item 249 failed?")
    assert reader.in_view(".exchange:last-child .question")
    reader.last.locator(".marker").first.click()
    expect(reader.page.locator("#opinion .mark:focus")).to_have_text("1")
    assert reader.in_view("#opinion .mark:focus")
    expect(reader.page.locator("#opinion .s.shown")).to_have_text("The claim over item 249 failed.")


def test_further_tabs_stand_beside_asking(
    open_page: OpenPage, serve_page: ServePage, opinion: Opinion, plain_url: str
) -> None:
    def build() -> None:
        import gradio as gr

        gr.Button("Run the questions")

    tabbed = serve_page(opinion, lambda: WordOverlapAssistant(opinion), tabs=[("Evaluate", build)])
    reader = open_page(tabbed)
    reader.ask(QUESTION)
    expect(reader.page.get_by_role("tab")).to_have_text(["Ask", "Evaluate"])
    assert reader.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    reader.page.get_by_role("tab", name="Evaluate").click()
    expect(reader.page.get_by_role("button", name="Run the questions")).to_be_visible()
    reader.page.get_by_role("tab", name="Ask").click()
    expect(reader.last.locator(".marker")).to_have_count(3)

    expect(open_page(plain_url).page.get_by_role("tab")).to_have_count(0)
