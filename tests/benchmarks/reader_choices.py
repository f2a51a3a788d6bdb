"""Chooses when the trained reader declines and how much it quotes; prints what each choice gives.

    python tests/benchmarks/reader_choices.py --data ../shared/training --names NAME …

Each question is asked of its own excerpt and of another opinion's, which hardly ever answers it.
Run it on excerpts that took no part in training (`reader.train` prints them) to choose, and on
`dev` to report. The choices stand in `assistant/reader/trained.py`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from retrieval_choices import build_opinion
from retrieval_confidence import questions_of, texts_of
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from assistant.quoting import MOST_WORDS
from assistant.reader.trained import TrainedReader, confidence, features, quotations


@dataclass(frozen=True)
class Asked:
    """A question with what the reader made of it. `facts` are empty when the text does not answer;
    `scores` and `words` (how many) are the sentences', in their order.
    """

    kind: str
    features: tuple[float, float, float]
    facts: tuple[frozenset[int], ...]
    words: tuple[int, ...]
    scores: npt.NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/training"))
    parser.add_argument("--names", nargs="+", help="excerpts; default: those of `dev`")
    parser.add_argument("--foreign", type=int, default=20, help="questions of another opinion each")
    parser.add_argument("--mass", type=float, default=0.9, help="of the softmax, shown")
    parser.add_argument("--ships", action="store_true", help="thresholds of the shipped joining")
    given = parser.parse_args()
    split = json.loads((given.data / "split.json").read_text(encoding="utf-8"))
    names = given.names or split["dev"]
    with tempfile.TemporaryDirectory() as cache:
        reader = TrainedReader(cache=Path(cache))
        asked = [a for i in range(len(names)) for a in _asked(reader, given, names, i)]
    answered = [a for a in asked if a.facts]
    x = np.array([a.features for a in asked])
    y = np.array([bool(a.facts) for a in asked])
    kind = np.array([a.kind for a in asked])
    fit = LogisticRegression(C=100.0, max_iter=2000).fit(x, y)
    print(f"INTERCEPT = {fit.intercept_[0]:.2f}")
    print(f"WEIGHTS = ({', '.join(f'{w:.3f}' for w in fit.coef_[0])})")
    ways = {
        "fitted here": fit.predict_proba(x)[:, 1],
        "as it ships": np.array([confidence(a.features) for a in asked]),
    }
    for way, p in ways.items():
        for name in ("own", "other"):
            group = y | ((kind == name) & ~y)
            auroc = roc_auc_score(y[group], p[group])
            print(f"AUROC {way}, answered against absent ({name}): {auroc:.3f}")
    p = ways["as it ships" if given.ships else "fitted here"]
    shown = [_shown(a, given.mass) for a in asked]
    found = np.array([all(f & set(s) for f in a.facts) for a, s in zip(asked, shown, strict=True)])
    print("threshold: answered kept, own absent declined, another's declined, handled rightly")
    for threshold in np.arange(0.1, 0.8, 0.05):
        kept = p >= threshold
        right = np.where(y, kept & found, ~kept)
        print(
            f"  {threshold:.2f}: {kept[y].mean():.3f} {(~kept)[(kind == 'own') & ~y].mean():.3f} "
            f"{(~kept)[kind == 'other'].mean():.3f} {right.mean():.3f}"
        )
    print("softmax mass to show: every fact shown in at most 150 words; sentences")
    for mass in (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0):
        shown = [_shown(a, mass) for a in answered]
        right = np.mean(
            [all(f & set(s) for f in a.facts) for a, s in zip(answered, shown, strict=True)]
        )
        print(f"  {mass:.2f}: {right:.3f}; {np.mean([len(s) for s in shown]):.2f}")


def _asked(
    reader: TrainedReader,
    given: argparse.Namespace,
    names: list[str],
    place: int,
) -> list[Asked]:
    name = names[place]
    far = names[(place + len(names) // 2) % len(names)]
    texts = texts_of(given.data, name)
    column = {n: i + 1 for i, n in enumerate(texts)}  # 0 is the caption
    opinion = build_opinion(name, name, list(texts.values()))
    own = [(ids, q, "own") for ids, q in questions_of(given.data, name)]
    others = [("-", q, "other") for _, q in questions_of(given.data, far)[: given.foreign]]
    made = []
    for ids, question, kind in own + others:
        needed = [] if ids == "-" else ids.split("+")
        scores = reader.scores(question, [opinion.text(s) for s in opinion.sentences])
        made.append(
            Asked(
                kind=kind,
                features=features(scores),
                facts=tuple(frozenset(column[int(i)] for i in f.split("|")) for f in needed),
                words=tuple(len(opinion.text(s).split()) for s in opinion.sentences),
                scores=scores,
            )
        )
    return made


def _shown(asked: Asked, mass: float) -> list[int]:
    """The sentences an answer would quote: at most three, at most 150 words, one in any case."""
    ranked = np.argsort(-asked.scores)[: quotations(asked.scores, mass)].tolist()
    words = np.cumsum([asked.words[i] for i in ranked])
    return [s for n, s in enumerate(ranked) if n == 0 or words[n] <= MOST_WORDS]


if __name__ == "__main__":
    main()
