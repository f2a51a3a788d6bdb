"""The trained reader as the chain uses it: `model.ReaderModel` on an `Opinion`, its vectors kept
between processes.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from langchain_core.documents import Document

from assistant.reader import NO_READING, RankedSentence, Reading
from assistant.reader.calibration import best_first, ranking_scores
from assistant.reader.model import IndexedOpinion, ReaderModel, Scores, digest_of
from assistant.reader.retrieval import likeness
from vectorstore.embedding.model_files import DEFAULT_MODEL, find_model
from vectorstore.opinion import Opinion
from vectorstore.passages import plain_text

# Below this likeness (`retrieval.likeness`) a question lies so far from the opinion that the model,
# which knows legal questions only, is not asked: 2 in 1,000 answered training questions do, and 24
# in 100 of another opinion's on `dev`.
FAR = 0.08

FOLDER = Path(__file__).parent
"""Where the graphs and `reader.json` lie."""


class TrainedReader:
    """Reads a question against the sentences of one opinion at a time; safe to share."""

    notice: str | None = None

    def __init__(self, *, folder: Path = FOLDER, cache: Path) -> None:
        """Load and check the graphs in `folder`. `cache` keeps sentence vectors between processes.

        Raises ReaderError, and EmbeddingModelError when the base model is missing or altered.
        """
        base = find_model(DEFAULT_MODEL, cache=cache).folder
        # One thread: two wait for each other as soon as another program takes a core.
        self.model = ReaderModel(folder, base, threads=1)
        self.threshold = self.model.settings.threshold
        graphs = repr(sorted(self.model.settings.sha256.items()))
        version = hashlib.sha256(graphs.encode()).hexdigest()[:12]
        self._cache = cache / f"reader-{version}"
        self._texts: dict[str, list[str]] = {}  # by the opinion's digest, the last one only

    def prepare(self, opinion: Opinion) -> None:
        """Encode the opinion's sentences, or find them encoded; questions are quicker then."""
        texts = self._sentences(opinion)
        path = self._cache / f"{digest_of(texts)}.npz"
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
                    ids=made.ids,
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
        settings = self.model.settings
        scores = self.model.score(question, self._sentences(opinion))
        like = likeness(question, found)
        return Reading(
            ranked=_ranked(scores, settings.late_share, len(found)),
            confidence=settings.confidence(scores) if like >= FAR else like,
            quotations=settings.quotations(scores),
        )

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
                names = ("ids", "tokens", "starts", "means")
                ids, tokens, starts, means = (kept[name] for name in names)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return False
        if len(starts) != len(texts) or len(ids) != len(tokens):
            return False
        self.model.keep(
            texts,
            IndexedOpinion(
                ids=ids,
                tokens=tokens.astype(np.float32),
                starts=starts,
                means=means.astype(np.float32),
            ),
        )
        return True


def _ranked(scores: Scores, late_share: float, most: int) -> tuple[RankedSentence, ...]:
    """The sentences read jointly, best first; where `most` is more, then the next by late score.

    Those were not read jointly: none of them is scored above one that was.
    """
    read = ranking_scores(scores, late_share)
    known = dict(zip(scores.places.tolist(), read.tolist(), strict=True))
    least = float(read.min())
    centred = late_share * (scores.late - scores.late.mean())
    best = best_first(scores, late_share)[: max(most, len(read))].tolist()
    return tuple(RankedSentence(i, known.get(i, min(least, float(centred[i])))) for i in best)
