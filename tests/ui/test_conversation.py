"""Asking, streaming, failing and stopping, without a browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from word_overlap_assistant import EMPTY, SERVER_GONE, WordOverlapAssistant

from assistant.answer import Answer, Turn
from ui.conversation import Conversation, Exchange, Stage, converse, history, settled
from vectorstore.errors import StoreError
from vectorstore.opinion import Opinion

QUESTION = "Who is entitled to qualified immunity?"


@pytest.fixture
def assistant(opinion: Opinion) -> WordOverlapAssistant:
    return WordOverlapAssistant(opinion)


def last(steps: Iterator[Conversation]) -> Conversation:
    return list(steps)[-1]


def test_goes_from_waiting_through_answering_to_answered(assistant: WordOverlapAssistant) -> None:
    steps = list(converse((), QUESTION, lambda: assistant))
    stages = list(dict.fromkeys(step[-1].stage for step in steps))

    assert stages == [Stage.WAITING, Stage.ANSWERING, Stage.ANSWERED]
    assert steps[-1][-1].answer is not None
    assert {len(step) for step in steps} == {1}


def test_text_grows_while_it_streams(assistant: WordOverlapAssistant) -> None:
    partial = [step[-1].partial for step in converse((), QUESTION, lambda: assistant)]

    assert partial == sorted(partial, key=len)
    assert partial[-1].startswith(partial[-2])
    assert "qualified immunity" in partial[-1]


def test_history_holds_answered_exchanges_only(assistant: WordOverlapAssistant) -> None:
    conversation = last(converse((), QUESTION, lambda: assistant))
    conversation = last(
        converse(conversation, "unreachable immunity defendants", lambda: assistant)
    )
    last(converse(conversation, "And why?", lambda: assistant))

    question, turns = assistant.asked[-1]
    assert question == "And why?"
    assert [t.role for t in turns] == ["user", "assistant"]
    assert turns[0] == Turn(role="user", content=QUESTION)
    assert turns == history(conversation)


@pytest.mark.parametrize(
    ("question", "line"), [("", EMPTY), ("unreachable qualified immunity", SERVER_GONE)]
)
def test_error_of_ours_becomes_the_exchanges_line(
    assistant: WordOverlapAssistant, question: str, line: str
) -> None:
    exchange = last(converse((), question, lambda: assistant))[-1]

    assert (exchange.stage, exchange.error, exchange.question) == (Stage.FAILED, line, question)


def test_failed_load_becomes_the_exchanges_line() -> None:
    def loaded() -> WordOverlapAssistant:
        raise StoreError("The store is damaged.")

    exchange = last(converse((), QUESTION, loaded))[-1]

    assert (exchange.stage, exchange.error) == (Stage.FAILED, "The store is damaged.")


def test_bug_is_not_hidden() -> None:
    class Broken:
        answerer = "extractive"
        departure_notice = None

        def stream(self, question: str, history: Sequence[Turn] = ()) -> Iterator[str | Answer]:
            raise KeyError(question)
            yield ""

    with pytest.raises(KeyError):
        list(converse((), QUESTION, Broken))


def test_empty_question_does_not_pile_up(assistant: WordOverlapAssistant) -> None:
    conversation = last(converse((), " ", lambda: assistant))
    conversation = last(converse(conversation, "", lambda: assistant))
    assert len(conversation) == 1

    conversation = last(converse(conversation, QUESTION, lambda: assistant))
    assert [e.question for e in conversation] == [QUESTION]


def test_half_a_surrogate_pair_never_reaches_the_assistant(assistant: WordOverlapAssistant) -> None:
    last(converse((), "immunity \ud83d defendants \N{SCALES}", lambda: assistant))

    assert assistant.asked[-1][0] == "immunity \N{REPLACEMENT CHARACTER} defendants \N{SCALES}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Stage.WAITING, Stage.STOPPED),
        (Stage.ANSWERING, Stage.STOPPED),
        (Stage.ANSWERED, Stage.ANSWERED),
        (Stage.STOPPED, Stage.STOPPED),
        (Stage.FAILED, Stage.FAILED),
    ],
)
def test_stopping_settles_what_is_under_way(before: Stage, after: Stage) -> None:
    exchange = Exchange(question=QUESTION, stage=before, partial="So far")

    (settled_exchange,) = settled((exchange,))

    assert (settled_exchange.stage, settled_exchange.partial) == (after, "So far")
