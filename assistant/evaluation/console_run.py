"""The steps of `opinion eval`, with their progress shown on stderr."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from assistant.assembly import assemble
from assistant.chat_models import ChatModel
from assistant.errors import EvaluationInputError
from assistant.evaluation.baseline import CHUNKS_SHOWN, Baseline
from assistant.evaluation.evaluation import MEASURES, Evaluation, Failed, evaluate
from assistant.evaluation.judge import JudgementLog, judge_all
from assistant.evaluation.names import AnswererName
from assistant.evaluation.predictions import Prediction, PredictionLog, read_predictions
from assistant.evaluation.run_folder import RunFolder
from assistant.evaluation.running import Answerer, ask_all
from assistant.evaluation.scoring import Judgement
from assistant.evaluation.session import Questions
from assistant.settings import Settings
from vectorstore.opinion import Opinion

INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What asking gave: the failures, how many were asked now, and the wall time in seconds."""

    failed: tuple[Failed, ...]
    asked: int
    seconds: float

    @property
    def particulars(self) -> dict[str, Any]:
        return {
            "asked_now": self.asked,
            "wall_seconds": round(self.seconds, 3),
            "questions_per_wall_second": round(self.asked / self.seconds, 3)
            if self.asked
            else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """A judge's verdicts by question id, and what they cost."""

    judgements: Mapping[str, Judgement]
    usage: Mapping[str, int]


@contextmanager
def opened(
    who: AnswererName,
    settings: Settings,
    opinion: Opinion,
    questions: Questions,
    log: PredictionLog,
    console: Console,
) -> Iterator[Answerer]:
    """The answerer of a run. When all is answered already, no chat model is connected: only the
    encoder is needed. Raises EvaluationInputError when another answerer made the predictions that
    are there, and what `assemble` raises.
    """
    pending = sum(t.example.id not in log.predictions for t in questions.tasks)
    done = len(questions.tasks) - pending
    chat = settings.model if pending and who is AnswererName.CHAT else None
    wanted = replace(settings, model=chat)
    name = (settings.model or "") if who is AnswererName.CHAT else str(who)
    others = sorted({p.answerer for p in log.predictions.values()} - {name})
    if pending and others:
        raise EvaluationInputError(
            f"{log.path} was written by the answerer '{others[0]}', and '{name}' is to go on. Name "
            "another folder with --out, or another file with --predictions."
        )
    if done:
        told = (
            f"All {done} questions are answered in {log.path} already: they are scored as they "
            "are. To ask again, name another folder with --out."
            if not pending
            else f"{done} of the {done + pending} questions are answered in {log.path} already."
        )
        console.print(told)
    assistant = assemble(wanted, opinion=opinion, progress=console.is_terminal)
    try:
        if assistant.departure_notice is not None:
            console.print(assistant.departure_notice)
        if who in (AnswererName.BASELINE, AnswererName.BASELINE_ONE) and pending:
            shown = CHUNKS_SHOWN if who is AnswererName.BASELINE else 1
            baseline = Baseline(opinion=opinion, encoder=assistant.encoder, shown=shown)
            try:
                yield baseline
            finally:
                baseline.close()
        else:
            yield assistant
    finally:
        assistant.close()


def ask(
    questions: Questions, assistant: Answerer, log: PredictionLog, *, workers: int, console: Console
) -> Asked:
    """Ask what is not answered yet. Ctrl-C ends the command with a line that says how to go on;
    when no question at all could be answered, it ends with the first reason.
    """
    total = len(questions.tasks)
    done = sum(t.example.id in log.predictions for t in questions.tasks)
    failed: list[Failed] = []
    started, before = time.perf_counter(), done
    with _bar(console) as bar:
        row = bar.add_task("asking", total=total, completed=done)
        try:
            for step in ask_all(questions.tasks, assistant, log, workers=workers):
                done = step.done
                bar.update(row, completed=done)
                if step.failed is not None:
                    failed.append(step.failed)
        except KeyboardInterrupt:
            bar.stop()
            console.print(
                f"Interrupted after {done} of {total} questions. The same command with the same "
                f"--out or --predictions goes on from {log.path}."
            )
            raise typer.Exit(INTERRUPTED) from None
    seconds = time.perf_counter() - started
    if len(failed) == total:
        console.print(
            f"opinion: none of the {total} questions could be answered. The first: "
            f"{failed[0].reason}"
        )
        raise typer.Exit(1)
    return Asked(failed=tuple(failed), asked=done - before - len(failed), seconds=seconds)


def judged(
    questions: Questions,
    log: PredictionLog,
    folder: RunFolder,
    judge: ChatModel | None,
    console: Console,
) -> Verdicts:
    """The judge's verdicts, those already stored in the folder not being asked for again."""
    if judge is None:
        return Verdicts(judgements={}, usage={})
    if judge.departure_notice is not None:
        console.print(judge.departure_notice)
    verdicts = JudgementLog(folder.path / "judgements.jsonl", judge.name)
    answered = [t for t in questions.tasks if t.example.id in log.predictions]
    with _bar(console) as bar:
        row = bar.add_task("judging", total=len(answered))
        for problem in judge_all(answered, log.predictions, judge, verdicts):
            bar.advance(row)
            if problem is not None:
                bar.console.print(f"Not judged: {problem}", markup=False)
        bar.update(row, completed=len(answered))
    return Verdicts(judgements=verdicts.judgements(log.predictions), usage=verdicts.usage())


def measured(
    questions: Questions,
    log: PredictionLog,
    assistant: Answerer,
    asked: Asked,
    verdicts: Verdicts,
    old: Mapping[str, Prediction] | None,
    console: Console,
) -> Evaluation:
    """The figures."""
    with _bar(console) as bar:
        row = bar.add_task("measuring", total=len(MEASURES) * (1 if old is None else 2))
        evaluation = evaluate(
            questions.tasks,
            log.predictions,
            encoder=assistant.encoder,
            failed=asked.failed,
            judgements=verdicts.judgements,
            judge_usage=verdicts.usage,
            against=old,
            on_measure=lambda label: bar.advance(row),
        )
        bar.update(row, completed=bar.tasks[0].total)
    return evaluation


def compared(path: Path, questions: Questions) -> dict[str, Prediction]:
    """The older predictions. Raises EvaluationInputError when they share no question."""
    old = read_predictions(path, questions.known)
    if not any(t.example.id in old for t in questions.tasks):
        raise EvaluationInputError(
            f"{path} answers none of these questions. Name the predictions of a run on this set."
        )
    return old


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
