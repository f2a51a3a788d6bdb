from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vectorstore.index import OpinionIndex, open_index
from vectorstore.reading import bundled_opinion


@pytest.fixture(scope="module")
def index(built_store: Path) -> Iterator[OpinionIndex]:
    with open_index(bundled_opinion(), location=built_store) as index:
        yield index


def test_gives_sentences_of_the_source_best_first(index: OpinionIndex) -> None:
    documents = index.retriever().invoke("When was the plaintiff attacked?")
    assert len(documents) == 20
    assert "in May 1991" in documents[0].page_content
    scores = [d.metadata["score"] for d in documents]
    assert scores == sorted(scores, reverse=True)
    for document in documents:
        facts = document.metadata
        assert document.page_content == index.opinion.source[facts["start"] : facts["end"]]


def test_says_where_a_document_stands_and_how_it_was_found(index: OpinionIndex) -> None:
    facts = index.retriever().invoke("Which circuit decided Soto?")[0].metadata
    assert set(facts) == {
        *("passage", "kind", "start", "end", "paragraph", "sentence"),
        *("score", "dense", "lexical"),
    }
    sentence = index.opinion.sentences[facts["sentence"]]
    assert (sentence.start, sentence.end) == (facts["start"], facts["end"])
    assert index.opinion.block_of(sentence).label == facts["paragraph"]
    assert facts["kind"] == "sentence"
    assert facts["dense"] > 0
    assert facts["lexical"] > 0


@pytest.mark.parametrize(("k", "count"), [(1, 1), (5, 5), (1000, 0)])
def test_gives_as_many_as_asked_for_or_all(index: OpinionIndex, k: int, count: int) -> None:
    retriever = index.retriever(k=7)
    assert len(retriever.invoke("Who won?")) == 7
    assert len(retriever.invoke("Who won?", k=k)) == (count or len(index.opinion.sentences))


def test_joins_a_langchain_chain(index: OpinionIndex) -> None:
    from langchain_core.runnables import RunnablePassthrough

    chain = RunnablePassthrough.assign(documents=(lambda x: x["question"]) | index.retriever(k=3))
    assert len(chain.invoke({"question": "Who won?"})["documents"]) == 3
