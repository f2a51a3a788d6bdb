import numpy as np
import pytest
from small_opinions import opinion_of

from vectorstore.passages import passages_of
from vectorstore.ranking import Ranking, Weights

# Passages: title, a, b, c (alone in its paragraph), then the paragraph of a and b.
PASSAGES = passages_of(opinion_of(["a", "b"], ["c"]))


def scored(dense: list[float], lexical: list[float], weights: dict[str, float]) -> list[float]:
    nothing = {"dense": 0.0, "lexical": 0.0, "dense_paragraph": 0.0, "lexical_paragraph": 0.0}
    ranking = Ranking(PASSAGES, Weights(**(nothing | weights)))
    found = ranking.scores(np.array(dense, np.float32), np.array(lexical, np.float32))
    return [float(x) for x in found]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({"dense": 1.0}, [0.1, 0.2, 0.3, 0.4, 0.5]),
        ({"lexical": 1.0}, [0.0, 0.5, 0.0, 1.0, 0.25]),  # as shares of the highest
        ({"dense_paragraph": 1.0}, [0.1, 0.5, 0.5, 0.4, 0.5]),  # c stands for its paragraph
        ({"lexical_paragraph": 1.0}, [0.0, 0.25, 0.25, 1.0, 0.25]),
        ({"dense": 1.0, "lexical": 2.0}, [0.1, 1.2, 0.3, 2.4, 1.0]),
    ],
)
def test_scores_are_weighted_sums(weights: dict[str, float], expected: list[float]) -> None:
    found = scored([0.1, 0.2, 0.3, 0.4, 0.5], [0, 2, 0, 4, 1], weights)
    assert found == pytest.approx(expected)


def test_no_word_in_common_leaves_the_dense_scores() -> None:
    dense = [0.1, 0.2, 0.3, 0.4, 0.5]
    assert scored(dense, [0] * 5, {"dense": 1.0, "lexical": 1.0}) == pytest.approx(dense)
