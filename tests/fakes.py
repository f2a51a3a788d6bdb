"""Fakes that compute something real: small texts, embeddings by word overlap, a scripted model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.retrievers import BaseRetriever
from pydantic import Field

from assistant.chat_models import ChatModel
from vectorstore.opinion import Opinion


def words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))


class OverlapEmbeddings(Embeddings):
    """Each word is a direction (hashed into 512), a text the normalised sum of its words."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(t) for t in texts]

    def embed_query(self, text: str) -> list[float]:
        vector = [0.0] * 512
        for word in words(text):
            vector[int(hashlib.md5(word.encode()).hexdigest(), 16) % 512] += 1.0
        length = sum(x * x for x in vector) ** 0.5 or 1.0
        return [x / length for x in vector]


class OverlapRetriever(BaseRetriever):
    """Ranks the opinion's sentences by the share of the question's words they hold."""

    opinion: Opinion
    k: int = 20

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        asked = words(query)
        scored = [
            (len(asked & words(self.opinion.text(s))) / max(1, len(asked)), i)
            for i, s in enumerate(self.opinion.sentences)
        ]
        best = sorted((x for x in scored if x[0] > 0), key=lambda x: (-x[0], x[1]))[: self.k]
        return [self._document(score, i) for score, i in best]

    def _document(self, score: float, index: int) -> Document:
        sentence = self.opinion.sentences[index]
        return Document(
            page_content=self.opinion.text(sentence),
            metadata={
                "passage": f"s{index}",
                "kind": "sentence",
                "start": sentence.start,
                "end": sentence.end,
                "paragraph": self.opinion.block_of(sentence).label,
                "sentence": index,
                "score": score,
                "dense": score,
                "lexical": score,
            },
        )


class ScriptedChatModel(BaseChatModel):
    """Gives its replies in order, word by word when streamed; fails when they run out.

    `asked` keeps every prompt it was given.
    """

    replies: list[str]
    asked: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _reply(self, messages: list[BaseMessage]) -> str:
        self.asked.append(messages)
        if len(self.asked) > len(self.replies):
            raise AssertionError(f"No reply left for: {messages[-1].text}")
        return self.replies[len(self.asked) - 1]

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = AIMessage(content=self._reply(messages))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for piece in re.findall(r"\S+\s*", self._reply(messages)):
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))


def scripted(*replies: str) -> tuple[ChatModel, ScriptedChatModel]:
    """A chat model on this machine that says `replies`, and the fake behind it."""
    model = ScriptedChatModel(replies=list(replies))
    chat = ChatModel(
        name="fake:scripted", model=model, leaves_machine=False, where="here", errors=(OSError,)
    )
    return chat, model
