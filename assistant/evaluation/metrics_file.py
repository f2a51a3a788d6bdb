"""`metrics.json`: every figure of a run, for programs; and the measures that a run must reach."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from assistant.errors import EvaluationInputError
from assistant.evaluation.bootstrap import Estimate
from assistant.evaluation.evaluation import BY_NAME, MEASURES, Breakdown, Evaluation
from assistant.evaluation.figures import figure_text
from assistant.evaluation.scoring import Outcome


def metrics(evaluation: Evaluation, *, run: Mapping[str, Any]) -> dict[str, Any]:
    """All figures by measure name, each with value, low, high (95% interval) and n; null where
    undefined. `run` are the run's own particulars, kept as they are.
    """
    comparison = evaluation.comparison
    return {
        "sets": list(evaluation.sets),
        "answerer": evaluation.answerer,
        "run": dict(run),
        "questions": len(evaluation.scores),
        "failed": [asdict(f) for f in evaluation.failed],
        "outcomes": {str(o): sum(s.outcome is o for s in evaluation.scores) for o in Outcome},
        "usage": dict(evaluation.usage),
        "measures": {
            m.name: {"label": f"{m.group}: {m.label}", "better": m.better}
            | asdict(evaluation.estimates[m.name])
            for m in MEASURES
        },
        "categories": _breakdowns(evaluation.categories),
        "by_set": _breakdowns(evaluation.set_figures),
        "against": None
        if comparison is None
        else {
            "questions": comparison.n,
            "differences": {n: asdict(e) for n, e in comparison.differences.items()},
            "now_right": [new.task.example.id for new, _ in comparison.won],
            "no_longer_right": [new.task.example.id for new, _ in comparison.lost],
        },
    }


def write_metrics(evaluation: Evaluation, path: Path, *, run: Mapping[str, Any]) -> None:
    text = json.dumps(metrics(evaluation, run=run), ensure_ascii=False, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def parse_minimums(given: Sequence[str]) -> dict[str, float]:
    """`--min NAME=VALUE …`: the limits by measure name. A value may be a percentage ("40%").

    >>> parse_minimums(["whole=40%", "auroc=0.8"])
    {'whole': 0.4, 'auroc': 0.8}
    """
    limits = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals:
            raise EvaluationInputError(f"--min {text}: give NAME=VALUE, such as --min whole=0.6.")
        if name not in BY_NAME:
            near = get_close_matches(name, BY_NAME, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"There are {', '.join(BY_NAME)}."
            raise EvaluationInputError(f"--min {text}: no measure is called '{name}'. {hint}")
        try:
            limit = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
        except ValueError:
            limit = math.nan
        if not math.isfinite(limit):
            raise EvaluationInputError(f"--min {text}: '{value}' is no number.")
        limits[name] = limit
    return limits


def shortfalls(estimates: Mapping[str, Estimate], limits: Mapping[str, float]) -> Iterable[str]:
    """A line for each measure that falls short of its limit: below it, or above it where less is
    better; an undefined measure falls short of any.
    """
    for name, limit in limits.items():
        measure, value = BY_NAME[name], estimates[name].value
        most = measure.better == "less"
        if value is not None and (value <= limit if most else value >= limit):
            continue
        yield (
            f"{name} is {figure_text(measure, value)}, and "
            f"{'at most' if most else 'at least'} {figure_text(measure, limit)} is asked for"
        )


def _breakdowns(breakdowns: Iterable[Breakdown]) -> dict[str, Any]:
    return {
        b.name: {"questions": b.n} | {name: asdict(e) for name, e in b.estimates.items()}
        for b in breakdowns
    }
