"""Asking every question of a set: several at once if wanted, one failure stopping nothing."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, Self

from langchain_core.embeddings import Embeddings

from assistant.answer import Answer, Turn
from assistant.errors import AssistantError
from assistant.evaluation.evaluation import Failed
from assistant.evaluation.predictions import PredictionLog
from assistant.evaluation.retrying import with_retries
from assistant.evaluation.tasks import Task
from vectorstore.errors import VectorstoreError
from vectorstore.opinion import Opinion

_LISTEN = 0.2  # seconds between looks at the cancel event while nothing is answered


class Answerer(Protocol):
    """What is evaluated: the assistant itself, or a baseline in its place."""

    opinion: Opinion
    answerer: str
    encoder: Embeddings

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer: ...

    def for_opinion(self, opinion: Opinion) -> Answerer: ...

    @property
    def close(self) -> Callable[[], None]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """After a question: how many are done of how many, and the failure if it was one."""

    done: int
    total: int
    task: Task
    failed: Failed | None = None


def ask_all(
    tasks: Sequence[Task],
    assistant: Answerer,
    log: PredictionLog,
    *,
    workers: int = 1,
    cancel: threading.Event | None = None,
    sleep: Callable[[float], None] | None = None,
) -> Iterator[Progress]:
    """Ask the questions that the log does not hold yet, `workers` at once, and log each answer.

    Yields after every question, in the order of the answers (with one worker, of the tasks). A
    question that fails is yielded as such and not logged, so that a later run asks it again.
    Setting `cancel`, or closing the iterator, ends the run after the questions in hand. `sleep`
    replaces the waiting between retries. The caller closes `assistant`; those for other opinions
    are closed here.
    """
    pending = [t for t in tasks if t.example.id not in log.predictions]
    done = len(tasks) - len(pending)
    stopped = threading.Event()
    with _Assistants(assistant, pending) as assistants, ThreadPoolExecutor(workers) as pool:

        def ask(task: Task) -> Answer:
            with assistants.borrowed(task.opinion) as asked:
                return with_retries(
                    lambda: asked.ask(task.example.question, task.example.turns),
                    stopped=stopped,
                    sleep=sleep,
                )

        waiting: dict[Future[Answer], Task] = {pool.submit(ask, task): task for task in pending}
        try:
            while waiting and not (cancel is not None and cancel.is_set()):
                finished, _ = wait(waiting, timeout=_LISTEN, return_when=FIRST_COMPLETED)
                for future in [f for f in waiting if f in finished]:
                    task = waiting.pop(future)
                    done += 1
                    failed = _failure(task, future)
                    if failed is None:
                        log.add(task.example.id, future.result())
                    yield Progress(done=done, total=len(tasks), task=task, failed=failed)
        finally:
            stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _failure(task: Task, future: Future[Answer]) -> Failed | None:
    """Why a question failed: our own errors by their line, anything else with its class too."""
    error = future.exception()
    if error is None:
        return None
    if not isinstance(error, Exception):
        raise error
    known = isinstance(error, AssistantError | VectorstoreError)
    return Failed(
        id=task.example.id,
        question=task.example.question,
        reason=str(error) if known else f"{type(error).__name__}: {error}",
    )


class _Assistants:
    """The assistant for each opinion of a run: made when its first question comes, closed after its
    last. The given assistant serves its own opinion and stays open.
    """

    def __init__(self, given: Answerer, tasks: Sequence[Task]) -> None:
        self._given = given
        self._left = Counter(t.opinion.digest for t in tasks)
        self._made: dict[str, Answerer] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        for assistant in self._made.values():
            assistant.close()

    @contextmanager
    def borrowed(self, opinion: Opinion) -> Iterator[Answerer]:
        """The assistant for an opinion, for one question."""
        key = opinion.digest
        if key == self._given.opinion.digest:
            yield self._given
            return
        with self._lock:
            if key not in self._made:
                self._made[key] = self._given.for_opinion(opinion)
            assistant = self._made[key]
        try:
            yield assistant
        finally:
            with self._lock:
                self._left[key] -= 1
                if not self._left[key]:
                    self._made.pop(key).close()
