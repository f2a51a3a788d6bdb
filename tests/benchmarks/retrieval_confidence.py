"""Fits how sure the retrieval reader is of an answer, and reports it on opinions it never saw.

    python tests/benchmarks/retrieval_confidence.py --store STORE --cache VECTORS

A logistic regression (scikit-learn) on `assistant.reader.retrieval.features`. Each question is
asked of its own excerpt, of the excerpt changed (without the answering sentences, or with a
sentence inserted that answers), and of another opinion, which hardly ever answers it. Fitted on
`train`, reported on `dev`: the changed texts are what similarity cannot tell apart, the other
opinions what it can. The threshold lets 95% of the answered questions of `train` through.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from retrieval_choices import Vectors, lexical_scores
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from assistant.reader.retrieval import features
from vectorstore.embedding.model_files import DEFAULT_MODEL, find_model
from vectorstore.embedding.onnx_export import open_encoder
from vectorstore.lexical import tokens_of
from vectorstore.ranking import WEIGHTS

Array = npt.NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/training"))
    parser.add_argument("--store", type=Path, required=True, help="a folder with an index")
    parser.add_argument("--cache", type=Path, required=True, help="keeps vectors between runs")
    options = parser.parse_args()
    split = json.loads((options.data / "split.json").read_text(encoding="utf-8"))
    encoder = open_encoder(find_model(DEFAULT_MODEL, cache=options.store), options.store)
    if encoder is None:
        raise SystemExit(f"No exported encoder in {options.store}: run `opinion index` first.")
    vectors = Vectors(encoder, options.cache)
    rows = {part: _rows_of(options.data, split[part], vectors) for part in ("train", "dev")}
    x, y, kind = _columns(rows["train"])
    model = LogisticRegression(C=100.0).fit(x, y)
    print(f"INTERCEPT = {model.intercept_[0]:.2f}")
    print(f"WEIGHTS = ({', '.join(f'{w:.2f}' for w in model.coef_[0])})")
    own = model.predict_proba(x)[:, 1][(kind == "own") & y]
    threshold = float(np.quantile(own, 0.05))
    print(f"THRESHOLD = {threshold:.2f}  # 95% of the answered questions lie above it")
    for part in ("train", "dev"):
        x, y, kind = _columns(rows[part])
        p = model.predict_proba(x)[:, 1]
        answered = p[(kind == "own") & y]
        for name in ("own", "changed", "other"):
            absent = p[(kind == name) & ~y]
            auroc = roc_auc_score(
                [True] * len(answered) + [False] * len(absent), [*answered, *absent]
            )
            print(
                f"{part}: {len(answered)} answered against {len(absent)} absent ({name}): AUROC "
                f"{auroc:.3f}, answered {np.mean(answered >= threshold):.3f}, declined "
                f"{np.mean(absent < threshold):.3f}"
            )


@dataclass(frozen=True)
class Row:
    """A question asked of a text: its own, that one changed, or another opinion's."""

    features: tuple[float, float]
    answered: bool
    kind: str


def _rows_of(data: Path, names: Sequence[str], vectors: Vectors) -> list[Row]:
    asked = {n: [q for _, q in questions_of(data, n)] for n in names}
    rows: list[Row] = []
    for place, name in enumerate(names):
        far = names[(place + len(names) // 2) % len(names)]  # a part 2 stands next to its part 1
        rows += _own(data, name, vectors)
        texts = list(texts_of(data, name).values())
        dense = vectors.of(asked[far]) @ vectors.of(texts).T
        rows += [
            Row(_features(q, texts, d), answered=False, kind="other")
            for q, d in zip(asked[far], dense, strict=True)
        ]
    return rows


def questions_of(data: Path, name: str) -> list[tuple[str, str]]:
    lines = (data / "questions" / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [(ids, question) for ids, _, question in (line.split("\t") for line in lines)]


def texts_of(data: Path, name: str) -> dict[int, str]:
    lines = (data / "opinions" / f"{name}.txt").read_text(encoding="utf-8").splitlines()[1:]
    return {int(n): text for n, text in (line.split("\t", 1) for line in lines if "\t" in line)}


def _own(data: Path, name: str, vectors: Vectors) -> Iterator[Row]:
    texts, asked = texts_of(data, name), questions_of(data, name)
    lines = (data / "inserts" / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    inserts = {int(line): text for line, _, text in (row.split("\t", 2) for row in lines)}
    every = [*texts.values(), *inserts.values()]
    dense = vectors.of([q for _, q in asked]) @ vectors.of(every).T
    column = {n: i for i, n in enumerate(texts)}
    extra = {line: len(texts) + i for i, line in enumerate(inserts)}
    whole = list(range(len(texts)))
    for line, (ids, question) in enumerate(asked):
        answering = {column[int(i)] for i in ids.replace("+", "|").split("|") if i != "-"}
        changed = [i for i in whole if i not in answering]
        if not answering:
            changed = [*whole, extra[line]] if line in extra else []
        for columns, kind in ((whole, "own"), (changed, "changed")):
            if columns:
                there = [every[i] for i in columns]
                yield Row(
                    _features(question, there, dense[line, columns]),
                    answered=bool(answering) == (kind == "own"),
                    kind=kind,
                )


def _features(question: str, texts: list[str], dense: Array) -> tuple[float, float]:
    lexical = lexical_scores(texts, [question], tokens_of)[0]
    score = WEIGHTS.dense * dense + WEIGHTS.lexical * lexical / max(float(lexical.max()), 1e-9)
    best = [texts[i] for i in np.argsort(-score)[:3]]
    return features(question, float(dense.max()), best)


def _columns(rows: list[Row]) -> tuple[Array, npt.NDArray[np.bool_], npt.NDArray[np.str_]]:
    return (
        np.array([r.features for r in rows], np.float32),
        np.array([r.answered for r in rows]),
        np.array([r.kind for r in rows]),
    )


if __name__ == "__main__":
    main()
