"""From the model's scores to what the reader says: the ranking, the probability that the opinion
answers, and how many sentences to quote. `reader.json` holds the numbers, fitted by `train.py` on
opinions that the model was not trained on.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from assistant.errors import ReaderError

if TYPE_CHECKING:
    from assistant.reader.model import Scores

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
FORMAT: Final = 3


def reader_version(folder: Path = Path(__file__).parent) -> str | None:
    """What tells one trained reader from another: `reader.json` holds the digests of its graphs.

    None where there is none.
    """
    try:
        return hashlib.sha256((folder / "reader.json").read_bytes()).hexdigest()[:12]
    except OSError:
        return None


@dataclass(frozen=True)
class ReaderSettings:
    """Contents of `reader.json`.

    question_tokens, sentence_tokens, context_tokens: lengths to which a question, a sentence and
    the sentence before it are cut. candidates: sentences read jointly. late_scale: of the late
    interaction's MaxSim and cosine. late_share: of the late score in the ranking (0 to 1).
    mean, spread, weights, bias: logistic regression over the standardised `features`. threshold:
    the probability from which a question counts as answered. shown: share of the softmax over the
    ranking's scores that the quoted sentences hold. sha256: digest of each graph.
    """

    question_tokens: int
    sentence_tokens: int
    context_tokens: int
    candidates: int
    late_scale: tuple[float, float]
    late_share: float
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    threshold: float
    shown: float
    base_sha256: str
    sha256: dict[str, str]

    @classmethod
    def load(cls, path: Path) -> ReaderSettings:
        """Read and check `reader.json`. Raises ReaderError."""
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(raw, dict) or raw.pop("format", None) != FORMAT:
                raise ValueError(f"format {FORMAT} was sought")
            raw = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
            return cls(**raw)
        except (OSError, TypeError, ValueError) as error:
            raise ReaderError(f"The trained reader's {path} cannot be read ({error}).") from error

    def save(self, path: Path) -> None:
        """Write `reader.json`."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=1)
        path.write_text(text + "\n", encoding="utf-8")

    def confidence(self, scores: Scores) -> float:
        """The probability (0 to 1) that the opinion answers."""
        values = np.array(features(scores, self.late_share))
        z = float((values - self.mean) / self.spread @ np.array(self.weights)) + self.bias
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))

    def quotations(self, scores: Scores) -> int:
        """How many sentences an answer takes, 1 to 3."""
        return quotations(ranking_scores(scores, self.late_share), self.shown)


def ranking_scores(scores: Scores, late_share: float) -> FloatArray:
    """Scores of the sentences read jointly [k], in the order of `scores.places`; higher is better.

    The late score counts less its mean over the opinion.
    """
    late = scores.late[scores.places] - scores.late.mean()
    return np.asarray((1 - late_share) * scores.joint + late_share * late, dtype=np.float32)


def best_first(scores: Scores, late_share: float) -> IntArray:
    """All sentences [sentences]: those read jointly as ranked, then the others by late score."""
    read = scores.places[np.argsort(-ranking_scores(scores, late_share), kind="stable")]
    others = np.argsort(-scores.late, kind="stable")[len(read) :]
    return np.concatenate([read, others])


def features(scores: Scores, late_share: float) -> tuple[float, ...]:
    """What the probability is computed from.

    Of the joint scores, which stand against "none of these" at zero: the best, its lead over the
    next, the log of the summed exponentials, and the score of the sentence ranked first. Of the
    ranking's scores: the best, and its lead. Of the late scores: the best as it is, less the mean
    over the opinion, and its lead. Last, whether joint reading and ranking put the same one first.
    """
    ranked = ranking_scores(scores, late_share)
    first = int(ranked.argmax())
    late = float(scores.late.max())
    return (
        float(scores.joint.max()),
        _lead(scores.joint),
        float(np.logaddexp.reduce(scores.joint.astype(np.float64))),
        float(scores.joint[first]),
        float(ranked.max()),
        _lead(ranked),
        late,
        late - float(scores.late.mean()),
        _lead(scores.late),
        float(first == int(scores.joint.argmax())),
    )


def _lead(values: FloatArray) -> float:
    """The best less the next; 0 where there is only one."""
    best = np.sort(values)[::-1]
    return float(best[0] - best[min(1, len(best) - 1)])


def quotations(ranked: FloatArray, mass: float) -> int:
    """The fewest of the best sentences, at most three, that hold `mass` (0 to 1) of the softmax."""
    share = np.exp(ranked - ranked.max())
    reached = np.cumsum(np.sort(share / share.sum())[::-1])
    return min(3, len(ranked), 1 + int((reached < mass).sum()))
