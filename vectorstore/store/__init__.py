"""Where passages are kept: a folder of this machine, or a Chroma server."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np

from vectorstore.embedding.model_files import EmbeddingModel
from vectorstore.errors import StoreError
from vectorstore.store.chroma_client import is_server, open_collection, open_server, translated
from vectorstore.store.rows import LEAST_ASKED, IndexKey, members, write_rows
from vectorstore.store.soundness import Vectors, kept_vectors

_ATTEMPTS = 3  # at writing to a server while others write to it too


class PassageStore(ABC):
    """The vectors of many opinions, all made by one model. Safe to share between threads.

    Everything raises StoreError, with one line that says what to do.
    """

    @abstractmethod
    def holds(self, index: IndexKey) -> bool:
        """Whether `index` is here, whole and sound."""

    @abstractmethod
    def kept(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of those rows that are here already, whichever opinion brought them."""

    @abstractmethod
    def write(
        self,
        index: IndexKey,
        texts: Mapping[str, str],
        vectors: Mapping[str, Vectors],
        *,
        supersede: bool,
    ) -> None:
        """Make the rows of `index` exactly `index.ids`; those not in `vectors` are here already.

        With `supersede`, the other versions of the same opinion go.
        """

    @abstractmethod
    def query(
        self, index: IndexKey, vector: Sequence[float] | Vectors, k: int
    ) -> list[tuple[str, float]]:
        """The `k` rows of `index` nearest to `vector`, nearest first: (row id, cosine).

        Fewer than `k` only where the index has fewer; empty when it is not here any more.
        """

    @abstractmethod
    def building(self) -> AbstractContextManager[object]:
        """Held while an index is built, so that two processes do not embed the same text."""

    @abstractmethod
    def start_afresh(self, index: IndexKey) -> None:
        """Drop what cannot be trusted, so that `index` is built from nothing."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the store. Closing twice is fine."""


def open_store(location: str | Path, model: EmbeddingModel) -> PassageStore:
    """The store at a folder or an `http://host:port`. A folder is opened at its first use."""
    if is_server(location):
        return ServerStore(str(location), model)
    # Imported here: a store on a server needs no locks.
    from vectorstore.store.local_store import LocalStore

    return LocalStore(Path(location), model)


class ServerStore(PassageStore):
    """A collection on a Chroma server, which keeps itself whole and shows everyone the same."""

    def __init__(self, url: str, model: EmbeddingModel) -> None:
        self._url = url
        self._client = open_server(url)
        with translated(url):
            self._collection = open_collection(self._client, model)
        self._rebuilding: set[str] = set()

    def holds(self, index: IndexKey) -> bool:
        with translated(self._url):
            return members(self._collection, index) == set(index.ids)

    def kept(self, ids: Sequence[str]) -> dict[str, Vectors]:
        with translated(self._url):
            kept = kept_vectors(self._collection, ids)
        return {i: v for i, v in kept.items() if i not in self._rebuilding}

    def write(
        self,
        index: IndexKey,
        texts: Mapping[str, str],
        vectors: Mapping[str, Vectors],
        *,
        supersede: bool,
    ) -> None:
        for _ in range(_ATTEMPTS):
            with translated(self._url):
                write_rows(self._collection, index, texts, vectors, supersede=supersede)
            if self.holds(index):
                self._rebuilding.clear()
                return
        raise StoreError(
            f"The index at {self._url} is not whole after {_ATTEMPTS} attempts: another program "
            f"keeps removing it. Try again when it is done."
        )

    def query(
        self, index: IndexKey, vector: Sequence[float] | Vectors, k: int
    ) -> list[tuple[str, float]]:
        with translated(self._url):
            found = self._collection.query(
                query_embeddings=np.asarray([vector], np.float32),
                n_results=min(max(k, LEAST_ASKED), len(index.ids)),
                where={index.member: index.splitter},
                include=["distances"],
            )
        return nearest(found["ids"], found["distances"])[:k]

    def building(self) -> AbstractContextManager[object]:
        return nullcontext()

    def start_afresh(self, index: IndexKey) -> None:
        self._rebuilding = set(index.ids)

    def close(self) -> None:
        self._client.close()


def nearest(
    ids: Sequence[Sequence[str]], distances: Sequence[Sequence[float]] | None
) -> list[tuple[str, float]]:
    """Chroma's answer to one query as (row id, cosine) pairs, nearest first."""
    if not ids or distances is None:
        return []
    return [(i, 1.0 - float(d)) for i, d in zip(ids[0], distances[0], strict=True)]
