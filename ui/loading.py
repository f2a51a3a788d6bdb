"""Loading the assistant behind the page: questions wait for it, the page does not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from assistant.errors import QuestionError
from ui.conversation import OWN_ERRORS, Assistant


class Loading:
    """The assistant, loaded once in a background thread.

    What `load` raises is raised again to everyone who waits (and in the thread too, so that a bug
    shows its traceback even when nobody does). The thread is a daemon: it does not
    keep the program alive when the page is closed meanwhile.
    """

    def __init__(self, load: Callable[[], Assistant]) -> None:
        self.future: Future[Assistant] = Future()
        self._load = load
        self._thread = threading.Thread(target=self._run, name="load-assistant", daemon=True)

    def start(self) -> None:
        """Begin; once only."""
        self._thread.start()

    def wait(self) -> Assistant:
        """The assistant, as soon as it is there."""
        return self.future.result()

    def for_question(self) -> Callable[[], Assistant]:
        """What waits for the assistant on behalf of a question asked now.

        It raises QuestionError, so that nothing is sent, when the question was asked before it was
        known, and could be shown, that it would leave this machine.
        """
        told = self.future.done()

        def loaded() -> Assistant:
            assistant = self.wait()
            if assistant.departure_notice and not told:
                raise QuestionError(
                    f"Not sent yet. {assistant.departure_notice} Ask again to send it."
                )
            return assistant

        return loaded

    def _run(self) -> None:
        try:
            assistant = self._load()
        except BaseException as error:  # handed on whole, as concurrent.futures does
            self.future.set_exception(error)
            if not isinstance(error, OWN_ERRORS):
                raise
        else:
            self.future.set_result(assistant)
