"""Chroma as this package uses it: imported, opened, and its exceptions translated, in one place."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vectorstore.embedding.model_files import EmbeddingModel
from vectorstore.errors import StoreError
from vectorstore.store.manifest import damaged

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection
    from chromadb.config import Settings

# Denser and searched further than Chroma's defaults (100, 100, 16): of the five nearest among 1,400
# rows of random vectors, the hardest case, a filtered search then missed none of 3,015.
_HNSW: CreateHNSWConfiguration = {
    "space": "cosine",
    "ef_construction": 200,
    "ef_search": 200,
    "max_neighbors": 32,
}

_importing = threading.Lock()


def is_server(location: str | Path) -> bool:
    """Whether a store's location is a server's address instead of a folder."""
    return str(location).startswith(("http://", "https://"))


def open_folder(folder: Path) -> Client:
    """A client on a folder of this machine; made when missing. Chroma's exceptions come through."""
    chromadb, settings = _chroma(), _settings()
    client: Client = chromadb.PersistentClient(path=str(folder), settings=settings)
    return client


def open_server(url: str) -> Client:
    """A client of the server at `http://host:port`. Raises StoreError when it does not answer."""
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise StoreError(f"No Chroma server at {url}: the port is not a number.") from error
    if not host or parts.path not in ("", "/") or parts.query:
        raise StoreError(f"No Chroma server at {url}: give its address as http://host:port.")
    secure = parts.scheme == "https"
    chromadb, settings = _chroma(), _settings()
    with translated(url):
        client: Client = chromadb.HttpClient(
            host=host, port=port or (443 if secure else 8000), ssl=secure, settings=settings
        )
    return client


def open_collection(client: Client, model: EmbeddingModel) -> Collection:
    """The one collection that holds the passages of every opinion embedded with `model`.

    No embedding function is ever attached: Chroma's own would download a model.
    """
    collection = client.get_or_create_collection(
        collection_name(model),
        embedding_function=None,
        configuration={"hnsw": _HNSW},
        metadata={"model": model.name, "key": model.key},
    )
    # Chroma keeps the distance a collection was made with, whatever is asked for later.
    space = (collection.configuration_json.get("hnsw") or {}).get("space")
    if space != "cosine":
        raise StoreError(
            f"The collection {collection.name} measures distance by {space!r}, not cosine: "
            f"another program made it. Delete it, or use another store."
        )
    return collection


def collection_name(model: EmbeddingModel) -> str:
    return f"opinions-{model.key}"


@contextmanager
def translated(location: str | Path) -> Iterator[None]:
    """Turn what Chroma and the file system raise within into one line about `location`."""
    chromadb = _chroma()
    import httpx  # imported with Chroma, which speaks to servers through it

    try:
        yield
    except httpx.HTTPError as error:
        raise _no_server(location) from error
    except chromadb.errors.ChromaError as error:
        if is_server(location):
            raise StoreError(f"The Chroma server at {location} refused: {error}.") from error
        raise _told_by(location, error) from error
    except ValueError as error:
        # How Chroma's HTTP client reports a server that does not answer.
        if is_server(location) and "Could not connect" in str(error):
            raise _no_server(location) from error
        raise
    except OSError as error:
        raise unusable(location, error) from error
    except BaseException as error:
        # A panic of Chroma's Rust half derives from BaseException and cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(Path(location), "Chroma broke off while reading it") from error


def unusable(location: str | Path, error: OSError) -> StoreError:
    """The error for a folder that the file system will not let us use."""
    reason = error.strerror or str(error)
    return StoreError(
        f"The store in {location} cannot be written: {reason[0].lower()}{reason[1:]}. "
        f"Make room or give yourself the right to write there, or choose another folder with "
        f"--store."
    )


def _no_server(location: str | Path) -> StoreError:
    return StoreError(
        f"No Chroma server answers at {location}. Start one with `chroma run`, or leave --store "
        f"out to keep the index on this machine."
    )


def _told_by(location: str | Path, error: Exception) -> StoreError:
    text = str(error)
    if any(sign in text.lower() for sign in ("full", "i/o error", "readonly", "read-only")):
        return StoreError(
            f"The store in {location} cannot be written: {text}. Make room or give yourself the "
            f"right to write there, or choose another folder with --store."
        )
    return damaged(Path(location), f"Chroma says: {text}")


def _chroma() -> Any:
    """The chromadb module, imported without regard to any `.env` file.

    Chroma reads the `.env` of the current folder while it is imported, and one that belongs to
    something else can keep it from starting.
    """
    with _importing:
        if "chromadb" in sys.modules:
            import chromadb
        else:
            # Imported here: it takes 0.7 seconds.
            from pydantic_settings import BaseSettings

            settings_class: Any = BaseSettings
            read_all = settings_class.__init__

            def read_no_file(self: BaseSettings, **values: Any) -> None:
                read_all(self, **{"_env_file": None, **values})

            settings_class.__init__ = read_no_file
            try:
                import chromadb
            finally:
                settings_class.__init__ = read_all
        return chromadb


def _settings() -> Settings:
    options: dict[str, Any] = {"_env_file": None, "anonymized_telemetry": False}
    settings: Settings = _chroma().config.Settings(**options)
    return settings
