"""The joint reader: reads a question together with a sentence and the sentence before it.

The lower layers read the three apart, so a sentence's states are kept between questions; the upper
three read them as one text (MacAvaney et al. 2020, PreTTR, split a cross-encoder so). A sentence's
score stands against "none of these" at zero.
"""

from __future__ import annotations

import gzip
import itertools
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from assistant.reader.training.encoder import (
    WIDTH,
    Lower,
    Optimiser,
    Upper,
    Weights,
    learning_rate,
    mean,
)
from assistant.reader.training.excerpts import Excerpt, Tokens
from assistant.reader.training.late import LateInteraction

CONTEXT_TOKENS: Final = 40  # of the sentence before, [CLS] included
HIDDEN: Final = 64
BATCH_TOKENS: Final = 9000
# Lines taken of each public set: the noisier ones in part.
PUBLIC: Final = {"selqa": 2375, "qed": 1355, "covidqa": 4140, "qamr": 6000, "policyqa": 1500}


class Pair(NamedTuple):
    """Lower states of a question, a sentence, and the sentence before it, if there is one."""

    question: Tensor
    sentence: Tensor
    before: Tensor | None

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts())

    def parts(self) -> list[Tensor]:
        """The parts in the order read."""
        before = [] if self.before is None else [self.before[:CONTEXT_TOKENS]]
        return [self.question, self.sentence, *before]


class JointReader(nn.Module):
    """Scores sentences that it reads together with the question."""

    def __init__(self, weights: Weights) -> None:
        """weights: of the base model; untrained, the scores are near its similarity."""
        super().__init__()
        self.upper = Upper(weights, dropout=0.1)
        self.kind = nn.Parameter(torch.zeros(3, WIDTH))  # question, sentence, the one before
        self.hidden = nn.Linear(3 * WIDTH, HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        self.mix = nn.Parameter(torch.tensor([4.0, 6.0, -5.0]))  # cosine, MaxSim, constant

    def forward(self, pairs: Sequence[Pair]) -> Tensor:
        """Scores [pairs]."""
        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i]))
        batches: list[list[int]] = [[]]
        for i in order:
            batch = batches[-1]
            longer = len(batch) >= 12 and len(pairs[i]) > 1.25 * len(pairs[batch[0]])
            if batch and (longer or len(pairs[i]) * (len(batch) + 1) > BATCH_TOKENS):
                batches.append([])
            batches[-1].append(i)
        scores = torch.cat([self.batch([pairs[i] for i in b]) for b in batches])
        return scores[torch.argsort(torch.tensor([i for b in batches for i in b]))]

    def batch(self, pairs: Sequence[Pair]) -> Tensor:
        """Scores [pairs] of pairs of like length."""
        x = nn.utils.rnn.pad_sequence([torch.cat(p.parts()) for p in pairs], batch_first=True)
        kind = torch.zeros(x.shape[:2], dtype=torch.long)
        valid, in_q, in_s = (torch.zeros(x.shape[:2], dtype=torch.bool) for _ in range(3))
        for line, pair in enumerate(pairs):
            q, end = len(pair.question), len(pair.question) + len(pair.sentence)
            kind[line, q:end], kind[line, end:] = 1, 2
            valid[line, : len(pair)] = True
            in_q[line, 1 : q - 1] = True
            in_s[line, q + 1 : end - 1] = True
        return self.head(self.upper(x.float() + self.kind[kind], valid), in_q, in_s)

    def head(self, x: Tensor, in_q: Tensor, in_s: Tensor) -> Tensor:
        """States [B, T, 384] and the masks [B, T] of question and sentence -> scores [B]."""
        q_mean, s_mean = mean(x, in_q), mean(x, in_s)
        cosine = (functional.normalize(q_mean, dim=-1) * functional.normalize(s_mean, dim=-1)).sum(
            -1
        )
        unit = functional.normalize(x, dim=-1)
        last = int(in_q.sum(0).nonzero().max()) + 1
        similar = (unit[:, :last] @ unit.transpose(1, 2)).masked_fill(~in_s[:, None, :], -2.0)
        asked = in_q[:, :last]
        match = (similar.amax(-1) * asked).sum(1) / asked.sum(1).clamp(min=1)
        features = torch.tanh(self.hidden(torch.cat([x[:, 0], q_mean, s_mean], -1)))
        out: Tensor = self.out(features)[:, 0]
        return out + self.mix[0] * cosine + self.mix[1] * match + self.mix[2]


@dataclass(frozen=True)
class JointPlan:
    """Passes over the questions, the encoder's peak rate, questions a step, and the seed."""

    epochs: float
    rate: float
    questions: int
    seed: int


def choice_loss(scores: Tensor, gold: Tensor, others: Tensor) -> Tensor:
    """Cross-entropy of both halves of a contrast pair, from one reading.

    scores [n]; gold [n]: sentences that hold the fact; others [n]: those of the question's other
    facts, left out. With the answer, it is to be chosen among the sentences and "none of these";
    without it, "none of these" is.
    """
    zero = torch.zeros(1)
    wrong = ~gold & ~others
    absent = torch.logsumexp(torch.cat([zero, scores[wrong]]), 0)
    if not gold.any():
        return absent
    shown = torch.logsumexp(torch.cat([zero, scores[gold | wrong]]), 0)
    return 0.5 * (shown - torch.logsumexp(scores[gold], 0) + absent)


def _optimiser(model: JointReader) -> Optimiser:
    head = [*model.hidden.parameters(), *model.out.parameters(), model.kind]
    return Optimiser(model, model.upper, {5.0: head, 50.0: [model.mix]})


class _PublicRow(NamedTuple):
    """Token ids of a question and its passage; the sentences to score; those that answer."""

    question: list[int]
    sentences: list[list[int]]
    scored: list[int]
    gold: set[int]


def _public_rows(
    data: Path, tokens: Tokens, rng: random.Random, most: int = 10
) -> list[_PublicRow]:
    rows = []
    for name, count in PUBLIC.items():
        with gzip.open(data / "public" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            items = [json.loads(line) for line in file]
        rng.shuffle(items)
        for item in items[:count]:
            gold = set(item["answers"])
            wrong = [i for i in range(len(item["sentences"])) if i not in gold]
            right = list(gold)[:2]
            taken = rng.sample(wrong, min(len(wrong), most - len(right)))
            rows.append(
                _PublicRow(
                    tokens.questions([item["question"]])[0],
                    tokens.sentences(item["sentences"]),
                    sorted({*right, *taken}),
                    gold,
                )
            )
    rng.shuffle(rows)
    return rows


def train_public(
    model: JointReader, lower: Lower, tokens: Tokens, data: Path, plan: JointPlan
) -> None:
    """On the public question-answering sets, each question against its own passage."""
    rng = random.Random(plan.seed)
    rows = _public_rows(data, tokens, rng)
    optimiser = _optimiser(model)
    steps = int(plan.epochs * len(rows)) // plan.questions
    model.train()
    done = 0
    while done < steps:
        rng.shuffle(rows)
        for start in range(0, len(rows) - plan.questions + 1, plan.questions):
            part = rows[start : start + plan.questions]
            states = iter(lower([ids for row in part for ids in (row.question, *row.sentences)]))
            pairs: list[Pair] = []
            for row in part:
                question, *read = itertools.islice(states, 1 + len(row.sentences))
                pairs += [Pair(question, read[i], read[i - 1] if i else None) for i in row.scored]
            scores = model(pairs).split([len(row.scored) for row in part])
            losses = []
            for row, own in zip(part, scores, strict=True):
                gold = torch.tensor([i in row.gold for i in row.scored])
                losses.append(choice_loss(own, gold, torch.zeros_like(gold)))
            optimiser.step(torch.stack(losses).mean(), learning_rate(done, steps, plan.rate))
            done += 1
            if done == steps:
                break
    model.eval()


class _Scored(NamedTuple):
    """What one question is trained on: pairs with the number of the fact each holds; -1 is none."""

    pairs: list[Pair]
    facts: list[int]


class _Pool:
    """Lower states of an excerpt, and the untrained similarity of its questions and sentences."""

    def __init__(
        self, excerpt: Excerpt, lower: Lower, tokens: Tokens, untrained: LateInteraction
    ) -> None:
        self.excerpt = excerpt
        asked = excerpt.questions
        self.questions = lower(tokens.questions([q.text for q in asked]))
        self.sentences = lower(tokens.sentences(excerpt.sentences))
        answers = [q.answer.text if q.answer else "" for q in asked]
        decoys = [q.decoy.text if q.decoy else "" for q in asked]
        self.answers = lower(tokens.sentences(answers))
        self.decoys = lower(tokens.sentences(decoys))
        # Answers that may stand among another question's sentences. A written one may answer
        # another written question, so it stands for its own only.
        self.inserts = [i for i, q in enumerate(asked) if q.answer and not q.written]
        columns = [*self.sentences, *(self.answers[i] for i in self.inserts)]
        with torch.no_grad():
            self.similarity = untrained(self.questions, columns).numpy()

    def after(self, place: int) -> Tensor | None:
        """Context of a sentence that follows the one of this number."""
        return self.sentences[place] if place >= 0 else None

    def column(self, question: Tensor, column: int) -> Pair:
        """A sentence of the excerpt, or from `len(sentences)` on an inserted one."""
        count = len(self.sentences)
        if column < count:
            return Pair(question, self.sentences[column], self.after(column - 1))
        line = self.inserts[column - count]
        answer = self.excerpt.questions[line].answer
        assert answer is not None
        return Pair(question, self.answers[line], self.after(answer.after))

    def scored(self, line: int, rng: random.Random, hard: int = 6) -> _Scored:
        """The question's answers, its decoy, and sentences that look like answers."""
        asked = self.excerpt.questions[line]
        question = self.questions[line]
        pairs: list[Pair] = []
        facts: list[int] = []
        for number, fact in enumerate(asked.facts[:3]):
            for i in rng.sample(fact, min(2, len(fact))):
                pairs.append(self.column(question, i))
                facts.append(number)
        if asked.answer is not None:
            pairs.append(Pair(question, self.answers[line], self.after(asked.answer.after)))
            facts.append(0)
        if asked.decoy is not None:
            pairs.append(Pair(question, self.decoys[line], self.after(asked.decoy.after)))
        pairs += [self.column(question, c) for c in self._negatives(line, rng, hard)]
        return _Scored(pairs, facts + [-1] * (len(pairs) - len(facts)))

    def _negatives(self, line: int, rng: random.Random, hard: int) -> list[int]:
        """Columns: the two most like the question, others of the likest, often one beside the
        answer, and one at random.
        """
        asked, count = self.excerpt.questions[line], len(self.sentences)
        gold = {i for fact in asked.facts for i in fact}
        noise = [rng.gauss(0, 0.04) for _ in range(self.similarity.shape[1])]
        with_inserts = not asked.written and rng.random() < 0.8
        likest = [
            c
            for c in np.argsort(-(self.similarity[line] + np.array(noise))).tolist()
            if (c < count and c not in gold)
            or (c >= count and with_inserts and self.inserts[c - count] != line)
        ]
        near = likest[: hard + 6]
        chosen = near[:2] + rng.sample(near[2:], max(0, min(len(near), hard) - 2))
        beside = [j for i in gold for j in (i - 1, i + 1) if 0 <= j < count and j not in gold]
        if asked.answer is not None:
            beside = [asked.answer.after]
        if beside and rng.random() < 0.5:
            chosen.append(rng.choice(sorted(beside)))
        rest = [c for c in likest if c not in chosen]
        return list(dict.fromkeys(chosen + rng.sample(rest, min(1, len(rest)))))


def train_pairs(
    model: JointReader,
    lower: Lower,
    tokens: Tokens,
    excerpts: Sequence[Excerpt],
    untrained: LateInteraction,
    plan: JointPlan,
) -> None:
    """On contrast pairs; `untrained` chooses the sentences that look like answers."""
    rng = random.Random(plan.seed)
    torch.manual_seed(plan.seed)  # dropout
    optimiser = _optimiser(model)
    pools = [_Pool(e, lower, tokens, untrained) for e in excerpts]
    questions = [
        (pool, line)
        for pool in pools
        for line, q in enumerate(pool.excerpt.questions)
        if q.facts or q.answer
    ]
    steps = int(plan.epochs * len(questions)) // plan.questions
    order: list[tuple[_Pool, int]] = []
    while len(order) < steps * plan.questions:
        order += rng.sample(questions, len(questions))
    model.train()
    for done in range(steps):
        part = order[done * plan.questions : (done + 1) * plan.questions]
        scored = [pool.scored(line, rng) for pool, line in part]
        scores = model([p for s in scored for p in s.pairs]).split([len(s.pairs) for s in scored])
        losses = []
        for own, one in zip(scores, scored, strict=True):
            fact = torch.tensor(one.facts)
            each = [
                choice_loss(own, fact == n, (fact != n) & (fact >= 0))
                for n in sorted({*one.facts} - {-1})
            ]
            losses.append(torch.stack(each).mean())
        optimiser.step(torch.stack(losses).mean(), learning_rate(done, steps, plan.rate))
    model.eval()
