"""Contrast measures: the same question asked of the opinion and of a variant of its text.

After contrast sets (Gardner et al. 2020, "Evaluating Models' Local Decision Boundaries via Contrast
Sets"). Only complete pairs count: two questions under one `pair`, one answerable and one not.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.evaluation.abstention import answerable, confidence
from assistant.evaluation.measures import set_measure
from assistant.evaluation.scoring import Score

GROUP = "Contrast pairs"


@set_measure(
    "pairs_right", "Both members handled rightly", group=GROUP, better="more", percent=True,
    by_pair=True,
)  # fmt: skip
def pairs_right(scores: Sequence[Score]) -> float | None:
    """Share of contrast pairs with both members handled rightly, the contrast consistency of
    Gardner et al. (2020). What the wording of the question gives away cannot earn it. Pairs whose
    answerable member has no evidence to compare with are left out.
    """
    graded = [pair for pair in pairs(scores) if pair[0].has_evidence]
    right = [not any(s.outcome.is_failure for s in pair) for pair in graded]
    return sum(right) / len(right) if right else None


@set_measure("pair_order", "Answerable member surer", group=GROUP, better="more", percent=True,
    by_pair=True,
)  # fmt: skip
def pair_order(scores: Sequence[Score]) -> float | None:
    """Share of contrast pairs whose answerable member has the higher confidence, ties counting
    half: the AUROC within pairs; 50% says nothing.
    """
    gaps = [a.prediction.confidence - b.prediction.confidence for a, b in pairs(scores)]
    return sum((gap > 0) + (gap == 0) / 2 for gap in gaps) / len(gaps) if gaps else None


@set_measure("pair_auroc", "AUROC over the pairs", group=GROUP, better="more", by_pair=True)
def pair_auroc(scores: Sequence[Score]) -> float | None:
    """AUROC of the confidence over all members of contrast pairs together, answerable being
    positive (scikit-learn's roc_auc_score); .5 says nothing.
    """
    from sklearn.metrics import roc_auc_score

    members = [member for pair in pairs(scores) for member in pair]
    return float(roc_auc_score(answerable(members), confidence(members))) if members else None


def pairs(scores: Sequence[Score]) -> list[tuple[Score, Score]]:
    """The complete pairs, the answerable member first.

    Members are matched in order, so that a pair drawn twice by a resample counts twice.
    """
    open_members: dict[tuple[str, bool], list[Score]] = {}
    found = []
    for score in scores:
        key = score.task.example.pair_key
        if key is None:
            continue
        waiting = open_members.get((key, not score.answerable))
        if waiting:
            other = waiting.pop(0)
            found.append((score, other) if score.answerable else (other, score))
        else:
            open_members.setdefault((key, score.answerable), []).append(score)
    return found


MEASURES = (pairs_right, pair_order, pair_auroc)
