"""Abstention measures: whether it knows what the opinion does not answer.

Following SQuAD 2.0 (Rajpurkar, Jia & Liang 2018), every question is answerable or not, and the
assistant answers or declines. The measures of the confidence take "answerable" as the positive
class, and as a selective predictor's error a question that the opinion does not answer: where a
question was declined there is no answer whose citations could be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation.measures import question_measure, set_measure
from assistant.evaluation.scoring import Score

GROUP = "Abstention"
BINS = 10
RISK = 0.05

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """The curve: risk among the share `coverage` of questions with the highest confidence.

    `thresholds` are the points where a confidence threshold can cut: (coverage, risk), by falling
    threshold; between them questions tie.
    """

    coverage: Floats
    risk: Floats
    thresholds: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of the calibration plot: mean confidence, share answerable, how many questions."""

    confidence: float
    answerable: float
    count: int


@question_measure(
    "answered_absent", "Answered though absent", group=GROUP, better="less", percent=True
)
def answered_absent(score: Score) -> float | None:
    """Share of the questions that the opinion does not answer which were answered all the same:
    the false positives of SQuAD 2.0's no-answer decision.
    """
    return None if score.answerable else float(score.answered)


@question_measure(
    "refused_answerable", "Refused though answerable", group=GROUP, better="less", percent=True
)
def refused_answerable(score: Score) -> float | None:
    """Share of the questions that the opinion answers which were declined: the false negatives of
    SQuAD 2.0's no-answer decision.
    """
    return float(not score.answered) if score.answerable else None


@set_measure("balanced_accuracy", "Balanced accuracy", group=GROUP, better="more", percent=True)
def balanced_accuracy(scores: Sequence[Score]) -> float | None:
    """Mean of the shares of answerable questions answered and of unanswerable ones declined
    (Brodersen et al. 2010; scikit-learn's balanced_accuracy_score); 50% says nothing.
    """
    from sklearn.metrics import balanced_accuracy_score

    labels = answerable(scores)
    if not _both(labels):
        return None
    return float(balanced_accuracy_score(labels, [s.answered for s in scores]))


@set_measure("auroc", "AUROC of the confidence", group=GROUP, better="more")
def auroc(scores: Sequence[Score]) -> float | None:
    """Probability that an answerable question has a higher confidence than an unanswerable one,
    ties counting half (Hanley & McNeil 1982; scikit-learn's roc_auc_score); .5 says nothing.
    """
    from sklearn.metrics import roc_auc_score

    labels = answerable(scores)
    return float(roc_auc_score(labels, confidence(scores))) if _both(labels) else None


@set_measure("average_precision", "Average precision", group=GROUP, better="more")
def average_precision(scores: Sequence[Score]) -> float | None:
    """Area under the precision-recall curve of the confidence, answerable being positive
    (scikit-learn's average_precision_score); the share of answerable questions says nothing.
    """
    from sklearn.metrics import average_precision_score

    labels = answerable(scores)
    return float(average_precision_score(labels, confidence(scores))) if _both(labels) else None


@set_measure("aurc", "Area under risk-coverage", group=GROUP, better="less")
def aurc(scores: Sequence[Score]) -> float | None:
    """Mean risk over all coverages, from the most confident question alone to all of them
    (Geifman, Uziel & El-Yaniv 2019, "Bias-Reduced Uncertainty Estimation"); the risk is the share
    of questions taken that the opinion does not answer.
    """
    return float(risk_coverage(scores).risk.mean()) if scores else None


@set_measure("ece", "Calibration error", group=GROUP, better="less")
def ece(scores: Sequence[Score]) -> float | None:
    """Expected calibration error with 10 bins of equal width (Naeini et al. 2015; Guo et al. 2017):
    the distance between mean confidence and share of answerable questions in a bin, averaged over
    questions.
    """
    if not scores:
        return None
    return sum(b.count * abs(b.confidence - b.answerable) for b in calibration(scores)) / len(
        scores
    )


@set_measure("coverage_at_5_risk", "Coverage at 5% risk", group=GROUP, better="more", percent=True)
def coverage_at_5_risk(scores: Sequence[Score]) -> float | None:
    """The largest share of all questions that some threshold of the confidence lets through with at
    most 5% of them unanswerable (Geifman & El-Yaniv 2017, selective risk at a given coverage, read
    the other way).
    """
    if not scores:
        return None
    allowed = [c for c, risk in risk_coverage(scores).thresholds if risk <= RISK]
    return max(allowed, default=0.0)


def risk_coverage(scores: Sequence[Score]) -> RiskCoverage:
    """The risk-coverage curve (El-Yaniv & Wiener 2010). Among questions of one confidence the
    errors are spread evenly, which is the mean over all orders of the tied.
    """
    values = confidence(scores)
    order = np.argsort(-values, kind="stable")
    errors = np.cumsum(~answerable(scores)[order])
    ends = np.append(np.flatnonzero(np.diff(values[order])), len(order) - 1)
    taken = np.arange(1, len(order) + 1)
    spread = np.interp(taken, np.append(0, ends + 1), np.append(0, errors[ends]))
    risk = spread / taken
    coverage = taken / len(order)
    cuts = tuple((float(coverage[e]), float(risk[e])) for e in ends)
    return RiskCoverage(coverage=coverage, risk=risk, thresholds=cuts)


def calibration(scores: Sequence[Score]) -> tuple[Bin, ...]:
    """The bins of equal width that hold any question, by rising confidence; 1.0 is in the last."""
    from scipy.stats import binned_statistic

    values = confidence(scores)
    both = [values, answerable(scores).astype(np.float64)]
    sums, _, _ = binned_statistic(values, both, statistic="sum", bins=BINS, range=(0, 1))
    counts, _, _ = binned_statistic(values, values, statistic="count", bins=BINS, range=(0, 1))
    return tuple(
        Bin(float(sums[0][i] / counts[i]), float(sums[1][i] / counts[i]), int(counts[i]))
        for i in range(BINS)
        if counts[i]
    )


def answerable(scores: Sequence[Score]) -> NDArray[np.bool_]:
    return np.array([s.answerable for s in scores], dtype=np.bool_)


def confidence(scores: Sequence[Score]) -> Floats:
    return np.array([s.prediction.confidence for s in scores], dtype=np.float64)


def _both(labels: NDArray[np.bool_]) -> bool:
    """Whether there are answerable and unanswerable questions; else nothing is to be told apart."""
    return bool(labels.any()) and not bool(labels.all())


MEASURES = (
    answered_absent, refused_answerable, balanced_accuracy, auroc, average_precision, aurc, ece,
    coverage_at_5_risk,
)  # fmt: skip
