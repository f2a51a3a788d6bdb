"""A run in the page: its states, cancelling, and what is shown of it."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from evaluated_assistant import EvaluatedAssistant, question, sentence, small_set, write_set

from assistant.evaluation.running import Answerer
from ui.case_view import case_html
from ui.evaluation_choice import Choice, Upload
from ui.evaluation_run import EvaluationRun, Progress, Stage
from ui.evaluation_view import form_html, progress_html, results_html
from ui.marked_opinion import Mark, marked_opinion_html
from vectorstore.errors import StoreError
from vectorstore.opinion import Opinion


@pytest.fixture(scope="module")
def choice(opinion: Opinion, tmp_path_factory: pytest.TempPathFactory) -> Choice:
    content = small_set(opinion, tmp_path_factory.mktemp("sets")).read_bytes()
    return Choice(upload=Upload(name="mine.jsonl", content=content))


@pytest.fixture(scope="module")
def finished(choice: Choice, opinion: Opinion) -> Progress:
    *_, last = EvaluationRun(choice, lambda: EvaluatedAssistant(opinion)).states()
    return last


def test_run_ends_with_the_evaluation(finished: Progress) -> None:
    assert (finished.stage, finished.done, finished.total) == (Stage.FINISHED, 3, 3)
    assert finished.evaluation is not None
    assert [str(s.outcome) for s in finished.evaluation.scores] == [
        "right", "needed fact not cited", "rightly declined",
    ]  # fmt: skip


def test_cancelling_keeps_what_was_done(opinion: Opinion, tmp_path: Path) -> None:
    lines = [question(f"q{n}", f"zebra {n}") for n in range(200)]
    content = write_set(tmp_path / "mine.jsonl", *lines).read_bytes()
    asked = itertools.count(1)

    def cancel_at_the_second() -> None:
        if next(asked) == 2:
            run.cancel()

    run = EvaluationRun(
        Choice(upload=Upload(name="mine.jsonl", content=content)),
        lambda: EvaluatedAssistant(opinion, hold=cancel_at_the_second),
    )
    *_, last = run.states()

    assert last.stage is Stage.FINISHED
    assert last.cancelled
    assert last.evaluation is not None
    done = len(last.evaluation.scores)
    assert 1 <= done < 200
    assert f"Partial: cancelled after {done} of 200 questions." in results_html(last)


def test_cancelling_at_once_gives_no_figures(choice: Choice, opinion: Opinion) -> None:
    run = EvaluationRun(choice, lambda: EvaluatedAssistant(opinion))
    run.cancel()

    *_, last = run.states()

    assert last.evaluation is None
    assert "Cancelled before any question was answered." in results_html(last)


def test_error_of_ours_is_the_last_state(choice: Choice) -> None:
    def failing() -> Answerer:
        raise StoreError("The index is gone.")

    *_, last = EvaluationRun(choice, failing).states()

    assert (last.stage, last.error) == (Stage.FAILED, "The index is gone.")
    assert progress_html(last) == '<p class="error" role="alert">The index is gone.</p>'


def test_bug_is_raised_where_the_run_is_read(choice: Choice) -> None:
    def broken() -> Answerer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(EvaluationRun(choice, broken).states())


def test_results_show_figures_plots_and_failures_and_take_nothing_for_markup(
    finished: Progress,
) -> None:
    shown = results_html(finished)

    assert "<b>66.7%</b> handled rightly" in shown
    assert "95% interval" in shown
    assert shown.count('class="plot"') == 2
    assert shown.index('data-id="missed"') < shown.index('data-id="right"')
    assert "<b>moved</b>" not in shown
    assert "&lt;b&gt;moved&lt;/b&gt;" in shown
    assert "<img" not in shown


def test_case_marks_what_was_needed_and_what_was_cited(
    finished: Progress, opinion: Opinion
) -> None:
    assert finished.evaluation is not None
    _, missed, absent = finished.evaluation.scores

    shown = case_html(missed)

    assert 'title="needed, not cited"' in shown
    assert 'title="cited"' in shown
    assert "0 of 1 needed facts cited" in shown
    assert sentence(opinion, -1) in shown
    assert "shown as near, not as an answer" in case_html(absent)
    assert "<img" not in case_html(absent)


def test_overlapping_marks_leave_the_text_as_it_is(opinion: Opinion) -> None:
    s = opinion.sentences[3]
    marks = (
        Mark(css="given", told="cited", places=[(s.start, s.end)]),
        Mark(css="wanted", told="needed", places=[(s.start + 5, s.end + 40)]),
    )

    shown = marked_opinion_html(opinion, marks)

    assert 'class="given wanted" title="cited, needed"' in shown
    assert shown.count("<mark") >= 3


def test_form_offers_the_sets_the_first_ticked() -> None:
    shown = form_html({"a": 3, "<b>": 4})

    assert shown.count(" checked") == 1
    assert "3 questions" in shown
    assert "&lt;b&gt;" in shown
