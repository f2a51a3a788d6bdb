"""A question under way, and stopping it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest
from word_overlap_assistant import WordOverlapAssistant

from assistant.answer import Answer, Turn
from ui.asking import Asking
from ui.conversation import Exchange, Stage, converse
from vectorstore.opinion import Opinion

QUESTION = "Who is entitled to qualified immunity?"


def test_ends_as_the_conversation_does(opinion: Opinion) -> None:
    assistant = WordOverlapAssistant(opinion)

    *_, last = Asking((), QUESTION, lambda: assistant).steps()

    assert last == list(converse((), QUESTION, lambda: assistant))[-1]


def test_stop_does_not_wait_for_a_silent_assistant(opinion: Opinion) -> None:
    gate = threading.Semaphore(1)
    assistant = WordOverlapAssistant(opinion, gate=gate.acquire)
    asking = Asking((), QUESTION, lambda: assistant)
    steps = asking.steps()
    while not next(steps)[-1].partial:
        pass

    asking.stop()  # the assistant still waits at the gate
    *_, last = steps

    assert last[-1].stage is Stage.STOPPED
    assert last[-1].partial
    assert last[-1].answer is None
    gate.release(1_000)


def test_stop_does_not_wait_for_the_loading(opinion: Opinion) -> None:
    loaded = threading.Event()

    def wait() -> WordOverlapAssistant:
        assert loaded.wait(30)
        return assistant

    assistant = WordOverlapAssistant(opinion)
    asking = Asking((), QUESTION, wait)
    steps = asking.steps()
    assert next(steps)[-1].stage is Stage.WAITING

    asking.stop()

    assert [step[-1].stage for step in steps] == [Stage.STOPPED]
    loaded.set()
    assert assistant.asked == []


def test_stop_can_end_with_a_new_conversation(opinion: Opinion) -> None:
    earlier = (Exchange(question="Before?", stage=Stage.STOPPED),)
    asking = Asking(earlier, QUESTION, lambda: WordOverlapAssistant(opinion))
    steps = asking.steps()
    next(steps)

    asking.stop(ending=())
    *_, last = steps

    assert last == ()


def test_bug_is_raised_where_the_answer_is_awaited() -> None:
    class Broken:
        answerer = "extractive"
        departure_notice = None

        def stream(self, question: str, history: Sequence[Turn] = ()) -> Iterator[str | Answer]:
            raise KeyError("a bug")
            yield ""

    with pytest.raises(KeyError, match="a bug"):
        list(Asking((), QUESTION, Broken).steps())
