"""The two models as int8 ONNX graphs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from assistant.reader.training.encoder import HEADS, WIDTH, Embedding, Lower, Weights
from assistant.reader.training.excerpts import QUESTION_TOKENS
from assistant.reader.training.joint import JointReader
from assistant.reader.training.late import LateInteraction

FloatArray = npt.NDArray[np.float32]


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

    def embedding(self, embedding: Embedding, added: str | None = None) -> str:
        """Normalised sum of the input `words`, the positions and what is added."""
        positions = self.op(
            "Slice",
            self.constant((embedding.positions + embedding.token_type).numpy()),
            self.ints(0),
            self.op("Shape", "valid", start=1, end=2),
            self.ints(0),
        )
        x = self.op("Add", "words", positions)
        if added is not None:
            x = self.op("Add", x, added)
        return self.norm(x, embedding.gain.numpy(), embedding.shift.numpy())

    def layers(self, x: str, weights: Iterable[Weights]) -> str:
        """Transformer layers; the input `valid` is 0 on padding."""
        invalid = self.op("Sub", self.op("Cast", "valid", to=TensorProto.FLOAT), self.number(1.0))
        mask = self.op("Unsqueeze", self.op("Mul", invalid, self.number(1e4)), self.ints(1, 2))
        for layer in weights:
            x = self.layer(x, {k: v.detach().numpy() for k, v in layer.items()}, mask)
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


def export_late(lower: Lower, model: LateInteraction, path: Path) -> None:
    """Words [b, t, 384] and valid [b, t] -> states [b, t, 384], token weights [b, t]."""
    g = Graph()
    x = g.layers(g.embedding(lower.embedding), [*lower.layers, *model.upper.weights()])
    g.op("Identity", x, out="states")
    weighted = g.op("Mul", x, g.constant(model.token_weight.detach().numpy()))
    g.op("ReduceSum", weighted, g.ints(-1), keepdims=0, out="weight")
    inputs = [info("words", "b", "t", WIDTH), info("valid", "b", "t", ints=True)]
    g.save(inputs, [info("states", "b", "t", WIDTH), info("weight", "b", "t")], path)


def export_joint(model: JointReader, path: Path) -> None:
    """Words [b, t, 384] of question, sentence and the sentence before it, one after the other; kind
    (0, 1, 2) and valid [b, t]; masks of question and sentence [b, t] -> scores [b].
    """
    g = Graph()
    kinds = g.op("Gather", g.constant(model.kind.detach().numpy()), "kind")
    x = g.layers(g.embedding(model.embedding, kinds), model.layers.weights())

    def mean(mask: str) -> str:
        total = g.op("MatMul", g.op("Unsqueeze", mask, g.ints(1)), x)  # [b, 1, 384]
        count = g.op("ReduceSum", mask, g.ints(-1), keepdims=1)
        count = g.op("Max", count, g.number(1.0))
        return g.op("Div", g.op("Squeeze", total, g.ints(1)), count)

    q_mean, s_mean = mean("in_question"), mean("in_sentence")
    cosine = g.op("ReduceSum", g.op("Mul", g.unit(q_mean), g.unit(s_mean)), g.ints(-1), keepdims=0)
    unit = g.unit(x)
    head = g.ints(QUESTION_TOKENS + 1)
    asked = g.op("Slice", "in_question", g.ints(0), head, g.ints(1))
    of_question = g.op("Slice", unit, g.ints(0), head, g.ints(1))
    similar = g.op("MatMul", of_question, g.op("Transpose", unit, perm=[0, 2, 1]))
    outside = g.op("Mul", g.op("Sub", "in_sentence", g.number(1.0)), g.number(10.0))
    similar = g.op("Add", similar, g.op("Unsqueeze", outside, g.ints(1)))
    best = g.op("ReduceMax", similar, g.ints(-1), keepdims=0)
    match = g.op("ReduceSum", g.op("Mul", best, asked), g.ints(-1), keepdims=0)
    count = g.op("Max", g.op("ReduceSum", asked, g.ints(-1), keepdims=0), g.number(1.0))
    match = g.op("Div", match, count)
    first = g.op("Squeeze", g.op("Gather", x, g.ints(0), axis=1), g.ints(1))
    joined = g.op("Concat", first, q_mean, s_mean, axis=-1)
    weight, bias = (p.detach().numpy() for p in model.hidden.parameters())
    hidden = g.op("Tanh", g.linear(joined, weight, bias))
    weight, bias = (p.detach().numpy() for p in model.out.parameters())
    score = g.op("Squeeze", g.linear(hidden, weight, bias), g.ints(1))
    on_cosine, on_match, constant = model.mix.detach().tolist()
    score = g.op("Add", score, g.op("Mul", cosine, g.number(on_cosine)))
    score = g.op("Add", score, g.op("Mul", match, g.number(on_match)))
    g.op("Add", score, g.number(constant), out="scores")
    inputs = [
        info("words", "b", "t", WIDTH),
        info("kind", "b", "t", ints=True),
        info("valid", "b", "t", ints=True),
        info("in_question", "b", "t"),
        info("in_sentence", "b", "t"),
    ]
    g.save(inputs, [info("scores", "b")], path)
