"""`opinion index`: build the index of an opinion now rather than at the first question."""

from __future__ import annotations

from typing import Annotated

import typer

from assistant.cli.options import EmbeddingModel, OpinionFile, Store, settings_from


def index(
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Build it anew, whatever is there; mends a damaged store."),
    ] = False,
    opinion: OpinionFile = None,
    store: Store = None,
    embedding_model: EmbeddingModel = None,
) -> None:
    """Split, embed and store the opinion (done by itself at the first question).

    Examples:
      opinion index

      opinion index --opinion ruling.txt --store ./index --rebuild
    """
    settings = settings_from(opinion=opinion, store=store, embedding_model=embedding_model)
    # Imported here: help answers without it.
    from assistant.assembly import build_index

    built = build_index(settings, rebuild=rebuild, progress=True)
    print(
        f"{built.title}: {built.sentences} sentences, {built.passages} passages, "
        f"in {built.location}"
    )
