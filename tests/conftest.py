"""What every test runs in: a data folder of its own, and no way off the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.privacy import keep_local

GUARD = Path(__file__).parent / "guard"


@pytest.fixture(scope="session", autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The settings of the person who runs the tests do not count, nor do their files change."""
    for name in [n for n in os.environ if n.startswith("OPINION_")]:
        del os.environ[name]
    keep_local(os.environ)
    os.environ["XDG_DATA_HOME"] = str(tmp_path_factory.mktemp("data"))
    os.environ["OMP_NUM_THREADS"] = "2"
    root = str(Path(__file__).parent.parent)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(GUARD), root])


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def opinion_command() -> Run:
    """`opinion ARGUMENTS…` in a process of its own, without a terminal."""

    def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        environment = os.environ | dict(options.pop("env", {}))  # type: ignore[call-overload]
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            [sys.executable, "-m", "assistant", *arguments],
            capture_output=True, text=True, timeout=120, env=environment, **options,
        )  # fmt: skip

    return run


@pytest.fixture(scope="session")
def built_store(tmp_path_factory: pytest.TempPathFactory, opinion_command: Run) -> Path:
    """A store with the bundled opinion's index, built once by `opinion index`."""
    store = tmp_path_factory.mktemp("store")
    done = opinion_command("index", "--store", str(store))
    assert done.returncode == 0, done.stderr
    return store
