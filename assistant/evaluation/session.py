"""A whole run: from the names of question sets to figures and reports.

The command line and the page both go through here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.evaluation.evaluation import Evaluation, Failed, evaluate
from assistant.evaluation.metrics_file import write_metrics
from assistant.evaluation.predictions import PredictionLog
from assistant.evaluation.question_sets import load
from assistant.evaluation.report import write_report
from assistant.evaluation.running import Answerer, Progress, ask_all
from assistant.evaluation.tasks import Task, build_tasks
from vectorstore.opinion import Opinion
from vectorstore.reading import bundled_opinion


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What a run asks: the tasks, and every id that its predictions may have, with its question
    (the sets' other parts, and what a limit leaves out, among them).
    """

    tasks: tuple[Task, ...]
    known: Mapping[str, str]


def prepare(choices: Sequence[str], opinion: Opinion, *, limit: int | None = None) -> Questions:
    """Load and check the sets of these names or paths, for the opinion in use.

    `limit` keeps the first so many questions. Raises EvaluationInputError or OpinionFileError.
    """
    sets = [load(choice) for choice in choices]
    others = [o for o in (bundled_opinion(),) if o.id != opinion.id]
    tasks = build_tasks(sets, opinion, others=others)
    known = {id: question for each in sets for id, question in each.questions.items()}
    return Questions(tasks=tasks[:limit], known=known)


def run_evaluation(
    choices: Sequence[str],
    assistant: Answerer,
    *,
    folder: Path,
    limit: int | None = None,
    workers: int = 1,
    cancel: threading.Event | None = None,
    on_measure: Callable[[str], None] = lambda label: None,
) -> Iterator[Progress | Evaluation]:
    """Ask the sets' questions and measure the answers, reporting after each question.

    Yields a Progress a question and the Evaluation last; the predictions and reports are in
    `folder`, and predictions that are there already are not asked for again. When `cancel` is set
    the Evaluation is of what was answered until then; when nothing was, there is none.
    `on_measure` hears each measure's label before it is computed. Raises EvaluationInputError
    before the first question when a set is at fault.
    """
    questions = prepare(choices, assistant.opinion, limit=limit)
    log = PredictionLog(folder / "predictions.jsonl", questions.known)
    failed: list[Failed] = []
    for step in ask_all(questions.tasks, assistant, log, workers=workers, cancel=cancel):
        if step.failed is not None:
            failed.append(step.failed)
        yield step
    if cancel is not None and cancel.is_set() and not log.predictions:
        return
    evaluation = evaluate(
        questions.tasks,
        log.predictions,
        encoder=assistant.encoder,
        failed=failed,
        on_measure=on_measure,
    )
    write_reports(evaluation, folder, run={})
    yield evaluation


def write_reports(evaluation: Evaluation, folder: Path, *, run: Mapping[str, Any]) -> None:
    """Write `metrics.json` and `report.html` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_metrics(evaluation, folder / "metrics.json", run=run)
    now = datetime.now().astimezone()
    write_report(evaluation, folder / "report.html", made=f"{now:%-d %B %Y, %H:%M}")
