"""Answer text measures: words shared with the reference answers, and a chat model's judgement.

Shared words are weak evidence for quotations (`text_overlap`). They count answerable questions that
have reference answers; a refused one shares nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.evaluation.measures import question_measure, set_measure
from assistant.evaluation.scoring import Outcome, Score

GROUP = "Answer text (weak evidence for quotations)"
JUDGE = "Judged by a chat model"


@question_measure("token_f1", "SQuAD token F1", group=GROUP, better="more")
def token_f1(score: Score) -> float | None:
    """F1 of the words shared with the closest reference answer, as SQuAD counts them (Rajpurkar et
    al. 2016, section 6.1). Weak evidence for quotations; a refused question counts 0.
    """
    if not _has_references(score):
        return None
    return score.overlap.token_f1 if score.overlap is not None else 0.0


@question_measure("rouge_l", "ROUGE-L", group=GROUP, better="more")
def rouge_l(score: Score) -> float | None:
    """F-measure of the longest common subsequence of words with the closest reference answer (Lin
    2004; Google's rouge-score with stemming). Weak evidence for quotations; a refused question
    counts 0.
    """
    if not _has_references(score):
        return None
    return score.overlap.rouge_l if score.overlap is not None else 0.0


@question_measure("judge_correct", "Correct", group=JUDGE, better="more", percent=True)
def judge_correct(score: Score) -> float | None:
    """Share of the answers judged that a chat model calls correct, given the reference answers, or
    given that the opinion does not answer.
    """
    return None if score.judgement is None else float(score.judgement.correct)


@question_measure("judge_supported", "Supported", group=JUDGE, better="more", percent=True)
def judge_supported(score: Score) -> float | None:
    """Share of the answers judged that a chat model calls supported: every statement follows from
    the passages cited.
    """
    return None if score.judgement is None else float(score.judgement.supported)


@question_measure(
    "judge_agreement", "Agrees with the evidence", group=JUDGE, better="neither", percent=True
)
def judge_agreement(score: Score) -> float | None:
    """Share of the answers judged on which judge and evidence measures agree: called correct and
    supported exactly where the question was handled rightly.
    """
    verdicts = _verdicts(score)
    return None if verdicts is None else float(verdicts[0] == verdicts[1])


@set_measure("judge_kappa", "Agreement beyond chance (kappa)", group=JUDGE, better="neither")
def judge_kappa(scores: Sequence[Score]) -> float | None:
    """Cohen's kappa between judge and evidence measures (Cohen 1960; scikit-learn's
    cohen_kappa_score): 1 is full agreement, 0 what chance gives.
    """
    from sklearn.metrics import cohen_kappa_score

    given = [v for v in map(_verdicts, scores) if v is not None]
    ours, theirs = {v[0] for v in given}, {v[1] for v in given}
    if not given or len(ours | theirs) < 2:
        return None
    return float(cohen_kappa_score([v[0] for v in given], [v[1] for v in given]))


def _has_references(score: Score) -> bool:
    return score.answerable and bool(score.task.example.answers)


def _verdicts(score: Score) -> tuple[bool, bool] | None:
    """What the judge and what the evidence measures make of an answer."""
    if score.judgement is None or score.outcome is Outcome.UNGRADED:
        return None
    judged = score.judgement.correct and score.judgement.supported
    return judged, not score.outcome.is_failure


MEASURES = (token_f1, rouge_l, judge_correct, judge_supported, judge_agreement, judge_kappa)
