"""Passages in a folder of this machine: Chroma's rows, and the records that vouch for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock, Timeout

from vectorstore.embedding.model_files import EmbeddingModel
from vectorstore.errors import StoreError
from vectorstore.store import PassageStore, nearest
from vectorstore.store.chroma_client import collection_name, open_collection, translated, unusable
from vectorstore.store.local_folder import leave_folder, share_folder
from vectorstore.store.manifest import Record, State, damaged
from vectorstore.store.rows import LEAST_ASKED, IndexKey, superseded, write_rows
from vectorstore.store.soundness import (
    Vectors,
    check_numbers,
    intact_vectors,
    kept_vectors,
    stored_vectors,
    unit,
    vector_files,
)

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

_BUILD_SECONDS = 3600.0  # another process may be embedding a long opinion with a large model
_SAME = 1e-3  # the most that a component may differ between a vector and what Chroma kept of it


class LocalStore(PassageStore):
    """The rows of one model in a local store; all of a process's stores there share one client."""

    def __init__(self, location: Path, model: EmbeddingModel) -> None:
        self._folder = share_folder(location)
        self._location = self._folder.location
        self._model = model
        self._name = collection_name(model)
        self._closed = False
        # What was found sound while the client was as it is now.
        self._opened: tuple[int, str] | None = None
        self._collection_now: Collection | None = None
        self._sound: dict[IndexKey, Vectors] = {}

    def holds(self, index: IndexKey) -> bool:
        with self._folder.lock:
            return self._vectors(index) is not None

    def kept(self, ids: Sequence[str]) -> dict[str, Vectors]:
        with self._folder.lock:
            collection = self._collection()
            if collection is None:
                return {}
            with translated(self._location):
                return kept_vectors(collection, ids)

    def query(
        self, index: IndexKey, vector: Sequence[float] | Vectors, k: int
    ) -> list[tuple[str, float]]:
        with self._folder.lock:
            vectors = self._vectors(index)
            if vectors is None or self._collection_now is None:
                return []
            most = min(max(k, LEAST_ASKED), len(index.ids))
            with translated(self._location):
                found = self._collection_now.query(
                    query_embeddings=np.asarray([vector], np.float32),
                    n_results=most,
                    where={index.member: index.splitter},
                    include=["distances"],
                )
        hits = nearest(found["ids"], found["distances"])
        if len(hits) >= most:
            return hits[:k]
        # A filtered search of a large collection may come back short; these rows are few.
        cosines = vectors @ unit(np.asarray([vector], np.float32))[0]
        best = np.argsort(-cosines, kind="stable")[:k]
        return [(index.ids[i], float(cosines[i])) for i in best]

    def write(
        self,
        index: IndexKey,
        texts: Mapping[str, str],
        vectors: Mapping[str, Vectors],
        *,
        supersede: bool,
    ) -> None:
        folder = self._folder
        with folder.lock, folder.locked(writing=True):
            state = folder.refresh()
            try:
                with translated(self._location):
                    self._write(state or folder.begin(), index, texts, vectors, supersede=supersede)
            except BaseException:
                # What is there now is for the next one to check: `writing` stays behind.
                folder.drop_client()
                raise

    def _write(
        self,
        state: State,
        index: IndexKey,
        texts: Mapping[str, str],
        vectors: Mapping[str, Vectors],
        *,
        supersede: bool,
    ) -> None:
        folder, manifest = self._folder, self._folder.manifest
        manifest.write_state(replace(state, writing=True))
        collection = open_collection(folder.open_for_writing(state), self._model)
        gone = superseded(collection, index) if supersede else set()
        write_rows(collection, index, texts, vectors, supersede=supersede)
        written = stored_vectors(collection, index.ids)
        if written is None or any(
            not np.allclose(written[i], unit([vectors[row]])[0], atol=_SAME)
            for i, row in enumerate(index.ids)
            if row in vectors
        ):
            raise damaged(self._location, "it does not give back what was just written")
        manifest.drop_records(self._name, sorted(gone))
        manifest.write_record(
            self._name,
            index.member,
            Record(splitter=index.splitter, ids=index.ids, numbers=tuple(check_numbers(written))),
        )
        state = replace(
            state,
            generation=state.generation + 1,
            writing=False,
            files=vector_files(self._location / state.folder, state.files),
        )
        manifest.write_state(state)
        folder.settle(state)

    @contextmanager
    def building(self) -> Iterator[None]:
        lock = FileLock(self._location / "build.lock", timeout=_BUILD_SECONDS)
        try:
            self._location.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout as error:
            raise StoreError(
                f"Another process has been indexing in {self._location} for an hour. Try again "
                f"when it is done, or end it."
            ) from error
        except OSError as error:
            raise unusable(self._location, error) from error
        try:
            yield
        finally:
            lock.release()

    def start_afresh(self, index: IndexKey) -> None:
        self._folder.start_afresh()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            leave_folder(self._folder)

    def _collection(self) -> Collection | None:
        """The model's collection in the client as it is now; None where nothing is stored."""
        self._folder.refresh()
        client = self._folder.client
        if client is None:
            self._opened, self._collection_now, self._sound = None, None, {}
            return None
        if self._collection_now is None or self._opened != self._folder.opened:
            with translated(self._location):
                self._collection_now = open_collection(client, self._model)
            self._opened, self._sound = self._folder.opened, {}
        return self._collection_now

    def _vectors(self, index: IndexKey) -> Vectors | None:
        """The vectors of an index, a row an id, compared with its record; None if not here.

        Raises StoreError when they are not what was written.
        """
        collection = self._collection()
        if collection is None:
            return None
        if index not in self._sound:
            record = self._folder.manifest.record(self._name, index.member)
            if record is None or (record.splitter, record.ids) != (index.splitter, index.ids):
                return None
            with translated(self._location):
                vectors = intact_vectors(collection, record.ids, record.numbers)
            if vectors is None:
                raise damaged(self._location, "it does not give back what was written")
            self._sound[index] = vectors
        return self._sound[index]
