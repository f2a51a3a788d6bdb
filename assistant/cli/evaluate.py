"""`opinion eval`: run question sets, print the figures, write the reports."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

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
from assistant.errors import EvaluationInputError
from assistant.evaluation.names import DEFAULT_SET, AnswererName
from assistant.settings import DEFAULT_K, DEFAULT_TIMEOUT, Settings


def evaluate(
    sets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SET",
            help="Question sets: paths, or the bundled cook and cook-contrast; a part follows a "
            "colon (cook:dev, cook:test, cook:all). Default: cook, whose test part a bundled name "
            "means.",
            show_default=False,
        ),
    ] = None,
    answerer: Annotated[
        AnswererName | None,
        typer.Option(
            help="Who answers: extractive (quotations), chat (the --model), baseline (the plain "
            "recipe: 1,000-character chunks, the best four shown), baseline-1 (the best one); "
            "wins over --model. Default: extractive, or chat where --model is given.",
            show_default=False,
        ),
    ] = None,
    model: Model = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Ask only the first N questions.")
    ] = None,
    workers: Annotated[int, typer.Option(metavar="N", min=1, max=64, help="Ask N at once.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="The folder for predictions and reports; a run that was interrupted there goes "
            "on. Default: eval-DATE-TIME here.",
            show_default=False,
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The predictions file; answers that it holds are not asked for again. "
            "Default: predictions.jsonl in the folder.",
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="OLD_PREDICTIONS", help="Compare with these predictions.", show_default=False
        ),
    ] = None,
    minimums: Annotated[
        list[str] | None,
        typer.Option(
            "--min",
            metavar="NAME=VALUE",
            help="Exit with 1 when this measure (its name in metrics.json) falls short; for one "
            "where less is better the value is the most allowed. May be repeated.",
            show_default=False,
        ),
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(
            metavar="PROVIDER:NAME",
            help="A chat model that judges the answers.",
            show_default=False,
        ),
    ] = None,
    judge_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where the judge's server listens.", show_default=False),
    ] = None,
    from_feedback: Annotated[
        bool,
        typer.Option(
            "--from-feedback",
            help="Ask nothing; turn the feedback given in the chat into a question set to be "
            "completed by hand.",
        ),
    ] = False,
    feedback: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The feedback file. Default: the chat's.", show_default=False
        ),
    ] = None,
    opinion: OpinionFile = None,
    store: Store = None,
    embedding_model: EmbeddingModel = None,
    model_url: ModelUrl = None,
    timeout: Timeout = DEFAULT_TIMEOUT,
    reader: ReaderName = "trained",
    k: K = DEFAULT_K,
) -> None:
    """Ask questions with known answers, and say how far the answers can be trusted.

    Examples:
      opinion eval

      opinion eval cook:dev --answerer baseline --out baseline

      opinion eval cook cook-contrast --out new --against old/predictions.jsonl --min whole=60%

      opinion eval mine.jsonl --opinion ruling.txt --model ollama:llama3.2 --workers 4

      opinion eval --from-feedback --out to-complete
    """  # fmt: skip
    if from_feedback:
        _from_feedback(feedback, out)
        return
    # Imported here: help and mistyped options answer without them.
    from datetime import datetime

    from rich.console import Console

    from assistant.chat_models import connect
    from assistant.evaluation.console_run import ask, compared, judged, measured, opened
    from assistant.evaluation.metrics_file import parse_minimums, shortfalls
    from assistant.evaluation.predictions import PredictionLog
    from assistant.evaluation.run_folder import check_same_maker, choose_folder
    from assistant.evaluation.session import prepare, write_reports
    from assistant.evaluation.tables import print_evaluation
    from assistant.settings import opinion_of

    settings = settings_from(
        opinion=opinion, store=store, embedding_model=embedding_model, model=model,
        model_url=model_url, timeout=timeout, reader=reader, k=k,
    )  # fmt: skip
    who = _who(answerer, settings)
    limits = parse_minimums(minimums or [])
    in_use = opinion_of(settings)
    questions = prepare(sets or [DEFAULT_SET], in_use, limit=limit)
    made_by = _made_by(who, settings, sets or [DEFAULT_SET], in_use.digest)
    folder = choose_folder(out, made_by, where=Path(), now=datetime.now())
    log = PredictionLog(predictions or folder.predictions, questions.known)
    if any(task.example.id not in log.predictions for task in questions.tasks):
        folder = replace(folder, elsewhere=predictions)
    check_same_maker(folder, made_by)
    old = None if against is None else compared(against, questions)
    judging = None if judge is None else connect(judge, url=judge_url, timeout=timeout)

    progress = Console(stderr=True, highlight=False)
    folder.write(made_by, finished=False)
    with opened(who, settings, in_use, questions, log, progress) as assistant:
        asked = ask(questions, assistant, log, workers=workers, console=progress)
        verdicts = judged(questions, log, folder, judging, progress)
        evaluation = measured(questions, log, assistant, asked, verdicts, old, progress)
    folder.write(made_by, finished=not asked.failed)
    write_reports(evaluation, folder.path, run=made_by | asked.particulars)
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    print_evaluation(console, evaluation)
    print(f"\nPredictions: {log.path}\nReport: {folder.path / 'report.html'}, and metrics.json")
    short = list(shortfalls(evaluation.estimates, limits))
    for line in short:
        print(f"opinion: {line}.", file=sys.stderr)
    if short:
        raise typer.Exit(1)


def _who(answerer: AnswererName | None, settings: Settings) -> AnswererName:
    """Who answers: the answerer named, whatever the model (which the environment may have set).

    Raises EvaluationInputError for the chat answerer without a model.
    """
    if answerer is None:
        return AnswererName.EXTRACTIVE if settings.model is None else AnswererName.CHAT
    if answerer is AnswererName.CHAT and settings.model is None:
        raise EvaluationInputError(
            "--answerer chat needs a chat model. Name one with --model, such as "
            "--model ollama:llama3.2."
        )
    return answerer


def _made_by(who: AnswererName, settings: Settings, sets: list[str], digest: str) -> dict[str, Any]:
    """What makes the predictions: runs of which one may go on for the other have the same."""
    from assistant.reader.calibration import reader_version  # see evaluate

    return {
        "sets": sets,
        "opinion": digest,
        "answerer": str(who),
        "model": settings.model if who is AnswererName.CHAT else None,
        "embedding_model": settings.embedding_model,
        "reader": settings.reader,
        "reader_version": reader_version() if settings.reader == "trained" else None,
        "k": settings.k,
    }


def _from_feedback(feedback: Path | None, out: Path | None) -> None:
    """Write the stored feedback as a question set to be completed."""
    # Imported here: a run needs no feedback.
    from assistant.evaluation.feedback import (
        default_path,
        read_feedback,
        to_questions,
        write_questions,
    )

    lines = to_questions(read_feedback(feedback or default_path()))
    path = (out or Path()) / "feedback-questions.jsonl"
    write_questions(lines, path)
    open_lines = sum(line["answerable"] is None for line in lines)
    print(
        f"{len(lines)} questions written to {path}; {open_lines} of them need their 'answerable' "
        "decided, and all their evidence checked, before `opinion eval` takes the file."
    )
