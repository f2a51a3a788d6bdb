"""The trained reader's model: ranks the sentences of an opinion and says whether any answers.

Two small transformers share the tokenizer and the word vectors of the bundled sentence encoder
(all-MiniLM-L6-v2); only their layers ship, as int8 ONNX graphs:

* ``late.onnx`` (late interaction) encodes question and sentence apart. A sentence's score is the
  mean, over the question's tokens, of each token's best match in the sentence (ColBERT's MaxSim,
  Khattab and Zaharia 2020), with learned token weights, plus the cosine of the mean vectors.
  Sentence vectors do not depend on the question and are kept between questions.
* ``cross.onnx`` (cross-encoder) reads the question together with runs of neighbouring sentences
  and scores every sentence of the run against a fixed "none of these" at zero.

The two are added for the ranking; a logistic regression over both (``reader.json``) gives the
probability that the opinion answers. Needs numpy, ONNX Runtime, tokenizers and safetensors;
imports no torch.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as raised
from safetensors import safe_open
from tokenizers import Tokenizer

from assistant.errors import ReaderError

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

CLS: Final = 101
SEP: Final = 102
WORDS: Final = "embeddings.word_embeddings.weight"
BATCH: Final = 8
KEPT_OPINIONS: Final = 8


@dataclass(frozen=True)
class ModelReading:
    """What the reader found.

    candidates: indexes of the sentences that were read, as given or as chosen by the first stage.
    scores: one number for each candidate, higher is better; comparable within this question only.
    probability: calibrated probability, 0 to 1, that the opinion answers the question.
    n_show: how many of the best sentences to quote, 1 to 3.
    """

    candidates: tuple[int, ...]
    scores: tuple[float, ...]
    probability: float
    n_show: int


@dataclass(frozen=True)
class ModelSettings:
    """Contents of ``reader.json``; lengths are in tokens."""

    question_tokens: int
    sentence_tokens: int
    window_tokens: int
    max_candidates: int
    read_all_tokens: int
    late_scale: tuple[float, float]
    late_share: float
    features: tuple[str, ...]
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    decline_below: float
    show_mass: float
    show_temperature: float
    base_sha256: str
    files: tuple[tuple[str, str], ...]

    @classmethod
    def load(cls, path: Path) -> ModelSettings:
        """Read and check ``reader.json``."""
        try:
            raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            lengths, late, answer, show = (
                raw["lengths"],
                raw["late"],
                raw["answerable"],
                raw["show"],
            )
            scale_a, scale_b = late["scale"]
            return cls(
                question_tokens=int(lengths["question"]),
                sentence_tokens=int(lengths["sentence"]),
                window_tokens=int(lengths["window"]),
                max_candidates=int(raw["max_candidates"]),
                read_all_tokens=int(raw["read_all_tokens"]),
                late_scale=(float(scale_a), float(scale_b)),
                late_share=float(late["share"]),
                features=tuple(answer["features"]),
                mean=tuple(map(float, answer["mean"])),
                spread=tuple(map(float, answer["spread"])),
                weights=tuple(map(float, answer["weights"])),
                bias=float(answer["bias"]),
                decline_below=float(answer["decline_below"]),
                show_mass=float(show["mass"]),
                show_temperature=float(show["temperature"]),
                base_sha256=str(raw["base_sha256"]),
                files=tuple(sorted((str(k), str(v)) for k, v in raw["sha256"].items())),
            )
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise ReaderError(f"The trained reader's {path} cannot be read ({error}).") from error


@dataclass(frozen=True)
class IndexedOpinion:
    """Question-independent vectors of an opinion's sentences.

    tokens: unit token vectors of all sentences, one after the other [tokens, 384].
    starts: first row of each sentence in `tokens` [sentences].
    means: unit mean vector of each sentence [sentences, 384].
    ids: token ids of each sentence, cut to the length limit.
    """

    tokens: FloatArray
    starts: IntArray
    means: FloatArray
    ids: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Window:
    """A run of sentences read in one pass: their candidate positions and token ids."""

    places: tuple[int, ...]
    ids: tuple[tuple[int, ...], ...]


def pack(ids: Sequence[Sequence[int]], order: Sequence[int], room: int) -> list[Window]:
    """Pack the sentences in `order` into windows of at most `room` tokens, a separator after each.

    A sentence longer than the room stands alone (length limits keep it inside the model's
    positions).
    """
    windows: list[Window] = []
    places: list[int] = []
    used = 0
    for place in order:
        need = len(ids[place]) + 1
        if places and used + need > room:
            windows.append(Window(tuple(places), tuple(tuple(ids[p]) for p in places)))
            places, used = [], 0
        places.append(place)
        used += need
    if places:
        windows.append(Window(tuple(places), tuple(tuple(ids[p]) for p in places)))
    return windows


def unit(x: FloatArray) -> FloatArray:
    """Scale the last axis to length one."""
    norm = np.sqrt(np.maximum((x * x).sum(axis=-1, keepdims=True), 1e-12))
    return np.asarray(x / norm, dtype=np.float32)


def blend(cross: FloatArray, late: FloatArray, share: float) -> FloatArray:
    """Score for the ranking [n]: `share` of the late interaction, the rest of the cross-encoder."""
    return np.asarray((1 - share) * cross + share * late, dtype=np.float32)


def mass(scores: FloatArray) -> float:
    """Log of the summed exponentials: how much stands against "none of these"."""
    top = float(scores.max())
    return top + float(np.log(np.exp(scores.astype(np.float64) - top).sum()))


def margin(scores: FloatArray) -> float:
    """Best score less the second best; 0 where there is only one."""
    best = np.sort(scores)[::-1]
    return float(best[0] - best[min(1, len(best) - 1)])


def answer_features(cross: FloatArray, late: FloatArray, total: FloatArray) -> dict[str, float]:
    """Numbers from which the probability is computed.

    cross, late, total: scores of the sentences read [n]; `late` is relative to the opinion's mean.
    """
    joint = cross + late
    top = int(np.argmax(total))
    best = int(np.argmax(joint))
    return {
        "cross_max": float(cross.max()),
        "cross_mass": mass(cross),
        "cross_at_top": float(cross[top]),
        "joint_mass": mass(joint),
        "joint_margin": margin(joint),
        "cross_at_joint": float(cross[best]),
        "total_margin": margin(total),
        "late_at_top": float(late[top]),
    }


class ReaderModel:
    """Reads a question against the sentences of one opinion."""

    def __init__(self, folder: Path, base_model_folder: Path, threads: int = 0) -> None:
        """Load and check the model.

        folder: where reader.json and the graphs lie. base_model_folder: the installed base model,
        with tokenizer.json and model.safetensors. threads: of ONNX Runtime; 0 leaves the choice to
        it. Raises ReaderError when a file is missing or its digest differs.
        """
        self.settings = ModelSettings.load(folder / "reader.json")
        for name, digest in self.settings.files:
            check_digest(folder / name, digest)
        check_digest(base_model_folder / "model.safetensors", self.settings.base_sha256)
        self._tokenizer = Tokenizer.from_file(str(base_model_folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        with safe_open(str(base_model_folder / "model.safetensors"), framework="numpy") as weights:
            self._words: FloatArray = weights.get_tensor(WORDS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._late = self._session(folder / "late.onnx", options)
        graphs = dict(self.settings.files)
        self._cross = (
            self._session(folder / "cross.onnx", options) if "cross.onnx" in graphs else None
        )
        self._kept: OrderedDict[str, IndexedOpinion] = OrderedDict()

    @staticmethod
    def _session(path: Path, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
        try:
            return onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except (
            raised.Fail,
            raised.InvalidGraph,
            raised.InvalidProtobuf,
            raised.NotImplemented,
        ) as error:
            raise ReaderError(f"The trained reader's {path} cannot be loaded ({error}).") from error

    def token_ids(self, texts: Sequence[str], limit: int) -> list[tuple[int, ...]]:
        """Token ids without special tokens, cut to `limit`; an empty text gives one [SEP]."""
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [tuple(e.ids[:limit]) or (SEP,) for e in encoded]

    def _states(self, rows: Sequence[Sequence[int]]) -> list[tuple[FloatArray, FloatArray]]:
        """States [tokens, 384] and token weights [tokens] of each row, without [CLS] and [SEP]."""
        found: dict[int, tuple[FloatArray, FloatArray]] = {}
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        for start in range(0, len(order), BATCH):
            part = order[start : start + BATCH]
            length = max(len(rows[i]) for i in part) + 2
            ids = np.zeros((len(part), length), dtype=np.int64)
            valid = np.zeros((len(part), length), dtype=np.int64)
            for line, i in enumerate(part):
                row = [CLS, *rows[i], SEP]
                ids[line, : len(row)] = row
                valid[line, : len(row)] = 1
            states, weight = self._late.run(None, {"words": self._words[ids], "valid": valid})
            for line, i in enumerate(part):
                end = len(rows[i]) + 1
                found[i] = (states[line, 1:end], weight[line, 1:end])
        return [found[i] for i in range(len(rows))]

    def index(self, sentences: Sequence[str]) -> IndexedOpinion:
        """Vectors of the opinion's sentences; the last few opinions are kept."""
        key = _key(sentences)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        ids = self.token_ids(sentences, self.settings.sentence_tokens)
        states = [s for s, _ in self._states(ids)]
        starts = np.cumsum([0] + [len(s) for s in states[:-1]]).astype(np.int64)
        opinion = IndexedOpinion(
            tokens=unit(np.concatenate(states)),
            starts=starts,
            means=unit(np.stack([s.mean(axis=0) for s in states])),
            ids=tuple(ids),
        )
        self.keep(sentences, opinion)
        return opinion

    def keep(self, sentences: Sequence[str], opinion: IndexedOpinion) -> None:
        """Have `index` give `opinion` for these sentences."""
        self._kept[_key(sentences)] = opinion
        while len(self._kept) > KEPT_OPINIONS:
            self._kept.popitem(last=False)

    def late_scores(self, question: Sequence[int], opinion: IndexedOpinion) -> FloatArray:
        """Late-interaction score of every sentence [sentences], less the opinion's mean."""
        score = self.raw_late_scores(question, opinion)
        return np.asarray(score - score.mean(), dtype=np.float32)

    def raw_late_scores(self, question: Sequence[int], opinion: IndexedOpinion) -> FloatArray:
        """Late-interaction score of every sentence [sentences]."""
        states, weight = self._states([question])[0]
        share = np.exp(weight - weight.max())
        share /= share.sum()
        match = unit(states) @ opinion.tokens.T  # [question tokens, tokens]
        best = np.maximum.reduceat(match, opinion.starts, axis=1)  # [question tokens, sentences]
        mean = unit(states.mean(axis=0))
        scale = self.settings.late_scale
        return np.asarray(
            scale[0] * (share @ best) + scale[1] * (opinion.means @ mean), dtype=np.float32
        )

    def choose(self, late: FloatArray, opinion: IndexedOpinion) -> list[int]:
        """Sentences to read, in order: all of a short opinion, else the best by first stage with
        their predecessors.
        """
        limit = self.settings.read_all_tokens
        if sum(len(i) + 1 for i in opinion.ids) <= limit:
            return list(range(len(opinion.ids)))
        chosen: set[int] = set()
        used = 0
        for best in np.argsort(-late)[: self.settings.max_candidates]:
            new = {int(best), max(0, int(best) - 1)} - chosen
            used += sum(len(opinion.ids[i]) + 1 for i in new)
            if used > limit and chosen:
                break
            chosen |= new
        return sorted(chosen)

    def cross_scores(
        self, question: Sequence[int], opinion: IndexedOpinion, order: Sequence[int]
    ) -> FloatArray:
        """Cross-encoder scores [len(order)] of ascending sentences; zero is "none of these"."""
        cross = self._cross
        if cross is None:
            raise ReaderError("This reader was shipped without its cross-encoder.")
        windows = pack(opinion.ids, order, self.settings.window_tokens - len(question) - 2)
        found: dict[int, float] = {}
        windows.sort(key=lambda w: sum(map(len, w.ids)) + len(w.ids))
        for start in range(0, len(windows), BATCH):
            part = windows[start : start + BATCH]
            scores = cross.run(None, self._cross_inputs(question, part))[0]
            for line, window in enumerate(part):
                for column, place in enumerate(window.places):
                    found[place] = float(scores[line, column])
        return np.array([found[i] for i in order], dtype=np.float32)

    def _cross_inputs(
        self, question: Sequence[int], windows: Sequence[Window]
    ) -> dict[str, npt.NDArray[Any]]:
        """Arrays for `[CLS] question [SEP] sentence [SEP] sentence [SEP] ...`, one row a window."""
        head = len(question) + 2
        length = head + max(sum(map(len, w.ids)) + len(w.ids) for w in windows)
        shape = (len(windows), length)
        ids, types, valid = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        in_question = np.zeros(shape, dtype=np.float32)
        in_sentence = np.zeros(
            (len(windows), max(len(w.ids) for w in windows), length), dtype=np.float32
        )
        ids[:, :head] = [CLS, *question, SEP]
        in_question[:, 1 : head - 1] = 1
        for line, window in enumerate(windows):
            at = head
            for column, sentence in enumerate(window.ids):
                ids[line, at : at + len(sentence) + 1] = [*sentence, SEP]
                in_sentence[line, column, at : at + len(sentence)] = 1
                at += len(sentence) + 1
            types[line, head:at] = 1
            valid[line, :at] = 1
        return {
            "words": self._words[ids],
            "types": types,
            "valid": valid,
            "qpool": in_question,
            "spool": in_sentence,
        }

    def read(
        self,
        question: str,
        sentences: Sequence[str],
        contexts: Sequence[str] | None = None,
        candidates: Sequence[int] | None = None,
    ) -> ModelReading:
        """Score sentences of one opinion for a question.

        sentences: the whole opinion, in order. contexts: one for each sentence, put before it
        where it is read (a heading, say); optional, and not used in training. candidates: indexes
        to score; left out, the reader's own first stage chooses. Neighbours of a candidate are
        read with it when they are candidates too.
        """
        if not sentences or not question.strip():
            return ModelReading((), (), 0.0, 1)
        texts = list(sentences)
        if contexts is not None:
            texts = [f"{c} {s}".strip() for c, s in zip(contexts, sentences, strict=True)]
        opinion = self.index(texts)
        query = self.token_ids([question], self.settings.question_tokens)[0]
        late_all = self.late_scores(query, opinion)
        wanted = (
            tuple(candidates) if candidates is not None else tuple(self.choose(late_all, opinion))
        )
        if not wanted:
            return ModelReading((), (), 0.0, 1)
        order = sorted(set(wanted))
        cross = self.cross_scores(query, opinion, order)
        late = late_all[order]
        total = blend(cross, late, self.settings.late_share)
        by_index = dict(zip(order, total.tolist(), strict=True))
        return ModelReading(
            candidates=wanted,
            scores=tuple(by_index[i] for i in wanted),
            probability=self.probability(answer_features(cross, late, total)),
            n_show=self.n_show(total),
        )

    def probability(self, features: dict[str, float]) -> float:
        """Logistic regression over standardised features."""
        s = self.settings
        z = s.bias
        for name, mean, spread, weight in zip(s.features, s.mean, s.spread, s.weights, strict=True):
            z += weight * (features[name] - mean) / spread
        return float(1 / (1 + np.exp(-np.clip(z, -30, 30))))

    def n_show(self, total: FloatArray) -> int:
        """Fewest sentences, at most three, that hold `show_mass` of the softmax over the scores."""
        share = np.exp((total - total.max()) / self.settings.show_temperature)
        reached = np.cumsum(np.sort(share / share.sum())[::-1])
        needed = 1 + int((reached < self.settings.show_mass).sum())
        return min(3, len(total), needed)


def _key(sentences: Sequence[str]) -> str:
    return hashlib.sha256("\x00".join(sentences).encode()).hexdigest()


def check_digest(path: Path, digest: str) -> None:
    """Raise ReaderError unless the file has this SHA-256."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ReaderError(f"The trained reader's {path} cannot be read ({error}).") from error
    if found != digest:
        raise ReaderError(f"The trained reader's {path} is not the file it was published with.")
