"""The level that says nothing about reading: answerable or not, guessed from the question alone.

People who write questions that a text does not answer word them differently from those it answers,
and a classifier that never sees the text can tell (Poliak et al. 2018 call such a classifier a
hypothesis-only baseline). Its figures are printed beside the abstention figures.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation.abstention import answerable
from assistant.evaluation.measures import set_measure
from assistant.evaluation.scoring import Score
from assistant.evaluation.tasks import Task

GROUP = "Question alone"
FOLDS = 5
SEED = 20


def question_only_probabilities(
    tasks: Sequence[Task], embeddings: NDArray[np.float64]
) -> tuple[float, ...] | None:
    """For each question, how probable it is that it is answerable, by a classifier that saw only
    other questions.

    Logistic regression (scikit-learn's defaults, classes weighted evenly) on the questions'
    embeddings, one row each, cross-validated in five folds that keep the share of answerable ones;
    the members of a contrast pair, and one question asked twice, are always in the same fold. None
    when there are too few of either kind to learn from.
    """
    # Imported here: scikit-learn takes a second that other commands need not wait for.
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

    labels = np.array([t.example.answerable for t in tasks], dtype=np.int64)
    groups = _groups(tasks)
    counts = [len(set(groups[labels == kind])) for kind in (0, 1)]
    folds = min(FOLDS, *counts)
    if folds < 2:
        return None
    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=SEED)
    splits = list(splitter.split(embeddings, labels, groups))
    if any(len(set(labels[train])) < 2 for train, _ in splits):
        return None
    probabilities = cross_val_predict(
        LogisticRegression(class_weight="balanced", max_iter=1000),
        embeddings,
        labels,
        cv=splits,
        method="predict_proba",
    )
    return tuple(float(p) for p in probabilities[:, 1])


@set_measure("question_only_auroc", "AUROC", group=GROUP, better="neither")
def question_only_auroc(scores: Sequence[Score]) -> float | None:
    """AUROC of a cross-validated logistic regression on the question's embedding, which never sees
    the opinion: an AUROC of the confidence that is no higher says nothing about reading.
    """
    from sklearn.metrics import roc_auc_score

    given = _given(scores)
    return None if given is None else float(roc_auc_score(*given))


@set_measure("question_only_average_precision", "Average precision", group=GROUP, better="neither")
def question_only_average_precision(scores: Sequence[Score]) -> float | None:
    """Average precision of the same classifier, which never sees the opinion."""
    from sklearn.metrics import average_precision_score

    given = _given(scores)
    return None if given is None else float(average_precision_score(*given))


@set_measure(
    "question_only_balanced_accuracy", "Balanced accuracy", group=GROUP, better="neither",
    percent=True,
)  # fmt: skip
def question_only_balanced_accuracy(scores: Sequence[Score]) -> float | None:
    """Balanced accuracy of the same classifier at probability one half."""
    from sklearn.metrics import balanced_accuracy_score

    given = _given(scores)
    if given is None:
        return None
    labels, probabilities = given
    return float(balanced_accuracy_score(labels, probabilities >= 0.5))


def _given(
    scores: Sequence[Score],
) -> tuple[NDArray[np.bool_], NDArray[np.float64]] | None:
    """Labels and probabilities; None where there are none, or one kind of question only."""
    labels = answerable(scores)
    probabilities = [s.question_only for s in scores if s.question_only is not None]
    if len(probabilities) < len(scores) or not labels.any() or labels.all():
        return None
    return labels, np.array(probabilities)


def _groups(tasks: Sequence[Task]) -> NDArray[np.int64]:
    """A group number for each task: one for a pair, and one for all that ask the same words."""
    numbers: dict[str, int] = {}
    groups = []
    for task in tasks:
        words = " ".join(task.example.question.lower().split())
        keys = [task.unit, f"words {words}"]
        number = next((numbers[k] for k in keys if k in numbers), len(numbers))
        numbers.update(dict.fromkeys(keys, number))
        groups.append(number)
    return np.array(groups)


MEASURES = (question_only_auroc, question_only_average_precision, question_only_balanced_accuracy)
