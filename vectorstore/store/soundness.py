"""Whether a Chroma folder still holds what was written to it.

Chroma fails silently: an emptied folder counts right and finds nothing, garbled vector files end
the process. So its files are compared with those of the last write before it may open them, and
the vectors that it gives are compared with what was written.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

Vectors = npt.NDArray[np.float32]
Files = Mapping[str, Sequence[int | str]]  # name: size, time in nanoseconds, SHA-256

CHUNK = 1000  # rows a call: below the limit of every Chroma store

_TOLERANCE = 1e-3  # float32 through Chroma and back keeps a check number to about 1e-6


def vector_files(folder: Path, before: Files) -> dict[str, list[int | str]]:
    """Size, time and digest of each file of Chroma's that holds vectors written for good.

    Those of a small collection are made anew at each opening (the vectors are in the database
    still): only a folder with `index_metadata.pickle` counts. A file with the size and time that
    it has in `before` has the digest it has there.
    """
    found: dict[str, list[int | str]] = {}
    for metadata in folder.glob("*/index_metadata.pickle"):
        for file in sorted(metadata.parent.iterdir()):
            name, stat = file.relative_to(folder).as_posix(), file.stat()
            facts: list[int | str] = [stat.st_size, stat.st_mtime_ns]
            known = before.get(name, ())
            same = list(known[:2]) == facts
            found[name] = [*facts, known[2] if same else _sha256(file)]
    return found


def same_content(files: Files, others: Files) -> bool:
    """Whether both name the same files with the same digests, whatever their times."""
    return {n: f[2] for n, f in files.items()} == {n: f[2] for n, f in others.items()}


def database_sound(folder: Path) -> bool:
    """Whether the folder's database is there and sound, asked of SQLite itself.

    Asked before Chroma opens it: Chroma makes a missing one anew without a word, and panics on a
    damaged page.
    """
    file = folder / "chroma.sqlite3"
    # Opened for writing where that is possible: what a killed process left is rolled back first.
    mode = "rw" if os.access(file, os.W_OK) and os.access(folder, os.W_OK) else "ro"
    try:
        if file.stat().st_size == 0:
            return False
        with closing(sqlite3.connect(f"{file.as_uri()}?mode={mode}", uri=True)) as database:
            return bool(database.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except (OSError, sqlite3.DatabaseError):
        return False


def unit(vectors: npt.ArrayLike) -> Vectors:
    """Rows scaled to length one, as Chroma keeps them in a cosine collection."""
    rows = np.asarray(vectors, np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Vectors = (rows / np.where(norms == 0, 1, norms)).astype(np.float32)
    return scaled


def check_numbers(vectors: npt.ArrayLike) -> list[float]:
    """One number a row that changes with any of its components: its product with fixed weights."""
    rows = unit(vectors)
    return [float(x) for x in rows @ np.cos(np.arange(rows.shape[1]) + 1.0)]


def kept_vectors(collection: Collection, ids: Sequence[str]) -> dict[str, Vectors]:
    """The vectors of those `ids` that have a row."""
    kept: dict[str, Vectors] = {}
    for start in range(0, len(ids), CHUNK):
        found = collection.get(ids=list(ids[start : start + CHUNK]), include=["embeddings"])
        kept |= zip(found["ids"], np.asarray(found["embeddings"], np.float32), strict=True)
    return kept


def stored_vectors(collection: Collection, ids: Sequence[str]) -> Vectors | None:
    """The vectors of `ids`, rows in their order; None unless every one is there."""
    rows = kept_vectors(collection, ids)
    return None if any(i not in rows for i in ids) else unit([rows[i] for i in ids])


def intact_vectors(
    collection: Collection, ids: Sequence[str], numbers: Sequence[float]
) -> Vectors | None:
    """The vectors of `ids` if they are all there, unchanged, and found by a query; else None."""
    vectors = stored_vectors(collection, ids)
    if vectors is None or not np.allclose(check_numbers(vectors), numbers, atol=_TOLERANCE):
        return None
    hits = collection.query(
        query_embeddings=[vectors[0]], n_results=1, ids=list(ids), include=["distances"]
    )
    nearest = (hits["distances"] or [[]])[0]
    return vectors if nearest and abs(nearest[0]) < _TOLERANCE else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
