"""The main measures once more, in a few lines of plain Python, on ten questions worked out by hand.

The smaller figures in the comments are the working.
"""

from __future__ import annotations

import statistics
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from evaluation_fakes import S1, S2, S3, S4, S5, S6, prediction, quoted, task

from assistant.evaluation.evaluation import Evaluation, evaluate
from assistant.evaluation.predictions import Prediction
from assistant.evaluation.tasks import Task

# id: (answerable, needed facts, cited (None: declined), retrieved, confidence)
TEN: dict[str, tuple[bool, list[list[str]], list[str] | None, list[str], float]] = {
    "right": (True, [[S1]], [S1], [S1, S2], 0.92),
    "second citation right": (True, [[S2]], [S3, S2], [S3, S2], 0.81),
    "one fact of two": (True, [[S1], [S2]], [S1], [S4, S1, S3, S2], 0.72),
    "the other passage": (True, [[S3, S4]], [S4], [S4], 0.63),
    "refused": (True, [[S5]], None, [S6, S5], 0.24),
    "answered though absent": (False, [], [S5], [S5], 0.55),
    "declined": (False, [], None, [S1], 0.13),
    "declined though surer": (False, [], None, [S2], 0.35),
    "wrong": (True, [[S5]], [S6], [S6], 0.44),
    "declined, sure": (False, [], None, [], 0.05),
}


def ten() -> tuple[list[Task], dict[str, Prediction]]:
    tasks, predictions = [], {}
    for n, (id, (answerable, facts, cited, retrieved, confidence)) in enumerate(TEN.items(), 1):
        extra: dict[str, Any] = {"answers": ["The town was sued"]} if id == "right" else {}
        tasks.append(task(id=id, answerable=answerable, evidence=facts, **extra))
        predictions[id] = prediction(
            id,
            answered=cited is not None,
            answer="Smith sued the town. [1]" if cited else "No.",
            citations=quoted(*(cited or [])),
            retrieved=quoted(*retrieved),
            confidence=confidence,
            seconds=n / 10,
        )
    return tasks, predictions


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    tasks, predictions = ten()
    return evaluate(tasks, predictions, resamples=200)


# The second implementation: sentences are whole, so that a passage is proved when it is among them.

ANSWERABLE = [q for q in TEN.values() if q[0]]
ABSENT = [q for q in TEN.values() if not q[0]]


def proved(fact: list[str], shown: list[str] | None) -> bool:
    return any(passage in (shown or []) for passage in fact)


def mean(values: list[Any]) -> Fraction:
    return Fraction(sum(Fraction(v) for v in values), len(values))


def plain_whole() -> Fraction:
    right = [all(proved(f, q[2]) for f in q[1]) if q[0] else q[2] is None for q in TEN.values()]
    return mean([int(r) for r in right])


def plain_fact_recall() -> Fraction:
    return mean([mean([int(proved(f, q[2])) for f in q[1]]) for q in ANSWERABLE])


def plain_first_citation() -> Fraction:
    return mean([int(any(proved(f, (q[2] or [])[:1]) for f in q[1])) for q in ANSWERABLE])


def plain_citation_precision() -> Fraction:
    return mean(
        [
            mean([int(any(proved(f, [c]) for f in q[1])) for c in q[2]]) if q[2] else 0
            for q in ANSWERABLE
        ]
    )


def plain_auroc() -> Fraction:
    return mean([int(a[4] > b[4]) for a, b in product(ANSWERABLE, ABSENT)])


def by_confidence() -> list[bool]:
    return [q[0] for q in sorted(TEN.values(), key=lambda q: -q[4])]


def plain_average_precision() -> Fraction:
    labels = by_confidence()
    return mean([Fraction(sum(labels[: k + 1]), k + 1) for k, label in enumerate(labels) if label])


def plain_risks() -> list[Fraction]:
    labels = by_confidence()
    return [Fraction(labels[:k].count(False), k) for k in range(1, len(labels) + 1)]


def plain_coverage() -> Fraction:
    return max(Fraction(k, 10) for k, risk in enumerate(plain_risks(), 1) if risk <= 0.05)


def plain_recall_at(k: int) -> Fraction:
    return mean([mean([int(proved(f, q[3][:k])) for f in q[1]]) for q in ANSWERABLE])


def plain_mrr() -> Fraction:
    ranks = [
        next((n for n, s in enumerate(q[3], 1) if any(proved(f, [s]) for f in q[1])), None)
        for q in ANSWERABLE
    ]
    return mean([Fraction(1, r) if r else 0 for r in ranks])


BY_HAND: dict[str, tuple[Fraction | float, Fraction | float]] = {
    # rightly: right, second citation right, the other passage, and three declined
    "whole": (Fraction(6, 10), plain_whole()),
    "fact_recall": (Fraction(7, 12), plain_fact_recall()),  # 1 1 ½ 1 0 0
    "first_citation": (Fraction(3, 6), plain_first_citation()),  # 1 0 1 1 0 0
    "citation_precision": (Fraction(7, 12), plain_citation_precision()),  # 1 ½ 1 1 0 0
    "quotation_exactness": (1, 1),
    "words": (
        Fraction(7 + 17 + 7 + 8 + 8 + 8, 6),
        mean([sum(len(s.split()) for s in q[2]) for q in TEN.values() if q[2]]),
    ),
    "citations": (Fraction(7, 6), mean([len(q[2]) for q in TEN.values() if q[2]])),
    "answered_absent": (Fraction(1, 4), mean([int(q[2] is not None) for q in ABSENT])),
    "refused_answerable": (Fraction(1, 6), mean([int(q[2] is None) for q in ANSWERABLE])),
    "balanced_accuracy": (
        Fraction(19, 24),  # (5/6 + 3/4) / 2
        (
            mean([int(q[2] is not None) for q in ANSWERABLE])
            + mean([int(q[2] is None) for q in ABSENT])
        ) / 2,
    ),
    "auroc": (Fraction(21, 24), plain_auroc()),  # .44 misses one of four, .24 two
    "average_precision": (Fraction(67, 72), plain_average_precision()),  # 1 1 1 1 5/6 6/8
    "aurc": (float(mean([0, 0, 0, 0, Fraction(1, 5), Fraction(1, 6), Fraction(2, 7),
                         Fraction(2, 8), Fraction(3, 9), Fraction(4, 10)])),
             mean(plain_risks())),
    # one question a bin: .08 .19 .28 .37 .76 .55 .13 .35 .56 .05
    "ece": (0.332, statistics.mean(abs(q[4] - q[0]) for q in TEN.values())),
    "coverage_at_5_risk": (Fraction(4, 10), plain_coverage()),
    "recall@1": (Fraction(2, 6), plain_recall_at(1)),  # 1 0 0 1 0 0
    "recall@3": (Fraction(9, 12), plain_recall_at(3)),  # 1 1 ½ 1 1 0
    "recall@5": (Fraction(5, 6), plain_recall_at(5)),  # 1 1 1 1 1 0
    "recall@10": (Fraction(5, 6), plain_recall_at(10)),
    "mrr": (Fraction(7, 12), plain_mrr()),  # 1 ½ ½ 1 ½ 0
    # smith sued town / town was sued: 2 shared of 3 and 3
    "token_f1": (Fraction(2, 3), Fraction(2 * 2, 3 + 3)),
    # smith sued the town / the town was sued: "the town" of 4 and 4
    "rouge_l": (Fraction(1, 2), Fraction(2 * 2, 4 + 4)),
    "seconds_median": (0.55, statistics.median(n / 10 for n in range(1, 11))),
    "seconds_p95": (0.955, 0.9 + 0.55 * 0.1),
    "questions_per_second": (Fraction(100, 55), 10 / sum(n / 10 for n in range(1, 11))),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_measure_agrees_with_the_hand_and_with_plain_python(
    evaluation: Evaluation, name: str
) -> None:
    by_hand, plain = BY_HAND[name]
    value = evaluation.estimates[name].value

    assert value == pytest.approx(float(by_hand))
    assert value == pytest.approx(float(plain))


def test_interval_holds_the_figure(evaluation: Evaluation) -> None:
    for name in BY_HAND:
        e = evaluation.estimates[name]
        if e.n > 1:
            assert e.low is not None
            assert e.high is not None
            assert e.value is not None
            assert e.low <= e.value <= e.high, name


def test_characters_are_counted_as_legalbench_rag_counts_them() -> None:
    # Two facts, the second with a longer and a shorter passage; S1 and S4 retrieved, S2 is not.
    facts = [[S1], [S3, S4], [S2]]
    shown = prediction(answered=True, citations=quoted(S1), retrieved=quoted(S1, S4, S6))

    e = evaluate([task(answerable=True, evidence=facts)], {"q": shown}, resamples=9).estimates

    assert e["char_precision@1"].value == 1
    assert e["char_recall@1"].value == pytest.approx(len(S1) / (len(S1) + len(S3) + len(S2)))
    assert e["char_precision@3"].value == pytest.approx(
        (len(S1) + len(S4)) / (len(S1) + len(S4) + len(S6))
    )
    assert e["char_recall@3"].value == pytest.approx(
        (len(S1) + len(S4)) / (len(S1) + len(S4) + len(S2))
    )


def test_pairs_count_when_both_members_are_right_and_the_answerable_is_surer() -> None:
    # pair: (cited for the answerable, its confidence), (cited for the other, its confidence)
    pairs: dict[str, tuple[tuple[list[str], float], tuple[list[str], float]]] = {
        "both right": (([S1], 0.9), ([], 0.2)),
        "answered both": (([S1], 0.8), ([S2], 0.8)),
        "wrong and declined": (([S2], 0.3), ([], 0.6)),
    }
    tasks, predictions = [], {}
    for pair, sides in pairs.items():
        for answerable, (cited, confidence) in zip((True, False), sides, strict=True):
            id = f"{pair} {answerable}"
            evidence = [[S1]] if answerable else []
            tasks.append(task(id=id, pair=pair, answerable=answerable, evidence=evidence))
            predictions[id] = prediction(
                id, answered=bool(cited), citations=quoted(*cited), confidence=confidence
            )

    e = evaluate(tasks, predictions, resamples=9).estimates

    assert (e["pairs_right"].value, e["pairs_right"].n) == (pytest.approx(1 / 3), 3)
    assert e["pair_order"].value == pytest.approx((1 + 0.5 + 0) / 3)
    # .9 beats all three, .8 beats two and ties one, .3 beats one
    assert e["pair_auroc"].value == pytest.approx((3 + 2.5 + 1) / 9)
