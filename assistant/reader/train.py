"""Rebuild the reader from the bundled base model and the training data beside the project.

    python -m assistant.reader.train [--data ../shared/training] [--out FOLDER]

Fixed seeds and numbers of steps: the joint reader on the public question-answering sets; late
interaction on the training opinions; the joint reader on contrast pairs of those, among the
sentences that late interaction puts first, three times, the last time with further opinions; export
to int8 ONNX; what `reader.json` holds, chosen on training opinions held out by name; figures on
`dev`.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file, save_file

from assistant.reader.calibration import ReaderSettings
from assistant.reader.model import ReaderModel
from assistant.reader.training.choosing import choose, measure, report
from assistant.reader.training.encoder import Lower
from assistant.reader.training.excerpts import (
    FURTHER,
    INVENTED,
    OWN,
    QUESTION_TOKENS,
    SENTENCE_TOKENS,
    Excerpt,
    Tokens,
    excerpt_names,
    read_excerpt,
    splits,
)
from assistant.reader.training.graphs import export_joint, export_late
from assistant.reader.training.joint import (
    CONTEXT_TOKENS,
    JointPlan,
    JointReader,
    train_pairs,
    train_public,
)
from assistant.reader.training.late import LateInteraction, LatePlan, train_late
from vectorstore.embedding.model_files import DEFAULT_MODEL, find_model

ON_PUBLIC: Final = JointPlan(epochs=1, rate=1.5e-4, questions=16, seed=7)
LATE: Final = LatePlan(epochs=2, rate=1e-4, questions=30, seed=7)
ON_PAIRS: Final = JointPlan(epochs=1.2, rate=1.2e-4, questions=12, seed=11)
AGAIN: Final = JointPlan(epochs=0.5, rate=1.0e-4, questions=12, seed=12)
WITH_FURTHER: Final = JointPlan(epochs=2, rate=1.5e-4, questions=12, seed=13)
CANDIDATES: Final = 4


def main() -> None:
    """Train, export, choose, report."""
    parser = argparse.ArgumentParser(description="Rebuild the reader.")
    parser.add_argument("--data", type=Path, default=Path("../shared/training"))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--checkpoints", type=Path, help="keeps each step's weights; goes on there")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    base = base_folder()
    weights = load_file(str(base / "model.safetensors"))
    lower, tokens = Lower(weights), Tokens(base)
    train, held, dev = splits(given.data)
    excerpts = [read_excerpt(given.data, name, OWN) for name in train] + _all_of(INVENTED)
    torch.manual_seed(1)  # the joint reader's head, and dropout
    joint, late = JointReader(weights), LateInteraction(weights)

    on_public = partial(train_public, joint, tokens, given.data, ON_PUBLIC)
    _step("joint-public", joint, on_public, given.checkpoints)
    on_opinions = partial(train_late, late, lower, tokens, excerpts, LATE)
    _step("late", late, on_opinions, given.checkpoints)
    everything = [*excerpts, *_all_of(FURTHER)]
    for name, plan, texts in (
        ("joint", ON_PAIRS, excerpts),
        ("joint-again", AGAIN, excerpts),
        ("joint-further", WITH_FURTHER, everything),
    ):
        on_pairs = partial(train_pairs, joint, lower, tokens, texts, late, plan)
        _step(name, joint, on_pairs, given.checkpoints)
    with torch.no_grad():
        settings = export(lower, late, joint, base, given.out)
    fitted = [read_excerpt(given.data, name) for name in held]
    settings = choose(measure(ReaderModel(given.out, base), fitted), settings)
    settings.save(given.out / "reader.json")
    asked = [read_excerpt(given.data, name) for name in dev]
    for name, value in report(measure(ReaderModel(given.out, base), asked), settings).items():
        print(f"{name}: {value}", flush=True)


def _all_of(folder: Path) -> list[Excerpt]:
    """Opinions laid out as the data, with their variants."""
    return [read_excerpt(folder, name, folder) for name in excerpt_names(folder)]


def _step(
    name: str, model: torch.nn.Module, train: Callable[[], None], checkpoints: Path | None
) -> None:
    """Train, or load what an earlier run left in `checkpoints`."""
    kept = checkpoints / f"{name}.safetensors" if checkpoints else None
    if kept and kept.exists():
        model.load_state_dict(load_file(str(kept)))
        return
    started = time.monotonic()
    train()
    print(f"{name}: {(time.monotonic() - started) / 60:.1f} minutes", flush=True)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        save_file(model.state_dict(), str(kept))


def export(
    lower: Lower, late: LateInteraction, joint: JointReader, base: Path, out: Path
) -> ReaderSettings:
    """Write the graphs, and `reader.json` with nothing chosen yet."""
    out.mkdir(parents=True, exist_ok=True)
    late.eval()
    joint.eval()
    export_late(lower, late, out / "late.onnx")
    export_joint(joint, out / "joint.onnx")
    on_match, on_cosine = late.scale.detach().tolist()
    settings = ReaderSettings(
        question_tokens=QUESTION_TOKENS,
        sentence_tokens=SENTENCE_TOKENS,
        context_tokens=CONTEXT_TOKENS,
        candidates=CANDIDATES,
        late_scale=(on_match, on_cosine),
        late_share=0.5,
        mean=(),
        spread=(),
        weights=(),
        bias=0.0,
        threshold=0.5,
        shown=0.5,
        base_sha256=digest(base / "model.safetensors"),
        sha256={name: digest(out / name) for name in ("joint.onnx", "late.onnx")},
    )
    settings.save(out / "reader.json")
    return settings


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def base_folder() -> Path:
    """Folder of the bundled base model. Raises EmbeddingModelError if it is missing or altered."""
    with tempfile.TemporaryDirectory() as cache:
        return find_model(DEFAULT_MODEL, cache=Path(cache)).folder


if __name__ == "__main__":
    main()
