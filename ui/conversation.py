"""One conversation: what was asked, how far each answer has come, and asking the next question.

Nothing here knows of Gradio; the page keeps a tuple of exchanges for each browser session.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from assistant.answer import Answer, Turn
from assistant.errors import AssistantError
from vectorstore.errors import VectorstoreError

OWN_ERRORS = (AssistantError, VectorstoreError)
"""What is shown as a line in the conversation; anything else is a bug."""

_SECONDS_BETWEEN_UPDATES = 0.05


class Assistant(Protocol):
    """What the page needs of the assistant.

    `departure_notice` is the line to show before the first question when question and passages
    leave this machine. `stream` gives pieces of the answer's text, and the answer itself last.
    """

    @property
    def answerer(self) -> str: ...
    @property
    def departure_notice(self) -> str | None: ...
    def stream(self, question: str, history: Sequence[Turn] = ()) -> Iterator[str | Answer]: ...


class Stage(StrEnum):
    """How far an exchange has come."""

    WAITING = "waiting"  # for the assistant to be loaded
    ANSWERING = "answering"
    ANSWERED = "answered"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question and what became of it: `partial` is the text so far, `error` one line."""

    question: str
    stage: Stage
    partial: str = ""
    answer: Answer | None = None
    error: str | None = None


Conversation = tuple[Exchange, ...]


def converse(
    conversation: Conversation, question: str, loaded: Callable[[], Assistant]
) -> Generator[Conversation]:
    """The conversation with `question` added, as its answer comes in; the last one is settled.

    `loaded` waits for the assistant. An error of ours becomes the exchange's error line. Text that
    comes faster than the page can show it is gathered.
    """
    earlier = settled(conversation)
    if earlier and earlier[-1].stage is Stage.FAILED and not earlier[-1].question.strip():
        earlier = earlier[:-1]  # an empty question has nothing worth keeping
    exchange = Exchange(question=_without_surrogates(question), stage=Stage.WAITING)
    yield (*earlier, exchange)
    try:
        assistant = loaded()
        exchange = replace(exchange, stage=Stage.ANSWERING)
        yield (*earlier, exchange)
        shown_at = 0.0
        for piece in assistant.stream(exchange.question, history(earlier)):
            if isinstance(piece, Answer):
                exchange = replace(exchange, stage=Stage.ANSWERED, answer=piece)
                break
            exchange = replace(exchange, partial=exchange.partial + piece)
            if time.monotonic() - shown_at >= _SECONDS_BETWEEN_UPDATES:
                yield (*earlier, exchange)
                shown_at = time.monotonic()
    except OWN_ERRORS as error:
        exchange = replace(exchange, stage=Stage.FAILED, error=str(error))
    yield (*earlier, exchange)


def settled(conversation: Conversation) -> Conversation:
    """The conversation with whatever was still under way marked as stopped."""
    return tuple(
        replace(e, stage=Stage.STOPPED) if e.stage in (Stage.WAITING, Stage.ANSWERING) else e
        for e in conversation
    )


def history(conversation: Conversation) -> tuple[Turn, ...]:
    """The turns of the answered exchanges, oldest first."""
    turns: list[Turn] = []
    for exchange in conversation:
        if exchange.answer is not None:
            turns.append(Turn(role="user", content=exchange.question))
            turns.append(Turn(role="assistant", content=exchange.answer.text))
    return tuple(turns)


def _without_surrogates(text: str) -> str:
    """A browser may send half a surrogate pair, which no encoder takes: it becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
