"""Loading behind the page."""

from __future__ import annotations

import queue
import threading

import pytest
from word_overlap_assistant import WordOverlapAssistant

from assistant.errors import QuestionError
from ui.loading import Loading
from vectorstore.errors import StoreError
from vectorstore.opinion import Opinion


def test_waits_for_the_assistant(opinion: Opinion) -> None:
    assistant = WordOverlapAssistant(opinion)
    go = threading.Event()

    def load() -> WordOverlapAssistant:
        assert go.wait(10)
        return assistant

    loading = Loading(load)
    loading.start()
    assert not loading.future.done()
    go.set()

    assert loading.wait() is assistant


def test_question_asked_before_it_was_known_to_leave_is_held_back_once(opinion: Opinion) -> None:
    assistant = WordOverlapAssistant(opinion, departure_notice="It goes to example.com.")
    go = threading.Event()

    def load() -> WordOverlapAssistant:
        assert go.wait(10)
        return assistant

    loading = Loading(load)
    loading.start()
    early = loading.for_question()
    go.set()
    with pytest.raises(QuestionError) as error:
        early()

    assert str(error.value) == "Not sent yet. It goes to example.com. Ask again to send it."
    assert loading.for_question()() is assistant


def test_failure_is_told_to_everyone_who_waits() -> None:
    def load() -> WordOverlapAssistant:
        raise StoreError("The store is damaged.")

    loading = Loading(load)
    loading.start()

    for _ in range(2):
        with pytest.raises(StoreError, match="The store is damaged"):
            loading.wait()


def test_bug_is_told_and_shows_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: queue.SimpleQueue[threading.ExceptHookArgs] = queue.SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", shown.put)

    def load() -> WordOverlapAssistant:
        raise KeyError("a bug")

    loading = Loading(load)
    loading.start()

    with pytest.raises(KeyError, match="a bug"):
        loading.wait()
    assert shown.get(timeout=10).exc_type is KeyError
