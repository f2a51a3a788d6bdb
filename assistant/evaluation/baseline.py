"""The plain recipe that most tutorials give, as an answerer: what any figure is to be held against.

Chunks of 1,000 characters with an overlap of 200, the same embedding model, Chroma's best four,
shown as they are. It answers every question.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import numpy as np
from langchain_core.embeddings import Embeddings

from assistant.answer import Answer, Citation, RetrievedPassage, Turn
from vectorstore.opinion import Opinion

CHUNK_CHARACTERS = 1000
OVERLAP = 200
CHUNKS_SHOWN = 4
RETRIEVED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    start: int
    end: int
    paragraph: str


class Baseline:
    """The recipe for one opinion; `shown` is how many of the best chunks an answer gives."""

    def __init__(self, *, opinion: Opinion, encoder: Embeddings, shown: int = CHUNKS_SHOWN) -> None:
        # Imported here: Chroma takes a second that nothing else in the evaluation waits for.
        import chromadb

        self.opinion = opinion
        self.encoder = encoder
        self.answerer = "baseline" if shown == CHUNKS_SHOWN else f"baseline-{shown}"
        self._shown = shown
        self._chunks = split(opinion)
        self._client = chromadb.EphemeralClient()
        self._name = f"baseline-{uuid4().hex}"
        self._collection = self._client.create_collection(
            self._name,
            configuration={"hnsw": {"space": "cosine"}},
            embedding_function=None,
        )
        texts = [opinion.text(c) for c in self._chunks]
        self._collection.add(
            ids=[str(i) for i in range(len(texts))],
            embeddings=np.array(encoder.embed_documents(texts), dtype=np.float32),
        )

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The best chunks, as they are; earlier turns are not looked at. The confidence is 1: the
        recipe has none, and answers whatever is asked.
        """
        started = time.perf_counter()
        found = self._collection.query(
            query_embeddings=np.array([self.encoder.embed_query(question)], dtype=np.float32),
            n_results=min(RETRIEVED, len(self._chunks)),
            include=["distances"],
        )
        distances = (found["distances"] or [[]])[0]
        ranked = [
            (self._chunks[int(id)], 1 - float(d))
            for id, d in zip(found["ids"][0], distances, strict=True)
        ]
        citations = tuple(
            Citation(
                marker=n,
                paragraph=chunk.paragraph,
                quote=self.opinion.text(chunk),
                start=chunk.start,
                end=chunk.end,
                voice="court",
                pinpoint=self.opinion.pinpoint(chunk),
            )
            for n, (chunk, _) in enumerate(ranked[: self._shown], 1)
        )
        return Answer(
            question=question,
            standalone=question,
            answered=True,
            text="\n\n".join(f"{c.quote} [{c.marker}]" for c in citations),
            citations=citations,
            related=(),
            retrieved=tuple(
                RetrievedPassage(
                    paragraph=chunk.paragraph,
                    start=chunk.start,
                    end=chunk.end,
                    text=self.opinion.text(chunk),
                    score=score,
                )
                for chunk, score in ranked
            ),
            confidence=1.0,
            seconds=time.perf_counter() - started,
            answerer=self.answerer,
        )

    def for_opinion(self, opinion: Opinion) -> Baseline:
        """The same recipe for another text."""
        return Baseline(opinion=opinion, encoder=self.encoder, shown=self._shown)

    def close(self) -> None:
        """Free the chunks; the encoder stays its maker's."""
        self._client.delete_collection(self._name)


def split(opinion: Opinion) -> tuple[_Chunk, ...]:
    """The opinion's chunks as LangChain's RecursiveCharacterTextSplitter makes them, each with the
    number of the paragraph that it begins in.
    """
    # Imported here: LangChain's splitters bring in more than scoring needs.
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=CHUNK_CHARACTERS, chunk_overlap=OVERLAP, add_start_index=True
    )
    chunks = []
    for document in splitter.create_documents([opinion.source]):
        start = document.metadata["start_index"]
        end = start + len(document.page_content)
        inside = (b for b in opinion.blocks if b.start < end and start < b.end)
        chunks.append(_Chunk(start=start, end=end, paragraph=next((b.label for b in inside), "h")))
    return tuple(chunks)
