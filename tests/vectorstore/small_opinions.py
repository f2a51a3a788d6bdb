"""Small opinions and stores for the tests of this package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vectorstore.embedding.model_files import EmbeddingModel
from vectorstore.opinion import Block, BlockKind, Opinion, Sentence
from vectorstore.store.rows import IndexKey, row_id
from vectorstore.store.soundness import Vectors

MODEL = EmbeddingModel("counted words", Path("nowhere"), "0" * 32)


def opinion_of(*paragraphs: Sequence[str], id: str = "opinion", title: str = "ORDER") -> Opinion:
    """An opinion of a title and numbered paragraphs, each given as its sentences."""
    source, sentences, blocks = "", [], []
    for number, texts in enumerate([[title], *paragraphs]):
        source += "\n" if source else ""
        begin, first = len(source), len(sentences)
        for text in texts:
            source += " " if len(source) > begin else ""
            sentences.append(Sentence(start=len(source), end=len(source) + len(text), block=number))
            source += text
        blocks.append(
            Block(
                start=begin,
                end=len(source),
                kind=BlockKind.PARAGRAPH if number else BlockKind.TITLE,
                label=str(number) if number else "h",
                sentences=range(first, len(sentences)),
            )
        )
    return Opinion(id=id, source=source, blocks=tuple(blocks), sentences=tuple(sentences))


def vector_of(text: str) -> Vectors:
    """A vector of 64 that only this text has."""
    seed = int(row_id(text), 16)
    vector: Vectors = np.random.default_rng(seed).normal(size=64).astype(np.float32)
    return vector


def key_of(texts: Sequence[str], *, opinion: str = "opinion", splitter: int = 1) -> IndexKey:
    """The index of an opinion whose passages are `texts`."""
    return IndexKey(
        opinion=opinion,
        digest=row_id("|".join(texts)),
        splitter=splitter,
        ids=tuple(sorted({row_id(t) for t in texts})),
    )


def texts_of(texts: Sequence[str]) -> dict[str, str]:
    return {row_id(t): t for t in texts}


def vectors_of(texts: Sequence[str]) -> dict[str, Vectors]:
    return {row_id(t): vector_of(t) for t in texts}


def sentences(count: int, *, about: str = "officer") -> list[str]:
    return [f"{number} {about}" for number in range(count)]
