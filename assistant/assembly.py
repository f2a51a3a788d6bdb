"""The one place where settings become a working assistant; the page, the command line and the
evaluation all call it, and tests hand fakes to the same constructors.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.chain import OpinionAssistant
from assistant.errors import ReaderError
from assistant.loopback import is_loopback
from assistant.reader import Reader
from assistant.reader.retrieval import RetrievalReader
from assistant.settings import Settings, opinion_of
from vectorstore.embedding.model_files import DEFAULT_MODEL
from vectorstore.errors import EmbeddingModelError
from vectorstore.index import OpinionIndex, default_location, open_index
from vectorstore.opinion import Opinion
from vectorstore.store.chroma_client import is_server

if TYPE_CHECKING:
    from assistant.chat_models import ChatModel


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIndex:
    """What `opinion index` reports: counts, and where the index lies."""

    title: str
    sentences: int
    passages: int
    location: str


def build_index(settings: Settings, *, rebuild: bool, progress: bool) -> BuiltIndex:
    """Build the index of the settings' opinion, or find it. Raises VectorstoreError."""
    opinion = opinion_of(settings)
    location = settings.store or default_location()
    index = _open(opinion, settings, location=location, rebuild=rebuild, progress=progress)
    try:
        return BuiltIndex(
            title=opinion.title,
            sentences=len(opinion.sentences),
            passages=len(index.passages),
            location=str(location),
        )
    finally:
        index.close()


def assemble(
    settings: Settings,
    *,
    opinion: Opinion | None = None,
    progress: bool = False,
) -> OpinionAssistant:
    """An assistant for the settings' opinion (`opinion` where it has been read already).

    Builds the index when there is none, with a progress bar if asked. Raises VectorstoreError or
    ChatModelError, each with one line to show.
    """
    chat = None
    if settings.model is not None:
        # Imported here: answering by quotation needs no chat model.
        from assistant.chat_models import connect

        chat = connect(settings.model, url=settings.model_url, timeout=settings.timeout)
    asked = opinion if opinion is not None else opinion_of(settings)
    location = settings.store or default_location()
    cache = default_location() if is_server(location) else Path(location).expanduser()
    # Side by side: most of either is spent outside Python.
    with ThreadPoolExecutor(max_workers=1) as aside:
        loading = aside.submit(reader_of, settings, cache=cache)
        index = _open(asked, settings, location=location, progress=progress)
        reader = loading.result()
    reader.prepare(asked)
    parts = _Parts(settings=settings, reader=reader, chat=chat, cache=cache)
    return parts.assistant(asked, index)


def reader_of(settings: Settings, *, cache: Path, folder: Path | None = None) -> Reader:
    """The trained reader, or retrieval alone where that is asked for or the trained one fails.

    A failure is a line on every answer. `folder` is where the trained reader lies (its own).
    """
    if settings.reader == "none":
        return RetrievalReader()
    # Imported here: ONNX Runtime, which retrieval alone may not need.
    from assistant.reader.trained import FOLDER, TrainedReader

    try:
        return TrainedReader(folder=folder or FOLDER, cache=cache)
    except (ReaderError, EmbeddingModelError) as e:
        return RetrievalReader(
            notice=f"{e} Answers come from similarity alone and are less to be trusted; "
            "reinstall opinion-assistant to mend it."
        )


def store_notice(location: str | None) -> str | None:
    """The line to show before the first question where the store is on another machine."""
    if location is None or not is_server(location) or is_loopback(location):
        return None
    return (
        f"The opinion's text and the vector of every question go to the Chroma server at "
        f"{location}, which is not this machine."
    )


def _open(
    opinion: Opinion,
    settings: Settings,
    *,
    location: str | Path,
    rebuild: bool = False,
    progress: bool = False,
) -> OpinionIndex:
    return open_index(
        opinion,
        location=location,
        model=settings.embedding_model or DEFAULT_MODEL,
        rebuild=rebuild,
        progress=progress,
        version_of=None if settings.opinion is None else str(settings.opinion.resolve()),
    )


class _Parts:
    """What assistants for different texts share."""

    def __init__(
        self, *, settings: Settings, reader: Reader, chat: ChatModel | None, cache: Path
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._chat = chat
        self._cache = cache
        self._variants: Path | None = None

    def assistant(self, opinion: Opinion, index: OpinionIndex) -> OpinionAssistant:
        """The assistant of the opinion itself; closing it removes the variants' indexes."""

        def close() -> None:
            index.close()
            if self._variants is not None:
                shutil.rmtree(self._variants, ignore_errors=True)
                self._variants = None

        return self._made(opinion, index, close)

    def _variant(self, opinion: Opinion) -> OpinionAssistant:
        """An assistant for another text, indexed in a folder that goes when the first is closed."""
        if self._variants is None:
            self._variants = Path(tempfile.mkdtemp(prefix="opinion-variants-"))
        index = open_index(
            opinion,
            location=self._variants,
            model=self._settings.embedding_model or DEFAULT_MODEL,
            supersede=False,  # several variants of one opinion at once
            cache=self._cache,
        )
        return self._made(opinion, index, index.close)

    def _made(
        self, opinion: Opinion, index: OpinionIndex, close: Callable[[], None]
    ) -> OpinionAssistant:
        return OpinionAssistant(
            opinion=opinion,
            retriever=index.retriever(self._settings.k),
            reader=self._reader,
            encoder=index.encoder,
            chat=self._chat,
            store_notice=store_notice(self._settings.store),
            for_opinion=self._variant,
            close=close,
        )
