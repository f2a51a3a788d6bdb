"""The headline: the share of questions handled rightly."""

from __future__ import annotations

from assistant.evaluation.measures import question_measure
from assistant.evaluation.scoring import Score

GROUP = "Whole"


@question_measure("whole", "Handled rightly", group=GROUP, better="more", percent=True)
def whole(score: Score) -> float | None:
    """Share of questions handled rightly: an answerable one answered with every needed fact cited
    in at most 150 quoted words in total; one that the opinion does not answer, declined. The limit
    on words is there because showing half the opinion cites everything and answers nothing. An
    answerable question whose author gave no evidence is left out.
    """
    if score.answerable and not score.has_evidence:
        return None
    return float(not score.outcome.is_failure)


MEASURES = (whole,)
