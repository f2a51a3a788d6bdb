from itertools import pairwise

from assistant.evaluation.baseline import CHUNK_CHARACTERS, OVERLAP, Baseline, split
from fakes import OverlapEmbeddings
from vectorstore.reading import bundled_opinion, parse_opinion

OPINION = bundled_opinion()


def test_chunks_are_the_splitters_own_with_their_offsets() -> None:
    chunks = split(OPINION)

    assert all(0 < c.end - c.start <= CHUNK_CHARACTERS for c in chunks)
    assert all(a.end - b.start <= OVERLAP for a, b in pairwise(chunks))
    covered = {n for c in chunks for n in range(c.start, c.end)}
    assert all(n in covered or c.isspace() for n, c in enumerate(OPINION.source))
    assert not OPINION.text(chunks[0])[0].isspace()


def test_best_four_chunks_are_shown_as_they_are_and_always() -> None:
    baseline = Baseline(opinion=OPINION, encoder=OverlapEmbeddings())

    answer = baseline.ask("Did the Ninth Circuit decide about the moon?")
    baseline.close()

    assert answer.answered
    assert answer.confidence == 1
    assert answer.answerer == "baseline"
    assert len(answer.citations) == 4
    assert len(answer.retrieved) == min(10, len(split(OPINION)))
    for citation, passage in zip(answer.citations, answer.retrieved, strict=False):
        assert OPINION.source[citation.start : citation.end] == citation.quote == passage.text
    assert [r.score for r in answer.retrieved] == sorted(
        (r.score for r in answer.retrieved), reverse=True
    )


def test_chunk_that_shares_the_words_comes_first() -> None:
    baseline = Baseline(opinion=OPINION, encoder=OverlapEmbeddings(), shown=1)

    answer = baseline.ask("CHATIGNY District Judge RULING AND ORDER")
    baseline.close()

    assert [c.start for c in answer.citations] == [0]
    assert answer.answerer == "baseline-1"


def test_variant_is_split_anew_and_small_texts_have_fewer_chunks() -> None:
    baseline = Baseline(opinion=OPINION, encoder=OverlapEmbeddings())
    small = parse_opinion("ORDER\nSmith sued the town.\n", id="small")

    other = baseline.for_opinion(small)
    answer = other.ask("Who sued?")
    other.close()
    baseline.close()

    assert [c.quote for c in answer.citations] == ["ORDER\nSmith sued the town."]
    assert answer.answerer == "baseline"
