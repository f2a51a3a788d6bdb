"""The retriever: an opinion's sentences for a question, by meaning and by words together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

if TYPE_CHECKING:
    from vectorstore.index import OpinionIndex


class HybridRetriever(BaseRetriever):
    """Finds passages of one opinion with Chroma and BM25.

    `invoke(question)` gives `k` documents, best first; `invoke(question, k=5)` another number.
    They are sentences, at least `k` where the opinion has as many. A document's text is the
    source's own, and its metadata says where it stands: passage (id), kind, start, end,
    paragraph, sentence, and how it was found: score (the two together), dense (cosine), lexical
    (BM25).
    """

    index: Any  # an OpinionIndex; pydantic would have it be a model
    k: int = 20

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        index: OpinionIndex = self.index
        return [
            Document(
                page_content=index.opinion.text(hit.passage),
                metadata={
                    "passage": hit.passage.id,
                    "kind": str(hit.passage.kind),
                    "start": hit.passage.start,
                    "end": hit.passage.end,
                    "paragraph": hit.passage.paragraph,
                    "sentence": hit.passage.sentence,
                    "score": hit.score,
                    "dense": hit.dense,
                    "lexical": hit.lexical,
                },
            )
            for hit in index.search(query, self.k if k is None else k)
        ]
