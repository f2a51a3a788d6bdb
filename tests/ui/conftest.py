"""A browser and a page to drive with it; skipped, with the reason, where there is no Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from ui.conversation import Assistant
from ui.loading import Loading
from ui.page import Tab, build_page
from ui.server import free_port, launch
from vectorstore.opinion import Opinion
from vectorstore.reading import bundled_opinion

expect.set_options(timeout=15_000)

ServePage = Callable[..., str]

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

    def serve(opinion: Opinion, load: Callable[[], Assistant], *, tabs: Sequence[Tab] = ()) -> str:
        loading = Loading(load)
        page = build_page(opinion, loading, tabs=tabs)
        pages.append(page)
        url = launch(page, host="127.0.0.1", port=free_port("127.0.0.1", 0))
        loading.start()
        return url

    yield serve
    for page in pages:
        page.close(verbose=False)


class Reader:
    """A person at the page: what they do, in a tab of their own.

    `requests` are the addresses fetched, `alarms` dialogs and script errors: there may be none.
    """

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.requests: list[str] = []
        self.alarms: list[str] = []
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("pageerror", lambda e: self.alarms.append(str(e)))
        self.page.on("dialog", lambda d: (self.alarms.append(d.message), d.dismiss()))
        self.page.goto(url)
        expect(self.box).to_be_visible()

    @property
    def box(self):
        return self.page.get_by_label("Your question")

    @property
    def last(self):
        return self.page.locator(".exchange").last

    def type(self, question: str) -> None:
        self.box.fill(question)
        self.box.press("Enter")

    def ask(self, question: str) -> None:
        """Ask, and wait until the answer (or the error) is there."""
        before = self.page.locator(".exchange").count()
        self.type(question)
        expect(self.page.locator(".exchange")).to_have_count(before + 1)
        expect(self.last).to_have_attribute("aria-busy", "false")

    def in_view(self, selector: str) -> bool:
        """Whether an element's top is within the window and not scrolled out of its pane."""
        return self.page.locator(selector).first.evaluate(
            """(e) => {
                const box = e.getClientRects()[0];
                const hit = document.elementFromPoint(box.left + 3, box.top + 3);
                return box.top >= 0 && box.top < innerHeight && (e.contains(hit) || hit === e);
            }"""
        )


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Callable[..., BrowserContext]:
    """A browser profile for each window size and colour scheme; its cache keeps the tests quick."""
    made: dict[tuple[int, int, str], BrowserContext] = {}

    def context(width: int, height: int, scheme: str) -> BrowserContext:
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
def open_page(contexts: Callable[..., BrowserContext]) -> Iterator[Callable[..., Reader]]:
    """Open an address in a new tab, which is a session of its own to the page."""
    readers: list[Reader] = []

    def open_(url: str, *, width: int = 1400, height: int = 900, scheme: str = "light") -> Reader:
        readers.append(Reader(contexts(width, height, scheme), url))
        return readers[-1]

    yield open_
    for reader in readers:
        reader.page.close()
