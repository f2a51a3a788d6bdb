"""What can be chosen, in one place; `assembly.assemble` turns it into a working assistant.

Nothing here reads the environment: the command line does (each option names its variable).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vectorstore.opinion import Opinion
from vectorstore.reading import bundled_opinion, read_opinion

DEFAULT_TIMEOUT = 60.0  # seconds
DEFAULT_K = 20  # passages


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`opinion`: a text file, None for the bundled opinion. `store`: a folder or the
    `http://host:port` of a Chroma server, None for the user's data folder. `embedding_model`: a
    sentence-transformers name or folder, None for the bundled one. `model`: `PROVIDER:NAME` of a
    chat model, None to answer by quotation. `model_url`: where an OpenAI-compatible (or the
    provider's own) server listens. `timeout`: seconds a chat model may stay silent. `reader`:
    "trained", or "none" for retrieval alone. `k`: passages retrieved for a question.
    """

    opinion: Path | None = None
    store: str | None = None
    embedding_model: str | None = None
    model: str | None = None
    model_url: str | None = None
    timeout: float = DEFAULT_TIMEOUT
    reader: Literal["trained", "none"] = "trained"
    k: int = DEFAULT_K


def opinion_of(settings: Settings) -> Opinion:
    """The opinion the settings name. Raises OpinionFileError."""
    return bundled_opinion() if settings.opinion is None else read_opinion(settings.opinion)
