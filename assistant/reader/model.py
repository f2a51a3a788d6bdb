"""The trained reader's model: ranks an opinion's sentences and judges whether the best answer.

Two small transformers share the tokenizer and the word vectors of the bundled sentence encoder
(all-MiniLM-L6-v2), from whose layers they were tuned; they ship as int8 ONNX graphs:

* ``late.onnx`` (late interaction) encodes question and sentence apart. A sentence's score is the
  mean, over the question's tokens, of each token's best match in the sentence (ColBERT's MaxSim,
  Khattab and Zaharia 2020), with learned token weights, plus the cosine of the mean vectors. The
  sentences' vectors do not depend on the question and are kept.
* ``joint.onnx`` (the joint reader, a cross-encoder) reads the question, a sentence and the sentence
  before it together. Its score stands against "none of these" at zero. It reads the sentences that
  the late interaction puts first.

Needs numpy, ONNX Runtime, tokenizers and safetensors; imports no torch.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
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
IntArray = npt.NDArray[np.int64]
Ids = Sequence[int] | IntArray

CLS: Final = 101
SEP: Final = 102
WORDS: Final = "embeddings.word_embeddings.weight"
BATCH: Final = 8
JOINT_BATCH: Final = 6
KEPT_OPINIONS: Final = 8


class Encoded(NamedTuple):
    """A text's token ids [tokens], states [tokens, 384] and token weights [tokens], without [CLS]
    and [SEP].
    """

    ids: IntArray
    states: FloatArray
    weight: FloatArray


@dataclass(frozen=True)
class IndexedOpinion:
    """Token ids of an opinion's sentences, and their vectors, which do not depend on a question.

    ids: token ids of all sentences, one after the other [tokens]. tokens: their unit vectors
    [tokens, 384]. starts: first token of each sentence [sentences]. means: unit mean vector of each
    sentence [sentences, 384].
    """

    ids: IntArray
    tokens: FloatArray
    starts: IntArray
    means: FloatArray

    def span(self, sentence: int) -> slice:
        """Where the tokens of one sentence stand."""
        last = sentence + 1 == len(self.starts)
        end = len(self.tokens) if last else int(self.starts[sentence + 1])
        return slice(int(self.starts[sentence]), end)


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
        self._keeping = Lock()

    def score(self, question: str, sentences: Sequence[str]) -> Scores:
        """Score every sentence [sentences, at least one], and read the best jointly."""
        return self.score_encoded(self.question(question), self.index(sentences))

    def score_encoded(self, asked: Encoded, opinion: IndexedOpinion) -> Scores:
        """As `score`, of what is encoded already."""
        late = self.late_scores(asked, opinion)
        places = np.argsort(-late, kind="stable")[: self.settings.candidates]
        return Scores(late, places, self.joint_scores(asked, opinion, places.tolist()))

    def question(self, text: str) -> Encoded:
        """Encode a question; of one over the length limit the end, where people come to what they
        ask.
        """
        read = self._token_ids([text])[0][-self.settings.question_tokens :]
        return self._encode([read])[0]

    def index(self, sentences: Sequence[str]) -> IndexedOpinion:
        """Vectors of the opinion's sentences; the last few opinions are kept."""
        key = digest_of(sentences)
        with self._keeping:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        read = self._encode(self._token_ids(sentences, self.settings.sentence_tokens))
        opinion = IndexedOpinion(
            ids=np.concatenate([e.ids for e in read]),
            tokens=unit(np.concatenate([e.states for e in read])),
            starts=np.cumsum([0] + [len(e.states) for e in read[:-1]]).astype(np.int64),
            means=unit(np.stack([e.states.mean(axis=0) for e in read])),
        )
        self.keep(sentences, opinion)
        return opinion

    def keep(self, sentences: Sequence[str], opinion: IndexedOpinion) -> None:
        """Have `index` give `opinion` for these sentences."""
        with self._keeping:
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
            before = opinion.ids[opinion.span(place - 1)][:limit] if place else asked.ids[:0]
            read.append((asked.ids, opinion.ids[opinion.span(place)], before))
        found = np.zeros(len(places), dtype=np.float32)
        order = sorted(range(len(places)), key=lambda i: sum(map(len, read[i])))
        for start in range(0, len(order), JOINT_BATCH):
            part = order[start : start + JOINT_BATCH]
            ids, inputs = joint_inputs([read[i] for i in part])
            found[part] = self._joint.run(None, {"words": self._words[ids], **inputs})[0]
        return found

    def _token_ids(self, texts: Sequence[str], limit: int | None = None) -> list[list[int]]:
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
            states, weight = self._late.run(["states", "weight"], inputs)
            for line, i in enumerate(part):
                end = len(rows[i]) + 1
                found[i] = Encoded(ids[line, 1:end], states[line, 1:end], weight[line, 1:end])
        return [found[i] for i in range(len(rows))]


def joint_inputs(
    read: Sequence[tuple[Ids, Ids, Ids]],
) -> tuple[IntArray, dict[str, npt.NDArray[Any]]]:
    """Token ids [b, t] of [CLS] question [SEP] sentence [SEP] and, where there is one, the sentence
    before it [SEP], of each (question, sentence, sentence before); and the other inputs [b, t] of
    `joint.onnx`: kind (0 question, 1 sentence, 2 the one before), valid, masks of question and
    sentence.
    """
    rows = [
        [CLS, *question, SEP, *sentence, SEP, *([*before, SEP] if len(before) else [])]
        for question, sentence, before in read
    ]
    shape = (len(read), max(map(len, rows)))
    ids, kind, valid = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    in_question, in_sentence = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for line, (row, (question, sentence, _)) in enumerate(zip(rows, read, strict=True)):
        start = len(question) + 2
        end = start + len(sentence)
        ids[line, : len(row)] = row
        kind[line, start : end + 1], kind[line, end + 1 :] = 1, 2
        valid[line, : len(row)] = 1
        in_question[line, 1 : start - 1] = 1
        in_sentence[line, start:end] = 1
    return ids, {
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
