"""The wheel, built for real, holds the data files."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    out = tmp_path_factory.mktemp("wheel")
    source = tmp_path_factory.mktemp("source")  # a build leaves folders beside what it builds
    for name in ("assistant", "prompts", "ui", "vectorstore"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    # Without isolation: an isolated build would fetch setuptools from an index.
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(out),
            str(source),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(next(out.glob("*.whl")))


def test_wheel_holds_every_data_file(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    data = [
        p.relative_to(ROOT).as_posix()
        for package in ("assistant", "prompts", "ui", "vectorstore")
        for p in (ROOT / package).rglob("*")
        if p.is_file() and p.suffix not in (".py", ".pyc")
    ]

    assert {"vectorstore/data/cook-v-city-of-groton.txt", "prompts/answer.txt"} <= set(data)
    assert set(data) <= names


def test_wheel_holds_the_opinion_as_it_came(wheel: zipfile.ZipFile) -> None:
    path = "vectorstore/data/cook-v-city-of-groton.txt"

    assert wheel.read(path) == (ROOT / path).read_bytes()


def test_wheel_holds_the_four_packages_and_the_command(wheel: zipfile.ZipFile) -> None:
    tops = {n.split("/")[0] for n in wheel.namelist() if ".dist-info" not in n}
    entry = next(n for n in wheel.namelist() if n.endswith("entry_points.txt"))

    assert tops == {"assistant", "prompts", "ui", "vectorstore"}
    assert "opinion = assistant.cli:main" in wheel.read(entry).decode()
