"""The rows of a Chroma collection: one for each text embedded, shared by the opinions that have it.

A row's id is the digest of its text, and its metadata names the indexes it belongs to. An opinion
and its later version, or hundreds of variants of it in an evaluation, share their common rows:
nothing is embedded twice, and the collection holds no copies. (With a row for each opinion's
passage, 300 variants of one opinion put 300 copies of each vector side by side; Chroma's filtered
search then missed a quarter of the passages, and found none at all for some variants.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vectorstore.store.soundness import CHUNK, Vectors

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection


# Chroma's search is approximate: asked for this many, it misses none of the first few.
LEAST_ASKED = 100


def row_id(text: str) -> str:
    """The id of the row that holds a text's vector (a collection has one model only)."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexKey:
    """The passages of one opinion, cut one way: what an index must hold to be used.

    `ids` are the row ids, sorted, without repeats.
    """

    opinion: str
    digest: str
    splitter: int
    ids: tuple[str, ...]

    @property
    def family(self) -> str:
        """The metadata key on the rows of every version of this opinion."""
        return f"opinion_{hashlib.sha256(self.opinion.encode()).hexdigest()[:16]}"

    @property
    def member(self) -> str:
        """The metadata key on the rows of this version; its value is the splitter's version."""
        return f"{self.family}_{self.digest[:32]}"


def members(collection: Collection, index: IndexKey) -> set[str]:
    """The ids of the rows that belong to `index` now."""
    return set(collection.get(where={index.member: index.splitter}, include=[])["ids"])


def write_rows(
    collection: Collection,
    index: IndexKey,
    texts: Mapping[str, str],
    vectors: Mapping[str, Vectors],
    *,
    supersede: bool,
) -> None:
    """Make the rows of `index` exactly `index.ids`, adding those of `vectors`.

    Rows that belonged to it before and no longer do leave it, and with `supersede` all rows
    leave the other versions of the same opinion; a row that belongs to nothing is deleted.
    """
    mark = {index.member: index.splitter, index.family: 1}
    for chunk in _chunks([i for i in index.ids if i not in vectors]):
        collection.update(ids=chunk, metadatas=[dict(mark) for _ in chunk])
    for chunk in _chunks([i for i in index.ids if i in vectors]):
        collection.upsert(
            ids=chunk,
            embeddings=np.stack([vectors[i] for i in chunk]),
            documents=[texts[i] for i in chunk],
            metadatas=[dict(mark) for _ in chunk],
        )
    _remove_others(collection, index, supersede=supersede)


def superseded(collection: Collection, index: IndexKey) -> set[str]:
    """The member keys of the other versions of the same opinion."""
    found = collection.get(where={index.family: 1}, include=["metadatas"])
    keys = {key for metadata in found["metadatas"] or [] for key in metadata}
    return {k for k in keys if k.startswith(f"{index.family}_") and k != index.member}


def _remove_others(collection: Collection, index: IndexKey, *, supersede: bool) -> None:
    found = collection.get(where={index.family: 1}, include=["metadatas"])
    wanted = set(index.ids)
    delete: list[str] = []
    changed: dict[str, dict[str, None]] = {}
    for row, metadata in zip(found["ids"], found["metadatas"] or [], strict=True):
        leave = {
            key
            for key in metadata
            if key.startswith(f"{index.family}_")
            and (supersede if key != index.member else row not in wanted)
        }
        if not leave:
            continue
        stay = {k for k in metadata if k.startswith("opinion_") and k.count("_") == 2} - leave
        if not stay:
            delete.append(row)
            continue
        if not any(key.startswith(f"{index.family}_") for key in stay):
            leave.add(index.family)
        changed[row] = dict.fromkeys(leave)
    for chunk in _chunks(list(changed)):
        # A key set to None is removed.
        collection.update(ids=chunk, metadatas=[changed[i] for i in chunk])
    for chunk in _chunks(delete):
        collection.delete(ids=chunk)


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), CHUNK):
        yield list(ids[start : start + CHUNK])
