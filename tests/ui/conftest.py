"""A browser and a page to drive with it; skipped, with the reason, where there is no Chromium."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import pytest
from page_reader import OpenPage, Reader, ServePage
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from ui.conversation import Assistant
from ui.loading import Loading
from ui.page import Tab, build_page
from ui.server import free_port, launch
from vectorstore.opinion import Opinion
from vectorstore.reading import bundled_opinion

expect.set_options(timeout=15_000)

NEED_BROWSER = "OPINION_TESTS_NEED_BROWSER" in os.environ  # read before the tests' own environment


@pytest.fixture(scope="session")
def opinion() -> Opinion:
    return bundled_opinion()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        reason = "no Chromium: install it, or name its program in the variable CHROMIUM"
        pytest.fail(reason) if NEED_BROWSER else pytest.skip(reason)
    with sync_playwright() as playwright:
        # Without a user namespace (as root, or in most containers) its sandbox cannot start.
        yield playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )


@pytest.fixture(scope="module")
def serve_page() -> Iterator[ServePage]:
    """Serve a page on a free port and give its address; all are closed after the module."""
    pages = []

    def serve(
        opinion: Opinion,
        load: Callable[[], Assistant],
        *,
        feedback: Path | None = None,
        evaluate: bool = False,
        tabs: Sequence[Tab] = (),
    ) -> str:
        loading = Loading(load)
        page = build_page(opinion, loading, feedback=feedback, evaluate=evaluate, tabs=tabs)
        pages.append(page)
        url = launch(page, host="127.0.0.1", port=free_port("127.0.0.1", 0))
        loading.start()
        return url

    yield serve
    for page in pages:
        page.close(verbose=False)


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Callable[..., BrowserContext]:
    """A browser profile for each window size and colour scheme; its cache keeps the tests quick."""
    made: dict[tuple[int, int, str], BrowserContext] = {}

    def context(width: int, height: int, scheme: Literal["light", "dark"]) -> BrowserContext:
        key = (width, height, scheme)
        if key not in made:
            made[key] = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                reduced_motion="reduce",
            )
        return made[key]

    return context


@pytest.fixture
def open_page(contexts: Callable[..., BrowserContext]) -> Iterator[OpenPage]:
    """Open an address in a new tab, which is a session of its own to the page."""
    readers: list[Reader] = []

    def open_(url: str, *, width: int = 1400, height: int = 900, scheme: str = "light") -> Reader:
        readers.append(Reader(contexts(width, height, scheme), url))
        return readers[-1]

    yield open_
    for reader in readers:
        reader.page.close()


@pytest.fixture
def gate() -> threading.Semaphore:
    """Lets one piece of a held answer, or one held question, through each time it is released."""
    return threading.Semaphore(0)
