"""The figures of a run as tables in the terminal."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.evaluation.evaluation import BY_CATEGORY, MEASURES, Breakdown, Comparison, Evaluation
from assistant.evaluation.figures import change_text, figure_text, interval_text, verdict
from assistant.evaluation.scoring import Outcome

SHOWN_CHANGES = 20


def print_evaluation(console: Console, evaluation: Evaluation) -> None:
    """Print the figures by group (groups that the run leaves undefined are passed over), by
    category, what became of the questions, and what changed.
    """
    console.print(_figures(evaluation))
    if evaluation.categories:
        console.print(_breakdown("By category", evaluation.categories))
    if len(evaluation.set_figures) > 1:
        console.print(_breakdown("By set", evaluation.set_figures))
    outcomes = Counter(str(s.outcome) for s in evaluation.scores)
    told = ", ".join(f"{outcomes[o]} {o}" for o in Outcome if outcomes[o])
    console.print(Text(f"{len(evaluation.scores)} questions: {told}."))
    if evaluation.usage:
        used = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in evaluation.usage.items())
        console.print(Text(f"Chat model: {used}."))
    if evaluation.comparison is not None:
        _print_changes(console, evaluation.comparison)
    exact = evaluation.estimates["quotation_exactness"].value
    if exact is not None and exact < 1:
        console.print(
            Text("Some quotations are not the opinion's own text: a defect.", style="bold red")
        )
    for failed in evaluation.failed:
        console.print(Text(f"Failed, not counted: {failed.id}: {failed.reason}", style="yellow"))


def _figures(evaluation: Evaluation) -> Table:
    comparison = evaluation.comparison
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(f"{evaluation.answerer} on {', '.join(evaluation.sets)}")
    table.add_column("figure", justify="right")
    table.add_column("95% interval", justify="right")
    table.add_column("n", justify="right", style="dim")
    if comparison is not None:
        table.add_column("change", justify="right")
        table.add_column("95% interval", justify="right")
        table.add_column("")
    for group, measures in groupby(MEASURES, key=lambda m: m.group):
        defined = [m for m in measures if evaluation.estimates[m.name].value is not None]
        if not defined:
            continue
        table.add_row(Text(group, style="bold"))
        for measure in defined:
            estimate = evaluation.estimates[measure.name]
            style = "bold" if measure.name == "whole" else ""
            row = [
                Text(f"  {measure.label}", style=style),
                Text(figure_text(measure, estimate.value), style=style),
                Text(interval_text(measure, estimate)),
                Text(str(estimate.n)),
            ]
            if comparison is not None and measure.name in comparison.differences:
                change = comparison.differences[measure.name]
                said = verdict(measure, change)
                colour = {"better": "green", "worse": "red"}.get(said, "")
                row += [
                    Text(change_text(measure, change)),
                    Text(interval_text(measure, change)),
                    Text(said, style=colour),
                ]
            table.add_row(*row)
    return table


def _breakdown(title: str, breakdowns: tuple[Breakdown, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(title)
    table.add_column("n", justify="right", style="dim")
    for measure in BY_CATEGORY:
        table.add_column(measure.label, justify="right")
        if measure.name == "whole":
            table.add_column("95% interval", justify="right")
    for each in breakdowns:
        row = [Text(f"  {each.name}"), Text(str(each.n))]
        for measure in BY_CATEGORY:
            estimate = each.estimates[measure.name]
            row.append(Text(figure_text(measure, estimate.value)))
            if measure.name == "whole":
                row.append(Text(interval_text(measure, estimate)))
        table.add_row(*row)
    return table


def _print_changes(console: Console, comparison: Comparison) -> None:
    console.print(Text(f"Against the older predictions, on {comparison.n} questions:"))
    for label, changed in (
        ("now handled rightly", comparison.won),
        ("no longer handled rightly", comparison.lost),
    ):
        console.print(Text(f"{len(changed)} {label}", style="bold"))
        for new, old in changed[:SHOWN_CHANGES]:
            line = f"  {new.task.example.id}: {old.outcome} → {new.outcome}: "
            console.print(Text(line + new.task.example.question), overflow="ellipsis", no_wrap=True)
        if len(changed) > SHOWN_CHANGES:
            console.print(Text(f"  … and {len(changed) - SHOWN_CHANGES} more in the report"))
