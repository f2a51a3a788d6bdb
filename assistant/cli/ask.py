"""`opinion ask`: one question, its answer in the terminal or as JSON."""

from __future__ import annotations

import gc
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.answer import Answer, Citation, describe_paragraph, describe_voice
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
from assistant.settings import DEFAULT_K, DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from rich.console import Console


def ask(
    question: Annotated[
        list[str], typer.Argument(help="The question, in quotation marks.", metavar="QUESTION")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON in the prediction format.")
    ] = False,
    opinion: OpinionFile = None,
    store: Store = None,
    embedding_model: EmbeddingModel = None,
    model: Model = None,
    model_url: ModelUrl = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    reader: ReaderName = "trained",
    k: K = DEFAULT_K,
) -> None:
    """Answer one question, with exact quotations and their paragraphs.

    Examples:
      opinion ask "Who won, and why?"

      opinion ask --json "What does the plaintiff contend?"

      opinion ask --opinion ruling.txt --model ollama:llama3.2 "Who is immune?"
    """
    settings = settings_from(
        opinion=opinion, store=store, embedding_model=embedding_model, model=model,
        model_url=model_url, timeout=timeout, reader=reader, k=k,
    )  # fmt: skip
    asked = " ".join(question)
    # One question and the process ends: looking for reference cycles while everything is imported,
    # and again at the end, takes a fifth of the time.
    gc.disable()
    # Imported here: help and mistyped options answer without them.
    from assistant.assembly import assemble
    from assistant.questions import checked_question

    checked_question(asked)  # before an index is built for nothing
    assistant = assemble(settings, progress=sys.stderr.isatty())
    try:
        if assistant.departure_notice is not None:
            print(assistant.departure_notice, file=sys.stderr)
        if as_json:
            answer = assistant.ask(asked)
            print(json.dumps(answer.to_prediction(), ensure_ascii=False))
            return
        from rich.console import Console

        console = Console(highlight=False, markup=False, emoji=False)
        if assistant.answerer == "extractive":
            _print_answer(console, assistant.ask(asked))
            return
        for piece in assistant.stream(asked):
            if isinstance(piece, str):
                console.print(piece, end="", soft_wrap=True)
            else:
                console.print("\n")
                _print_sources(console, piece)
    finally:
        assistant.close()
        gc.freeze()


def _print_answer(console: Console, answer: Answer) -> None:
    """An answer by quotation: each quotation, then where it stands and whose words it gives."""
    _print_standalone(console, answer)
    if not answer.answered:
        console.print(answer.text, style="bold")
    for citation in answer.citations:
        _print_quotation(console, citation)
    _print_sources(console, answer, quoted=True)


def _print_sources(console: Console, answer: Answer, *, quoted: bool = False) -> None:
    """What stands below an answer: its quotations (unless shown already), near passages, notice."""
    if not quoted and answer.citations:
        for citation in answer.citations:
            _print_quotation(console, citation)
    if answer.related:
        console.print("\nNearest passages (not an answer):", style="dim")
        for citation in answer.related:
            _print_quotation(console, citation, style="dim")
    if answer.notice:
        console.print(f"\n{answer.notice}", style="yellow")


def _print_standalone(console: Console, answer: Answer) -> None:
    if answer.standalone != " ".join(answer.question.split()):
        console.print(f"Understood as: {answer.standalone}", style="dim")


def _print_quotation(console: Console, citation: Citation, style: str = "") -> None:
    from rich.padding import Padding
    from rich.text import Text

    quotation = Text(style=style)
    quotation.append(f"[{citation.marker}] ", style="bold cyan")
    quotation.append(f"“{' '.join(citation.quote.split())}”")
    console.print(Padding(quotation, (0, 0, 0, 2)))
    place = [describe_paragraph(citation.paragraph), describe_voice(citation.voice)]
    if citation.pinpoint:
        place.append(citation.pinpoint)
    console.print(Padding(Text(" · ".join(place), style="dim"), (0, 0, 0, 6)))
