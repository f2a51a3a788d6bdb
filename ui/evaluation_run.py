"""One evaluation under way in the page, in a thread of its own; cancelling keeps what was done."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ui.conversation import OWN_ERRORS
from ui.evaluation_choice import Choice, sets_of

if TYPE_CHECKING:
    from assistant.evaluation.evaluation import Evaluation
    from assistant.evaluation.running import Answerer


class Stage(StrEnum):
    """How far a run has come."""

    PREPARING = "preparing"
    ASKING = "asking"
    MEASURING = "measuring"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A run as it stands: `done` of `total` questions asked, `failed` of them without an answer.

    `cancelled` is set from the moment the person asks for it. `evaluation` comes with FINISHED; it
    is partial when cancelled, and None when nothing had been answered. `error` is one line.
    """

    stage: Stage = Stage.PREPARING
    done: int = 0
    total: int = 0
    failed: int = 0
    cancelled: bool = False
    evaluation: Evaluation | None = None
    error: str | None = None

    @property
    def busy(self) -> bool:
        return self.stage not in (Stage.FINISHED, Stage.FAILED)


class _Again:
    """Asks for the present state once more."""


class EvaluationRun:
    """One run; `loaded` waits for what is evaluated."""

    def __init__(self, choice: Choice, loaded: Callable[[], Answerer]) -> None:
        self._choice = choice
        self._loaded = loaded
        self._cancel = threading.Event()
        self._states: queue.SimpleQueue[Progress | BaseException | _Again | None]
        self._states = queue.SimpleQueue()
        self._now = Progress()

    def states(self) -> Iterator[Progress]:
        """The run as it goes on, the last state settled; to be read once.

        States that come faster than they are read are passed over. A reader that goes away cancels.
        """
        threading.Thread(target=self._run, name="evaluate", daemon=True).start()
        now: Progress = Progress()
        try:
            yield now
            while True:
                state = self._states.get()
                while isinstance(state, Progress) and not self._states.empty():
                    now, state = state, self._states.get()
                if state is None:
                    if not now.busy:
                        yield now
                    return
                if isinstance(state, BaseException):
                    raise state
                if isinstance(state, Progress):
                    now = state
                now = replace(now, cancelled=self._cancel.is_set())
                yield now
        finally:
            self._cancel.set()

    def cancel(self) -> None:
        """End after the question in hand; the figures of what was answered still come."""
        self._cancel.set()
        self._states.put(_Again())

    def _run(self) -> None:
        try:
            self._evaluate()
        except OWN_ERRORS as error:
            self._show(stage=Stage.FAILED, error=str(error))
            self._states.put(None)
        except BaseException as error:  # a bug: raised where the states are read
            self._states.put(error)
        else:
            self._states.put(None)

    def _evaluate(self) -> None:
        # Imported here: the measures load NumPy, SciPy and scikit-learn, for runs alone.
        from assistant.evaluation.evaluation import Evaluation
        from assistant.evaluation.session import run_evaluation

        assistant = self._loaded()
        evaluation = None
        with (
            TemporaryDirectory(prefix="opinion-evaluation-") as folder,
            sets_of(self._choice, assistant.opinion) as sets,
        ):
            for step in run_evaluation(
                sets,
                assistant,
                folder=Path(folder),
                limit=self._choice.limit,
                cancel=self._cancel,
                on_measure=lambda _: self._show(stage=Stage.MEASURING),
            ):
                if isinstance(step, Evaluation):
                    evaluation = step
                    continue
                failed = self._now.failed + (step.failed is not None)
                self._show(stage=Stage.ASKING, done=step.done, total=step.total, failed=failed)
        self._show(stage=Stage.FINISHED, evaluation=evaluation)

    def _show(self, **changed: object) -> None:
        if self._now.stage is changed.get("stage") is Stage.MEASURING:
            return
        self._now = replace(self._now, cancelled=self._cancel.is_set(), **changed)  # type: ignore[arg-type]
        self._states.put(self._now)
