"""The options that several commands share, and the settings they make."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from assistant.settings import DEFAULT_K, DEFAULT_TIMEOUT, Settings

OpinionFile = Annotated[
    Path | None,
    typer.Option(
        "--opinion", metavar="FILE", envvar="OPINION_FILE",
        help="The opinion to ask, a text file. Default: the bundled one.",
    ),
]  # fmt: skip
Store = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="DIR|URL", envvar="OPINION_STORE",
        help="Where the index lies: a folder, or the http://host:port of a Chroma server. "
        "Default: the user's data folder.",
    ),
]  # fmt: skip
EmbeddingModel = Annotated[
    str | None,
    typer.Option(
        "--embedding-model", metavar="NAME|DIR", envvar="OPINION_EMBEDDING_MODEL",
        help="A sentence-transformers model, by name or folder. "
        "Default: all-MiniLM-L6-v2, bundled.",
    ),
]  # fmt: skip
Model = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="PROVIDER:NAME", envvar="OPINION_MODEL",
        help="A chat model to write the answer (ollama:…, openai:…, anthropic:…). "
        "Default: none; answers are quotations.",
    ),
]  # fmt: skip
ModelUrl = Annotated[
    str | None,
    typer.Option(
        "--model-url", metavar="URL", envvar="OPINION_MODEL_URL",
        help="Where the chat model's server listens (any that speaks OpenAI's protocol).",
    ),
]  # fmt: skip
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout", metavar="SECONDS", envvar="OPINION_TIMEOUT", min=0.1,
        help="How long a chat model may stay silent.",
    ),
]  # fmt: skip
ReaderName = Annotated[
    Literal["trained", "none"],
    typer.Option(
        "--reader", envvar="OPINION_READER",
        help="What ranks the sentences and decides whether any answers; none: retrieval alone.",
    ),
]  # fmt: skip
K = Annotated[
    int, typer.Option("-k", metavar="N", min=1, max=200, help="Passages retrieved for a question.")
]


def settings_from(
    *,
    opinion: Path | None = None,
    store: str | None = None,
    embedding_model: str | None = None,
    model: str | None = None,
    model_url: str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    reader: Literal["trained", "none"] = "trained",
    k: int = DEFAULT_K,
) -> Settings:
    """The settings that a command's options make; an empty option counts as left out."""
    return Settings(
        opinion=opinion,
        store=store or None,
        embedding_model=embedding_model or None,
        model=model or None,
        model_url=model_url or None,
        timeout=timeout,
        reader=reader,
        k=k,
    )
