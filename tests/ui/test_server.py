"""Serving: the address, what is imported when, and what is loaded behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from page_reader import ServePage
from word_overlap_assistant import WordOverlapAssistant

from ui.errors import PageError
from ui.server import free_port
from vectorstore.opinion import Opinion


@pytest.fixture
def taken_port() -> Iterator[int]:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def test_port_in_use_is_one_clear_line(taken_port: int) -> None:
    with pytest.raises(PageError) as error:
        free_port("127.0.0.1", taken_port)

    assert str(error.value) == (
        f"The page cannot be served at 127.0.0.1, port {taken_port}: address already in use. "
        "Choose another port with --port (0 takes a free one) or another address with --host."
    )


@pytest.mark.parametrize(("host", "port"), [("not an address", 7860), ("192.0.2.1", 7860)])
def test_address_this_machine_has_not_is_one_clear_line(host: str, port: int) -> None:
    with pytest.raises(PageError, match=rf"^The page cannot be served at {host}, port {port}: "):
        free_port(host, port)


def test_port_zero_takes_a_free_one() -> None:
    port = free_port("127.0.0.1", 0)

    assert free_port("127.0.0.1", port) == port


def test_importing_the_page_imports_nothing_heavy() -> None:
    check = (
        "import sys, ui.server; "
        "print([m for m in ('gradio', 'torch', 'chromadb', 'fastapi') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True)

    assert done.stdout.strip() == "[]", done.stderr


def test_page_answers_while_the_assistant_is_still_loading(
    serve_page: ServePage, opinion: Opinion
) -> None:
    loaded = threading.Event()

    def load() -> WordOverlapAssistant:
        assert loaded.wait(60)
        return WordOverlapAssistant(opinion)

    url = serve_page(opinion, load)
    with urllib.request.urlopen(url, timeout=30) as response:
        page = response.read().decode()
    loaded.set()

    assert response.status == 200
    assert "marker" in page  # the script and the style come with the page itself
    assert "fonts.googleapis" not in page


SERVE = """
import sys
from word_overlap_assistant import WordOverlapAssistant
from ui.server import serve
from vectorstore.reading import bundled_opinion

opinion = bundled_opinion()
serve(
    opinion,
    lambda: WordOverlapAssistant(opinion),
    port=0,
    open_browser=False,
    announce=lambda line: print(line, flush=True),
)
"""


def test_serves_until_interrupted() -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", SERVE],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(root), str(Path(__file__).parent)])},
    ) as program:
        assert program.stdout is not None
        line = program.stdout.readline()
        url = line.split()[4]
        with urllib.request.urlopen(url, timeout=30) as response:
            assert response.status == 200
        program.send_signal(signal.SIGINT)
        rest, _ = program.communicate(timeout=30)

    assert line == f"The page is at {url} (Ctrl-C stops it).\n"
    assert (program.returncode, rest) == (0, "")
