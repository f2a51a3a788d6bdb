"""A question under way, in a thread of its own: whoever waits for the answer can stop waiting.

A chat model may be silent for as long as its time-out; pressing Stop must not wait for it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

from ui.conversation import Assistant, Conversation, converse, settled


class _Again:
    """Asks for the present step once more."""


class Asking:
    """One question being asked; `converse` says what the steps are."""

    def __init__(
        self, conversation: Conversation, question: str, loaded: Callable[[], Assistant]
    ) -> None:
        self._conversation = conversation
        self._arguments = (conversation, question, loaded)
        self._steps: queue.SimpleQueue[Conversation | BaseException | _Again | None] = (
            queue.SimpleQueue()
        )
        self._abandoned = threading.Event()
        self._stopped = False
        self._ending: Conversation | None = None

    def steps(self) -> Iterator[Conversation]:
        """The conversation as the answer comes in, or until it is stopped; to be read once."""
        threading.Thread(target=self._run, name="answer-question", daemon=True).start()
        now = self._conversation
        try:
            while True:
                step = self._steps.get()
                if self._stopped:  # whatever else has come meanwhile
                    yield settled(now) if self._ending is None else self._ending
                    return
                if step is None:
                    return
                if isinstance(step, BaseException):
                    raise step
                if not isinstance(step, _Again):
                    now = step
                yield now
        finally:
            self._abandoned.set()

    def stop(self, ending: Conversation | None = None) -> None:
        """End at once, with `ending` when one is given; what the assistant says then is dropped."""
        self._ending = ending
        self._stopped = True
        self._steps.put(None)  # wakes who waits

    def again(self) -> None:
        """Give the present step once more: something shown beside it has changed."""
        self._steps.put(_Again())

    def _run(self) -> None:
        try:
            with closing(converse(*self._arguments)) as steps:
                for step in steps:
                    if self._abandoned.is_set():
                        return
                    self._steps.put(step)
        except BaseException as error:  # a bug: raised where the steps are read
            self._steps.put(error)
        else:
            self._steps.put(None)
