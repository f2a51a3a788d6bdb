"""The one place where settings become a working assistant; the page, the command line and the
evaluation all call it, and tests hand fakes to the same constructors.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from assistant.chain import OpinionAssistant
from assistant.chat_models import ChatModel, connect
from assistant.reader import Reader
from assistant.reader.retrieval import RetrievalReader
from assistant.settings import Settings, opinion_of
from vectorstore.index import OpinionIndex, default_location, open_index
from vectorstore.model_files import DEFAULT_MODEL
from vectorstore.opinion import Opinion


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
    """An assistant for the settings' opinion (or for `opinion`, already read).

    Builds the index when there is none, with a progress bar if asked. Raises VectorstoreError or
    ChatModelError, each with one line to show.
    """
    chat = None
    if settings.model is not None:
        chat = connect(settings.model, url=settings.model_url, timeout=settings.timeout)
    parts = _Parts(settings=settings, reader=RetrievalReader(), chat=chat)
    return parts.assistant(
        opinion if opinion is not None else opinion_of(settings),
        location=settings.store or default_location(),
        progress=progress,
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
    )


class _Parts:
    """What assistants for different texts share."""

    def __init__(self, *, settings: Settings, reader: Reader, chat: ChatModel | None) -> None:
        self.settings = settings
        self.reader = reader
        self.chat = chat
        self._variants: Path | None = None

    def assistant(
        self, opinion: Opinion, *, location: str | Path, progress: bool
    ) -> OpinionAssistant:
        index = _open(opinion, self.settings, location=location, progress=progress)

        def close() -> None:
            index.close()
            if self._variants is not None and location != self._variants:
                shutil.rmtree(self._variants, ignore_errors=True)
                self._variants = None

        return OpinionAssistant(
            opinion=opinion,
            retriever=index.retriever(self.settings.k),
            reader=self.reader,
            encoder=index.encoder,
            chat=self.chat,
            for_opinion=self._variant,
            close=close,
        )

    def _variant(self, opinion: Opinion) -> OpinionAssistant:
        """An assistant for another text, indexed in a folder that goes when the first is closed."""
        if self._variants is None:
            self._variants = Path(tempfile.mkdtemp(prefix="opinion-variants-"))
        return self.assistant(opinion, location=self._variants, progress=False)
