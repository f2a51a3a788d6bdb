"""A store's folder on this machine: who may write, what is open, and whether it can be trusted.

Chroma by itself neither notices that it was damaged nor that another process wrote to it, so:

- every write happens under a file lock, between two states of `store.json`. A process killed in
  between leaves `writing` behind; the next one checks what is there and starts anew if it must;
- a client is opened only on a sound database and on the vector files of the last write;
- the generation in `store.json` is looked at before each use, and the client reopened when it
  grew: an open client never sees what other processes write.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from vectorstore.errors import StoreError
from vectorstore.store.chroma_client import open_folder, translated, unusable
from vectorstore.store.manifest import Manifest, State, damaged
from vectorstore.store.soundness import database_sound, intact_vectors, same_content, vector_files

if TYPE_CHECKING:
    from chromadb.api.client import Client

_WAIT_SECONDS = 600.0  # for another process's write; an opinion takes seconds


class LocalFolder:
    """The one opening of a store's folder in this process, shared by all who use it.

    Hold `lock` around every use of `client`: it may be closed and reopened at any other time.
    """

    def __init__(self, location: Path) -> None:
        self.location = location
        self.manifest = Manifest(location)
        self.lock = threading.RLock()
        self.client: Client | None = None
        self.opened: tuple[int, str] | None = None  # generation and folder of the open client
        self.users = 0
        # One object, so that it can be taken again by who holds it; `lock` guards it.
        self._file_lock = FileLock(
            location / "store.lock", timeout=_WAIT_SECONDS, thread_local=False
        )
        self._state: State | None = None
        self._seen: tuple[int, ...] | None = None
        self._copy: tempfile.TemporaryDirectory[str] | None = None

    def refresh(self) -> State | None:
        """Open or reopen the client if `store.json` says so; None where nothing is stored.

        Call with `lock` held. Raises StoreError for a store that cannot be read or trusted.
        """
        if self.client is not None and self._signature() == self._seen:
            return self._state
        with self.locked(writing=False) as writable:
            state = self.manifest.state()
            if state is not None and state.writing:
                state = self._recover(state) if writable else self._half_written()
            opened = None if state is None else (state.generation, state.folder)
            if self.client is None or opened != self.opened:
                self.drop_client()
                if state is not None:
                    self._open(state, writable=writable)
            self.settle(state)
        return state

    def settle(self, state: State | None) -> None:
        """Note that the client is as `state` says; call after writing that state."""
        self._state = state
        self.opened = None if state is None else (state.generation, state.folder)
        self._seen = self._signature()

    def begin(self) -> State:
        """The state of a store that is not there yet; call with `locked`."""
        return self._emptied(0)

    def open_for_writing(self, state: State) -> Client:
        """The client, on a folder made anew if there is none yet."""
        if self.client is None:
            self.client = open_folder(self.location / state.folder)
        return self.client

    def start_afresh(self) -> None:
        """Leave all that is here behind, damaged or not, for an empty store."""
        with self.lock, self.locked(writing=True), translated(self.location):
            self.drop_client()
            try:
                state = self.manifest.state()
            except StoreError:
                state = None  # it cannot be read: that is what is being mended
            self.settle(self._emptied(state.generation if state else 0))

    @contextmanager
    def locked(self, *, writing: bool) -> Iterator[bool]:
        """Hold the store against other processes; gives whether it can be written.

        Call with `lock` held. A store that can only be read is still read, without the lock.
        """
        try:
            self.location.mkdir(parents=True, exist_ok=True)
            self._file_lock.acquire(poll_interval=0.01)
        except Timeout as error:
            raise StoreError(
                f"Another process has been writing to the store in {self.location} for "
                f"{_WAIT_SECONDS / 60:.0f} minutes. Try again when it is done, or end it."
            ) from error
        except OSError as error:
            if writing or not self.manifest.path.is_file():
                raise unusable(self.location, error) from error
            yield False
            return
        try:
            yield True
        finally:
            self._file_lock.release()

    def drop_client(self) -> None:
        """Close the client, if one is open; the next `refresh` opens another."""
        if self.client is not None:
            self.client.close()
        self.client, self.opened, self._seen, self._state = None, None, None, None
        if self._copy is not None:
            self._copy.cleanup()
            self._copy = None

    def _open(self, state: State, *, writable: bool) -> None:
        folder = self.location / state.folder
        if not folder.exists() and not any(self.manifest.all_records()):
            return  # begun afresh and not written to since
        if not database_sound(folder):
            raise damaged(self.location, "its database is missing or cannot be read")
        files = vector_files(folder, state.files)
        if not same_content(files, state.files):
            raise damaged(self.location, "its vectors are not those that were written")
        if writable and files != dict(state.files):  # copied here: other times, same content
            self.manifest.write_state(replace(state, files=files))
        if not os.access(folder, os.W_OK) or not os.access(folder / "chroma.sqlite3", os.W_OK):
            # Chroma writes to its database even to read it: it gets a copy of its own.
            self._copy = tempfile.TemporaryDirectory(prefix="opinion-store-")
            folder = _copied(folder, Path(self._copy.name))
        with translated(self.location):
            self.client = open_folder(folder)

    def _recover(self, state: State) -> State:
        """After a writer that was killed: keep what it left if that is sound, else begin anew.

        Vector files that it had begun to write may fit together or not, and can end the process
        that reads them: only those of the write before it are kept.
        """
        folder = self.location / state.folder
        if database_sound(folder) and same_content(vector_files(folder, state.files), state.files):
            try:
                with translated(self.location):
                    self.client = open_folder(folder)
                    sound = self._records_hold(self.client)
            except StoreError:
                sound = False
            self.drop_client()
            if sound:
                files = vector_files(folder, state.files)
                generation = state.generation + 1
                state = replace(state, generation=generation, writing=False, files=files)
                with translated(self.location):
                    self.manifest.write_state(state)
                return state
        with translated(self.location):
            return self._emptied(state.generation)

    def _records_hold(self, client: Client) -> bool:
        return all(
            intact_vectors(
                client.get_collection(name, embedding_function=None), record.ids, record.numbers
            )
            is not None
            for name, record in self.manifest.all_records()
        )

    def _emptied(self, generation: int) -> State:
        """Write the state of an empty store, in a Chroma folder that no one has open."""
        state = State(
            generation=generation + 1, folder=f"chroma-{secrets.token_hex(4)}", writing=False
        )
        self.manifest.drop_all_records()
        self.manifest.write_state(state)
        for left in self.location.glob("chroma-*"):
            shutil.rmtree(left, ignore_errors=True)
        return state

    def _half_written(self) -> State:
        raise StoreError(
            f"The store in {self.location} was left half written and cannot be mended without the "
            f"right to write there. Choose another folder with --store."
        )

    def _signature(self) -> tuple[int, ...] | None:
        with suppress(OSError):
            stat = self.manifest.path.stat()
            return stat.st_mtime_ns, stat.st_ino, stat.st_size
        return None


def _copied(folder: Path, into: Path) -> Path:
    """A copy of the files of `folder` that can be written, whatever the originals allow."""
    for file in (f for f in folder.rglob("*") if f.is_file()):
        place = into / file.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    return into


_folders: dict[Path, LocalFolder] = {}
_folders_lock = threading.Lock()


def share_folder(location: Path) -> LocalFolder:
    """The process's opening of `location`; give it back with `leave_folder`."""
    path = location.expanduser().absolute()
    with _folders_lock:
        folder = _folders.setdefault(path, LocalFolder(path))
        folder.users += 1
        return folder


def leave_folder(folder: LocalFolder) -> None:
    """The last to leave closes the client."""
    with _folders_lock:
        folder.users -= 1
        if folder.users == 0:
            _folders.pop(folder.location, None)
            with folder.lock:
                folder.drop_client()
