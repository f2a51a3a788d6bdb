"""Figures with 95% intervals, by SciPy's bootstrap over questions.

Percentile intervals (Efron & Tibshirani 1993, chapter 13) from 1,000 resamples with a fixed seed.
What is resampled is the question; the two members of a contrast pair, which share their question
and most of their text, are drawn together. A comparison of two runs is a paired bootstrap: each
resample takes the same questions from both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation.contrast import pairs
from assistant.evaluation.measures import Measure
from assistant.evaluation.scoring import Score

RESAMPLES = 1000
SEED = 20
CONFIDENCE = 0.95

_UNDEFINED = -1e9  # below any figure; SciPy warns of a NaN

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95% interval. `value` is None where the measure is undefined, the interval
    where fewer than two questions (or pairs) can be drawn from. `n` counts those that apply.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


def estimate(measure: Measure, scores: Sequence[Score], *, resamples: int = RESAMPLES) -> Estimate:
    """The measure's figure over the scores, with its interval."""
    kept = applicable(measure, scores)
    n = len(pairs(kept)) if measure.by_pair else len(kept)
    value = figure(measure, kept)
    if value is None:
        return Estimate(None, None, None, n)
    low, high = _interval(measure, [kept], resamples)
    return Estimate(value, low, high, n)


def difference(
    measure: Measure,
    new: Sequence[Score],
    old: Sequence[Score],
    *,
    resamples: int = RESAMPLES,
) -> Estimate:
    """New minus old, the two lists holding the same questions in the same order, with the interval
    of a paired bootstrap. For a mean over questions, those count that have a value in both; `n`
    is how many.
    """
    both = [
        (a, b)
        for a, b in zip(new, old, strict=True)
        if applicable(measure, [a]) and applicable(measure, [b])
    ]
    kept = [[a for a, _ in both], [b for _, b in both]]
    n = len(pairs(kept[0])) if measure.by_pair else len(both)
    values = [figure(measure, side) for side in kept]
    if values[0] is None or values[1] is None:
        return Estimate(None, None, None, n)
    low, high = _interval(measure, kept, resamples)
    return Estimate(values[0] - values[1], low, high, n)


def figure(measure: Measure, scores: Sequence[Score]) -> float | None:
    """The measure's figure over scores that it applies to; None when there is none."""
    if measure.of_question is not None:
        values = [v for v in map(measure.of_question, scores) if v is not None]
        return float(np.mean(values)) if values else None
    assert measure.of_set is not None
    return measure.of_set(scores)


def applicable(measure: Measure, scores: Sequence[Score]) -> list[Score]:
    """The scores that the measure counts."""
    if measure.of_question is not None:
        return [s for s in scores if measure.of_question(s) is not None]
    if measure.by_pair:
        return [s for s in scores if s.task.example.pair_key is not None]
    return list(scores)


def _interval(
    measure: Measure, sides: Sequence[Sequence[Score]], resamples: int
) -> tuple[float | None, float | None]:
    """The interval of the figure (one side) or of the difference first minus second (two)."""
    members: dict[str, list[int]] = defaultdict(list)
    for index, score in enumerate(sides[0]):
        members[score.task.unit].append(index)
    units = list(members.values())
    if len(units) < 2:
        return None, None
    if measure.of_question is not None:
        distribution = _mean_distribution(measure.of_question, units, sides, resamples)
    else:
        assert measure.of_set is not None
        distribution = _set_distribution(measure.of_set, units, sides, resamples)
    # A resample on which the measure is undefined (no unanswerable question drawn) is left out.
    defined = distribution[distribution > _UNDEFINED]
    if not defined.size:
        return None, None
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(defined, [tail, 100 - tail])
    return float(low), float(high)


def _mean_distribution(
    of_question: Callable[[Score], float | None],
    units: Sequence[Sequence[int]],
    sides: Sequence[Sequence[Score]],
    resamples: int,
) -> Floats:
    """Resampled means (or differences of means), all resamples in one array operation."""
    values = np.array([[of_question(s) or 0.0 for s in side] for side in sides], dtype=np.float64)
    net = values[0] - values[1] if len(sides) == 2 else values[0]
    sums = np.array([net[list(unit)].sum() for unit in units])
    counts = np.array([len(unit) for unit in units], dtype=np.float64)

    def mean(drawn: Floats, many: Floats, axis: int = -1) -> Floats:
        return np.asarray(drawn.sum(axis=axis) / many.sum(axis=axis))

    return _resample((sums, counts), mean, resamples, vectorized=True)


def _set_distribution(
    of_set: Callable[[Sequence[Score]], float | None],
    units: Sequence[Sequence[int]],
    sides: Sequence[Sequence[Score]],
    resamples: int,
) -> Floats:
    """Resampled figures (or differences of figures) of a measure that needs all questions."""

    def statistic(drawn: NDArray[np.int64]) -> float:
        chosen = [index for unit in drawn for index in units[int(unit)]]
        values = [of_set([side[i] for i in chosen]) for side in sides]
        if any(v is None for v in values):
            return _UNDEFINED
        first, *second = (float(v) for v in values if v is not None)
        return first - sum(second)

    return _resample((np.arange(len(units)),), statistic, resamples, vectorized=False)


def _resample(
    data: tuple[NDArray[np.generic], ...],
    statistic: Callable[..., object],
    resamples: int,
    *,
    vectorized: bool,
) -> Floats:
    # Imported here: SciPy's statistics take a second that other commands need not wait for.
    from scipy.stats import bootstrap

    result = bootstrap(
        data,
        statistic,
        paired=True,
        vectorized=vectorized,
        n_resamples=resamples,
        method="percentile",
        rng=np.random.default_rng(SEED),
    )
    return np.asarray(result.bootstrap_distribution, dtype=np.float64)
