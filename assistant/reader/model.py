"""The trained reader's model: ranks an opinion's sentences and judges whether the best answer.

Two small transformers share the tokenizer, the word vectors and the lower three layers of the
bundled sentence encoder (all-MiniLM-L6-v2); they ship as int8 ONNX graphs:

* ``late.onnx`` (late interaction) encodes question and sentence apart. A sentence's score is the
  mean, over the question's tokens, of each token's best match in the sentence (ColBERT's MaxSim,
  Khattab and Zaharia 2020), with learned token weights, plus the cosine of the mean vectors. It
  also gives the states of the lower layers. Both do not depend on the question and are kept.
* ``joint.onnx`` (the joint reader) goes on from the lower states of the question, a sentence and
  the sentence before it, and reads the three together. Its score stands against "none of these"
  at zero. It reads the sentences that the late interaction puts first.

Needs numpy, ONNX Runtime, tokenizers and safetensors; imports no torch.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as raised
from safetensors import safe_open
from tokenizers import Tokenizer

from assistant.errors import ReaderError
from assistant.reader.calibration import ReaderSettings

FloatArray = npt.NDArray[np.float32]
HalfArray = npt.NDArray[np.float16]
IntArray = npt.NDArray[np.int64]

CLS: Final = 101
SEP: Final = 102
WORDS: Final = "embeddings.word_embeddings.weight"
BATCH: Final = 8
JOINT_BATCH: Final = 6
KEPT_OPINIONS: Final = 8


class Encoded(NamedTuple):
    """A text's upper states and token weights without [CLS] and [SEP] ([tokens, 384], [tokens]),
    and its lower states with both ([tokens + 2, 384]).
    """

    states: FloatArray
    weight: FloatArray
    lower: FloatArray


@dataclass(frozen=True)
class IndexedOpinion:
    """Question-independent vectors of an opinion's sentences.

    tokens: unit token vectors of all sentences, one after the other [tokens, 384].
    starts: first row of each sentence in `tokens` [sentences]; in `lower`, which has two rows more
    for each sentence, it is `starts[i] + 2 * i`.
    means: unit mean vector of each sentence [sentences, 384].
    lower: states of the lower layers, [CLS] and [SEP] included [tokens + 2 * sentences, 384].
    """

    tokens: FloatArray
    starts: IntArray
    means: FloatArray
    lower: HalfArray

    def lower_of(self, sentence: int) -> FloatArray:
        """Lower states of one sentence [its tokens + 2, 384]."""
        end = self.starts[sentence + 1] if sentence + 1 < len(self.starts) else len(self.tokens)
        first = int(self.starts[sentence]) + 2 * sentence
        return self.lower[first : int(end) + 2 * sentence + 2].astype(np.float32)


@dataclass(frozen=True)
class Scores:
    """What the model makes of a question.

    late: the late interaction's score of every sentence [sentences]. places: the sentences read
    jointly, best late score first [k]. joint: their scores [k]; above zero is an answer.
    """

    late: FloatArray
    places: IntArray
    joint: FloatArray


class ReaderModel:
    """Reads a question against the sentences of one opinion."""

    def __init__(self, folder: Path, base_model_folder: Path, threads: int = 0) -> None:
        """Load and check the model.

        folder: where reader.json and the graphs lie. base_model_folder: the installed base model,
        with tokenizer.json and model.safetensors. threads: of ONNX Runtime; 0 leaves the choice to
        it. Raises ReaderError when a file is missing or its digest differs.
        """
        self.settings = ReaderSettings.load(folder / "reader.json")
        for name, digest in self.settings.sha256.items():
            check_digest(folder / name, digest)
        check_digest(base_model_folder / "model.safetensors", self.settings.base_sha256)
        self._tokenizer = Tokenizer.from_file(str(base_model_folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        with safe_open(str(base_model_folder / "model.safetensors"), framework="numpy") as weights:
            self._words: FloatArray = weights.get_tensor(WORDS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._late = _session(folder / "late.onnx", options)
        self._joint = _session(folder / "joint.onnx", options)
        self._kept: OrderedDict[str, IndexedOpinion] = OrderedDict()

    def score(self, question: str, sentences: Sequence[str]) -> Scores:
        """Score every sentence [sentences, at least one], and read the best jointly."""
        return self.score_encoded(self.question(question), self.index(sentences))

    def score_encoded(self, asked: Encoded, opinion: IndexedOpinion) -> Scores:
        """As `score`, of what is encoded already."""
        late = self.late_scores(asked, opinion)
        places = np.argsort(-late, kind="stable")[: self.settings.candidates]
        return Scores(late, places, self.joint_scores(asked, opinion, places.tolist()))

    def question(self, text: str) -> Encoded:
        """Encode a question, cut to its length limit."""
        return self._encode(self._token_ids([text], self.settings.question_tokens))[0]

    def index(self, sentences: Sequence[str]) -> IndexedOpinion:
        """Vectors of the opinion's sentences; the last few opinions are kept."""
        key = digest_of(sentences)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        read = self._encode(self._token_ids(sentences, self.settings.sentence_tokens))
        opinion = IndexedOpinion(
            tokens=unit(np.concatenate([e.states for e in read])),
            starts=np.cumsum([0] + [len(e.states) for e in read[:-1]]).astype(np.int64),
            means=unit(np.stack([e.states.mean(axis=0) for e in read])),
            lower=np.concatenate([e.lower for e in read]).astype(np.float16),
        )
        self.keep(sentences, opinion)
        return opinion

    def keep(self, sentences: Sequence[str], opinion: IndexedOpinion) -> None:
        """Have `index` give `opinion` for these sentences."""
        self._kept[digest_of(sentences)] = opinion
        while len(self._kept) > KEPT_OPINIONS:
            self._kept.popitem(last=False)

    def late_scores(self, asked: Encoded, opinion: IndexedOpinion) -> FloatArray:
        """Late-interaction score of every sentence [sentences]."""
        share = np.exp(asked.weight - asked.weight.max())
        share /= share.sum()
        match = unit(asked.states) @ opinion.tokens.T  # [question tokens, tokens]
        best = np.maximum.reduceat(match, opinion.starts, axis=1)  # [question tokens, sentences]
        mean = unit(asked.states.mean(axis=0))
        on_match, on_cosine = self.settings.late_scale
        return np.asarray(
            on_match * (share @ best) + on_cosine * (opinion.means @ mean), dtype=np.float32
        )

    def joint_scores(
        self, asked: Encoded, opinion: IndexedOpinion, places: Sequence[int]
    ) -> FloatArray:
        """Joint score of these sentences [len(places)], each read with the one before it."""
        limit = self.settings.context_tokens
        read = []
        for place in places:
            before = opinion.lower_of(place - 1)[:limit] if place else asked.lower[:0]
            read.append((opinion.lower_of(place), before))
        found = np.zeros(len(places), dtype=np.float32)
        order = sorted(range(len(places)), key=lambda i: len(read[i][0]) + len(read[i][1]))
        for start in range(0, len(order), JOINT_BATCH):
            part = order[start : start + JOINT_BATCH]
            inputs = joint_inputs(asked.lower, [read[i] for i in part])
            found[part] = self._joint.run(None, inputs)[0]
        return found

    def _token_ids(self, texts: Sequence[str], limit: int) -> list[list[int]]:
        """Token ids without special tokens, cut to `limit`; an empty text gives one [SEP]."""
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [e.ids[:limit] or [SEP] for e in encoded]

    def _encode(self, rows: Sequence[Sequence[int]]) -> list[Encoded]:
        found: dict[int, Encoded] = {}
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
            inputs = {"words": self._words[ids], "valid": valid}
            states, lower, weight = self._late.run(["states", "lower", "weight"], inputs)
            for line, i in enumerate(part):
                end = len(rows[i]) + 1
                found[i] = Encoded(states[line, 1:end], weight[line, 1:end], lower[line, : end + 1])
        return [found[i] for i in range(len(rows))]


def joint_inputs(
    question: FloatArray, read: Sequence[tuple[FloatArray, FloatArray]]
) -> dict[str, npt.NDArray[Any]]:
    """Inputs of `joint.onnx` for lower states of a question and of (sentence, the one before)."""
    head = len(question)
    length = head + max(len(sentence) + len(before) for sentence, before in read)
    shape = (len(read), length)
    states = np.zeros((*shape, question.shape[1]), dtype=np.float32)
    kind, valid = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    in_question, in_sentence = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    states[:, :head] = question
    in_question[:, 1 : head - 1] = 1
    for line, (sentence, before) in enumerate(read):
        end, last = head + len(sentence), head + len(sentence) + len(before)
        states[line, head:end] = sentence
        states[line, end:last] = before
        kind[line, head:end], kind[line, end:] = 1, 2
        valid[line, :last] = 1
        in_sentence[line, head + 1 : end - 1] = 1
    return {
        "read": states,
        "kind": kind,
        "valid": valid,
        "in_question": in_question,
        "in_sentence": in_sentence,
    }


def unit(x: FloatArray) -> FloatArray:
    """Scale the last axis to length one."""
    norm = np.sqrt(np.maximum((x * x).sum(axis=-1, keepdims=True), 1e-12))
    return np.asarray(x / norm, dtype=np.float32)


def check_digest(path: Path, digest: str) -> None:
    """Raise ReaderError unless the file has this SHA-256."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ReaderError(f"The trained reader's {path} cannot be read ({error}).") from error
    if found != digest:
        raise ReaderError(f"The trained reader's {path} is not the file it was published with.")


def _session(path: Path, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (
        raised.Fail,
        raised.InvalidGraph,
        raised.InvalidProtobuf,
        raised.NotImplemented,
    ) as error:
        raise ReaderError(f"The trained reader's {path} cannot be loaded ({error}).") from error


def digest_of(sentences: Sequence[str]) -> str:
    """SHA-256 of the sentences, in their order."""
    return hashlib.sha256("\x00".join(sentences).encode()).hexdigest()
