"""The retrieval chain: a question becomes a checked answer.

    question (+ history) → standalone question → retrieve → rank → answer → check → Answer

One LangChain sequence of runnables, the same for both ways of answering; it streams, and the check
at its end is the only way out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig, RunnableGenerator, RunnableLambda

from assistant.answer import Answer, RetrievedPassage, Turn
from assistant.checking import check_quotations, notice_of
from assistant.questions import checked_question, standalone_question
from assistant.quoting import NO_DRAFT, Draft, answer_by_quotation
from assistant.reader import NO_READING, Reader, Reading
from vectorstore.opinion import Opinion

if TYPE_CHECKING:
    from assistant.chat_models import ChatModel

EXTRACTIVE = "extractive"


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What is known of a question on its way; each step adds what it found."""

    asked: str
    question: str
    history: tuple[Turn, ...]
    started: float
    standalone: str = ""
    passages: tuple[Document, ...] = ()
    reading: Reading = NO_READING
    draft: Draft = NO_DRAFT


def _with_passages(retriever: BaseRetriever, state: _State, config: RunnableConfig) -> _State:
    return replace(state, passages=tuple(retriever.invoke(state.standalone, config)))


class OpinionAssistant:
    """Answers questions about one opinion. `assembly.assemble` makes one from settings.

    Safe to share between threads: it keeps nothing of a conversation.
    """

    def __init__(
        self,
        *,
        opinion: Opinion,
        retriever: BaseRetriever,
        reader: Reader,
        encoder: Embeddings,
        chat: ChatModel | None = None,
        store_notice: str | None = None,
        for_opinion: Callable[[Opinion], OpinionAssistant] | None = None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        """`encoder` embeds questions (the evaluation's question-only baseline uses it too);
        `store_notice` is a line to show where the store is on another machine;
        `for_opinion` makes the same assistant for another text; `close` frees the store.
        """
        self.opinion = opinion
        self.encoder = encoder
        self.answerer = EXTRACTIVE if chat is None else chat.name
        notices = [store_notice, None if chat is None else chat.departure_notice]
        self.departure_notice = " ".join(n for n in notices if n) or None
        self.close = close
        self._reader = reader
        self._chat = chat
        self._for_opinion = for_opinion
        self._chain = self._sequence(retriever)

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The answer to `question`, `history` being the earlier turns, oldest first.

        Raises QuestionError, ChatModelError or a VectorstoreError, each with one line to show.
        """
        *_, answer = self.stream(question, history)
        assert isinstance(answer, Answer)
        return answer

    def stream(self, question: str, history: Sequence[Turn] = ()) -> Iterator[str | Answer]:
        """The answer's text piece by piece as it is written, then the checked Answer, last.

        Raises as `ask` does, possibly after some pieces.
        """
        started = time.perf_counter()
        checked = checked_question(question)
        state = _State(asked=question, question=checked, history=tuple(history), started=started)
        yield from self._chain.stream(state)

    def for_opinion(self, opinion: Opinion) -> OpinionAssistant:
        """The same assistant for another text (a variant of the opinion, say)."""
        if self._for_opinion is None:
            raise ValueError("This assistant was made for one opinion only.")
        return self._for_opinion(opinion)

    def _sequence(self, retriever: BaseRetriever) -> Runnable[_State, str | Answer]:
        """Plain steps from state to state; the last two stream. (`RunnablePassthrough.assign` would
        start two threads a step: twice the time of the retrieval itself.)
        """
        return (
            RunnableLambda(self._with_standalone, name="standalone")
            | RunnableLambda(partial(_with_passages, retriever), name="retrieve")
            | RunnableLambda(self._with_reading, name="rank")
            | RunnableGenerator(self._drafted).with_config(run_name="answer")
            | RunnableGenerator(self._checked).with_config(run_name="check")
        )

    def _with_standalone(self, state: _State) -> _State:
        if self._chat is not None:
            from assistant.writing import rewrite_follow_up  # see _drafted

            standalone = rewrite_follow_up(self._chat, state.question, state.history)
        else:
            standalone = standalone_question(state.question, state.history)
        return replace(state, standalone=standalone)

    def _with_reading(self, state: _State) -> _State:
        reading = self._reader.read(state.standalone, self.opinion, state.passages)
        return replace(state, reading=reading)

    def _drafted(self, states: Iterator[_State]) -> Iterator[str | _State]:
        """The pieces of the answer as they are written, then the state with the draft."""
        for state in states:
            if self._chat is not None:
                # Imported here: prompts and parsers that answering by quotation never needs.
                from assistant.writing import write_answer

                pieces = write_answer(self._chat, self.opinion, state.standalone, state.reading)
            else:
                draft = answer_by_quotation(
                    self.opinion, state.reading, threshold=self._reader.threshold
                )
                pieces = iter((draft.text, draft))
            for piece in pieces:
                yield piece if isinstance(piece, str) else replace(state, draft=piece)

    def _checked(self, pieces: Iterator[str | _State]) -> Iterator[str | Answer]:
        """The written pieces passed on; the draft an Answer when every check holds."""
        for piece in pieces:
            yield piece if isinstance(piece, str) else self._answer(piece)

    def _answer(self, state: _State) -> Answer:
        draft, reading = state.draft, state.reading
        check_quotations(self.opinion, (*draft.citations, *draft.related))
        notices = [self._reader.notice]
        if draft.answered and self._chat is not None:
            notices.append(
                notice_of(self.opinion, draft.text, draft.citations, draft.unknown_markers)
            )
        return Answer(
            question=state.asked,
            standalone=state.standalone,
            answered=draft.answered,
            text=draft.text,
            citations=draft.citations,
            related=draft.related,
            retrieved=tuple(
                self._retrieved(ranked.sentence, ranked.score) for ranked in reading.ranked
            ),
            confidence=reading.confidence,
            seconds=time.perf_counter() - state.started,
            answerer=self.answerer,
            unknown_markers=draft.unknown_markers,
            notice=" ".join(n for n in notices if n) or None,
            usage=draft.usage,
        )

    def _retrieved(self, index: int, score: float) -> RetrievedPassage:
        sentence = self.opinion.sentences[index]
        return RetrievedPassage(
            paragraph=self.opinion.block_of(sentence).label,
            start=sentence.start,
            end=sentence.end,
            text=self.opinion.text(sentence),
            score=score,
        )
