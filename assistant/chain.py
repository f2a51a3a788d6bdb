"""The retrieval chain: a question becomes a checked answer.

    question (+ history) → standalone question → retrieve → rank → answer → check → Answer

One LangChain sequence of runnables, the same for both ways of answering; it streams, and the check
at its end is the only way out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import (
    Runnable,
    RunnableGenerator,
    RunnableLambda,
    RunnablePassthrough,
)

from assistant.answer import Answer, RetrievedPassage, Turn
from assistant.chat_models import ChatModel
from assistant.checking import check_quotations, notice_of
from assistant.questions import checked_question, standalone_question
from assistant.quoting import Draft, answer_by_quotation
from assistant.reader import Reader, Reading
from assistant.writing import rewrite_follow_up, write_answer
from vectorstore.opinion import Opinion

EXTRACTIVE = "extractive"


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
        for_opinion: Callable[[Opinion], OpinionAssistant] | None = None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        """`encoder` embeds questions (the evaluation's question-only baseline uses it too);
        `for_opinion` makes the same assistant for another text; `close` frees the store.
        """
        self.opinion = opinion
        self.encoder = encoder
        self.answerer = EXTRACTIVE if chat is None else chat.name
        self.departure_notice = None if chat is None else chat.departure_notice
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
        state = {"question": checked_question(question), "history": tuple(history)}
        yield from self._chain.stream(state | {"asked": question, "started": started})

    def for_opinion(self, opinion: Opinion) -> OpinionAssistant:
        """The same assistant for another text (a variant of the opinion, say)."""
        if self._for_opinion is None:
            raise ValueError("This assistant was made for one opinion only.")
        return self._for_opinion(opinion)

    def _sequence(self, retriever: BaseRetriever) -> Runnable[dict[str, Any], str | Answer]:
        assign = RunnablePassthrough.assign
        return (
            assign(standalone=RunnableLambda(self._standalone))
            | assign(passages=itemgetter("standalone") | retriever).with_config(run_name="retrieve")
            | assign(reading=RunnableLambda(self._read)).with_config(run_name="rank")
            | assign(draft=RunnableLambda(self._draft)).with_config(run_name="answer")
            | RunnableGenerator(self._checked).with_config(run_name="check")
        )

    def _standalone(self, state: dict[str, Any]) -> str:
        question, history = state["question"], state["history"]
        if self._chat is not None:
            return rewrite_follow_up(self._chat, question, history)
        return standalone_question(question, history)

    def _read(self, state: dict[str, Any]) -> Reading:
        passages: list[Document] = state["passages"]
        return self._reader.read(state["standalone"], self.opinion, passages)

    def _draft(self, state: dict[str, Any]) -> Iterator[str | Draft]:
        reading: Reading = state["reading"]
        if self._chat is not None:
            yield from write_answer(self._chat, self.opinion, state["standalone"], reading)
            return
        draft = answer_by_quotation(self.opinion, reading, threshold=self._reader.threshold)
        yield draft.text
        yield draft

    def _checked(self, chunks: Iterator[dict[str, Any]]) -> Iterator[str | Answer]:
        """Pass the written pieces on; turn the draft into an Answer when every check holds."""
        state: dict[str, Any] = {}
        for chunk in chunks:
            draft = chunk.get("draft")
            if isinstance(draft, str):
                yield draft
            else:
                state |= chunk
        yield self._answer(state)

    def _answer(self, state: dict[str, Any]) -> Answer:
        draft: Draft = state["draft"]
        reading: Reading = state["reading"]
        check_quotations(self.opinion, (*draft.citations, *draft.related))
        notices = [self._reader.notice]
        if draft.answered and self._chat is not None:
            notices.append(
                notice_of(self.opinion, draft.text, draft.citations, draft.unknown_markers)
            )
        return Answer(
            question=state["asked"],
            standalone=state["standalone"],
            answered=draft.answered,
            text=draft.text,
            citations=draft.citations,
            related=draft.related,
            retrieved=tuple(
                self._retrieved(ranked.sentence, ranked.score) for ranked in reading.ranked
            ),
            confidence=reading.confidence,
            seconds=time.perf_counter() - state["started"],
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
