"""A store on this machine: shared rows, several processes, damage."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from small_opinions import MODEL, key_of, sentences, texts_of, vector_of, vectors_of

from vectorstore.errors import StoreError
from vectorstore.store.local_store import LocalStore
from vectorstore.store.rows import row_id

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def write(
    store: LocalStore, texts: list[str], *, opinion: str = "opinion", **options: bool
) -> None:
    key = key_of(texts, opinion=opinion)
    kept = store.kept(key.ids)
    new = {i: v for i, v in vectors_of(texts).items() if i not in kept}
    store.write(key, texts_of(texts), new, supersede=options.get("supersede", True))


def found_by(store: LocalStore, texts: list[str], *, opinion: str = "opinion") -> list[str]:
    """The text that each text's own vector finds first."""
    known = texts_of(texts)
    key = key_of(texts, opinion=opinion)
    hits = [store.query(key, vector_of(t), 1) for t in texts]
    return [known[h[0][0]] if h else "" for h in hits]


def in_another_process(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `code` with this module's names; PYTHONPATH as the tests have it."""
    start = f"import sys; sys.path[:0] = [{str(HERE)!r}, {str(ROOT)!r}]\n"
    start += "from test_local_store import *\n"
    return subprocess.run(
        [sys.executable, "-c", start + code, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    store = LocalStore(tmp_path / "store", MODEL)
    yield store
    store.close()


def test_holds_nothing_before_the_first_write(store: LocalStore) -> None:
    assert not store.holds(key_of(["a"]))
    assert store.query(key_of(["a"]), vector_of("a"), 3) == []
    assert store.kept([row_id("a")]) == {}


def test_finds_what_was_written_nearest_first(store: LocalStore) -> None:
    texts = sentences(40)
    write(store, texts)
    assert store.holds(key_of(texts))
    assert found_by(store, texts) == texts
    cosines = [cosine for _, cosine in store.query(key_of(texts), vector_of("7 officer"), 40)]
    assert cosines[0] == pytest.approx(1)
    assert cosines == sorted(cosines, reverse=True)
    assert len(cosines) == 40


def test_finds_it_again_after_closing(store: LocalStore, tmp_path: Path) -> None:
    write(store, sentences(5))
    store.close()
    again = LocalStore(tmp_path / "store", MODEL)
    assert found_by(again, sentences(5)) == sentences(5)
    again.close()


@pytest.mark.parametrize("change", [{"splitter": 2}, {"digest": "other"}, {"opinion": "other"}])
def test_an_index_of_another_text_or_splitter_is_not_used(
    store: LocalStore, change: dict[str, object]
) -> None:
    write(store, ["a", "b"])
    other = replace(key_of(["a", "b"]), **change)
    assert not store.holds(other)
    assert store.query(other, vector_of("a"), 2) == []


def test_an_index_of_another_model_is_not_used(store: LocalStore, tmp_path: Path) -> None:
    write(store, ["a", "b"])
    other = LocalStore(tmp_path / "store", replace(MODEL, key="1" * 32))
    assert not other.holds(key_of(["a", "b"]))
    assert other.kept(key_of(["a", "b"]).ids) == {}
    other.close()


def test_a_later_version_keeps_the_common_vectors_and_drops_the_rest(store: LocalStore) -> None:
    write(store, ["kept", "removed"])
    new = key_of(["kept", "added"])
    assert set(store.kept(new.ids)) == {row_id("kept")}
    write(store, ["kept", "added"])
    assert found_by(store, ["kept", "added"]) == ["kept", "added"]
    assert not store.holds(key_of(["kept", "removed"]))
    assert store.kept([row_id("removed")]) == {}


def test_several_versions_stay_when_none_is_superseded(store: LocalStore) -> None:
    write(store, ["common", "one"])
    write(store, ["common", "two"], supersede=False)
    assert found_by(store, ["common", "one"]) == ["common", "one"]
    assert found_by(store, ["common", "two"]) == ["common", "two"]


def test_opinions_share_the_rows_of_the_same_text_and_nothing_else(store: LocalStore) -> None:
    write(store, ["Affirmed.", "a"], opinion="first")
    write(store, ["Affirmed.", "b"], opinion="second")
    write(store, ["c"], opinion="second")
    assert found_by(store, ["Affirmed.", "a"], opinion="first") == ["Affirmed.", "a"]
    hits = store.query(key_of(["c"], opinion="second"), vector_of("Affirmed."), 9)
    assert [i for i, _ in hits] == [row_id("c")]


def test_a_new_splitter_takes_the_place_of_the_old_for_the_same_text(store: LocalStore) -> None:
    old = key_of(["a", "b"])
    store.write(old, texts_of(["a", "b"]), vectors_of(["a", "b"]), supersede=True)
    new = replace(key_of(["a", "c"]), digest=old.digest, splitter=2)
    store.write(new, texts_of(["a", "c"]), vectors_of(["c"]), supersede=True)
    assert store.holds(new)
    assert not store.holds(old)
    assert store.kept([row_id("b")]) == {}


def test_hundreds_of_variants_are_each_found_whole(store: LocalStore) -> None:
    common = sentences(30)
    variants = [[*common, f"{n} inserted"] for n in range(60)]
    for variant in variants:
        write(store, variant, supersede=False)
    for variant in variants[::7]:
        hits = store.query(key_of(variant), vector_of("a question"), 31)
        assert {i for i, _ in hits} == set(key_of(variant).ids)


def test_threads_read_while_another_writes(store: LocalStore) -> None:
    texts = sentences(20)
    write(store, texts, opinion="read")
    wrong: list[list[str]] = []

    def read() -> None:
        for _ in range(10):
            if (found := found_by(store, texts, opinion="read")) != texts:
                wrong.append(found)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for thread in readers:
        thread.start()
    for number in range(5):
        write(store, sentences(10, about=f"clerk {number}"), opinion=f"written {number}")
    for thread in readers:
        thread.join()
    assert wrong == []


def test_an_open_store_finds_what_another_process_writes(store: LocalStore, tmp_path: Path) -> None:
    write(store, sentences(5))
    assert found_by(store, sentences(5)) == sentences(5)
    done = in_another_process(
        "write(LocalStore(Path(sys.argv[1]), MODEL), sentences(60, about='clerk'), opinion='b')",
        str(tmp_path / "store"),
    )
    assert done.returncode == 0, done.stderr
    new = sentences(60, about="clerk")
    assert store.holds(key_of(new, opinion="b"))
    assert found_by(store, new, opinion="b") == new
    assert found_by(store, sentences(5)) == sentences(5)


def test_an_open_store_notices_that_its_index_was_superseded(
    store: LocalStore, tmp_path: Path
) -> None:
    write(store, ["kept", "removed"])
    assert found_by(store, ["kept", "removed"]) == ["kept", "removed"]
    done = in_another_process(
        "write(LocalStore(Path(sys.argv[1]), MODEL), ['kept', 'added'])", str(tmp_path / "store")
    )
    assert done.returncode == 0, done.stderr
    assert store.query(key_of(["kept", "removed"]), vector_of("kept"), 2) == []


def test_processes_writing_at_once_lose_nothing(tmp_path: Path) -> None:
    code = (
        "store = LocalStore(Path(sys.argv[1]), MODEL)\n"
        "for n in range(4):\n"
        "    write(store, sentences(30, about=f'{sys.argv[2]} {n}'), opinion=f'{sys.argv[2]} {n}')"
    )
    threads_done: list[subprocess.CompletedProcess[str]] = []
    names = ["officer", "clerk", "bailiff"]
    threads = [
        threading.Thread(
            target=lambda n=name: threads_done.append(in_another_process(code, str(tmp_path), n))
        )
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(d.returncode, d.stderr) for d in threads_done] == [(0, "")] * 3
    store = LocalStore(tmp_path, MODEL)
    for name in names:
        for n in range(4):
            texts = sentences(30, about=f"{name} {n}")
            assert found_by(store, texts, opinion=f"{name} {n}") == texts
    store.close()


# Where a writer kills itself: before Chroma is touched, between Chroma's calls, between Chroma and
# the records, and before the last file. A write of 1100 rows makes Chroma write its vector files.
KILLED_AT = ["state", "rows", "more rows", "record", "clean state"]

KILLED = """
import signal
from vectorstore.store.manifest import Manifest

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(owner, name, count=1):
    real, calls = getattr(owner, name), []
    def counted(*a, **k):
        result = real(*a, **k)
        calls.append(1)
        if len(calls) == count:
            die()
        return result
    setattr(owner, name, counted)

place, moment = Path(sys.argv[1]), sys.argv[2]
store = LocalStore(place, MODEL)
store.holds(key_of(sentences(300)))
from chromadb.api.models.Collection import Collection
targets = {
    "state": (Manifest, "write_state", 1),
    "rows": (Collection, "upsert", 1),
    "more rows": (Collection, "upsert", 2),
    "record": (Manifest, "write_record", 1),
    "clean state": (Manifest, "write_state", 2),
}
after(*targets[moment])
write(store, sentences(1100, about="clerk"), opinion="b")
"""


@pytest.mark.parametrize("moment", KILLED_AT)
def test_a_writer_killed_at_any_moment_leaves_a_usable_store(
    tmp_path: Path, moment: str, untouched_hits: str
) -> None:
    first = LocalStore(tmp_path, MODEL)
    write(first, sentences(300))
    first.close()
    killed = in_another_process(KILLED, str(tmp_path), moment)
    assert killed.returncode == -9, killed.stderr
    assert hits_in_a_fresh_process(tmp_path) == untouched_hits


@pytest.mark.parametrize("writes", [1, 2])
def test_a_writer_killed_from_outside_leaves_a_usable_store(
    tmp_path: Path, writes: int, untouched_hits: str
) -> None:
    code = (
        f"import sys; sys.path[:0] = [{str(HERE)!r}, {str(ROOT)!r}]\n"
        "from test_local_store import *\n"
        "store = LocalStore(Path(sys.argv[1]), MODEL)\n"
        "for n in range(99):\n"
        "    write(store, sentences(300, about=f'bailiff {n}'), opinion=f'c {n}')\n"
        "    print(n, flush=True)"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    for _ in range(writes):
        assert writer.stdout.readline()
    writer.kill()  # somewhere in the middle of the next write
    writer.communicate()
    assert hits_in_a_fresh_process(tmp_path) == untouched_hits


@pytest.fixture(scope="module")
def untouched_hits(tmp_path_factory: pytest.TempPathFactory) -> str:
    return hits_in_a_fresh_process(tmp_path_factory.mktemp("untouched"))


def hits_in_a_fresh_process(location: Path) -> str:
    """The best five of both opinions for some questions, once what is missing is written."""
    done = in_another_process(
        "store = LocalStore(Path(sys.argv[1]), MODEL)\n"
        "for texts, name in ((sentences(300), 'opinion'), (sentences(1100, about='clerk'), 'b')):\n"
        "    if not store.holds(key_of(texts, opinion=name)): write(store, texts, opinion=name)\n"
        "    for t in texts[::100]:\n"
        "        hits = store.query(key_of(texts, opinion=name), vector_of(t), 5)\n"
        "        print([(row, round(cosine, 4)) for row, cosine in hits])\n",
        str(location),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def chroma(location: Path) -> Path:
    (folder,) = location.glob("chroma-*")
    return folder


def vector_folder(location: Path) -> Path:
    (file,) = chroma(location).glob("*/index_metadata.pickle")
    return file.parent


def scramble(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


def halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def scramble_pages(path: Path) -> None:
    with path.open("r+b") as file:
        for place in range(8192, path.stat().st_size, 20000):
            file.seek(place)
            file.write(os.urandom(500))


Damage = Callable[[Path], object]
DATABASE = "its database is missing or cannot be read"
VECTORS = "its vectors are not those that were written"
DAMAGES: dict[str, tuple[Damage, str]] = {
    "database gone": (lambda p: (chroma(p) / "chroma.sqlite3").unlink(), DATABASE),
    "database empty": (lambda p: os.truncate(chroma(p) / "chroma.sqlite3", 0), DATABASE),
    "database halved": (lambda p: halve(chroma(p) / "chroma.sqlite3"), DATABASE),
    "database garbage": (lambda p: scramble(chroma(p) / "chroma.sqlite3"), DATABASE),
    "database pages": (lambda p: scramble_pages(chroma(p) / "chroma.sqlite3"), DATABASE),
    "Chroma's folder gone": (lambda p: shutil.rmtree(chroma(p)), DATABASE),
    "vectors gone": (lambda p: shutil.rmtree(vector_folder(p)), VECTORS),
    "vectors emptied": (lambda p: [f.unlink() for f in vector_folder(p).iterdir()], VECTORS),
    "vectors garbage": (lambda p: scramble(vector_folder(p) / "data_level0.bin"), VECTORS),
    "links garbage": (lambda p: scramble(vector_folder(p) / "link_lists.bin"), VECTORS),
    "links halved": (lambda p: halve(vector_folder(p) / "link_lists.bin"), VECTORS),
    "state garbage": (
        lambda p: (p / "store.json").write_text("{"),
        "its store.json cannot be read",
    ),
    "state of another kind": (
        lambda p: (p / "store.json").write_text("[1]"),
        "its store.json cannot be read",
    ),
    "state of a later version": (
        lambda p: (p / "store.json").write_text('{"format": 99}'),
        "its store.json is of another version",
    ),
    "record garbage": (
        lambda p: next((p / "indexes").glob("*/*.json")).write_text("?"),
        "a record of what it holds cannot be read",
    ),
}


@pytest.fixture(scope="module")
def large_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store large enough for Chroma to keep its vectors in files of their own."""
    location = tmp_path_factory.mktemp("large")
    store = LocalStore(location, MODEL)
    write(store, sentences(1200))
    store.close()
    assert vector_folder(location)
    return location


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_gives_one_line_and_a_rebuild_mends_it(
    large_store: Path, tmp_path: Path, damage: str
) -> None:
    location = tmp_path / "copy"
    shutil.copytree(large_store, location)
    damaging, what = DAMAGES[damage]
    damaging(location)
    store = LocalStore(location, MODEL)
    with pytest.raises(StoreError) as raised:
        store.holds(key_of(sentences(1200)))
    assert str(raised.value) == (
        f"The store in {location} is damaged ({what}). Mend it with `opinion index --rebuild`."
    )
    store.start_afresh(key_of(["a"]))
    write(store, ["a", "b"])
    assert found_by(store, ["a", "b"]) == ["a", "b"]
    store.close()


def test_a_vector_altered_in_the_database_is_noticed(tmp_path: Path) -> None:
    store = LocalStore(tmp_path, MODEL)
    write(store, sentences(20))
    store.close()
    database = chroma(tmp_path) / "chroma.sqlite3"
    content = database.read_bytes()
    written = vector_of("3 officer")[:8].tobytes()
    assert written in content
    database.write_bytes(content.replace(written, vector_of("other")[:8].tobytes()))
    store = LocalStore(tmp_path, MODEL)
    with pytest.raises(StoreError, match="it does not give back what was written"):
        store.holds(key_of(sentences(20)))
    store.close()


def test_a_copied_store_with_other_file_times_is_used(large_store: Path, tmp_path: Path) -> None:
    location = tmp_path / "copy"
    shutil.copytree(large_store, location, copy_function=shutil.copyfile)
    store = LocalStore(location, MODEL)
    assert store.holds(key_of(sentences(1200)))
    times = {n: f[1] for n, f in json.loads((location / "store.json").read_text())["files"].items()}
    assert times == {n: (chroma(location) / n).stat().st_mtime_ns for n in times}
    store.close()


def test_without_records_or_state_the_index_is_simply_built_again(tmp_path: Path) -> None:
    for lost in ("store.json", "indexes"):
        store = LocalStore(tmp_path, MODEL)
        write(store, ["a", "b"])
        store.close()
        place = tmp_path / lost
        place.unlink() if place.is_file() else shutil.rmtree(place)
        store = LocalStore(tmp_path, MODEL)
        assert not store.holds(key_of(["a", "b"]))
        write(store, ["a", "b"])
        assert found_by(store, ["a", "b"]) == ["a", "b"]
        store.close()


def test_a_location_that_is_a_file_gives_one_line(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("")
    store = LocalStore(place, MODEL)
    with pytest.raises(StoreError) as raised:
        store.holds(key_of(["a"]))
    assert str(raised.value) == (
        f"The store in {place} cannot be written: file exists. Make room or give yourself the "
        f"right to write there, or choose another folder with --store."
    )
    store.close()


# Everything is imported before: an interpreter in root's home is out of reach afterwards.
AS_NOBODY = """
import os, tempfile
with tempfile.TemporaryDirectory() as place:
    before = LocalStore(Path(place), MODEL)
    write(before, ["a"])
    before.close()
if os.geteuid() == 0: os.setgid(65534); os.setuid(65534)
"""


def test_a_folder_without_write_permission_gives_one_line(tmp_path: Path) -> None:
    done = in_another_process(
        AS_NOBODY + "try: LocalStore(Path('/proc/none/store'), MODEL).holds(key_of(['a']))\n"
        "except StoreError as error: print(error)"
    )
    assert done.stdout.startswith("The store in /proc/none/store cannot be written: no such file")


def test_a_full_disk_gives_one_line_and_harms_nothing(tmp_path: Path) -> None:
    store = LocalStore(tmp_path, MODEL)
    write(store, sentences(5))
    store.close()
    done = in_another_process(
        "import resource, signal\n"
        "store = LocalStore(Path(sys.argv[1]), MODEL)\n"
        "store.holds(key_of(['a']))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))\n"
        "try: write(store, sentences(3000, about='clerk'), opinion='b')\n"
        "except StoreError as error: print(error)",
        str(tmp_path),
    )
    assert done.stdout.startswith(f"The store in {tmp_path} cannot be written: "), done
    assert done.stdout.count("\n") == 1
    store = LocalStore(tmp_path, MODEL)
    if not store.holds(key_of(sentences(5))):
        write(store, sentences(5))
    assert found_by(store, sentences(5)) == sentences(5)
    store.close()


def test_a_store_that_can_only_be_read_still_answers(tmp_path: Path) -> None:
    location = tmp_path / "store"
    store = LocalStore(location, MODEL)
    write(store, sentences(9))
    store.close()
    for place in [location, *location.rglob("*")]:
        place.chmod(0o555 if place.is_dir() else 0o444)
    for parent in location.parents:
        if parent.owner() == location.owner() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    before = {p: p.stat().st_mtime_ns for p in location.rglob("*")}
    done = in_another_process(
        AS_NOBODY + "store = LocalStore(Path(sys.argv[1]), MODEL)\n"
        "print(found_by(store, sentences(9)) == sentences(9))\n"
        "try: write(store, ['new'], opinion='b')\n"
        "except StoreError as error: print(error)\n"
        "store.close()",
        str(location),
    )
    assert done.stdout.splitlines() == [
        "True",
        f"The store in {location} cannot be written: permission denied. Make room or give "
        f"yourself the right to write there, or choose another folder with --store.",
    ], done.stderr
    assert {p: p.stat().st_mtime_ns for p in location.rglob("*")} == before


@pytest.mark.parametrize(
    "dotenv",
    [
        b"CHROMA_API_IMPL=nothing\nIS_PERSISTENT=banana\nANONYMIZED_TELEMETRY=True",
        b"CHROMA_SERVER_HTTP_PORT=many\nCHROMA_SERVER_HOST=elsewhere",
        b"\xff\xfe not text",
    ],
)
def test_a_stray_dotenv_does_not_matter(tmp_path: Path, dotenv: bytes) -> None:
    (tmp_path / ".env").write_bytes(dotenv)
    code = (
        f"import os; os.chdir({str(tmp_path)!r})\n"
        "store = LocalStore(Path('store'), MODEL)\n"
        "write(store, ['a', 'b'])\n"
        "print(found_by(store, ['a', 'b']), store._folder.client._system.settings.is_persistent,\n"
        "    store._folder.client._system.settings.anonymized_telemetry)"
    )
    done = in_another_process(code)
    assert done.stdout == "['a', 'b'] True False\n", done.stderr
