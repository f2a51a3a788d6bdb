"""The joint reader: a cross-encoder that reads a question together with a sentence and the sentence
before it. A sentence's score stands against "none of these" at zero.
"""

from __future__ import annotations

import gzip
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

from assistant.reader.model import joint_inputs
from assistant.reader.training.encoder import (
    WIDTH,
    Embedding,
    Lower,
    Optimiser,
    Tuned,
    Weights,
    learning_rate,
    mean,
)
from assistant.reader.training.excerpts import RESTATED, Excerpt, Insert, Tokens
from assistant.reader.training.late import LateInteraction

CONTEXT_TOKENS: Final = 39  # of the sentence before
HIDDEN: Final = 64
BATCH_TOKENS: Final = 9000
HARD: Final = 4  # wrong sentences of high late score for each question
# Lines taken of each public set: the noisier ones in part.
PUBLIC: Final = {"selqa": 2375, "qed": 1355, "covidqa": 4140, "qamr": 6000, "policyqa": 1500}


class Pair(NamedTuple):
    """Token ids of a question, a sentence, and the sentence before it (none: empty)."""

    question: list[int]
    sentence: list[int]
    before: list[int]

    @property
    def tokens(self) -> int:
        """How many are read."""
        return sum(len(part) + 1 for part in self if part) + 1


class JointReader(nn.Module):
    """Scores sentences that it reads together with the question."""

    def __init__(self, weights: Weights) -> None:
        """weights: of the base model."""
        super().__init__()
        self.embedding = Embedding(weights)
        self.layers = Tuned(weights, 0, dropout=0.1)
        self.kind = nn.Parameter(torch.zeros(3, WIDTH))  # question, sentence, the one before
        self.hidden = nn.Linear(3 * WIDTH, HIDDEN)
        self.out = nn.Linear(HIDDEN, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        self.mix = nn.Parameter(torch.tensor([4.0, 6.0, -5.0]))  # cosine, MaxSim, constant

    def forward(self, pairs: Sequence[Pair]) -> Tensor:
        """Scores [pairs]."""
        order = sorted(range(len(pairs)), key=lambda i: pairs[i].tokens)
        batches: list[list[int]] = [[]]
        for i in order:
            batch = batches[-1]
            longer = len(batch) >= 12 and pairs[i].tokens > 1.25 * pairs[batch[0]].tokens
            if batch and (longer or pairs[i].tokens * (len(batch) + 1) > BATCH_TOKENS):
                batches.append([])
            batches[-1].append(i)
        scores = torch.cat([self.batch([pairs[i] for i in b]) for b in batches])
        return scores[torch.argsort(torch.tensor([i for b in batches for i in b]))]

    def batch(self, pairs: Sequence[Pair]) -> Tensor:
        """Scores [pairs] of pairs of like length."""
        ids, inputs = joint_inputs(pairs)
        read = {name: torch.from_numpy(value) for name, value in inputs.items()}
        x = self.embedding(torch.from_numpy(ids), self.kind[read["kind"]])
        x = self.layers(x, read["valid"].bool())
        return self.head(x, read["in_question"].bool(), read["in_sentence"].bool())

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
    return Optimiser(model, model.layers, {5.0: head, 50.0: [model.mix]})


def _context(sentences: Sequence[list[int]], place: int) -> list[int]:
    """What is read of the sentence before this place; nothing at the beginning."""
    return sentences[place - 1][:CONTEXT_TOKENS] if place else []


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


def train_public(model: JointReader, tokens: Tokens, data: Path, plan: JointPlan) -> None:
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
            pairs = [
                Pair(row.question, row.sentences[i], _context(row.sentences, i))
                for row in part
                for i in row.scored
            ]
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
    """Token ids of an excerpt's questions and sentences and of what is written for them, and the
    late interaction's score of each sentence and inserted answer for each question as it stands.
    """

    def __init__(
        self, excerpt: Excerpt, lower: Lower, tokens: Tokens, late: LateInteraction
    ) -> None:
        self.excerpt = excerpt
        asked = excerpt.questions

        def of(inserts: Sequence[Insert | None]) -> list[list[int]]:
            return tokens.sentences([insert.text if insert else "" for insert in inserts])

        self.questions = [tokens.questions(q.wordings) for q in asked]
        self.sentences = tokens.sentences(excerpt.sentences)
        self.answers = of([q.answer for q in asked])
        self.restated = of([q.restated for q in asked])
        self.decoys = [of(q.decoys) for q in asked]
        # Answers that may stand among another question's sentences. A written one may answer
        # another written question, so it stands for its own only.
        self.inserts = [i for i, q in enumerate(asked) if q.answer and not q.written]
        columns = [*self.sentences, *(self.answers[i] for i in self.inserts)]
        with torch.no_grad():
            asking = lower([wordings[0] for wordings in self.questions])
            self.late = late(asking, lower(columns)).numpy()

    def pair(self, question: list[int], sentence: list[int], after: int) -> Pair:
        """A sentence that stands after the one of this number; -1: at the beginning."""
        return Pair(question, sentence, _context(self.sentences, after + 1))

    def column(self, question: list[int], column: int) -> Pair:
        """A sentence of the excerpt, or from `len(sentences)` on an inserted one."""
        count = len(self.sentences)
        if column < count:
            return self.pair(question, self.sentences[column], column - 1)
        line = self.inserts[column - count]
        answer = self.excerpt.questions[line].answer
        assert answer is not None
        return self.pair(question, self.answers[line], answer.after)

    def scored(self, line: int, rng: random.Random) -> _Scored:
        """The question in one of its wordings with its answers, at times restated, its decoys, and
        sentences that look like answers.
        """
        asked = self.excerpt.questions[line]
        question = rng.choice(self.questions[line])
        pairs: list[Pair] = []
        facts: list[int] = []
        restated = asked.restated if rng.random() < RESTATED else None
        if restated is not None:
            pairs.append(self.pair(question, self.restated[line], restated.after))
            facts.append(0)
        elif asked.answer is not None:
            pairs.append(self.pair(question, self.answers[line], asked.answer.after))
            facts.append(0)
        for number, fact in enumerate(asked.facts[:3]):
            if number or restated is None:
                for i in rng.sample(fact, min(2, len(fact))):
                    pairs.append(self.column(question, i))
                    facts.append(number)
        for decoy, read in zip(asked.decoys, self.decoys[line], strict=True):
            pairs.append(self.pair(question, read, decoy.after))
        pairs += [self.column(question, c) for c in self._negatives(line, rng)]
        return _Scored(pairs, facts + [-1] * (len(pairs) - len(facts)))

    def _negatives(self, line: int, rng: random.Random) -> list[int]:
        """Columns: the two of the best late score, some of the next, often one beside the answer,
        and one at random.
        """
        asked, count = self.excerpt.questions[line], len(self.sentences)
        gold = {i for fact in asked.facts for i in fact}
        with_inserts = not asked.written and rng.random() < 0.8
        best = [
            c
            for c in np.argsort(-self.late[line], kind="stable").tolist()
            if (c < count and c not in gold)
            or (c >= count and with_inserts and self.inserts[c - count] != line)
        ]
        near = best[: HARD + 6]
        chosen = near[:2] + rng.sample(near[2:], max(0, min(len(near), HARD) - 2))
        beside = [j for i in gold for j in (i - 1, i + 1) if 0 <= j < count and j not in gold]
        if asked.answer is not None:
            beside = [max(0, asked.answer.after)]
        if beside and rng.random() < 0.5:
            chosen.append(rng.choice(sorted(beside)))
        rest = [c for c in best if c not in chosen]
        return list(dict.fromkeys(chosen + rng.sample(rest, min(1, len(rest)))))


def train_pairs(
    model: JointReader,
    lower: Lower,
    tokens: Tokens,
    excerpts: Sequence[Excerpt],
    late: LateInteraction,
    plan: JointPlan,
) -> None:
    """On contrast pairs; `late` chooses the sentences that look like answers."""
    rng = random.Random(plan.seed)
    torch.manual_seed(plan.seed)  # dropout
    optimiser = _optimiser(model)
    pools = [_Pool(e, lower, tokens, late) for e in excerpts]
    questions = [
        (pool, line)
        for pool in pools
        for line, q in enumerate(pool.excerpt.questions)
        if q.answerable
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
