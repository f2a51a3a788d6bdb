"""The bundled sentence encoder: its embeddings, which never change, and its six layers, of which
late interaction tunes the upper three and the joint reader all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from assistant.reader.model import CLS, SEP

WIDTH: Final = 384
HEADS: Final = 12
LAYERS: Final = 6
LOWER: Final = 3
BATCH: Final = 32

Weights = dict[str, Tensor]


def layer_weights(weights: Weights, layer: int) -> Weights:
    """Weights of one layer under short names; query, key and value stand in one matrix."""

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


class Tuned(nn.Module):
    """The layers from `first` (0 to 5) on, tuned."""

    def __init__(self, weights: Weights, first: int, dropout: float) -> None:
        """dropout: share (0 to 1) of each block's output, in training only."""
        super().__init__()
        self.dropout = dropout
        self.layers = nn.ModuleList(
            nn.ParameterDict({k: nn.Parameter(v) for k, v in layer_weights(weights, i).items()})
            for i in range(first, LAYERS)
        )

    def weights(self) -> list[Weights]:
        """Weights of each layer, under the names of `layer_weights`."""
        return [dict(layer.named_parameters()) for layer in self.layers]

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """[B, T, 384] and where it is not padding [B, T] -> [B, T, 384]."""
        rate = self.dropout if self.training else 0.0
        mask = attention_mask(valid)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            for layer in self.weights():
                x = block(layer, x, mask, rate)
        return x.float()


class Embedding:
    """Word and position vectors and their normalisation; they never change."""

    def __init__(self, weights: Weights) -> None:
        """weights: `model.safetensors` of the base model."""
        self.words = weights["embeddings.word_embeddings.weight"]
        self.positions = weights["embeddings.position_embeddings.weight"]
        self.token_type = weights["embeddings.token_type_embeddings.weight"][0]
        self.gain = weights["embeddings.LayerNorm.weight"]
        self.shift = weights["embeddings.LayerNorm.bias"]

    def __call__(self, ids: Tensor, added: Tensor | float = 0.0) -> Tensor:
        """Token ids [B, T], and what is added to their vectors [B, T, 384] -> [B, T, 384]."""
        x = self.words[ids] + (self.positions[: ids.shape[1]] + self.token_type) + added
        return functional.layer_norm(x, (WIDTH,), self.gain, self.shift, 1e-12)


class Lower:
    """Embeddings and layers 1 to 3 as they are: late interaction tunes the layers above only."""

    def __init__(self, weights: Weights) -> None:
        """weights: `model.safetensors` of the base model."""
        self.embedding = Embedding(weights)
        self.layers = [layer_weights(weights, i) for i in range(LOWER)]

    @torch.no_grad()
    def __call__(self, rows: Sequence[Sequence[int]]) -> list[Tensor]:
        """States of each row, [CLS] and [SEP] around it included: [tokens + 2, 384], bfloat16."""
        found: dict[int, Tensor] = {}
        rows = [[CLS, *row, SEP] for row in rows]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        for start in range(0, len(order), BATCH):
            part = order[start : start + BATCH]
            ids, valid = padded([torch.tensor(rows[i]) for i in part])
            x = self.embedding(ids)
            mask = attention_mask(valid)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                for layer in self.layers:
                    x = block(layer, x, mask, 0.0)
            for line, i in enumerate(part):
                found[i] = x[line, : len(rows[i])].to(torch.bfloat16)
        return [found[i] for i in range(len(rows))]


def padded(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Rows [T, ...] of any length as one tensor [B, T, ...], and where it is not padding [B, T]."""
    x = nn.utils.rnn.pad_sequence(list(rows), batch_first=True)
    lengths = torch.tensor([len(r) for r in rows])
    return x, torch.arange(x.shape[1])[None] < lengths[:, None]


def attention_mask(valid: Tensor) -> Tensor:
    """What is added to the attention's scores [B * heads, 1, T]: -10,000 to look at padding."""
    mask = torch.zeros(valid.shape).masked_fill(~valid, -1e4)
    return mask[:, None, :].repeat_interleave(HEADS, 0)


def block(w: Weights, x: Tensor, mask: Tensor, dropout: float) -> Tensor:
    """One post-norm transformer layer over [B, T, 384]."""
    b, t, d = x.shape
    qkv = functional.linear(x, w["qkv_w"], w["qkv_b"]).view(b, t, 3, HEADS, d // HEADS)
    q, k, v = qkv.permute(2, 0, 3, 1, 4).reshape(3, b * HEADS, t, d // HEADS)
    # By hand: the fused attention's backward pass takes four times as long in bfloat16 on a CPU.
    a = torch.baddbmm(mask.to(q.dtype), q, k.transpose(1, 2), alpha=(d // HEADS) ** -0.5)
    a = torch.bmm(a.softmax(-1), v).view(b, HEADS, t, d // HEADS)
    a = functional.linear(a.transpose(1, 2).reshape(b, t, d), w["o_w"], w["o_b"])
    a = functional.dropout(a, dropout)
    x = functional.layer_norm(x + a, (d,), w["g1"], w["b1"], 1e-12)
    h = functional.gelu(functional.linear(x, w["i_w"], w["i_b"]))
    h = functional.dropout(functional.linear(h, w["f_w"], w["f_b"]), dropout)
    return functional.layer_norm(x + h, (d,), w["g2"], w["b2"], 1e-12)


def mean(states: Tensor, where: Tensor) -> Tensor:
    """Mean of states [B, T, 384] over the places in the mask [B, T]: [B, 384]."""
    return (states * where[..., None]).sum(1) / where.sum(1, keepdim=True).clamp(min=1)


def learning_rate(step: int, steps: int, peak: float) -> float:
    """Linear warm-up over 6% of the steps, then linear fall to 2%."""
    warm = max(1, int(0.06 * steps))
    if step < warm:
        return peak * (step + 1) / warm
    return peak * max(0.02, (steps - step) / max(1, steps - warm))


class Optimiser:
    """AdamW over a model's layers and, at multiples of their rate, its other parameters."""

    def __init__(
        self, model: nn.Module, layers: Tuned, heads: dict[float, list[nn.Parameter]]
    ) -> None:
        """heads: multiple of the rate -> parameters."""
        self.model = model
        groups = [{"params": list(layers.parameters()), "weight_decay": 0.01}]
        groups += [{"params": parameters, "weight_decay": 0.0} for parameters in heads.values()]
        self.multiples = [1.0, *heads]
        self.adam = torch.optim.AdamW(groups, lr=1e-4, betas=(0.9, 0.98))

    def step(self, loss: Tensor, rate: float) -> None:
        """One update."""
        for group, multiple in zip(self.adam.param_groups, self.multiples, strict=True):
            group["lr"] = rate * multiple
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.adam.step()
        self.adam.zero_grad()
