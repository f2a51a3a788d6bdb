"""The trained reader as the chain uses it: `model.ReaderModel` on an `Opinion`, its vectors kept
between processes.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import secrets
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from langchain_core.documents import Document

from assistant.reader import NO_READING, RankedSentence, Reading
from assistant.reader.model import IndexedOpinion, ReaderModel
from assistant.reader.retrieval import likeness
from vectorstore.embedding.model_files import DEFAULT_MODEL, find_model
from vectorstore.opinion import Opinion
from vectorstore.passages import plain_text

Scores = npt.NDArray[np.float32]

LEAST_RANKED = 10  # sentences, where the opinion has as many

FOLDER = Path(__file__).parent
"""Where the graphs and `reader.json` lie."""

# Logistic regression on `features`, fitted by `tests/benchmarks/reader_choices.py` on training
# opinions that the model was not trained on. There the threshold lets 88% of the answered
# questions through, declines 28% of the near misses and 68% of another opinion's questions; a
# greater share of the softmax would show more sentences and hardly more facts.
INTERCEPT = -4.21
WEIGHTS = (0.620, -0.491, 0.192)
THRESHOLD = 0.40
SHOWN = 0.9
# Below this likeness (`retrieval.likeness`) a question lies so far from the opinion that the model,
# which knows legal questions only, is not asked: 2 in 1,000 answered training questions do, and 24
# in 100 of another opinion's on `dev`.
FAR = 0.08


class TrainedReader:
    """Reads a question against the sentences of one opinion at a time; safe to share."""

    notice: str | None = None
    threshold = THRESHOLD

    def __init__(self, *, folder: Path = FOLDER, cache: Path) -> None:
        """Load and check the graphs in `folder`. `cache` keeps sentence vectors between processes.

        Raises ReaderError, and EmbeddingModelError when the base model is missing or altered.
        """
        base = find_model(DEFAULT_MODEL, cache=cache).folder
        # One thread: two wait for each other as soon as another program takes a core.
        self.model = ReaderModel(folder, base, threads=1)
        version = hashlib.sha256(repr(self.model.settings.files).encode()).hexdigest()[:12]
        self._cache = cache / f"reader-{version}"
        self._texts: dict[str, list[str]] = {}  # by the opinion's digest, the last one only

    def prepare(self, opinion: Opinion) -> None:
        """Encode the opinion's sentences, or find them encoded; questions are quicker then."""
        texts = self._sentences(opinion)
        path = self._cache / f"{opinion.digest}.npz"
        if not texts or self._recall(texts, path):
            return
        made = self.model.index(texts)
        with contextlib.suppress(OSError):  # a store that can only be read: encoded each time
            path.parent.mkdir(parents=True, exist_ok=True)
            aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
            with aside.open("wb") as file:
                # Half precision: scores differ by less than one in a thousand.
                np.savez(
                    file,
                    tokens=made.tokens.astype(np.float16),
                    starts=made.starts,
                    means=made.means.astype(np.float16),
                )
            aside.replace(path)

    def read(self, question: str, opinion: Opinion, passages: Sequence[Document]) -> Reading:
        """See `Reader.read`. Every sentence of the opinion is scored, found or not."""
        found = [p for p in passages if p.metadata["sentence"] is not None]
        if not found:
            return NO_READING
        scores = self.scores(question, self._sentences(opinion))
        best = np.argsort(-scores, kind="stable")[: max(len(found), LEAST_RANKED)].tolist()
        like = likeness(question, found)
        return Reading(
            ranked=tuple(RankedSentence(i, float(scores[i])) for i in best),
            confidence=confidence(features(scores)) if like >= FAR else like,
            quotations=quotations(scores, SHOWN),
        )

    def scores(self, question: str, sentences: Sequence[str]) -> Scores:
        """The late interaction's score of each sentence [sentences]; higher is better."""
        asked = self.model.token_ids([question], self.model.settings.question_tokens)[0]
        return self.model.raw_late_scores(asked, self.model.index(sentences))

    def _sentences(self, opinion: Opinion) -> list[str]:
        """The words of each sentence, without star pages and footnote calls."""
        texts = self._texts.get(opinion.digest)
        if texts is None:
            texts = [plain_text(opinion, s) for s in opinion.sentences]
            self._texts = {opinion.digest: texts}
        return texts

    def _recall(self, texts: list[str], path: Path) -> bool:
        """Whether another process has left the vectors of these sentences, whole."""
        try:
            with np.load(path) as kept:
                tokens, starts, means = (kept[name] for name in ("tokens", "starts", "means"))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return False
        ids = self.model.token_ids(texts, self.model.settings.sentence_tokens)
        if len(starts) != len(texts) or len(tokens) != sum(map(len, ids)):
            return False
        self.model.keep(
            texts,
            IndexedOpinion(
                tokens=tokens.astype(np.float32),
                starts=starts,
                means=means.astype(np.float32),
                ids=tuple(ids),
            ),
        )
        return True


def features(scores: Scores) -> tuple[float, float, float]:
    """The best score, its lead over the mean, and its lead over the next."""
    best = float(scores.max())
    second = float(np.sort(scores)[-2]) if len(scores) > 1 else best
    return best, best - float(scores.mean()), best - second


def confidence(values: tuple[float, float, float]) -> float:
    """The probability (0 to 1) that the opinion answers, from `features`."""
    z = INTERCEPT + sum(w * v for w, v in zip(WEIGHTS, values, strict=True))
    return 1 / (1 + math.exp(-z))


def quotations(scores: Scores, mass: float) -> int:
    """The fewest of the best sentences, at most three, that hold `mass` (0 to 1) of the softmax."""
    share = np.exp(scores - scores.max())
    reached = np.cumsum(np.sort(share / share.sum())[::-1])
    return min(3, len(scores), 1 + int((reached < mass).sum()))
