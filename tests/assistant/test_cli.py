"""The command line as a person uses it: a process of its own, its output, its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from prompts import declining_sentence
from vectorstore.reading import bundled_opinion

Run = Callable[..., subprocess.CompletedProcess[str]]
HEAVY = ("torch", "sentence_transformers", "transformers", "gradio", "sklearn", "onnx")


def test_ask_answers_with_numbered_quotations(opinion_command: Run, built_store: Path) -> None:
    done = opinion_command("ask", "--store", str(built_store), "Was summary judgment granted?")

    assert done.returncode == 0, done.stderr
    assert "[1] “" in done.stdout
    assert "¶ 10 · the court · 952 F. Supp. at 103" in done.stdout


def test_ask_json_is_the_prediction_format(opinion_command: Run, built_store: Path) -> None:
    question = "What did the defendants move for?"

    done = opinion_command("ask", "--store", str(built_store), "--json", question)

    prediction = json.loads(done.stdout)
    source = bundled_opinion().source
    assert prediction["question"] == question
    assert len(prediction["retrieved"]) >= 10
    assert 0 <= prediction["confidence"] <= 1
    assert prediction["answerer"] == "extractive"
    for citation in prediction["citations"] + prediction["related"]:
        assert source[citation["start"] : citation["end"]] == citation["quote"]


def test_ask_declines_and_exits_with_0(opinion_command: Run, built_store: Path) -> None:
    question = "What is the capital city of Mongolia?"

    done = opinion_command("ask", "--store", str(built_store), question)

    assert done.returncode == 0, done.stderr
    assert declining_sentence() in done.stdout
    assert "Nearest passages (not an answer):" in done.stdout


def test_cold_ask_imports_nothing_heavy(built_store: Path) -> None:
    code = (
        "import sys; from assistant.cli import app\n"
        f"try: app(['ask', '--store', {str(built_store)!r}, 'Who won?'])\n"
        "except SystemExit: pass\n"
        f"print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stderr.strip() == "[]"
    assert "“" in done.stdout


def test_show_prints_the_opinion_as_read(opinion_command: Run) -> None:
    shown = " ".join(opinion_command("show").stdout.split())

    assert "Cook v. City of Groton, 952 F. Supp. 101 (D. Conn. 1997)" in shown
    assert "1. Background" in shown
    assert "¶ 10 Accordingly, the defendants’ motion" in shown
    assert "note 1 . Plaintiff has withdrawn" in shown
    assert "*103" in shown


def test_show_prints_one_paragraph(opinion_command: Run) -> None:
    shown = " ".join(opinion_command("show", "¶ 9").stdout.split())

    assert shown.startswith("¶ 9 Because the contours of the right")
    assert "¶ 10" not in shown


def test_show_lists_the_authorities(opinion_command: Run) -> None:
    shown = opinion_command("show", "--authorities", env={"COLUMNS": "160"}).stdout

    assert "Kneipp v. Tedder" in shown
    assert "1996" in shown


def test_index_says_what_it_built(opinion_command: Run, built_store: Path) -> None:
    done = opinion_command("index", "--store", str(built_store))

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Cook v. City of Groton: 38 sentences, ")


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (("aks", "Who won?"), "Did you mean 'ask'"),
        (("ask", "--jsn", "Who won?"), "Possible options: --json"),
    ],
)
def test_mistyped_word_suggests_the_right_one(
    opinion_command: Run, arguments: tuple[str, ...], suggestion: str
) -> None:
    done = opinion_command(*arguments)

    assert done.returncode == 2
    assert suggestion in done.stderr


@pytest.mark.parametrize("command", ["ask", "chat", "show", "index", "eval"])
def test_help_has_examples(opinion_command: Run, command: str) -> None:
    done = opinion_command(command, "--help")

    assert done.returncode == 0
    assert f"opinion {command}" in done.stdout
    assert "Examples:" in done.stdout


BAD_INPUT = {
    "empty question": (("ask", ""), "The question is empty."),
    "a question of 100,000 characters": (
        ("ask", "who " * 25_000),
        "The question has 100,000 characters; at most 2,000 can be read.",
    ),
    "only punctuation": (("ask", "?!…"), "The question has no words, only punctuation."),
    "control characters": (
        ("ask", "Who\x1b[31m won?"),
        "The question holds a control character (U+001B), which no text has.",
    ),
    "another language": (
        ("ask", "Pourquoi le juge a-t-il accordé l'immunité aux policiers ?"),
        "The question seems to be in French, and the opinion is in English",
    ),
    "missing opinion": (("ask", "--opinion", "{tmp}/none.txt", "Who won?"), "{tmp}/none.txt"),
    "empty opinion": (("ask", "--opinion", "{tmp}/empty.txt", "Who won?"), "{tmp}/empty.txt"),
    "binary opinion": (("ask", "--opinion", "{tmp}/binary.txt", "Who won?"), "{tmp}/binary.txt"),
    "an opinion that is a folder": (("ask", "--opinion", "{tmp}", "Who won?"), "{tmp}"),
    "a store that is a file": (("ask", "--store", "{tmp}/file", "Who won?"), "{tmp}/file"),
    "an embedding model that is not there": (
        ("index", "--store", "{tmp}/s", "--embedding-model", "{tmp}/no-model"),
        "{tmp}/no-model",
    ),
    "a chat model without a provider": (
        ("ask", "--model", "llama", "Who won?"),
        "A chat model is named PROVIDER:NAME, and 'llama' is not.",
    ),
    "a provider that is not known": (
        ("ask", "--model", "acme:x", "Who won?"),
        "No provider 'acme' of chat models",
    ),
    "no such paragraph": (
        ("show", "99"),
        "No paragraph '99' in Cook v. City of Groton: it has paragraphs 1 to 10 and notes n.1.",
    ),
    "port out of range": (("chat", "--port", "99999"), "less than or equal to 65535"),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_one_clear_line_and_exit_code_2(
    opinion_command: Run, tmp_path: Path, name: str
) -> None:
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "file").write_text("not a folder")
    arguments, said = BAD_INPUT[name]
    arguments = tuple(a.replace("{tmp}", str(tmp_path)) for a in arguments)

    done = opinion_command(*arguments, env={"COLUMNS": "1000"})

    assert done.returncode == 2, done.stdout + done.stderr
    assert said.replace("{tmp}", str(tmp_path)) in done.stderr
    assert "Traceback" not in done.stderr
    if done.stderr.startswith("opinion: "):
        assert len(done.stderr.splitlines()) == 1


def test_folder_without_write_permission_is_one_clear_line(
    opinion_command: Run, tmp_path: Path
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    if os.access(closed, os.W_OK):  # root may write everywhere but into the kernel's own folder
        closed = Path("/sys")

    done = opinion_command("index", "--store", str(closed / "store"))

    assert done.returncode == 2
    assert str(closed) in done.stderr
    assert len(done.stderr.splitlines()) == 1
