"""The model of record: sentence-transformers as LangChain `Embeddings`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.embeddings import Embeddings

from vectorstore.embedding.model_files import EmbeddingModel
from vectorstore.errors import EmbeddingModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32


class SentenceTransformers(Embeddings):
    """Embeds with `model`, loading it at the first text (5 to 8 seconds, mostly imports).

    Prompts, pooling, normalising and the longest input are the model's own. Safe to share
    between threads.
    """

    def __init__(self, model: EmbeddingModel) -> None:
        self.model = model
        self._lock = threading.RLock()
        self._loaded: SentenceTransformer | None = None

    def embed_query(self, text: str) -> list[float]:
        with self._lock:
            vector = self.load().encode_query(text, show_progress_bar=False)
        return [float(x) for x in vector]

    def embed_documents(
        self, texts: list[str], *, done: Callable[[int], object] = lambda _: None
    ) -> list[list[float]]:
        """One vector a text, in order; `done` hears how many texts each batch finished."""
        vectors: list[list[float]] = [[] for _ in texts]
        with self._lock:
            for batch in batches(texts, _BATCH):
                encoded = self.load().encode_document(
                    [texts[i] for i in batch], batch_size=_BATCH, show_progress_bar=False
                )
                for i, vector in zip(batch, encoded.tolist(), strict=True):
                    vectors[i] = vector
                done(len(batch))
        return vectors

    def load(self) -> SentenceTransformer:
        """The model itself, for what only it can do (exporting).

        Raises EmbeddingModelError when sentence-transformers cannot load the folder.
        """
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self.model)
            return self._loaded

    def __repr__(self) -> str:
        return f"SentenceTransformers({self.model.name!r})"


def _load(model: EmbeddingModel) -> SentenceTransformer:
    # Imported here: torch and transformers take seconds, and an indexed opinion needs neither.
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    # A bar over the loading of 100 tensors says nothing; ours counts passages.
    logging: Any = transformers_logging  # it has no annotations
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        # The CPU does for one opinion, and gives the same vectors on every machine.
        return SentenceTransformer(str(model.folder), device="cpu", local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        reason = str(error).strip().splitlines()
        raise EmbeddingModelError(
            f"The embedding model {model.name!r} in {model.folder} cannot be loaded by "
            f"sentence-transformers ({reason[0] if reason else type(error).__name__}). "
            f"Name another model, or get this one again."
        ) from error
    finally:
        if bars:
            logging.enable_progress_bar()


def batches(texts: Sequence[str], size: int) -> list[list[int]]:
    """Indexes of `texts` in batches of `size`, the longest first.

    Texts of like length waste least on padding. sentence-transformers sorts too, but only within
    one call, and a call a batch is what moves the progress bar.
    """
    order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
    return [order[start : start + size] for start in range(0, len(order), size)]
