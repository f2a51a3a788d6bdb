import warnings
from collections.abc import Sequence

import numpy as np
import pytest
from evaluation_fakes import S1, S2, prediction, quoted, task

from assistant.evaluation.abstention import answered_absent, auroc
from assistant.evaluation.bootstrap import difference, estimate
from assistant.evaluation.contrast import pairs_right
from assistant.evaluation.evaluation import MEASURES, compare, evaluate, score_all
from assistant.evaluation.scoring import Score, score
from assistant.evaluation.whole import whole


def scored(
    right: bool, *, id: str = "q", answerable: bool = False, pair: str | None = None
) -> Score:
    """A question that was handled rightly or not."""
    example = task(id=id, answerable=answerable, pair=pair, evidence=[[S1]] if answerable else [])
    answered = right if answerable else not right
    cited = quoted(S1) if answered else []
    return score(example, prediction(id, answered=answered, citations=cited))


def many(*right: bool) -> list[Score]:
    return [scored(r, id=f"q{n}") for n, r in enumerate(right)]


def test_interval_of_a_share_is_that_of_the_binomial() -> None:
    # 40 of 100: the 2.5th and 97.5th percentiles of a binomial with p = .4 are 31 and 50.
    got = estimate(whole, many(*[True] * 40, *[False] * 60), resamples=4000)

    assert got.value == pytest.approx(0.4)
    assert got.n == 100
    assert got.low == pytest.approx(0.31, abs=0.011)
    assert got.high == pytest.approx(0.50, abs=0.011)


def test_interval_is_the_same_every_time() -> None:
    scores = many(True, False, True, True)

    assert estimate(whole, scores) == estimate(whole, scores)


def test_one_question_has_a_figure_but_no_interval() -> None:
    got = estimate(whole, many(True))

    assert (got.value, got.low, got.high, got.n) == (1.0, None, None, 1)


def test_members_of_a_pair_are_drawn_together() -> None:
    # In each pair one member is right: any number of whole pairs has half of its members right.
    scores = [
        scored(right, id=f"{n}{right}", answerable=right, pair=str(n))
        for n in range(20)
        for right in (True, False)
    ]

    got = estimate(whole, scores)

    assert (got.value, got.low, got.high) == (0.5, 0.5, 0.5)


def test_measure_over_pairs_counts_pairs() -> None:
    scores = [
        scored(n < 3 or answerable, id=f"{n}{answerable}", answerable=answerable, pair=str(n))
        for n in range(4)
        for answerable in (True, False)
    ] + many(True, True)

    got = estimate(pairs_right, scores)

    assert (got.value, got.n) == (0.75, 4)
    assert got.low is not None
    assert got.low < 0.75


def test_measure_of_one_class_only_is_undefined() -> None:
    got = estimate(auroc, many(True, False, True))

    assert (got.value, got.low, got.high) == (None, None, None)


def test_paired_difference_is_narrower_than_what_the_runs_vary_by() -> None:
    rng = np.random.default_rng(1)
    old = many(*(bool(x) for x in rng.random(200) < 0.5))
    new = [scored(True, id=s.task.example.id) if n < 10 else s for n, s in enumerate(old)]
    gained = sum(a.outcome is not b.outcome for a, b in zip(new, old, strict=True))

    got = difference(whole, new, old)

    assert got.value == pytest.approx(gained / 200)
    assert got.low is not None
    assert got.high is not None
    assert got.low > 0
    assert got.high - got.low < 0.06  # of two runs that are unrelated: about 0.2


def test_difference_counts_questions_with_a_value_on_both_sides() -> None:
    absent = many(True, False)
    answerable = [scored(True, id="a", answerable=True)]

    got = difference(answered_absent, absent + answerable, absent + answerable)

    assert (got.value, got.n) == (0.0, 2)


def test_questions_that_changed_sides_are_listed_both_ways() -> None:
    asked = [task(id=str(n), answerable=True, evidence=[[S1]]) for n in range(3)]

    def answers(*cited: str) -> dict[str, object]:
        return {
            str(n): prediction(str(n), answered=True, citations=quoted(c))
            for n, c in enumerate(cited)
        }

    new = score_all(asked, answers(S1, S2, S1), judgements={}, guesses=None)
    got = compare(new, answers(S2, S1, S1), resamples=9)

    assert [a.task.example.id for a, _ in got.won] == ["0"]
    assert [a.task.example.id for a, _ in got.lost] == ["1"]
    assert got.differences["whole"].value == 0


DEGENERATE: dict[str, list[Score]] = {
    "one answerable": [scored(True, answerable=True)],
    "one absent": [scored(True)],
    "all answerable": [scored(n > 1, id=str(n), answerable=True) for n in range(4)],
    "all absent": many(True, True, False),
    "one of each": [scored(True, id="a"), scored(True, id="b", answerable=True)],
    "one pair": [scored(True, id=str(side), answerable=side, pair="p") for side in (True, False)],
    "half a pair": [scored(True, id="a", pair="p"), scored(True, id="b")],
}


@pytest.mark.parametrize("case", DEGENERATE)
def test_degenerate_sets_give_dashes_and_no_warning(case: str) -> None:
    scores: Sequence[Score] = DEGENERATE[case]
    predictions = {s.task.example.id: s.prediction for s in scores}

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = evaluate([s.task for s in scores], predictions, against=predictions, resamples=20)

    for measure in MEASURES:
        value = got.estimates[measure.name].value
        assert value is None or np.isfinite(value)
    assert got.estimates["quotation_exactness"].value in (None, 1.0)
    assert (got.estimates["auroc"].value is None) == (len({s.answerable for s in scores}) == 1)


def test_no_questions_at_all_leave_every_measure_undefined() -> None:
    got = evaluate([], {}, resamples=9)

    assert {e.value for e in got.estimates.values()} == {None}
