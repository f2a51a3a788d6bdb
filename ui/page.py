"""The page: the conversation on the left, the opinion on the right, wired with Gradio.

The opinion is sent once and never again: the page's script marks in it what the latest answer
cites. Both panes are HTML of our own making, escaped by `ui.markup`, in Gradio's plainest template,
which inserts a value as it is and evaluates nothing in it.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.privacy import keep_local
from ui.asking import Asking
from ui.conversation import OWN_ERRORS, Conversation, Stage
from ui.conversation_view import EXTRACTIVE, ConversationView
from ui.evaluation_tab import EVALUATE, build_evaluation
from ui.loading import Loading
from ui.markup import escape
from ui.opinion_view import opinion_html
from ui.verdicts import THUMBS, Verdicts
from vectorstore.opinion import Opinion

if TYPE_CHECKING:
    import gradio as gr

EXAMPLES = (
    "Who won, and why?",
    "What happened that led to this lawsuit?",
    "What did the plaintiff claim?",
    "What did the defendants argue?",
    "What rule of law did the court apply?",
    "Which earlier cases did the court rely on?",
)
"""Questions that make sense of most opinions."""

Tab = tuple[str, Callable[[], None]]
"""A further tab: its label, and what builds its contents with Gradio's components."""

_AT_ONCE = 8  # questions answered at the same time; further ones wait their turn

# An example is asked as soon as it is pressed: its text goes to Python with the component's event.
# So does a verdict, which the page's script makes of a thumb or a reason.
_ON_LOAD = """
element.addEventListener("click", (event) => {
  const example = event.target.closest("button.example");
  if (example) trigger("select", { question: example.textContent });
});
element.addEventListener("verdict", (event) => trigger("like", event.detail));
"""


def build_page(
    opinion: Opinion,
    loading: Loading,
    *,
    examples: Sequence[str] = EXAMPLES,
    feedback: Path | None = None,
    evaluate: bool = False,
    tabs: Sequence[Tab] = (),
) -> "gr.Blocks":
    """The page, not yet served. Without `tabs` there is no tab bar; without the `feedback` file
    there are no thumbs. `evaluate` adds the tab that runs question sets: what is loaded must then
    be able to be evaluated.
    """
    keep_local(os.environ)  # before Gradio is imported: it reads them then
    import gradio as gr  # costs a second or more, which only the page should pay

    title = " ".join(escape(opinion.title).split())
    page = gr.Blocks(title=title, fill_width=True, analytics_enabled=False)
    if evaluate:
        tabs = ((EVALUATE, partial(build_evaluation, page, loading)), *tabs)
    with page:
        gr.HTML(_SKIP_LINKS, apply_default_css=False, elem_id="skip-links")
        if tabs:
            with gr.Tabs(elem_id="tabs"):
                with gr.Tab("Ask"):
                    _build_ask(page, opinion, loading, examples, feedback)
                for label, build in tabs:
                    with gr.Tab(label):
                        build()
        else:
            _build_ask(page, opinion, loading, examples, feedback)
    return page


_SKIP_LINKS = (
    '<a class="skip" href="#question">Skip to the question</a>'
    '<a class="skip" href="#opinion">Skip to the opinion</a>'
)


def _build_ask(
    page: "gr.Blocks",
    opinion: Opinion,
    loading: Loading,
    examples: Sequence[str],
    feedback: Path | None,
) -> None:
    import gradio as gr

    view = ConversationView(opinion, examples, thumbs=feedback is not None)
    with gr.Row(elem_id="panes"):
        with gr.Column(elem_id="conversation-pane"):
            with gr.Row(elem_id="conversation-head"):
                gr.HTML("<h2>Ask the opinion</h2>", apply_default_css=False)
                new = gr.Button("New conversation", elem_id="new", size="sm")
            shown = gr.HTML(
                view.html(()), js_on_load=_ON_LOAD, apply_default_css=False, elem_id="conversation"
            )
            with gr.Column(elem_id="composer"):
                status = gr.HTML("", apply_default_css=False, elem_id="status")
                with gr.Row(elem_id="question-row"):
                    box = gr.Textbox(
                        label="Your question",
                        placeholder="Ask a question",
                        lines=1,
                        max_lines=6,
                        elem_id="question",
                        autofocus=True,
                    )
                    ask = gr.Button("Ask", elem_id="ask", variant="primary")
                    stop = gr.Button("Stop", elem_id="stop", visible=False)
        gr.HTML(
            opinion_html(opinion),
            js_on_load=None,
            apply_default_css=False,
            elem_id="opinion",
        )
    conversation = gr.State(())
    # One object a session, shared by the listeners: a verdict may come while an answer does.
    verdicts = gr.State(Verdicts(feedback or Path(), opinion.id))

    under_way: dict[str | None, Asking] = {}  # by browser session

    # One listener for typing and for examples, so that there is one answer at a time; a question
    # sent meanwhile is asked when that is done.
    def answer(
        typed: str,
        earlier: Conversation,
        said: Verdicts,
        event: gr.EventData,
        request: gr.Request,
    ) -> Iterator[tuple[Any, ...]]:
        pressed = event.target is shown
        asking = Asking(earlier, event.question if pressed else typed, loading.for_question())
        under_way[request.session_hash] = asking
        try:
            for now in asking.steps():
                stage = now[-1].stage if now else None
                waiting, busy = stage is Stage.WAITING, stage in (Stage.WAITING, Stage.ANSWERING)
                yield (
                    "" if waiting and not pressed else gr.skip(),
                    view.html(now, said.given),
                    now,
                    gr.update(visible=busy),
                    gr.skip() if waiting else _status(loading),
                )
        finally:
            under_way.pop(request.session_hash, None)

    def stopped(request: gr.Request) -> None:
        if asking := under_way.get(request.session_hash):
            asking.stop()

    def judged(now: Conversation, said: Verdicts, event: gr.EventData, request: gr.Request) -> Any:
        thumb, place, reason = event.thumb, event.place, event.reason
        if feedback is None or thumb not in THUMBS or not isinstance(place, int):
            return gr.skip()
        said.give(now, place, thumb, reason if isinstance(reason, str) else None)
        if asking := under_way.get(request.session_hash):
            asking.again()
            return gr.skip()
        return view.html(now, said.given)

    def begun_anew(said: Verdicts, request: gr.Request) -> tuple[Any, ...]:
        said.clear()
        if asking := under_way.get(request.session_hash):
            asking.stop(ending=())
        return view.html(()), ()

    async def loading_status() -> AsyncIterator[str]:
        if not loading.future.done():
            yield _status(loading)
            await asyncio.wait([asyncio.wrap_future(loading.future)])
        yield _status(loading)

    page.load(loading_status, None, status, concurrency_limit=None, **_QUIETLY)
    gr.on(
        [box.submit, ask.click, shown.select],
        answer,
        [box, conversation, verdicts],
        [box, shown, conversation, stop, status],
        trigger_mode="always_last",
        concurrency_limit=_AT_ONCE,
        **_QUIETLY,
    )
    stop.click(stopped, None, None, **_QUIETLY)
    new.click(begun_anew, verdicts, [shown, conversation], **_QUIETLY)
    shown.like(judged, [conversation, verdicts], shown, trigger_mode="multiple", **_QUIETLY)


_QUIETLY: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def _status(loading: Loading) -> str:
    """The line above the question: loading, ready, what leaves the machine, or what failed."""
    if not loading.future.done():
        return _line("Preparing the opinion. You can ask already; the first start takes longest.")
    try:
        assistant = loading.wait()
    except OWN_ERRORS as error:
        return f'<p class="error" role="alert">{escape(str(error))}</p>'
    if assistant.departure_notice:
        return _line(assistant.departure_notice, css="departure")
    if assistant.answerer == EXTRACTIVE:
        return _line("Exact quotations, found on this machine.")
    return _line(f"Answers are written by {assistant.answerer} on this machine.")


def _line(text: str, css: str = "status") -> str:
    return f'<p class="{css}" role="status">{escape(text)}</p>'
