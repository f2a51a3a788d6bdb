"""`opinion chat`: the page, in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.options import (
    EmbeddingModel,
    K,
    Model,
    ModelUrl,
    OpinionFile,
    ReaderName,
    Store,
    Timeout,
    settings_from,
)
from assistant.settings import DEFAULT_K, DEFAULT_TIMEOUT, opinion_of

if TYPE_CHECKING:
    from assistant.chain import OpinionAssistant


def chat(
    host: Annotated[
        str, typer.Option("--host", envvar="OPINION_HOST", help="The address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            "--port",
            envvar="OPINION_PORT",
            min=0,
            max=65535,
            help="The port to listen on; 0 takes a free one.",
        ),
    ] = 7860,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
    opinion: OpinionFile = None,
    store: Store = None,
    embedding_model: EmbeddingModel = None,
    model: Model = None,
    model_url: ModelUrl = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    reader: ReaderName = "trained",
    k: K = DEFAULT_K,
) -> None:
    """Open the page: the conversation beside the opinion. Stop it with Ctrl-C.

    A thumb up or down on an answer is kept in a file on this machine, from which `opinion eval
    --from-feedback` makes a question set. A second tab runs question sets.

    Examples:
      opinion chat

      opinion chat --opinion ruling.txt --port 8000 --no-browser
    """
    settings = settings_from(
        opinion=opinion, store=store, embedding_model=embedding_model, model=model,
        model_url=model_url, timeout=timeout, reader=reader, k=k,
    )  # fmt: skip
    # Imported here: the page (Gradio) takes seconds to import and no other command needs it. The
    # command line stands above both packages; nothing in `ui` imports it.
    from assistant.evaluation.feedback import default_path
    from ui.server import serve

    read = opinion_of(settings)
    loaded: list[OpinionAssistant] = []

    def load() -> OpinionAssistant:
        # Imported here, behind the page: it is up while this loads.
        from assistant.assembly import assemble

        loaded.append(assemble(settings, opinion=read))
        return loaded[0]

    try:
        serve(
            read,
            load,
            host=host,
            port=port,
            open_browser=browser,
            feedback=default_path(),
            evaluate=True,
        )
    finally:
        for assistant in loaded:
            assistant.close()
