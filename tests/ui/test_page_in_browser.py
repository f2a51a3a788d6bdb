"""The page as a person meets it: asking, reading, checking, in a real browser."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from page_reader import OpenPage, Reader, ServePage
from playwright.sync_api import FloatRect, Locator, expect
from word_overlap_assistant import DECLINED, EMPTY, SERVER_GONE, WordOverlapAssistant

from ui.page import EXAMPLES
from vectorstore.opinion import Opinion

QUESTION = "Are the defendants entitled to qualified immunity?"
OTHER = "What claim did the plaintiff withdraw from the complaint?"


@pytest.fixture(scope="module")
def url(serve_page: ServePage, opinion: Opinion) -> str:
    return serve_page(opinion, lambda: WordOverlapAssistant(opinion))


@pytest.fixture
def reader(open_page: OpenPage, url: str) -> Reader:
    return open_page(url)


def highlighted(reader: Reader) -> list[list[int]]:
    return list(
        reader.page.locator("#opinion .s.cited").evaluate_all(
            "all => all.map(s => [Number(s.dataset.start), Number(s.dataset.end)])"
        )
    )


def cited(markers: Locator) -> list[list[int]]:
    return list(
        markers.evaluate_all(
            "all => all.map(m => [Number(m.dataset.start), Number(m.dataset.end)])"
        )
    )


# ---- the opinion, typeset ----


def test_every_sentence_on_the_page_is_the_source(reader: Reader, opinion: Opinion) -> None:
    shown = reader.page.locator("#opinion .s").evaluate_all(
        "all => all.map(s => [Number(s.dataset.start), Number(s.dataset.end), s.textContent])"
    )

    assert len(shown) >= len(opinion.sentences)
    for start, end, text in shown:
        assert text == opinion.source[start:end]


def test_lines_are_about_65_characters(reader: Reader) -> None:
    per_line = reader.page.locator("#opinion .numbered > p").evaluate_all(
        """all => all.map(p => {
            const range = document.createRange();
            range.selectNodeContents(p);
            const tops = [...range.getClientRects()].map(r => Math.round(r.bottom / 8));
            return p.textContent.length / new Set(tops).size;
        }).filter((_, i, all) => all[i] > 40)"""
    )

    assert 55 <= sorted(per_line)[len(per_line) // 2] <= 80


def test_paragraph_numbers_and_star_pages_stand_in_the_margins(
    reader: Reader, opinion: Opinion
) -> None:
    numbers = reader.page.locator("#opinion .numbered:not(.note) > .number")
    texts = reader.page.locator("#opinion .numbered:not(.note) > :is(p, blockquote)")

    assert numbers.all_inner_texts() == [b.label for b in opinion.blocks if b.label.isdigit()]
    for number, text in zip(numbers.all(), texts.all(), strict=True):
        assert right(number) < left(text)
    star = reader.page.locator("#opinion .star").first
    assert star.inner_text() == opinion.text(opinion.star_pages[0])
    assert left(star) > right(reader.page.locator("#opinion .numbered > p").first)


def box_of(element: Locator) -> FloatRect:
    box = element.bounding_box()
    assert box is not None
    return box


def left(element: Locator) -> float:
    return box_of(element)["x"]


def right(element: Locator) -> float:
    return left(element) + box_of(element)["width"]


def test_footnote_and_its_call_lead_to_each_other(reader: Reader) -> None:
    call = reader.page.locator("#opinion a.call")
    note = reader.page.locator("#opinion .note")
    address = reader.page.url

    call.click()
    expect(note).to_be_focused()
    expect(note).to_be_in_viewport()
    note.locator("a.back").click()
    expect(call).to_be_focused()
    expect(call).to_be_in_viewport()
    assert reader.page.url == address


def test_record_heads_the_page(reader: Reader, opinion: Opinion) -> None:
    expect(reader.page.locator("h1")).to_have_text(opinion.title)
    assert opinion.record is not None
    expect(reader.page.locator("header.record")).to_contain_text(opinion.record.citation)
    expect(reader.page).to_have_title(opinion.title)


# ---- asking and checking ----


def test_answer_is_quoted_marked_and_numbered_in_the_opinion(
    reader: Reader, opinion: Opinion
) -> None:
    reader.ask(QUESTION)

    markers = reader.last.locator(".marker")
    expect(reader.page.locator("#opinion .mark")).to_have_count(3)
    assert sorted(highlighted(reader)) == sorted(cited(markers))
    for quotation, (start, end) in zip(
        reader.last.locator("blockquote").all_inner_texts(), cited(markers), strict=True
    ):
        assert quotation.strip("“”") == " ".join(opinion.source[start:end].split())


def test_marker_leads_to_its_sentence_and_back_without_a_reload(reader: Reader) -> None:
    reader.ask(QUESTION)
    reader.page.evaluate("window.notReloaded = true")
    address = reader.page.url

    for marker in reader.last.locator(".marker").all():
        start, end = cited(marker)[0]
        marker.click()
        sentence = reader.page.locator(f"#s-{start}-{end}")
        expect(sentence).to_have_class(re.compile("flash"))
        assert reader.in_view(f"#s-{start}-{end}")
    expect(reader.page.locator("#opinion .mark:focus")).to_have_text("3")
    reader.page.keyboard.press("Escape")
    expect(reader.last.locator(".marker").last).to_be_focused()
    assert reader.page.evaluate("window.notReloaded")
    assert reader.page.url == address


def test_opinion_turns_to_where_the_answer_leads(reader: Reader, opinion: Opinion) -> None:
    sentence = opinion.sentences[-1]
    assert not reader.in_view(f"#s-{sentence.start}-{sentence.end}")

    reader.ask(opinion.text(sentence))

    assert cited(reader.last.locator(".marker").first) == [[sentence.start, sentence.end]]
    expect(reader.page.locator(f"#s-{sentence.start}-{sentence.end}")).to_be_in_viewport()
    expect(reader.box).to_be_focused()


def test_hovering_a_marker_shows_the_quotation(reader: Reader) -> None:
    reader.ask(QUESTION)
    marker = reader.last.locator(".marker").first

    marker.hover()

    shown = reader.page.get_by_role("tooltip")
    expect(shown).to_contain_text(f"“{marker.get_attribute('data-quote')}”")
    expect(shown).to_contain_text(reader.last.locator("figcaption").first.inner_text())
    reader.page.mouse.move(5, 5)
    expect(shown).to_be_hidden()


def test_old_markers_still_lead_and_only_the_latest_are_highlighted(reader: Reader) -> None:
    reader.ask(QUESTION)
    old = reader.last.locator(".marker").first
    start, end = cited(old)[0]
    reader.ask(OTHER)
    latest = sorted(cited(reader.last.locator(".marker")))
    expect(reader.page.locator(f"#s-{start}-{end}.cited")).to_have_count(0)

    reader.page.locator(".exchange").first.locator(".marker").first.click()

    assert reader.in_view(f"#s-{start}-{end}")
    expect(reader.page.locator(f"#s-{start}-{end}")).to_be_focused()
    assert sorted(highlighted(reader)) == latest


def test_declined_answer_marks_the_nearest_passages_apart(reader: Reader) -> None:
    reader.ask("Zebra crossing?")

    expect(reader.last).to_contain_text(DECLINED)
    expect(reader.last.locator(".related")).to_contain_text("Nearest passages, not an answer")
    expect(reader.page.locator("#opinion .s.near")).to_have_count(3)
    assert highlighted(reader) == []


def test_examples_are_six_and_asked_when_pressed(reader: Reader) -> None:
    examples = reader.page.locator("button.example")
    assert examples.all_inner_texts() == list(EXAMPLES)
    assert len(EXAMPLES) == 6

    examples.nth(2).click()

    expect(reader.last.locator(".asked")).to_have_text(EXAMPLES[2])
    expect(reader.last).to_have_attribute("data-stage", "answered")
    expect(reader.box).to_be_focused()


def test_copy_gives_quotations_with_pinpoints(reader: Reader, url: str) -> None:
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url.rstrip("/"))
    reader.ask(QUESTION)

    reader.last.get_by_role("button", name="Copy with citations").click()

    expect(reader.page.locator("#announcement")).to_have_text("Copied")
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("“")
    assert "952 F. Supp. at" in copied
    assert copied.endswith("952 F. Supp. 101 (D. Conn. 1997)")


# ---- conversations ----


def test_new_conversation_and_reload_begin_anew(reader: Reader) -> None:
    reader.ask(QUESTION)
    reader.page.get_by_role("button", name="New conversation").click()
    expect(reader.page.locator("button.example")).to_have_count(6)
    assert highlighted(reader) == []

    reader.ask(OTHER)
    reader.page.reload()
    expect(reader.page.locator("button.example")).to_have_count(6)
    expect(reader.page.locator(".exchange")).to_have_count(0)


def test_sessions_do_not_see_each_other(open_page: OpenPage, url: str) -> None:
    first, second = open_page(url), open_page(url)
    first.ask(QUESTION)
    second.ask(OTHER)
    first.ask(OTHER)

    assert first.page.locator(".asked").all_inner_texts() == [QUESTION, OTHER]
    assert second.page.locator(".asked").all_inner_texts() == [OTHER]


def test_nothing_is_fetched_from_elsewhere(reader: Reader, url: str) -> None:
    reader.ask(QUESTION)
    reader.last.locator(".marker").first.click()

    hosts = {urlsplit(r).netloc for r in reader.requests if urlsplit(r).scheme != "data"}
    assert hosts == {urlsplit(url).netloc}
    assert reader.alarms == []


# ---- errors ----


@pytest.mark.parametrize(
    ("question", "line"), [(" ", EMPTY), ("unreachable qualified immunity", SERVER_GONE)]
)
def test_error_is_a_line_in_the_conversation_and_nothing_is_lost(
    reader: Reader, question: str, line: str
) -> None:
    reader.ask(QUESTION)
    reader.ask(question)

    expect(reader.last.get_by_role("alert")).to_have_text(line)
    expect(reader.page.locator(".exchange").first.locator(".marker")).to_have_count(3)
    reader.type(OTHER)
    expect(reader.last.locator(".asked")).to_have_text(OTHER)
    expect(reader.last).to_have_attribute("data-stage", "answered")


def test_failed_question_can_be_edited_and_asked_again(reader: Reader) -> None:
    reader.ask("unreachable qualified immunity")

    reader.page.get_by_role("button", name="Edit and ask again").click()
    expect(reader.box).to_have_value("unreachable qualified immunity")
    reader.box.fill("qualified immunity")
    reader.box.press("Enter")

    expect(reader.last).to_have_attribute("data-stage", "answered")
    expect(reader.box).to_have_value("")


def test_held_or_doubled_enter_asks_once(reader: Reader) -> None:
    reader.box.fill(QUESTION)
    reader.page.get_by_role("button", name="Ask", exact=True).dblclick()
    expect(reader.last).to_have_attribute("data-stage", "answered")
    reader.ask(OTHER)

    assert reader.page.locator(".asked").all_inner_texts() == [QUESTION, OTHER]


# ---- keyboard, width, dark ----


def test_everything_can_be_done_with_the_keyboard(reader: Reader) -> None:
    press = reader.page.keyboard.press
    expect(reader.box).to_be_focused()
    reader.page.keyboard.type(QUESTION)
    press("Enter")
    expect(reader.last).to_have_attribute("data-stage", "answered")

    press("Shift+Tab")
    expect(reader.last.get_by_role("button", name="Copy with citations")).to_be_focused()
    press("Shift+Tab")
    marker = reader.last.locator(".marker").last
    expect(marker).to_be_focused()
    assert marker.evaluate("m => getComputedStyle(m).outlineStyle") == "solid"
    expect(reader.page.get_by_role("tooltip")).to_be_visible()
    press("Enter")
    expect(reader.page.locator("#opinion .mark:focus")).to_have_text("3")
    press("Enter")
    expect(marker).to_be_focused()


def test_skip_links_come_first_and_lead_on(reader: Reader) -> None:
    first = reader.page.evaluate("document.querySelector('a[href], button, textarea').textContent")
    assert first == "Skip to the question"

    reader.page.get_by_role("link", name="Skip to the opinion").focus()
    expect(reader.page.locator(".skip:focus")).to_be_in_viewport()
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator("#opinion")).to_be_focused()


def test_panes_stack_on_a_narrow_screen(open_page: OpenPage, url: str) -> None:
    reader = open_page(url, width=360, height=740)
    reader.ask(QUESTION)
    conversation = box_of(reader.page.locator("#conversation-pane"))
    opinion = box_of(reader.page.locator("#opinion"))
    assert conversation["y"] + conversation["height"] <= opinion["y"]
    assert opinion["width"] == 360
    assert reader.page.evaluate("document.documentElement.scrollWidth") == 360

    marker = reader.last.locator(".marker").last
    start, end = cited(marker)[0]
    marker.click()
    assert reader.in_view(f"#s-{start}-{end}")

    reader.page.get_by_role("button", name="Back to the answer", exact=True).last.click()
    expect(marker).to_be_focused()
    expect(marker).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_contrasts_with_its_ground_in_light_and_dark(
    open_page: OpenPage, url: str, scheme: str
) -> None:
    reader = open_page(url, scheme=scheme)
    reader.ask(QUESTION)
    expect(reader.page.locator("#opinion .s.cited").first).to_be_visible()

    worst = reader.page.evaluate(CONTRASTS)

    assert worst
    assert {text: ratio for text, ratio in worst if ratio < 4.5} == {}
    ground = reader.page.locator("#opinion").evaluate("e => getComputedStyle(e).backgroundColor")
    assert (int(re.findall(r"\d+", ground)[0]) < 128) == (scheme == "dark")


# The contrast of every piece of text with the nearest ground behind it (WCAG 2.2, 1.4.3).
CONTRASTS = r"""
() => {
  const numbers = (c) => c.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b]
    .map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = numbers(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
  };
  return [...document.querySelectorAll("#panes *")]
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
    .filter((e) => e.checkVisibility() && getComputedStyle(e).clipPath === "none")
    .map((e) => {
      const [a, b] = [numbers(getComputedStyle(e).color), ground(e)].map(luminance);
      return [`${e.className}: ${e.textContent.slice(0, 30)}`,
              (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
    });
}
"""
