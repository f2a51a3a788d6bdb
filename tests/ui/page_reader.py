"""A person at the page, driving a real browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Dialog, Locator, Page, expect

OpenPage = Callable[..., "Reader"]
ServePage = Callable[..., str]


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
        self.page.on("dialog", self._dismiss)
        self.page.goto(url)
        expect(self.box).to_be_visible()

    def _dismiss(self, dialog: Dialog) -> None:
        self.alarms.append(dialog.message)
        dialog.dismiss()

    @property
    def box(self) -> Locator:
        return self.page.get_by_label("Your question")

    @property
    def last(self) -> Locator:
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
        visible = self.page.locator(selector).first.evaluate(
            """(e) => {
                const box = e.getClientRects()[0];
                const hit = document.elementFromPoint(box.left + 3, box.top + 3);
                return box.top >= 0 && box.top < innerHeight && (e.contains(hit) || hit === e);
            }"""
        )
        return bool(visible)
