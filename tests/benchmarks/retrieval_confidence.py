"""Fits how sure the retrieval reader is of an answer, and reports it on opinions it never saw.

    python tests/benchmarks/retrieval_confidence.py --store STORE --cache VECTORS

A logistic regression (scikit-learn) on `assistant.reader.retrieval.features`, fitted on contrast
pairs of the `train` excerpts so that a question's wording tells nothing: each answered question
with the text and without its answering sentences, each unanswered one with the text and with a
sentence inserted that answers it. The threshold lets 95% of the answered questions of `train`
through: similarity cannot tell near misses apart (AUROC below), so it declines only what is far
from everything in the opinion. Reported on the pairs of `dev`, and on its questions as they
stand.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from retrieval_choices import Vectors, lexical_scores
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from assistant.reader.retrieval import features
from vectorstore.lexical import tokens_of
from vectorstore.model_files import DEFAULT_MODEL, find_model
from vectorstore.onnx_export import open_encoder
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
    rows = {
        part: [row for name in split[part] for row in _rows(options.data, name, vectors)]
        for part in ("train", "dev")
    }
    x, y, _ = _columns(rows["train"])
    model = LogisticRegression(C=100.0).fit(x, y)
    print(f"INTERCEPT = {model.intercept_[0]:.2f}")
    print(f"WEIGHTS = ({', '.join(f'{w:.2f}' for w in model.coef_[0])})")
    as_is = np.array([row[3] for row in rows["train"]])
    threshold = float(np.quantile(model.predict_proba(x[as_is & y])[:, 1], 0.05))
    print(f"THRESHOLD = {threshold:.2f}  # 95% of the answered questions lie above it")
    for part in ("train", "dev"):
        x, y, pair = _columns(rows[part])
        p = model.predict_proba(x)[:, 1]
        both = np.mean(
            [np.all((p[pair == n] >= threshold) == y[pair == n]) for n in np.unique(pair)]
        )
        as_is = np.array([row[3] for row in rows[part]])
        print(
            f"{part}: pairs {len(np.unique(pair))}, AUROC {roc_auc_score(y, p):.3f}, both right "
            f"{both:.3f}; as they stand: AUROC {roc_auc_score(y[as_is], p[as_is]):.3f}, balanced "
            f"accuracy {balanced_accuracy_score(y[as_is], p[as_is] >= threshold):.3f}, answered "
            f"{np.mean(p[as_is] >= threshold):.3f}"
        )


Row = tuple[tuple[float, float], bool, str, bool]  # features, answered, pair, text as it stands


def _rows(data: Path, name: str, vectors: Vectors) -> Iterator[Row]:
    lines = (data / "opinions" / f"{name}.txt").read_text(encoding="utf-8").splitlines()[1:]
    texts = {int(n): text for n, text in (line.split("\t", 1) for line in lines if "\t" in line)}
    asked = [
        line.split("\t")
        for line in (data / "questions" / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    ]
    inserts = {
        int(line): text
        for line, _, text in (
            row.split("\t", 2)
            for row in (data / "inserts" / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
        )
    }
    questions = [row[2] for row in asked]
    inserted = list(inserts.values())
    dense = vectors.of(questions) @ vectors.of([*texts.values(), *inserted]).T
    column = {n: i for i, n in enumerate(texts)}
    extra = {line: len(texts) + i for i, line in enumerate(inserts)}
    every = [*texts.values(), *inserted]
    for line, (ids, _, question) in enumerate(asked):
        whole = list(range(len(texts)))
        answering = {column[int(i)] for i in ids.replace("+", "|").split("|") if i != "-"}
        if answering:
            other = [i for i in whole if i not in answering]
        elif line in inserts:
            other = [*whole, extra[line]]
        else:
            continue
        for columns, as_it_stands in ((whole, True), (other, False)):
            answered = bool(answering) == as_it_stands
            there = [every[i] for i in columns]
            yield (
                _features(question, there, dense[line, columns]),
                answered,
                f"{name}:{line}",
                as_it_stands,
            )


def _features(question: str, texts: list[str], dense: Array) -> tuple[float, float]:
    lexical = lexical_scores(texts, [question], tokens_of)[0]
    score = WEIGHTS.dense * dense + WEIGHTS.lexical * lexical / max(float(lexical.max()), 1e-9)
    best = [texts[i] for i in np.argsort(-score)[:3]]
    return features(question, float(dense.max()), best)


def _columns(rows: list[Row]) -> tuple[Array, npt.NDArray[np.bool_], npt.NDArray[np.str_]]:
    return (
        np.array([r[0] for r in rows], np.float32),
        np.array([r[1] for r in rows]),
        np.array([r[2] for r in rows]),
    )


if __name__ == "__main__":
    main()
