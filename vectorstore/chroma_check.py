"""Whether a Chroma folder still holds what was written to it.

Chroma fails silently: an emptied folder counts right and finds nothing, a damaged one may end the
process. So what was written is compared with what is read, and where the files have changed since
the last write, that is first done in a process of its own: this file is also a script, run as
`python chroma_check.py CHROMA_FOLDER RECORDS_FOLDER`, with exit status 0 for an intact folder.
It imports nothing of its package, so that it starts without it.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

Vectors = npt.NDArray[np.float32]

CHUNK = 1000  # rows a call: below the limit of every Chroma store

_TOLERANCE = 1e-3  # float32 through Chroma and back keeps a check number to about 1e-6


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


def sqlite_intact(folder: Path) -> bool:
    """Whether the folder's database is there and sound, asked of SQLite itself.

    Asked before Chroma opens it: Chroma makes a missing one anew without a word, and panics on a
    damaged page.
    """
    file = folder / "chroma.sqlite3"
    try:
        if file.stat().st_size == 0:
            return False
        connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        try:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        finally:
            connection.close()
    except (OSError, sqlite3.DatabaseError):
        return False


def _main(folder: Path, records: Path) -> int:
    if not sqlite_intact(folder):
        return 1
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
    for place in sorted(p for p in records.glob("*") if p.is_dir()):
        collection = client.get_collection(place.name, embedding_function=None)
        for path in place.glob("*.json"):
            record = json.loads(path.read_text(encoding="utf-8"))
            if intact_vectors(collection, record["ids"], record["numbers"]) is None:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), Path(sys.argv[2])))
