import numpy as np
from evaluation_fakes import prediction, task
from sklearn.metrics import roc_auc_score

from assistant.evaluation.evaluation import evaluate
from assistant.evaluation.question_only import question_only_probabilities
from assistant.evaluation.tasks import Task
from fakes import OverlapEmbeddings

ENCODER = OverlapEmbeddings()
WORDS = "bridge flood car town mayor radio notice river road school".split()


def probabilities(tasks: list[Task]) -> tuple[float, ...] | None:
    rows = [ENCODER.embed_query(t.example.question) for t in tasks]
    return question_only_probabilities(tasks, np.array(rows))


def test_wording_that_gives_the_answer_away_is_found() -> None:
    tasks = [
        task(id=f"{a}{n}", answerable=a, question=f"{'Why' if a else 'How exactly'} the {w} {n}?")
        for n, w in enumerate(WORDS * 2)
        for a in (True, False)
    ]

    guesses = probabilities(tasks)

    assert guesses is not None
    assert roc_auc_score([t.example.answerable for t in tasks], guesses) > 0.95


def test_members_of_contrast_pairs_cannot_be_told_apart() -> None:
    # The same words on both sides: a fold that held one member only would know the other's label.
    tasks = [
        task(id=f"{a}{n}", answerable=a, pair=str(n), question=f"Why the {w}?")
        for n, w in enumerate(WORDS)
        for a in (True, False)
    ]

    guesses = probabilities(tasks)

    assert guesses is not None
    assert roc_auc_score([t.example.answerable for t in tasks], guesses) == 0.5


def test_one_question_asked_twice_is_in_one_fold() -> None:
    tasks = [task(id=f"{n}", answerable=n % 2 == 0, question="Why?") for n in range(10)]

    assert probabilities(tasks) is None


def test_too_few_of_a_kind_give_nothing() -> None:
    tasks = [task(id=str(n), answerable=n > 0, question=f"Why {w}?") for n, w in enumerate(WORDS)]

    assert probabilities(tasks) is None


def test_the_level_stands_beside_the_abstention_figures() -> None:
    tasks = [
        task(id=f"{a}{n}", answerable=a, question=f"{'Why' if a else 'How'} the {w}?")
        for n, w in enumerate(WORDS)
        for a in (True, False)
    ]
    predictions = {t.example.id: prediction(t.example.id) for t in tasks}

    with_encoder = evaluate(tasks, predictions, encoder=ENCODER, resamples=9).estimates
    without = evaluate(tasks, predictions, resamples=9).estimates

    assert with_encoder["auroc"].value == 0.5
    level = with_encoder["question_only_auroc"].value
    assert level is not None
    assert level > 0.7
    assert without["question_only_auroc"].value is None
