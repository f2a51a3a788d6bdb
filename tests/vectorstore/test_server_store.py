"""A store on a Chroma server: a real `chroma run` on this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from small_opinions import MODEL, key_of, sentences, texts_of, vector_of, vectors_of

from vectorstore.errors import StoreError
from vectorstore.store import PassageStore, open_store
from vectorstore.store.rows import row_id


@pytest.fixture
def store(server: str) -> Iterator[PassageStore]:
    store = open_store(server, MODEL)
    yield store
    store.close()


def write(store: PassageStore, texts: list[str], *, opinion: str, supersede: bool = True) -> None:
    key = key_of(texts, opinion=opinion)
    kept = store.kept(key.ids)
    new = {i: v for i, v in vectors_of(texts).items() if i not in kept}
    store.write(key, texts_of(texts), new, supersede=supersede)


def test_finds_what_was_written_nearest_first(store: PassageStore) -> None:
    texts = sentences(30)
    key = key_of(texts, opinion="first")
    assert not store.holds(key)
    write(store, texts, opinion="first")
    assert store.holds(key)
    hits = store.query(key, vector_of("7 officer"), 30)
    assert hits[0] == (row_id("7 officer"), pytest.approx(1))
    assert [c for _, c in hits] == sorted((c for _, c in hits), reverse=True)
    assert {i for i, _ in hits} == set(key.ids)


def test_a_later_version_keeps_the_common_vectors_and_drops_the_rest(store: PassageStore) -> None:
    write(store, ["kept", "removed"], opinion="versions")
    assert set(store.kept([row_id("kept"), row_id("added")])) == {row_id("kept")}
    write(store, ["kept", "added"], opinion="versions")
    assert not store.holds(key_of(["kept", "removed"], opinion="versions"))
    assert store.kept([row_id("removed")]) == {}
    assert store.query(key_of(["kept", "removed"], opinion="versions"), vector_of("kept"), 2) == []


def test_an_open_store_finds_what_another_client_writes(store: PassageStore, server: str) -> None:
    write(store, ["a", "b"], opinion="mine")
    other = open_store(server, MODEL)
    write(other, ["c", "d"], opinion="theirs")
    other.close()
    hits = store.query(key_of(["c", "d"], opinion="theirs"), vector_of("d"), 1)
    assert hits == [(row_id("d"), pytest.approx(1))]


def test_a_rebuild_trusts_no_vector_and_leaves_other_opinions_alone(store: PassageStore) -> None:
    write(store, ["shared", "x"], opinion="rebuilt")
    write(store, ["y", "z"], opinion="left alone")
    key = key_of(["shared", "x"], opinion="rebuilt")
    store.start_afresh(key)
    assert store.kept(key.ids) == {}
    write(store, ["shared", "x"], opinion="rebuilt")
    assert set(store.kept(key.ids)) == set(key.ids)
    assert store.holds(key_of(["y", "z"], opinion="left alone"))


def test_clients_writing_the_same_opinion_at_once_end_with_it_whole(server: str) -> None:
    texts = sentences(50, about="bailiff")
    failures: list[BaseException] = []

    def run() -> None:
        try:
            store = open_store(server, MODEL)
            write(store, texts, opinion="at once")
            store.close()
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    store = open_store(server, MODEL)
    assert store.holds(key_of(texts, opinion="at once"))
    store.close()


def test_a_server_that_does_not_answer_gives_one_line() -> None:
    with socket.socket() as bound:  # and listening to no one
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    with pytest.raises(StoreError) as raised:
        open_store(url, MODEL)
    assert str(raised.value) == (
        f"No Chroma server answers at {url}. Start one with `chroma run`, or leave --store out to "
        f"keep the index on this machine."
    )


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:many", "No Chroma server at {}: the port is not a number."),
        ("http://", "No Chroma server at {}: give its address as http://host:port."),
        (
            "http://127.0.0.1:8000/x",
            "No Chroma server at {}: give its address as http://host:port.",
        ),
    ],
)
def test_an_address_that_is_none_gives_one_line(url: str, message: str) -> None:
    with pytest.raises(StoreError) as raised:
        open_store(url, MODEL)
    assert str(raised.value) == message.format(url)
