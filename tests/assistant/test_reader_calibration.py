"""From the model's scores to ranking, probability and number of quotations, by hand."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ReaderError
from assistant.reader.calibration import (
    ReaderSettings,
    features,
    quotations,
    ranking_scores,
)
from assistant.reader.model import Scores
from assistant.reader.trained import FOLDER

# Late scores have the mean 2; the joint reader prefers the second of the two it read.
SCORES = Scores(
    late=np.array([1.0, 5.0, 3.0, -1.0], dtype=np.float32),
    places=np.array([1, 2]),
    joint=np.array([-1.0, 2.0], dtype=np.float32),
)


def settings() -> ReaderSettings:
    return ReaderSettings.load(FOLDER / "reader.json")


def test_ranking_joins_both_scores_by_their_shares() -> None:
    assert ranking_scores(SCORES, 0.5).tolist() == [0.5 * -1 + 0.5 * 3, 0.5 * 2 + 0.5 * 1]
    assert ranking_scores(SCORES, 1.0).tolist() == [3.0, 1.0]
    assert ranking_scores(SCORES, 0.0).tolist() == [-1.0, 2.0]


def test_features_are_the_ten_numbers_that_are_described() -> None:
    both = math.log(math.exp(-1) + math.exp(2))

    found = features(SCORES, 0.75)

    # ranked: .25 * -1 + .75 * 3 = 2, and .25 * 2 + .75 * 1 = 1.25
    assert found == pytest.approx((2, 3, both, -1, 2, 0.75, 5, 3, 2, 0), abs=1e-5)


def test_one_sentence_has_no_lead() -> None:
    one = Scores(np.array([4.0], np.float32), np.array([0]), np.array([1.0], np.float32))

    found = features(one, 0.5)

    assert (found[1], found[5], found[8], found[9]) == (0, 0, 0, 1)


def test_probability_is_the_logistic_of_the_standardised_features() -> None:
    count = len(features(SCORES, 0.75))
    given = replace(
        settings(),
        late_share=0.75,
        mean=(1.0,) * count,
        spread=(2.0,) * count,
        weights=(0.5, *[0.0] * (count - 1)),
        bias=-0.25,
    )

    # (2 - 1) / 2 * .5 - .25 = 0
    assert given.confidence(SCORES) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("scores", "mass", "count"),
    [
        ([0.0, 0.0, 0.0, 0.0], 0.9, 3),  # never more than three
        ([0.0, 0.0], 0.9, 2),
        ([9.0, 0.0, 0.0], 0.9, 1),
        ([1.0, 1.0, -9.0], 0.8, 2),
        ([1.0, 1.0, -9.0], 0.4, 1),
    ],
)
def test_quotes_the_fewest_that_hold_the_mass(scores: list[float], mass: float, count: int) -> None:
    assert quotations(np.array(scores, dtype=np.float32), mass) == count


def test_settings_are_read_as_they_were_written(tmp_path: Path) -> None:
    settings().save(tmp_path / "reader.json")

    assert ReaderSettings.load(tmp_path / "reader.json") == settings()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "Expecting property name"),
        ("[]", "format 3 was sought"),
        ('{"format": 2}', "format 3 was sought"),
        ('{"format": 3, "bias": 0}', "missing"),
    ],
)
def test_settings_that_cannot_be_read_are_one_line(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "reader.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ReaderError) as e:
        ReaderSettings.load(path)

    assert str(e.value).startswith(f"The trained reader's {path} cannot be read (")
    assert why in str(e.value)
    assert "\n" not in str(e.value)
