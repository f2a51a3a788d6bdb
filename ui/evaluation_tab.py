"""The second tab: running question sets in the page, and seeing where the assistant fails.

Gradio reads the listeners' annotations as they are: this module does not postpone them.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

from assistant.errors import EvaluationInputError
from assistant.evaluation.names import DEFAULT_SET
from assistant.evaluation.question_sets import bundled_sets, load
from ui.evaluation_choice import read_choice
from ui.evaluation_run import EvaluationRun, Progress, Stage
from ui.evaluation_view import form_html, progress_html, results_html
from ui.loading import Loading
from ui.markup import escape

if TYPE_CHECKING:
    import gradio as gr

    from assistant.evaluation.running import Answerer
    from assistant.evaluation.scoring import Score

EVALUATE = "Evaluate"
_AT_ONCE = 4  # runs at the same time, of as many sessions; further ones wait their turn

# The page's script sends what the form holds, and which question was pressed.
_ON_FORM = 'element.addEventListener("run", (event) => trigger("submit", event.detail));'
_ON_RESULTS = 'element.addEventListener("case", (event) => trigger("select", event.detail));'


def build_evaluation(page: "gr.Blocks", loading: Loading) -> None:
    """Build the tab's contents, within `page`.

    What `loading` loads must be able to be evaluated: `assistant.evaluation.running.Answerer` says
    what that takes.
    """
    import gradio as gr  # see build_page

    names = sorted(bundled_sets(), key=lambda name: name != DEFAULT_SET)
    sets = {name: len(load(name).examples) for name in names}
    with gr.Row(elem_id="evaluate"):
        with gr.Column(elem_id="evaluate-pane"):
            form = gr.HTML(
                form_html(sets),
                js_on_load=_ON_FORM,
                apply_default_css=False,
                elem_id="evaluate-form",
            )
            notice = gr.HTML(
                "", js_on_load=None, apply_default_css=False, elem_id="evaluate-notice"
            )
            with gr.Row(elem_id="evaluate-progress-row"):
                progress = gr.HTML(
                    "", js_on_load=None, apply_default_css=False, elem_id="evaluate-progress"
                )
                cancel = gr.Button("Cancel", elem_id="evaluate-cancel", visible=False)
            results = gr.HTML(
                "", js_on_load=_ON_RESULTS, apply_default_css=False, elem_id="evaluate-results"
            )
        case = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="evaluate-case")
    _wire(form, progress, cancel, results, case, loading)

    async def leaving() -> str:
        """What leaves this machine in a run, once that is known."""
        await asyncio.wait([asyncio.wrap_future(loading.future)])
        if loading.future.exception() is not None:
            return ""  # told above the question, and again by a run
        told = loading.wait().departure_notice
        return f'<p role="note">{escape(told)}</p>' if told else ""

    page.load(leaving, None, notice, concurrency_limit=None, **_QUIETLY)


_QUIETLY: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def _wire(
    form: "gr.HTML",
    progress: "gr.HTML",
    cancel: "gr.Button",
    results: "gr.HTML",
    case: "gr.HTML",
    loading: Loading,
) -> None:
    import gradio as gr

    finished = gr.State(None)  # the session's last Evaluation
    under_way: dict[str | None, EvaluationRun] = {}  # by browser session
    lock = threading.Lock()

    def run(event: gr.EventData, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        session = request.session_hash
        try:
            choice = read_choice(event.sets, event.limit, event.name, event.content)
        except EvaluationInputError as error:
            failed = Progress(stage=Stage.FAILED, error=str(error))
            yield progress_html(failed), gr.skip(), gr.skip(), gr.skip(), gr.skip()
            return
        loaded = cast("Callable[[], Answerer]", loading.for_question())
        started = EvaluationRun(choice, loaded)
        with lock:
            if session in under_way:  # one at a time; the button is away meanwhile
                return
            under_way[session] = started
        try:
            for now in started.states():
                button = gr.update(visible=now.busy, interactive=not now.cancelled)
                shown = (progress_html(now), button)
                if now.busy:
                    yield *shown, gr.skip(), gr.skip(), gr.skip()
                elif now.stage is Stage.FAILED:
                    yield *shown, "", None, ""
                else:
                    yield *shown, results_html(now), now.evaluation, ""
        finally:
            with lock:
                under_way.pop(session, None)

    def cancelled(request: gr.Request) -> None:
        if started := under_way.get(request.session_hash):
            started.cancel()

    def pressed(evaluation: Any, event: gr.EventData) -> Any:
        # Imported here: what it needs of the measures is loaded by then.
        from ui.case_view import case_html

        scores: tuple[Score, ...] = () if evaluation is None else evaluation.scores
        found = next((s for s in scores if s.task.example.id == event.id), None)
        return gr.skip() if found is None else case_html(found)

    form.submit(
        run,
        None,
        [progress, cancel, results, finished, case],
        concurrency_limit=_AT_ONCE,
        trigger_mode="once",
        **_QUIETLY,
    )
    cancel.click(cancelled, None, None, concurrency_limit=None, **_QUIETLY)
    results.select(pressed, finished, case, concurrency_limit=None, **_QUIETLY)
