"""The reader that ships, on the bundled opinion and on made ones."""

import shutil
from pathlib import Path

import pytest

from assistant.assembly import reader_of
from assistant.errors import ReaderError
from assistant.reader import Reading
from assistant.reader.retrieval import RetrievalReader
from assistant.reader.trained import FOLDER, TrainedReader
from assistant.settings import Settings
from fakes import OverlapRetriever
from vectorstore.opinion import Opinion
from vectorstore.reading import bundled_opinion, parse_opinion


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> TrainedReader:
    return TrainedReader(cache=tmp_path_factory.mktemp("cache"))


def read(reader: TrainedReader, question: str, opinion: Opinion) -> Reading:
    """With the sentences that share words with the question as what was retrieved."""
    return reader.read(question, opinion, OverlapRetriever(opinion=opinion).invoke(question))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Was the motion for summary judgment granted?", "hereby granted."),
        ("What did the First Circuit call the history of the theory?", "is an uneven one."),
        ("Why did the police decide to watch the parking lot?", "car had been vandalized."),
    ],
)
def test_puts_the_sentence_that_answers_among_the_first_three(
    reader: TrainedReader, question: str, answer: str
) -> None:
    opinion = bundled_opinion()

    reading = read(reader, question, opinion)

    first = [opinion.text(opinion.sentences[r.sentence]) for r in reading.ranked[:3]]
    assert any(text.endswith(answer) for text in first)
    assert 1 <= reading.quotations <= 3


def test_reads_the_end_of_a_long_question(reader: TrainedReader) -> None:
    opinion = bundled_opinion()
    background = "We are two students who prepare a moot court on an old case, " * 4

    reading = read(reader, f"{background}. What did the First Circuit call its history?", opinion)

    best = [opinion.text(opinion.sentences[r.sentence]) for r in reading.ranked[:3]]
    assert any(text.endswith("is an uneven one.") for text in best)


def test_ranks_each_sentence_once_best_first(reader: TrainedReader) -> None:
    opinion = bundled_opinion()

    reading = read(reader, "Who is the judge?", opinion)

    places = [r.sentence for r in reading.ranked]
    assert len(places) == len(set(places)) >= 10
    scores = [r.score for r in reading.ranked]
    assert scores == sorted(scores, reverse=True)


def test_is_less_sure_of_what_lies_far_from_the_opinion(reader: TrainedReader) -> None:
    opinion = bundled_opinion()

    far = read(reader, "How long do I boil an egg?", opinion)
    near = read(reader, "Was the motion for summary judgment granted?", opinion)

    assert far.confidence < reader.threshold < near.confidence


def test_finds_one_sentence_among_hundreds(reader: TrainedReader) -> None:
    body = "\n".join(f"Witness number {n} spoke of the weather on that day." for n in range(600))
    opinion = parse_opinion(f"RULING\n{body}\nThe jury convicted him of arson.\n", id="long")

    reading = read(reader, "What crime was he found guilty of?", opinion)

    best = opinion.sentences[reading.ranked[0].sentence]
    assert opinion.text(best) == "The jury convicted him of arson."
    assert 10 <= len(reading.ranked) <= 40


def test_nothing_retrieved_is_nothing_read(reader: TrainedReader) -> None:
    assert reader.read("Who won?", bundled_opinion(), []).ranked == ()


def test_reads_the_same_with_what_another_process_encoded(tmp_path: Path) -> None:
    opinion, question = bundled_opinion(), "Who attacked the plaintiff?"
    first = TrainedReader(cache=tmp_path)
    first.prepare(opinion)
    second = TrainedReader(cache=tmp_path)
    second.prepare(opinion)

    a, b = read(first, question, opinion), read(second, question, opinion)

    assert [r.sentence for r in a.ranked] == [r.sentence for r in b.ranked]
    assert a.confidence == pytest.approx(b.confidence, abs=0.01)


def test_a_torn_cache_is_encoded_anew(tmp_path: Path) -> None:
    opinion = bundled_opinion()
    TrainedReader(cache=tmp_path).prepare(opinion)
    (kept,) = tmp_path.glob("reader-*/*.npz")
    kept.write_bytes(kept.read_bytes()[:100])
    reader = TrainedReader(cache=tmp_path)

    reader.prepare(opinion)

    assert read(reader, "Who won?", opinion).ranked
    assert kept.stat().st_size > 100


def altered(tmp_path: Path) -> Path:
    folder = tmp_path / "reader"
    folder.mkdir()
    for name in ("reader.json", "late.onnx", "joint.onnx"):
        shutil.copy(FOLDER / name, folder)
    with (folder / "late.onnx").open("ab") as graph:
        graph.write(b"\0")
    return folder


def test_an_altered_graph_is_refused(tmp_path: Path) -> None:
    folder = altered(tmp_path)

    with pytest.raises(ReaderError) as e:
        TrainedReader(folder=folder, cache=tmp_path)

    assert str(e.value) == (
        f"The trained reader's {folder / 'late.onnx'} is not the file it was published with."
    )


def test_a_reader_that_fails_leaves_retrieval_with_a_warning_on_each_answer(
    tmp_path: Path,
) -> None:
    reader = reader_of(Settings(), cache=tmp_path, folder=altered(tmp_path))

    assert isinstance(reader, RetrievalReader)
    assert reader.notice is not None
    assert reader.notice.endswith(
        "Answers come from similarity alone and are less to be trusted; reinstall "
        "opinion-assistant to mend it."
    )


def test_reader_none_is_retrieval_alone_without_a_warning(tmp_path: Path) -> None:
    reader = reader_of(Settings(reader="none"), cache=tmp_path)

    assert isinstance(reader, RetrievalReader)
    assert reader.notice is None
