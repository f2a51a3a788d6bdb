"""The conversation as HTML."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from word_overlap_assistant import DECLINED, WordOverlapAssistant

from assistant.answer import Answer
from ui.conversation import Exchange, Stage
from ui.conversation_view import ConversationView, copied_text, source_line
from vectorstore.opinion import Opinion

QUESTION = "Are the defendants entitled to qualified immunity?"


@pytest.fixture
def view(opinion: Opinion) -> ConversationView:
    return ConversationView(opinion, ("Who won?", "<b>Why?</b>"))


def answer_to(question: str, assistant: WordOverlapAssistant) -> Answer:
    *_, answer = assistant.stream(question)
    assert isinstance(answer, Answer)
    return answer


def answered(answer: Answer) -> tuple[Exchange, ...]:
    return (Exchange(question=answer.question, stage=Stage.ANSWERED, answer=answer),)


def text_of(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def test_offers_examples_before_the_first_question(view: ConversationView) -> None:
    shown = view.html(())

    assert re.findall(r'class="example">(.*?)</button>', shown) == [
        "Who won?",
        "&lt;b&gt;Why?&lt;/b&gt;",
    ]


def test_quotes_the_source_with_paragraph_voice_and_page(
    view: ConversationView, opinion: Opinion
) -> None:
    answer = answer_to(QUESTION, WordOverlapAssistant(opinion))

    shown = view.html(answered(answer))

    figures = re.findall(r"<figure.*?</figure>", shown, re.DOTALL)
    assert [text_of(f) for f in figures] == [
        f"{c.marker}“{c.quote}”{source_line(c)}" for c in answer.citations
    ]
    assert "prose-line" not in shown  # the text is the quotations over again


def test_line_without_a_marker_is_kept_above_the_quotations(
    view: ConversationView, opinion: Opinion
) -> None:
    answer = answer_to(QUESTION, WordOverlapAssistant(opinion))
    answer = replace(answer, text=f"The opinion says otherwise.\n\n{answer.text}")

    shown = view.html(answered(answer))

    assert shown.index("The opinion says otherwise.") < shown.index("<figure")


def test_marker_carries_all_that_is_needed_to_show_its_passage(
    view: ConversationView, opinion: Opinion
) -> None:
    answer = answer_to(QUESTION, WordOverlapAssistant(opinion))

    markers = re.findall(r'<button[^>]*class="marker.*?</button>', view.html(answered(answer)))

    for marker, citation in zip(markers, answer.citations, strict=True):
        data = dict(re.findall(r'([\w-]+)="([^"]*)"', marker))
        start, end = int(data["data-start"]), int(data["data-end"])
        assert opinion.source[start:end] == citation.quote == html.unescape(data["data-quote"])
        assert html.unescape(data["aria-label"]) == (
            f"Passage {citation.marker}, {source_line(citation)}: show in the opinion"
        )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("So it held [1].", "So it held 1."),
        ("So it held [1][2].", "So it held 12."),
        ("A guess [41: no such passage].", "A guess 41 names no passage."),
        ("In [1991] it was so.", "In [1991] it was so."),
        ("No [7] of mine.", "No [7] of mine."),
        ("**Bold** <i>x</i> # h", "**Bold** <i>x</i> # h"),
    ],
)
def test_written_answer_is_plain_text_with_markers(
    view: ConversationView, opinion: Opinion, written: str, shown: str
) -> None:
    assistant = WordOverlapAssistant(opinion, answerer="ollama:x", writes=lambda _: written)

    markup = view.html(answered(answer_to(QUESTION, assistant)))

    (line,) = re.findall(r'<p class="prose-line".*?</p>', markup)
    assert text_of(line) == shown


def test_written_answer_lists_its_passages_and_its_writer(
    view: ConversationView, opinion: Opinion
) -> None:
    assistant = WordOverlapAssistant(opinion, answerer="ollama:x", writes=lambda _: "Yes [1].")

    shown = view.html(answered(answer_to(QUESTION, assistant)))

    assert shown.count("<figure") == 3
    assert "written by ollama:x" in shown


def test_declined_answer_shows_the_nearest_passages_as_such(
    view: ConversationView, opinion: Opinion
) -> None:
    shown = view.html(answered(answer_to("Zebra crossing?", WordOverlapAssistant(opinion))))

    assert f'<p class="declined">{DECLINED}</p>' in shown
    related = shown[shown.index('class="related"') :]
    assert "Nearest passages, not an answer" in related
    assert related.count('<figure class="quotation near"') == 3


def test_notice_stands_above_the_answer(view: ConversationView, opinion: Opinion) -> None:
    answer = replace(answer_to(QUESTION, WordOverlapAssistant(opinion)), notice="Mind <this>.")

    shown = view.html(answered(answer))

    assert shown.index("Mind &lt;this&gt;.") < shown.index("<figure")


def test_says_how_a_follow_up_was_taken(view: ConversationView, opinion: Opinion) -> None:
    answer = answer_to(QUESTION, WordOverlapAssistant(opinion))

    follow_up = view.html(answered(replace(answer, standalone=f"{QUESTION} (<Cook>)")))
    alone = view.html(answered(replace(answer, standalone=QUESTION.replace(" ", "  "))))

    assert f'<p class="understood">Taken as: {QUESTION} (&lt;Cook&gt;)</p>' in follow_up
    assert "Taken as" not in alone


@pytest.mark.parametrize(
    ("exchange", "shown"),
    [
        (
            Exchange(question="q", stage=Stage.WAITING),
            "Still loading. The question is kept and answered as soon as that is done.",
        ),
        (Exchange(question="q", stage=Stage.ANSWERING), "Reading the opinion …"),
        (Exchange(question="q", stage=Stage.ANSWERING, partial="So <far>"), "So <far>"),
        (Exchange(question="q", stage=Stage.STOPPED, partial="So far"), "So farStopped."),
        (
            Exchange(question="q", stage=Stage.FAILED, error="It broke <off>."),
            "It broke <off>.Edit and ask again",
        ),
    ],
)
def test_says_how_far_an_unanswered_exchange_has_come(
    view: ConversationView, exchange: Exchange, shown: str
) -> None:
    assert text_of(view.html((exchange,))) == f"QqA{shown}"


def test_question_is_shown_whole_and_as_text(view: ConversationView) -> None:
    question = "<img src=x onerror=alert(1)> " + "x" * 100_000

    shown = view.html((Exchange(question=question, stage=Stage.WAITING),))

    assert "<img" not in shown
    assert question in html.unescape(shown)


def test_copied_text_gives_each_quotation_its_pinpoint(opinion: Opinion) -> None:
    answer = answer_to(QUESTION, WordOverlapAssistant(opinion))
    first = answer.citations[0]

    paragraphs = copied_text(answer, opinion).split("\n\n")

    assert len(paragraphs) == len(answer.citations) + 1
    assert paragraphs[0] == f"“{first.quote}” {first.pinpoint} (¶ {first.paragraph}; the court)"
    assert opinion.record is not None
    assert paragraphs[-1] == opinion.record.citation


def test_copied_text_of_a_written_answer_keeps_its_markers(opinion: Opinion) -> None:
    assistant = WordOverlapAssistant(opinion, answerer="ollama:x", writes=lambda _: "Yes [1].")

    copied = copied_text(answer_to(QUESTION, assistant), opinion)

    assert copied.startswith("Yes [1].\n\n[1] “")
