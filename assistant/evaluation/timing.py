"""Time measures, from the seconds that each answer took (model loading excluded)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.evaluation.measures import set_measure
from assistant.evaluation.scoring import Score

GROUP = "Time"


@set_measure("seconds_median", "Seconds a question, median", group=GROUP, better="less")
def seconds_median(scores: Sequence[Score]) -> float | None:
    """Median of the seconds that answering took."""
    return float(np.median(_seconds(scores))) if scores else None


@set_measure("seconds_p95", "Seconds a question, 95th percentile", group=GROUP, better="less")
def seconds_p95(scores: Sequence[Score]) -> float | None:
    """95th percentile of the seconds that answering took (linear interpolation)."""
    return float(np.percentile(_seconds(scores), 95)) if scores else None


@set_measure("questions_per_second", "Questions a second, one after another", group=GROUP,
    better="more",
)  # fmt: skip
def questions_per_second(scores: Sequence[Score]) -> float | None:
    """Questions divided by the seconds that answering them took, one after another; the run's own
    wall time, which several workers shorten, is given apart.
    """
    total = float(_seconds(scores).sum())
    return len(scores) / total if total else None


def _seconds(scores: Sequence[Score]) -> np.ndarray:
    return np.array([s.prediction.seconds for s in scores])


MEASURES = (seconds_median, seconds_p95, questions_per_second)
