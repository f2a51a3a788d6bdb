"""An opinion made findable: built on first use, found again later. Everything is assembled here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from vectorstore.embedding.model_files import DEFAULT_MODEL, EmbeddingModel, find_model
from vectorstore.embedding.onnx_export import (
    OnnxEncoder,
    export_and_check,
    is_settled,
    open_encoder,
)
from vectorstore.embedding.sentence_transformers_model import SentenceTransformers
from vectorstore.lexical import Lexical
from vectorstore.opinion import Opinion
from vectorstore.passages import (
    SPLITTER_VERSION,
    Passage,
    PassageKind,
    embedded_text,
    passages_of,
    plain_text,
)
from vectorstore.ranking import Ranking
from vectorstore.store import PassageStore, open_store
from vectorstore.store.chroma_client import is_server
from vectorstore.store.rows import IndexKey, row_id

if TYPE_CHECKING:
    from vectorstore.retriever import HybridRetriever

Vectors = npt.NDArray[np.float32]

# So few new texts are embedded by the checked export: sentence-transformers takes seconds to load.
_FEW = 24
# Passages whose cosine Chroma is asked for: all those of an ordinary opinion.
_CANDIDATES = 300
_REBUILDS = 3  # of an index that others remove while it is in use


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found: `score` ranks, `dense` is the cosine and `lexical` the BM25 score."""

    passage: Passage
    score: float
    dense: float
    lexical: float


def default_location() -> Path:
    """The store in the user's data folder."""
    import platformdirs  # imported here: only who names no store needs it

    return platformdirs.user_data_path("opinion-assistant", appauthor=False) / "store"


def open_index(
    opinion: Opinion,
    *,
    location: str | Path,
    model: str = DEFAULT_MODEL,
    rebuild: bool = False,
    progress: bool = False,
    supersede: bool = True,
    version_of: str | None = None,
    cache: str | Path | None = None,
) -> OpinionIndex:
    """The index of `opinion` at a folder or `http://host:port`, built if it is not there.

    An index is of one source text, one model and one way of splitting; another is never used for
    it. With `rebuild` nothing that is there is trusted (of a folder, all opinions go and come
    back at their next use). With `progress` a bar on stderr follows the embedding. With
    `supersede` other versions of the same opinion leave the store; leave it off to work on several
    at once. `version_of` names what this is a version of: the file's path, say, where opinions of
    one name lie in many folders; `Opinion.id` if nothing is given. `cache` holds exported encoders:
    the store's folder, or the default one where the store is on a server.

    Raises EmbeddingModelError and StoreError.
    """
    here = default_location() if is_server(location) else Path(location).expanduser()
    kept = Path(cache).expanduser() if cache else here
    found = find_model(model, cache=kept)
    index = OpinionIndex(
        opinion,
        open_store(location, found),
        found,
        kept,
        supersede=supersede,
        version_of=version_of,
    )
    try:
        index.prepare(rebuild=rebuild, progress=progress)
    except BaseException:
        index.close()
        raise
    return index


class OpinionIndex:
    """One opinion's passages, ready to be searched from any thread. Close it when done."""

    def __init__(
        self,
        opinion: Opinion,
        store: PassageStore,
        model: EmbeddingModel,
        cache: Path,
        *,
        supersede: bool = True,
        version_of: str | None = None,
    ) -> None:
        self.opinion = opinion
        self.passages = passages_of(opinion)
        self._store = store
        self._model = model
        self._cache = cache
        self._supersede = supersede
        self._record = SentenceTransformers(model)
        self._encoder: OnnxEncoder | None = None
        rows = [row_id(t) for t in (embedded_text(opinion, p) for p in self.passages)]
        self._positions: dict[str, list[int]] = {}
        for position, row in enumerate(rows):
            self._positions.setdefault(row, []).append(position)
        self._key = IndexKey(
            opinion=version_of or opinion.id,
            digest=opinion.digest,
            splitter=SPLITTER_VERSION,
            ids=tuple(sorted(self._positions)),
        )
        self._lexical = Lexical([plain_text(opinion, p) for p in self.passages])
        self._ranking = Ranking(self.passages)
        self._sentences = np.array(
            [p.kind is PassageKind.SENTENCE for p in self.passages], dtype=bool
        )
        self._rebuilding = threading.Lock()

    @property
    def encoder(self) -> Embeddings:
        """What encodes questions: the checked ONNX export, or the model itself."""
        return self._encoder or self._record

    def prepare(self, *, rebuild: bool = False, progress: bool = False) -> None:
        """Build what is missing of the index and of the encoder (see `open_index`)."""
        if not self.passages:
            return
        with ThreadPoolExecutor(max_workers=1) as background:
            # ONNX Runtime reads 90 MB while Chroma is imported.
            opening = background.submit(open_encoder, self._model, self._cache)
            held = not rebuild and self._store.holds(self._key)
            self._encoder = opening.result()
        if not held:
            self._build(rebuild=rebuild, progress=progress)
        if self._encoder is None and not is_settled(self._model, self._cache):
            kept = self._store.kept(self._key.ids)
            texts = self._texts()
            ids = [i for i in self._key.ids if i in kept]
            self._encoder = export_and_check(
                self._record, self._cache, [texts[i] for i in ids], np.stack([kept[i] for i in ids])
            )

    def retriever(self, k: int = 20) -> HybridRetriever:
        """A LangChain retriever of this opinion that gives `k` sentences."""
        # Imported here: LangChain's retrievers take half a second, and indexing needs none.
        from vectorstore.retriever import HybridRetriever

        return HybridRetriever(index=self, k=k)

    def search(self, question: str, k: int) -> list[Hit]:
        """The `k` best sentences for a question (all, where there are fewer), best first."""
        if not self.passages:
            return []
        return self.rank(question, self._question_vector(question), k)

    def rank(self, question: str, vector: Sequence[float] | Vectors, k: int) -> list[Hit]:
        """`search` with the question's vector already worked out."""
        nearest = self._nearest(vector, _CANDIDATES)
        # What Chroma was not asked for is no nearer than the last that it gave.
        dense = np.full(len(self.passages), nearest[-1][1] if nearest else 0.0, np.float32)
        for row, cosine in nearest:
            dense[self._positions[row]] = cosine
        lexical = self._lexical.scores(question)
        scores = self._ranking.scores(dense, lexical)
        order = np.argsort(-np.where(self._sentences, scores, -np.inf), kind="stable")
        return [
            Hit(self.passages[i], float(scores[i]), float(dense[i]), float(lexical[i]))
            for i in order[: min(k, int(self._sentences.sum()))]
        ]

    def dense(self, vector: Sequence[float] | Vectors, k: int) -> list[tuple[Passage, float]]:
        """The `k` passages nearest to a question's vector: (passage, cosine), nearest first."""
        found = [
            (self.passages[position], cosine)
            for row, cosine in self._nearest(vector, k)
            for position in self._positions[row]
        ]
        return found[:k]

    def close(self) -> None:
        """Let go of the store. Closing twice is fine."""
        self._store.close()

    def __enter__(self) -> OpinionIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _nearest(self, vector: Sequence[float] | Vectors, k: int) -> list[tuple[str, float]]:
        if not self.passages:
            return []
        for _ in range(_REBUILDS):
            found = self._store.query(self._key, vector, k)
            if found:
                return found
            # Another process put a newer version in this one's place, or began the store anew.
            with self._rebuilding:
                if not self._store.holds(self._key):
                    self._build(rebuild=False, progress=False)
        return self._store.query(self._key, vector, k)

    def _question_vector(self, question: str) -> Sequence[float] | Vectors:
        if self._encoder is not None:
            return self._encoder.query_vector(question)
        return self._record.embed_query(question)

    def _texts(self) -> dict[str, str]:
        """The text of each row."""
        return {
            row: embedded_text(self.opinion, self.passages[positions[0]])
            for row, positions in self._positions.items()
        }

    def _build(self, *, rebuild: bool, progress: bool) -> None:
        with self._store.building():
            if rebuild:
                self._store.start_afresh(self._key)
            elif self._store.holds(self._key):
                return  # another process built it while we waited
            kept = self._store.kept(self._key.ids)
            texts = self._texts()
            new = [row for row in self._key.ids if row not in kept]
            vectors = self._embed([texts[row] for row in new], progress=progress)
            self._store.write(
                self._key, texts, dict(zip(new, vectors, strict=True)), supersede=self._supersede
            )

    def _embed(self, texts: list[str], *, progress: bool) -> Vectors:
        if len(texts) <= _FEW and self._encoder is not None:
            return self._encoder.document_vectors(texts)
        with _bar(len(texts), shown=progress) as advance:
            vectors = self._record.embed_documents(texts, done=advance)
        return np.array(vectors, np.float32)


@contextmanager
def _bar(total: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """A bar on stderr over `total` passages; gives what moves it on."""
    if not shown:
        yield lambda _: None
        return
    # Imported here: most starts build nothing.
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Embedding passages", total=total)
        yield lambda done: bar.advance(task, done)
