"""Measures the retriever's choices: what is embedded, how words are counted, how scores are joined.

    PYTHONPATH=. python tests/benchmarks/retrieval_choices.py --store STORE [--cache FOLDER]

Every number is a share of needed facts among the first 1, 3, 5 and 10 sentences, or the mean
reciprocal rank of the first sentence that answers (MRR). Choices are made on one half of the
`train` excerpts, by the mean of the four shares, and reported on the other half and on `dev`.
Paragraphs are not known in these excerpts: each run of five sentences stands for one.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vectorstore.embedding.model_files import DEFAULT_MODEL, find_model
from vectorstore.embedding.onnx_export import OnnxEncoder, open_encoder
from vectorstore.lexical import Lexical, tokens_of
from vectorstore.opinion import Block, BlockKind, Opinion, Sentence
from vectorstore.passages import Context, Passage, embedded_text, passages_of, plain_text
from vectorstore.ranking import Ranking, Weights

Array = npt.NDArray[np.float32]
Tokens = Callable[[str], list[str]]

SENTENCES_A_PARAGRAPH = 5
STOP_WORDS = frozenset(
    "a an and are as at be been but by did do does for from had has have he her his how i if in "
    "into is it its me my not of on or she so such than that the their them then there these they "
    "this those to was we were what when where which who whom whose why will with would you your "
    "can could should about any all".split()
)
DEPTHS = (1, 3, 5, 10)


@dataclass(frozen=True)
class Excerpt:
    """An excerpt with its answered questions: (question, needed facts as sets of sentences)."""

    name: str
    opinion: Opinion
    passages: tuple[Passage, ...]
    questions: tuple[str, ...]
    facts: tuple[tuple[frozenset[int], ...], ...]


def read_excerpt(data: Path, name: str) -> Excerpt:
    caption, *lines = (data / "opinions" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    numbers, texts = zip(*(line.split("\t", 1) for line in lines if "\t" in line), strict=True)
    position = {int(number): i + 1 for i, number in enumerate(numbers)}  # 0 is the caption
    questions, facts = [], []
    rows = (data / "questions" / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    for ids, _, question in (row.split("\t") for row in rows if row.strip()):
        if ids == "-":
            continue
        needed = [frozenset(position[int(i)] for i in f.split("|")) for f in ids.split("+")]
        questions.append(question)
        facts.append(tuple(needed))
    opinion = build_opinion(name, caption, texts)
    return Excerpt(name, opinion, passages_of(opinion), tuple(questions), tuple(facts))


def build_opinion(name: str, caption: str, sentences: Sequence[str]) -> Opinion:
    """An opinion of a title and paragraphs of five sentences each."""
    source, spans = caption, [(0, len(caption))]
    for i, sentence in enumerate(sentences):
        source += "\n" if i % SENTENCES_A_PARAGRAPH == 0 else " "
        spans.append((len(source), len(source) + len(sentence)))
        source += sentence
    size = SENTENCES_A_PARAGRAPH
    groups = [range(0, 1)] + [
        range(i, min(i + size, len(spans))) for i in range(1, len(spans), size)
    ]
    blocks = tuple(
        Block(
            start=spans[group[0]][0],
            end=spans[group[-1]][1],
            kind=BlockKind.PARAGRAPH if number else BlockKind.TITLE,
            label=str(number) if number else "h",
            heading=0 if number else None,
            sentences=group,
        )
        for number, group in enumerate(groups)
    )
    made = tuple(
        Sentence(start=spans[i][0], end=spans[i][1], block=number)
        for number, group in enumerate(groups)
        for i in group
    )
    return Opinion(id=name, source=source, blocks=blocks, sentences=made)


class Vectors:
    """Vectors of texts, kept in a folder between runs."""

    def __init__(self, encoder: OnnxEncoder, folder: Path | None) -> None:
        self._encoder, self._folder = encoder, folder

    def of(self, texts: Sequence[str]) -> Array:
        name = hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:32]
        kept = self._folder / f"{name}.npy" if self._folder else None
        if kept is not None and kept.is_file():
            array: Array = np.load(kept)
            return array
        vectors = self._encoder.document_vectors(texts)
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            np.save(kept, vectors)
        return vectors


@dataclass(frozen=True)
class Scored:
    """For one excerpt: a row a question, a column a passage."""

    excerpt: Excerpt
    dense: Array
    lexical: Array


def score(excerpt: Excerpt, vectors: Vectors, context: Context, tokens: Tokens) -> Scored:
    texts = [embedded_text(excerpt.opinion, p, context) for p in excerpt.passages]
    dense = vectors.of(excerpt.questions) @ vectors.of(texts).T
    plain = [plain_text(excerpt.opinion, p) for p in excerpt.passages]
    return Scored(excerpt, dense, lexical_scores(plain, excerpt.questions, tokens))


def lexical_scores(texts: Sequence[str], questions: Sequence[str], tokens: Tokens) -> Array:
    index = Lexical(texts, tokens=tokens)
    return np.stack([index.scores(q) for q in questions])


Joined = Callable[[Scored, int], Array]


def measure(scored: Iterable[Scored], joined: Joined) -> list[float]:
    """Shares of facts at each depth, then MRR, for a way of joining the scores of a question."""
    found: list[list[bool]] = []
    reciprocal: list[float] = []
    for each in scored:
        sentences = [i for i, p in enumerate(each.excerpt.passages) if p.sentence is not None]
        for number, facts in enumerate(each.excerpt.facts):
            scores = joined(each, number)[sentences]
            rank = np.empty(len(scores), int)
            rank[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
            best = [min(int(rank[i]) for i in fact) for fact in facts]
            found += [[b <= depth for depth in DEPTHS] for b in best]
            reciprocal.append(1 / min(best))
    return [*np.mean(found, axis=0).tolist(), float(np.mean(reciprocal))]


def weighted(weights: Weights) -> Joined:
    @cache
    def ranking(passages: tuple[Passage, ...]) -> Ranking:
        return Ranking(passages, weights)

    return lambda s, i: ranking(s.excerpt.passages).scores(s.dense[i], s.lexical[i])


def reciprocal_ranks(constant: int) -> Joined:
    def joined(s: Scored, i: int) -> Array:
        total = np.zeros(s.dense.shape[1], np.float32)
        for scores in (s.dense[i], s.lexical[i]):
            rank = np.empty(len(scores), np.float32)
            rank[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
            total += 1 / (constant + rank)
        return total

    return joined


def stemmed(tokens: Tokens) -> Tokens:
    import Stemmer  # PyStemmer: measured, not used

    stemmer = Stemmer.Stemmer("english")
    return lambda text: list(stemmer.stemWords(tokens(text)))


def without(tokens: Tokens, words: frozenset[str]) -> Tokens:
    return lambda text: [t for t in tokens(text) if t not in words]


def line(name: str, *figures: Sequence[float]) -> None:
    shown = "   ".join(" ".join(f"{x:.3f}" for x in each) for each in figures)
    print(f"{name:34} {shown}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/training"))
    parser.add_argument("--cache", type=Path, help="folder that keeps vectors between runs")
    parser.add_argument("--store", type=Path, required=True, help="a store with an encoder in it")
    given = parser.parse_args()
    encoder = open_encoder(find_model(DEFAULT_MODEL, cache=given.store), given.store)
    if encoder is None:
        parser.error(f"no exported encoder in {given.store}: run `opinion index` on it first")
    vectors = Vectors(encoder, given.cache)
    split = json.loads((given.data / "split.json").read_text(encoding="utf-8"))
    # A second part goes with the first: both on one side.
    families = sorted({name.removesuffix("-part-2") for name in split["train"]})
    chosen = set(families[::2])
    halves: dict[str, list[Excerpt]] = {"choose": [], "report": [], "dev": []}
    for name in split["train"]:
        half = "choose" if name.removesuffix("-part-2") in chosen else "report"
        halves[half].append(read_excerpt(given.data, name))
    halves["dev"] = [read_excerpt(given.data, name) for name in split["dev"]]
    for half, excerpts in halves.items():
        asked = sum(len(e.questions) for e in excerpts)
        print(f"{half}: {len(excerpts)} excerpts, {asked} questions with an answer")
    columns = " ".join([*(f"@{d:<4}" for d in DEPTHS), "MRR  "])
    print(f"{'':34} " + "   ".join(f"{h}: {columns}" for h in halves))

    def scored(context: Context, tokens: Tokens) -> dict[str, list[Scored]]:
        return {
            half: [score(e, vectors, context, tokens) for e in excerpts]
            for half, excerpts in halves.items()
        }

    def report(name: str, data: dict[str, list[Scored]], joined: Joined) -> float:
        figures = [measure(each, joined) for each in data.values()]
        line(name, *figures)
        return float(np.mean(figures[0][: len(DEPTHS)]))

    print("What is embedded for a sentence (dense alone)")
    for context in Context:
        report(context, scored(context, tokens_of), lambda s, i: s.dense[i])
    print("How words are counted (BM25 alone)")
    counted: dict[str, Tokens] = {
        "words": tokens_of,
        "without stop words": without(tokens_of, STOP_WORDS),
    }
    if importlib.util.find_spec("Stemmer"):
        counted |= {"stems": stemmed(tokens_of)}
    else:
        print("(stems are left out: `pip install PyStemmer` to measure them)")
    for name, tokens in counted.items():
        report(name, scored(Context.ITSELF, tokens), lambda s, i: s.lexical[i])
    print("How the two are joined: cosine, BM25, the paragraph's cosine, the paragraph's BM25")
    for context, name in [(Context.ITSELF, n) for n in counted] + [
        (Context.PREVIOUS, "words"),
        (Context.NEIGHBOURS, "words"),
    ]:
        data = scored(context, counted[name])
        print(f"- {context}, {name}")
        for constant in (1, 5, 20, 60):
            report(f"reciprocal ranks, k={constant}", data, reciprocal_ranks(constant))
        tried = []
        for figures in itertools.product(
            (0.0, 0.05, 0.1, 0.15, 0.2, 0.4), (0.0, 0.15, 0.3, 0.5), (0.0, 0.05, 0.1, 0.2)
        ):
            weights = weights_of(1.0, *figures)
            shares = measure(data["choose"], weighted(weights))[: len(DEPTHS)]
            tried.append((float(np.mean(shares)), figures))
        best = sorted(tried, reverse=True)[:3]
        for figures in [*(f for _, f in best), (0.15, 0.0, 0.0), (0.15, 0.3, 0.1)]:
            report(" ".join(map(str, (1.0, *figures))), data, weighted(weights_of(1.0, *figures)))


def weights_of(dense: float, lexical: float, paragraph: float, paragraph_lexical: float) -> Weights:
    return Weights(
        dense=dense,
        lexical=lexical,
        dense_paragraph=paragraph,
        lexical_paragraph=paragraph_lexical,
    )


if __name__ == "__main__":
    main()
