"""The evaluation tab as HTML: what to run, how far it is, the figures, and every question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ui.conversation_view import EXTRACTIVE
from ui.evaluation_choice import LARGEST_UPLOAD, too_large
from ui.evaluation_run import Progress, Stage
from ui.markup import escape

if TYPE_CHECKING:
    from assistant.evaluation.bootstrap import Estimate
    from assistant.evaluation.evaluation import Breakdown, Evaluation
    from assistant.evaluation.measures import Measure
    from assistant.evaluation.scoring import Score


def form_html(sets: Mapping[str, int]) -> str:
    """What to run; `sets` are the bundled sets' names and how many questions each asks."""
    boxes = "".join(
        f'<label class="choice"><input type="checkbox" name="set" value="{escape(name)}"'
        f"{' checked' if n == 0 else ''}> <span>{escape(name)}</span> "
        f'<span class="aside">{count} questions</span></label>'
        for n, (name, count) in enumerate(sets.items())
    )
    return (
        '<form class="evaluate-form" novalidate><p class="lead">Ask questions whose answers are '
        "known, and see how far the assistant can be trusted.</p>"
        f"<fieldset><legend>Question sets</legend>{boxes}"
        '<div class="choice"><label class="file"><span class="quiet">Choose a file of your own …'
        '</span><input type="file" name="file" accept=".jsonl,.ndjson" '
        f'data-largest="{LARGEST_UPLOAD}" data-too-large="{escape(too_large("FILE"))}"></label>'
        '<span class="aside file-name">JSON Lines, one question a line</span>'
        '<button type="button" class="quiet no-file" hidden>Leave it out</button></div></fieldset>'
        '<p class="row"><label class="limit">At most <input type="text" inputmode="numeric" '
        'name="limit" size="5" maxlength="9" placeholder="all" autocomplete="off" '
        'aria-label="At most this many questions"> questions</label>'
        '<button type="submit" class="run">Run</button></p></form>'
    )


def progress_html(now: Progress) -> str:
    """How far a run is; nothing once it has ended well, the error line when it has not."""
    if now.stage is Stage.FAILED:
        return f'<p class="error" role="alert">{escape(now.error or "")}</p>'
    if not now.busy:
        return ""
    if now.cancelled and now.stage is not Stage.MEASURING:
        told = "Cancelling after the question in hand …"
    elif now.stage is Stage.PREPARING:
        told = "Preparing the questions …"
    elif now.stage is Stage.ASKING:
        told = f"{now.done} of {now.total} questions asked"
    else:
        told = "Working out the figures and their intervals …"
    if now.failed:
        told += f"; {now.failed} could not be answered"
    known = now.stage is Stage.ASKING
    value = f' value="{now.done}" max="{max(1, now.total)}"' if known else ""
    return (
        f'<div class="running" data-stage="{now.stage}">'
        f'<progress aria-label="Progress of the run"{value}></progress>'
        f'<p class="status">{told}</p></div>'
    )


def results_html(now: Progress) -> str:
    """A settled run: the headline, the questions that failed first, the plots and the figures."""
    evaluation = now.evaluation
    if evaluation is None:
        if now.cancelled:
            return '<p class="partial">Cancelled before any question was answered.</p>'
        return '<p class="partial">No question could be answered.</p>'
    # Imported here: a page on which nothing is evaluated loads no measures.
    from assistant.evaluation import plots

    risk = plots.risk_coverage_plot(evaluation.scores)
    calibration = plots.calibration_plot(evaluation.scores)
    asked = len(evaluation.scores)
    partial = (
        f'<p class="partial">Partial: cancelled after {now.done} of {now.total} questions. '
        "The figures are of these alone.</p>"
        if now.cancelled
        else ""
    )
    sets = escape(", ".join(evaluation.sets))
    by = "quotation" if evaluation.answerer == EXTRACTIVE else evaluation.answerer
    failures = len(evaluation.failures)
    return (
        f'<section class="results" aria-label="Results">{partial}{_headline(evaluation)}'
        f'<p class="aside">{asked} questions of {sets}, answered by {escape(by)}.</p>'
        f"{_unanswered(now, evaluation)}{_jumps(failures)}"
        f"{_breakdown(evaluation.categories, 'By category')}{_sets(evaluation)}"
        f'<h3>When it answers</h3><div class="plots">{_plot(risk, _RISK)}'
        f"{_plot(calibration, _CALIBRATION)}</div>"
        f'<h3 class="all-figures" tabindex="-1">All figures</h3>{_figures(evaluation)}'
        f'<h3 class="failures" tabindex="-1">Failures <span>{failures}</span></h3>'
        f"{_failures(evaluation)}"
        f"<h3>Handled rightly, or not graded <span>{asked - failures}</span></h3>"
        f"{_others(evaluation)}</section>"
    )


def _jumps(failures: int) -> str:
    """Ways down a long page."""
    shown = f"The {failures} failures" if failures != 1 else "The failure"
    places = [("failures", shown)] if failures else []
    items = "".join(
        f'<li><button type="button" class="jump" data-to="{css}">{told}</button></li>'
        for css, told in (*places, ("all-figures", "All figures"))
    )
    return f'<ul class="jumps" aria-label="Further down">{items}</ul>'


_RISK = (
    "Taking the surest questions first: how many of those taken the opinion does not answer. "
    "The dot is where the assistant stands."
)
_CALIBRATION = (
    "How often the opinion does answer, by how sure the assistant is. On the dashed line it is "
    "exactly as sure as it should be."
)


def _headline(evaluation: Evaluation) -> str:
    from assistant.evaluation.figures import figure_text, interval_text
    from assistant.evaluation.whole import whole

    estimate = evaluation.estimates[whole.name]
    return (
        f'<p class="headline"><b>{figure_text(whole, estimate.value)}</b> handled rightly'
        f'<span class="interval">95% interval {interval_text(whole, estimate)}</span></p>'
        f"<details><summary>What that means</summary><p>{escape(whole.definition)}</p></details>"
    )


def _unanswered(now: Progress, evaluation: Evaluation) -> str:
    """Questions that no answer came to, apart from those answered wrongly."""
    if not evaluation.failed:
        return ""
    lines = "".join(
        f'<li><span dir="auto">{escape(f.question)}</span><br>'
        f'<span class="aside">{escape(f.reason)}</span></li>'
        for f in evaluation.failed
    )
    return (
        f'<details class="unanswered"><summary>{len(evaluation.failed)} of {now.total} questions '
        f"could not be answered; no figure counts them</summary><ul>{lines}</ul></details>"
    )


def _failures(evaluation: Evaluation) -> str:
    if not evaluation.failures:
        return "<p>None: every question was handled rightly.</p>"
    from assistant.evaluation.scoring import Outcome

    groups = []
    for outcome in (
        Outcome.ANSWERED_ABSENT, Outcome.REFUSED, Outcome.MISSED, Outcome.TOO_LONG,
    ):  # fmt: skip
        members = [s for s in evaluation.failures if s.outcome is outcome]
        if members:
            name = str(outcome)
            groups.append(
                f"<h4>{escape(name[:1].upper() + name[1:])} <span>{len(members)}</span></h4>"
                f"{_cases(members)}"
            )
    return '<p class="aside">Press a question to see it in the opinion.</p>' + "".join(groups)


def _others(evaluation: Evaluation) -> str:
    others = [s for s in evaluation.scores if not s.outcome.is_failure]
    return f"<details><summary>Show them</summary>{_cases(others)}</details>" if others else ""


def _cases(scores: list[Score]) -> str:
    items = "".join(
        f'<li><button type="button" class="case-link" aria-pressed="false" '
        f'data-id="{escape(s.task.example.id)}"><span dir="auto">'
        f"{escape(s.task.example.question) or '(nothing typed)'}</span>"
        f'<span class="aside">{escape(_brief(s))}</span></button></li>'
        for s in scores
    )
    return f'<ul class="cases">{items}</ul>'


def _brief(score: Score) -> str:
    """A line under a question: its category, and how much of what was needed was cited."""
    parts = [score.task.example.category or ""]
    if score.answered and len(score.facts) > 1:
        parts.append(f"{sum(score.facts)} of {len(score.facts)} needed facts cited")
    return " · ".join(p for p in parts if p)


def _plot(svg: str, told: str) -> str:
    return f"<figure>{svg}<figcaption>{told}</figcaption></figure>" if svg else ""


def _figures(evaluation: Evaluation) -> str:
    """Every measure that the run defines, by group, each with its definition to open."""
    bodies = []
    for group, measures in evaluation.groups:
        head = f'<tr><th scope="rowgroup" colspan="3">{escape(group)}</th></tr>'
        rows = "".join(_row(m, evaluation.estimates[m.name]) for m in measures)
        bodies.append(f"<tbody>{head}{rows}</tbody>")
    return (
        '<table class="figures"><thead><tr><th scope="col">Measure</th><th scope="col">Figure</th>'
        f'<th scope="col">95% interval</th></tr></thead>{"".join(bodies)}</table>'
    )


def _row(measure: Measure, estimate: Estimate) -> str:
    from assistant.evaluation.figures import figure_text, interval_text

    unit = "pairs" if measure.by_pair else "questions"
    return (
        f'<tr><th scope="row"><details><summary>{escape(measure.label)}</summary>'
        f"<p>{escape(measure.definition)} ({estimate.n} {unit})</p></details></th>"
        f"<td>{figure_text(measure, estimate.value)}</td>"
        f'<td class="interval">{interval_text(measure, estimate)}</td></tr>'
    )


def _sets(evaluation: Evaluation) -> str:
    return _breakdown(evaluation.set_figures, "By set") if len(evaluation.sets) > 1 else ""


def _breakdown(breakdowns: tuple[Breakdown, ...], title: str) -> str:
    if not breakdowns:
        return ""
    from assistant.evaluation import plots
    from assistant.evaluation.figures import figure_text, interval_text
    from assistant.evaluation.whole import whole

    rows = "".join(
        f'<tr><th scope="row">{escape(b.name)} <span class="aside">{b.n}</span></th>'
        f"<td>{figure_text(whole, b.estimates[whole.name].value)}</td>"
        f'<td class="interval">{interval_text(whole, b.estimates[whole.name])}</td>'
        f'<td class="drawn">{plots.whisker(b.estimates[whole.name])}</td></tr>'
        for b in breakdowns
    )
    return (
        f'<h3>{title}</h3><table class="figures categories"><thead><tr><th scope="col">Category, '
        'questions</th><th scope="col">Handled rightly</th><th scope="col">95% interval</th>'
        f'<th scope="col"><span class="unseen">Drawn</span></th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
