"""Late interaction: encodes question and sentence apart and matches their tokens.

ColBERT's MaxSim (Khattab and Zaharia 2020) with a learned weight for each question token, plus the
cosine of the mean vectors. Tuned listwise: some of an excerpt's questions against all of its
sentences at once.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from assistant.reader.training.encoder import (
    LOWER,
    WIDTH,
    Lower,
    Optimiser,
    Tuned,
    Weights,
    learning_rate,
    mean,
    padded,
)
from assistant.reader.training.excerpts import RESTATED, Excerpt, Insert, Tokens


class LateInteraction(nn.Module):
    """Scores every sentence for every question from the lower layers' states."""

    def __init__(self, weights: Weights) -> None:
        """weights: of the base model; untrained, the scores are the base model's similarity."""
        super().__init__()
        self.upper = Tuned(weights, LOWER, dropout=0.0)
        self.token_weight = nn.Parameter(torch.zeros(WIDTH))
        self.scale = nn.Parameter(torch.tensor([20.0, 8.0]))  # of MaxSim, of the cosine

    def encode(self, rows: Sequence[Tensor]) -> list[Tensor]:
        """Upper states of ragged rows, in groups of like length."""
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        found: dict[int, Tensor] = {}
        for part in np.array_split(np.array(order), 4 if len(rows) > 40 else 1):
            h = self.upper(*padded([rows[i].float() for i in part]))
            for line, i in enumerate(part):
                found[int(i)] = h[line, : len(rows[i])]
        return [found[i] for i in range(len(rows))]

    def forward(self, questions: Sequence[Tensor], sentences: Sequence[Tensor]) -> Tensor:
        """Lower states of questions and sentences -> scores [questions, sentences]."""
        q, in_q = _inner(self.encode(questions))
        s, in_s = _inner(self.encode(sentences))
        share = torch.softmax((q @ self.token_weight).masked_fill(~in_q, -1e4), -1)
        q_mean = functional.normalize(mean(q, in_q), dim=-1)
        s_mean = functional.normalize(mean(s, in_s), dim=-1)
        (nq, tq, _), (ns, ts, _) = q.shape, s.shape
        flat_q = functional.normalize(q, dim=-1).reshape(-1, WIDTH)
        flat_s = functional.normalize(s, dim=-1).reshape(-1, WIDTH)
        match = (flat_q @ flat_s.T).view(nq * tq, ns, ts).masked_fill(~in_s[None], -2.0)
        best = match.amax(-1).view(nq, tq, ns)
        return self.scale[0] * (best * share[..., None]).sum(1) + self.scale[1] * (
            q_mean @ s_mean.T
        )


def _inner(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Padded states [B, T, 384] and the mask [B, T] of the tokens between [CLS] and [SEP]."""
    x, valid = padded(rows)
    inner = valid & valid.roll(-1, dims=1)  # the next place is no padding
    inner[:, -1] = False
    inner[:, 0] = False
    return x, inner


@dataclass(frozen=True)
class LatePlan:
    """Passes over the excerpts, the encoder's peak rate, questions a step, and the seed."""

    epochs: int
    rate: float
    questions: int
    seed: int


def train_late(
    model: LateInteraction,
    lower: Lower,
    tokens: Tokens,
    excerpts: Sequence[Excerpt],
    plan: LatePlan,
) -> None:
    """Listwise. Inserted answers stand among the sentences, each for its own question to find and
    for the other questions to pass by; a question's decoy and its answer restated stand there for
    that question only.
    """
    rng = random.Random(plan.seed)
    heads = {20.0: [model.token_weight], 200.0: [model.scale]}
    optimiser = Optimiser(model, model.upper, heads)
    pools = [_Pool(e, lower, tokens) for e in excerpts]
    turns = [turn for _ in range(plan.epochs) for turn in _turns(pools, plan.questions, rng)]
    model.train()
    for done, (pool, lines) in enumerate(turns):
        loss = _excerpt_loss(model, pool, lines, rng)
        optimiser.step(loss, learning_rate(done, len(turns), plan.rate))
    model.eval()


class _Pool:
    """Lower states of an excerpt's questions and sentences, and of what is written for them."""

    def __init__(self, excerpt: Excerpt, lower: Lower, tokens: Tokens) -> None:
        self.excerpt = excerpt
        asked = excerpt.questions
        self.answerable = [i for i, q in enumerate(asked) if q.answerable]

        def of(inserts: Sequence[Insert | None]) -> dict[int, Tensor]:
            lines = [i for i, insert in enumerate(inserts) if insert]
            texts = [insert.text for insert in inserts if insert]
            return dict(zip(lines, lower(tokens.sentences(texts)), strict=True))

        self.questions = [lower(tokens.questions(q.wordings)) for q in asked]
        self.sentences = lower(tokens.sentences(excerpt.sentences))
        self.answers = of([q.answer for q in asked])
        self.restated = of([q.restated for q in asked])
        self.decoys = [lower(tokens.sentences([d.text for d in q.decoys])) for q in asked]


def _turns(pools: Sequence[_Pool], most: int, rng: random.Random) -> list[tuple[_Pool, list[int]]]:
    """Every question once, an excerpt's together but for at most `most` at a time."""
    turns = []
    for pool in pools:
        lines = rng.sample(pool.answerable, len(pool.answerable))
        turns += [(pool, lines[i : i + most]) for i in range(0, len(lines), most)]
    rng.shuffle(turns)
    return turns


def _excerpt_loss(
    model: LateInteraction, pool: _Pool, lines: Sequence[int], rng: random.Random
) -> Tensor:
    """Mean cross-entropy over the needed facts of these questions, each in one of its wordings."""
    asked = pool.excerpt.questions
    columns = list(pool.sentences)
    inserted: dict[int, int] = {}  # line of the question -> column of its answer
    for i, answer in pool.answers.items():
        if i in lines or rng.random() < 0.7:
            inserted[i] = len(columns)
            columns.append(answer)
    # Another question's decoy may answer this one, and a written answer another of the kind.
    common = [*range(len(pool.sentences))]
    common += [column for i, column in inserted.items() if not asked[i].written]
    restated: dict[int, int] = {}
    decoys: dict[int, set[int]] = {}
    for i in lines:
        if i in pool.restated and rng.random() < RESTATED:
            restated[i] = len(columns)
            columns.append(pool.restated[i])
        if pool.decoys[i]:
            decoys[i] = {len(columns)}
            columns.append(rng.choice(pool.decoys[i]))
    scores = model([rng.choice(pool.questions[i]) for i in lines], columns)
    losses = []
    for row, line in zip(scores, lines, strict=True):
        facts = [set(fact) for fact in asked[line].facts] or [{inserted[line]}]
        known = set().union(*facts)
        if line in restated:
            facts[0] = {restated[line]}
        wrong = (set(common) | decoys.get(line, set())) - known
        for fact in facts:
            shown = sorted(wrong | fact)
            losses.append(torch.logsumexp(row[shown], 0) - torch.logsumexp(row[sorted(fact)], 0))
    return torch.stack(losses).mean()
