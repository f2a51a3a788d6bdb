"""An opinion's index from the first use on, with the bundled model's export."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from small_opinions import opinion_of

from vectorstore.embedding.onnx_export import OnnxEncoder
from vectorstore.errors import EmbeddingModelError, StoreError
from vectorstore.index import OpinionIndex, default_location, open_index
from vectorstore.opinion import Opinion
from vectorstore.passages import PassageKind
from vectorstore.reading import bundled_opinion

HERE = Path(__file__).parent
FACTS = ["The officer warned him.", "She was hurt in May.", "The car was red."]
OPINION = opinion_of(FACTS, ["The motion is granted."])
LATER = opinion_of([*FACTS[:2], "The car was blue."], ["The motion is granted."])


@pytest.fixture
def index(tmp_path: Path, built_store: Path) -> OpinionIndex:
    with open_index(OPINION, location=tmp_path, cache=built_store) as index:
        yield index


def run(code: str, *arguments: object) -> str:
    """What a process of its own prints; it has this module's names."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = [{str(HERE)!r}]\n{code}"]
        + [str(a) for a in arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def first(index: OpinionIndex, question: str) -> str:
    return index.opinion.text(index.search(question, 1)[0].passage)


def test_is_built_on_first_use_and_found_later(
    index: OpinionIndex, tmp_path: Path, built_store: Path
) -> None:
    assert first(index, "Which month was she injured in?") == "She was hurt in May."
    state = (tmp_path / "store.json").read_text()
    with open_index(OPINION, location=tmp_path, cache=built_store) as again:
        assert first(again, "Which month was she injured in?") == "She was hurt in May."
    assert (tmp_path / "store.json").read_text() == state


def test_search_gives_the_sentences_best_first_and_no_paragraph(index: OpinionIndex) -> None:
    hits = index.search("What colour was the car?", 20)
    assert OPINION.text(hits[0].passage) == "The car was red."
    assert len(hits) == len(OPINION.sentences)
    assert {h.passage.kind for h in hits} == {PassageKind.SENTENCE}
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)


def test_dense_gives_passages_of_both_kinds_by_cosine(index: OpinionIndex) -> None:
    found = index.dense(index.encoder.embed_query("She was hurt in May."), 6)
    assert OPINION.text(found[0][0]) == "She was hurt in May."
    assert found[0][1] == pytest.approx(1, abs=1e-4)
    assert PassageKind.PARAGRAPH in {p.kind for p, _ in found}
    assert len(index.dense(index.encoder.embed_query("car"), 2)) == 2


def test_a_sentence_that_occurs_twice_is_found_at_both_places(
    tmp_path: Path, built_store: Path
) -> None:
    opinion = opinion_of(["Denied.", "She appealed."], ["Denied."])
    with open_index(opinion, location=tmp_path, cache=built_store) as index:
        labels = [h.passage.paragraph for h in index.search("denied", 2)]
    assert sorted(labels) == ["1", "2"]


def test_an_opinion_without_sentences_finds_nothing(tmp_path: Path, built_store: Path) -> None:
    empty = Opinion(id="empty", source="", blocks=(), sentences=())
    with open_index(empty, location=tmp_path, cache=built_store) as index:
        assert index.search("Who won?", 5) == []
        assert index.dense([0.0] * 384, 5) == []


@pytest.mark.parametrize("question", ["", "?!", "\x00\x01", "word " * 5000, "¿Quién ganó?"])
def test_any_question_is_answered_with_a_ranking(index: OpinionIndex, question: str) -> None:
    assert len(index.search(question, 3)) == 3


def test_opinions_of_one_name_from_two_folders_stay_side_by_side(
    tmp_path: Path, built_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded: list[str] = []
    real = OnnxEncoder.document_vectors

    def counted(self: OnnxEncoder, texts: Sequence[str]) -> Any:
        embedded.extend(texts)
        return real(self, texts)

    monkeypatch.setattr(OnnxEncoder, "document_vectors", counted)
    texts = {"a/opinion.txt": "She lost the case.", "b/opinion.txt": "He won his appeal."}
    found = []
    for path in [*texts, *texts]:
        opinion = opinion_of([texts[path]])
        with open_index(opinion, location=tmp_path, version_of=path, cache=built_store) as index:
            found.append(opinion.text(index.search("Who won?", 1)[0].passage))

    assert found == [*texts.values(), *texts.values()]
    assert set(texts.values()) <= set(embedded)
    assert len(embedded) == len(set(embedded))  # neither drove the other out


def test_a_fresh_process_answers_without_torch(built_store: Path) -> None:
    printed = run(
        "from vectorstore.index import open_index\n"
        "from vectorstore.reading import bundled_opinion\n"
        "with open_index(bundled_opinion(), location=sys.argv[1]) as index:\n"
        "    documents = index.retriever().invoke('Who won, and why?')\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'gradio', 'sklearn', 'onnx'}\n"
        "print(len(documents), sorted(heavy & set(sys.modules)))",
        built_store,
    )
    assert printed == "20 []\n"


def test_a_variant_embeds_its_new_sentences_only_and_without_torch(
    tmp_path: Path, built_store: Path
) -> None:
    shutil.copytree(
        built_store, tmp_path / "store", ignore=shutil.ignore_patterns("encoders", "*.lock")
    )
    printed = run(
        "from vectorstore.index import open_index\n"
        "from vectorstore.embedding.onnx_export import OnnxEncoder\n"
        "from vectorstore.reading import bundled_opinion, parse_opinion\n"
        "embedded = []\n"
        "real = OnnxEncoder.document_vectors\n"
        "OnnxEncoder.document_vectors = lambda self, texts: (embedded.extend(texts),\n"
        "    real(self, texts))[1]\n"
        "source = bundled_opinion().source.replace('Oral argument has been held',\n"
        "    'No argument was heard')\n"
        "opinion = parse_opinion(source, id='variant')\n"
        "with open_index(opinion, location=sys.argv[1], cache=sys.argv[2]) as index:\n"
        "    print(sorted(len(t) < 100 for t in embedded), 'torch' in sys.modules)\n"
        "    print(opinion.text(index.search('Was there oral argument?', 1)[0].passage))",
        tmp_path / "store",
        built_store,
    )
    assert printed.splitlines() == [
        "[False, True] False",  # its paragraph, and the sentence itself
        "No argument was heard and the motion is now ripe for decision.",
    ]


def test_a_later_version_never_finds_what_was_removed(
    index: OpinionIndex, tmp_path: Path, built_store: Path
) -> None:
    with open_index(LATER, location=tmp_path, cache=built_store) as later:
        assert first(later, "What colour was the car?") == "The car was blue."
        texts = {LATER.text(h.passage) for h in later.search("The car was red.", 20)}
    assert "The car was red." not in texts


def test_an_open_index_goes_on_when_another_process_indexes_a_later_version(
    index: OpinionIndex, tmp_path: Path, built_store: Path
) -> None:
    run(
        "from test_index import *\n"
        "open_index(LATER, location=sys.argv[1], cache=Path(sys.argv[2])).close()",
        tmp_path,
        built_store,
    )
    assert first(index, "What colour was the car?") == "The car was red."


def test_an_open_index_goes_on_when_another_process_rebuilds_the_store(
    index: OpinionIndex, tmp_path: Path, built_store: Path
) -> None:
    assert first(index, "What colour was the car?") == "The car was red."
    run(
        "from test_index import *\n"
        "open_index(OPINION, location=sys.argv[1], cache=Path(sys.argv[2]), rebuild=True).close()",
        tmp_path,
        built_store,
    )
    assert first(index, "What colour was the car?") == "The car was red."


def test_processes_indexing_the_same_opinion_at_once_find_the_same(
    tmp_path: Path, built_store: Path
) -> None:
    code = (
        "from test_index import *\n"
        "with open_index(OPINION, location=sys.argv[1], cache=Path(sys.argv[2])) as index:\n"
        "    hits = index.search('What colour was the car?', 5)\n"
        "    print([(h.passage.id, round(h.score, 4)) for h in hits])"
    )
    printed: list[str] = []
    threads = [
        threading.Thread(target=lambda: printed.append(run(code, tmp_path, built_store)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(printed) == 2
    assert len(set(printed)) == 1


def test_a_damaged_store_is_mended_by_a_rebuild(tmp_path: Path, built_store: Path) -> None:
    open_index(OPINION, location=tmp_path, cache=built_store).close()
    (database,) = tmp_path.glob("chroma-*/chroma.sqlite3")
    database.write_bytes(b"garbage")
    with pytest.raises(StoreError, match="Mend it with `opinion index --rebuild`"):
        open_index(OPINION, location=tmp_path, cache=built_store)
    with open_index(OPINION, location=tmp_path, cache=built_store, rebuild=True) as index:
        assert first(index, "What colour was the car?") == "The car was red."


def test_threads_search_at_once(index: OpinionIndex) -> None:
    answers: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: answers.extend(first(index, "What colour was it?") for _ in range(5))
        )
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["The car was red."] * 30


def test_an_index_on_a_server_keeps_its_encoder_on_this_machine(
    server: str, built_store: Path
) -> None:
    with open_index(OPINION, location=server, cache=built_store) as index:
        assert first(index, "What colour was the car?") == "The car was red."
    with open_index(OPINION, location=server, cache=built_store, rebuild=True) as index:
        assert first(index, "Who was warned?") == "The officer warned him."


def test_an_unknown_model_gives_one_line(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingModelError, match="No embedding model 'no-such-model'"):
        open_index(OPINION, location=tmp_path, model="no-such-model")


def test_the_default_store_is_in_the_users_data_folder() -> None:
    assert default_location().parts[-2:] == ("opinion-assistant", "store")


def test_the_bundled_opinion_gives_at_least_twenty_sentences(built_store: Path) -> None:
    with open_index(bundled_opinion(), location=built_store) as index:
        assert len(index.search("Who won, and why?", 20)) == 20
