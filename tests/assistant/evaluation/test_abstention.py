import numpy as np
import pytest
from evaluation_fakes import prediction, task

from assistant.evaluation.abstention import (
    aurc,
    calibration,
    coverage_at_5_risk,
    ece,
    risk_coverage,
)
from assistant.evaluation.bootstrap import figure
from assistant.evaluation.scoring import Score, score


def scores(*questions: tuple[bool, float]) -> list[Score]:
    """Questions as (answerable, confidence)."""
    return [
        score(task(id=str(n), answerable=a), prediction(str(n), confidence=c))
        for n, (a, c) in enumerate(questions)
    ]


def test_risk_counts_the_unanswerable_among_the_surest() -> None:
    curve = risk_coverage(scores((True, 0.9), (False, 0.8), (True, 0.7), (False, 0.6)))

    assert curve.coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert curve.risk.tolist() == pytest.approx([0, 1 / 2, 1 / 3, 2 / 4])


def test_ties_stand_for_all_their_orders() -> None:
    tied = scores((True, 1.0), (True, 0.5), (False, 0.5), (True, 0.5), (False, 0.5))

    curve = risk_coverage(tied)

    # Behind the first question half of the tied are unanswerable, in every order on average.
    assert curve.risk.tolist() == pytest.approx([0, 0.5 / 2, 1 / 3, 1.5 / 4, 2 / 5])
    assert curve.thresholds == ((0.2, 0.0), (1.0, 0.4))


def test_an_assistant_that_is_always_sure_has_the_risk_of_the_set_throughout() -> None:
    sure = scores(*[(n % 4 != 0, 1.0) for n in range(8)])

    assert figure(aurc, sure) == pytest.approx(0.25)
    assert figure(coverage_at_5_risk, sure) == 0


def test_coverage_is_the_largest_that_a_threshold_can_reach() -> None:
    # 19 answerable, one that is not, one answerable tied with it: 1 in 20 is 5%, 1 in 21 less.
    surest = [(True, 0.9 - n / 100) for n in range(19)]

    assert (
        figure(coverage_at_5_risk, scores(*surest, (False, 0.3), (True, 0.2), (False, 0.1)))
        == 21 / 22
    )
    assert figure(coverage_at_5_risk, scores(*surest, (False, 0.3), (False, 0.3))) == 19 / 21


def test_bins_have_equal_width_and_hold_zero_and_one() -> None:
    bins = calibration(scores((False, 0.0), (True, 0.04), (True, 0.55), (True, 1.0), (False, 0.96)))

    assert [(round(b.confidence, 3), b.answerable, b.count) for b in bins] == [
        (0.02, 0.5, 2),
        (0.55, 1.0, 1),
        (0.98, 0.5, 2),
    ]


def test_calibrated_confidences_have_no_error() -> None:

    rng = np.random.default_rng(3)
    confidences = rng.random(4000)
    labels = rng.random(4000) < confidences

    got = figure(
        ece, scores(*((bool(a), float(c)) for a, c in zip(labels, confidences, strict=True)))
    )

    assert got == pytest.approx(0, abs=0.03)
