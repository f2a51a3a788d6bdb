"""Where a run keeps its predictions and reports, so that an interrupted one can go on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.errors import EvaluationInputError

PREFIX = "eval-"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """A run's folder. `run.json` in it says what made the predictions and whether all are there;
    predictions kept elsewhere have the same beside them.
    """

    path: Path
    elsewhere: Path | None = None

    @property
    def predictions(self) -> Path:
        return self.elsewhere or self.path / "predictions.jsonl"

    @property
    def records(self) -> tuple[Path, ...]:
        """Where it is said what made the predictions; the last lies beside them."""
        own = self.path / "run.json"
        if self.elsewhere is None:
            return (own,)
        return own, self.elsewhere.with_name(f"{self.elsewhere.name}.run.json")

    def read(self) -> dict[str, Any]:
        """What is said beside the predictions; empty when nothing is or it was cut off."""
        try:
            data = json.loads(self.records[-1].read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def write(self, made_by: Mapping[str, Any], *, finished: bool) -> None:
        """Say in the records what makes the predictions. Raises EvaluationInputError."""
        text = json.dumps({"made_by": dict(made_by), "finished": finished}, indent=2)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for record in self.records:
                record.parent.mkdir(parents=True, exist_ok=True)
                record.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise EvaluationInputError(
                f"Cannot write to the folder {self.path}: {error.strerror or error}. Name another "
                "with --out."
            ) from error


def choose_folder(
    out: Path | None, made_by: Mapping[str, Any], *, where: Path, now: datetime
) -> RunFolder:
    """The folder of a run made by these settings.

    `out` when it is given. Else the latest `eval-…` folder in `where` that holds an unfinished run
    made by the same settings, which then goes on; else a new one, named for the time.
    """
    if out is not None:
        if out.exists() and not out.is_dir():
            raise EvaluationInputError(f"--out {out} is a file; name a folder for the reports.")
        return RunFolder(path=out)
    for path in sorted(where.glob(f"{PREFIX}*"), reverse=True):
        run = RunFolder(path=path).read()
        if run.get("made_by") == dict(made_by) and run.get("finished") is False:
            return RunFolder(path=path)
    name = f"{PREFIX}{now:%Y%m%d-%H%M%S}"
    taken = [p.name for p in where.glob(f"{name}*")]
    return RunFolder(path=where / (f"{name}-{len(taken) + 1}" if taken else name))


def check_same_maker(folder: RunFolder, made_by: Mapping[str, Any]) -> None:
    """Raise EvaluationInputError when the folder's predictions were made by other settings, so that
    two assistants are never mixed in one file. The sets may differ: ids tell them apart.
    """
    before = folder.read().get("made_by")
    if not isinstance(before, dict) or not folder.predictions.exists():
        return
    names = [n for n in made_by if n != "sets" and before.get(n) != made_by[n]]
    if names:
        told = "; ".join(f"{n}: {before.get(n)} there, {made_by[n]} now" for n in names)
        other = "file with --predictions" if folder.elsewhere else "folder with --out"
        raise EvaluationInputError(
            f"{folder.elsewhere or folder.path} holds predictions made by other settings ({told}). "
            f"Name another {other}."
        )
