"""The same weights for ONNX Runtime: exported once, checked, and used to encode questions.

ONNX Runtime is ready in half a second where sentence-transformers needs six. An export is used
only after it gave the vectors of the model of record on real passages; the verdict is kept
beside it, so that a model that cannot be exported is tried once and then used as it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from vectorstore.embedding.model_files import EmbeddingModel
from vectorstore.embedding.sentence_transformers_model import SentenceTransformers, batches
from vectorstore.files import write_whole

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]

LEAST_COSINE = 0.9999

_EXPORT_VERSION = 1  # part of the verdict: raise it when the export below changes
_OPSET = 17
_BATCH = 8  # measured fastest on two cores; larger batches pad more


class OnnxEncoder(Embeddings):
    """An accepted export, as LangChain `Embeddings`. Safe to share between threads."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """Load `model.onnx` and `tokenizer.json` from `folder` with what `encoder.json` says.

        One thread answers a question as fast as two (4.2 ms), and keeps its pace beside others.
        """
        # Imported here: a start that only prints help needs neither.
        import onnxruntime
        from tokenizers import Tokenizer

        facts = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Without this the threads burn a core between questions.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(facts["longest"])
        self._tokenizer.enable_padding(pad_id=facts["pad_id"], pad_token=facts["pad_token"])
        self._query_prompt = str(facts["query_prompt"])
        self._document_prompt = str(facts["document_prompt"])

    def embed_query(self, text: str) -> list[float]:
        return [float(x) for x in self.query_vector(text)]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[float(x) for x in vector] for vector in self.document_vectors(texts)]

    def query_vector(self, text: str) -> Vectors:
        """`embed_query` as an array of the model's dimension."""
        vector: Vectors = self._run([self._query_prompt + text])[0][0]
        return vector

    def document_vectors(self, texts: Sequence[str]) -> Vectors:
        """`embed_documents` as an array, a row a text."""
        rows: list[Vectors] = [np.empty(0, np.float32)] * len(texts)
        for batch in batches(texts, _BATCH):
            vectors, _, _ = self._run([self._document_prompt + texts[i] for i in batch])
            for i, vector in zip(batch, vectors, strict=True):
                rows[i] = vector
        return np.stack(rows) if rows else np.empty((0, 0), np.float32)

    def query_tokens(self, text: str) -> tuple[Vectors, Vectors]:
        """A question's vector, and one vector a token (special tokens included) before pooling."""
        vectors, tokens, mask = self._run([self._query_prompt + text])
        return vectors[0], tokens[0][mask[0] == 1]

    def document_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        """One array a text: a vector a token (special tokens included) before pooling."""
        rows: list[Vectors] = [np.empty((0, 0), np.float32)] * len(texts)
        for batch in batches(texts, _BATCH):
            _, tokens, mask = self._run([self._document_prompt + texts[i] for i in batch])
            for i, vectors, kept in zip(batch, tokens, mask, strict=True):
                rows[i] = vectors[kept == 1]
        return rows

    def _run(self, texts: list[str]) -> tuple[Vectors, Vectors, npt.NDArray[np.int64]]:
        encoded = self._tokenizer.encode_batch(texts)
        mask = np.array([e.attention_mask for e in encoded], np.int64)
        ids = np.array([e.ids for e in encoded], np.int64)
        vectors, tokens = self._session.run(
            ["embedding", "tokens"], {"input_ids": ids, "attention_mask": mask}
        )
        return vectors, tokens, mask


def open_encoder(model: EmbeddingModel, cache: Path) -> OnnxEncoder | None:
    """The accepted export of `model` under `cache`; None when there is none to be trusted."""
    folder = _folder(model, cache)
    facts = _verdict(folder)
    if facts is None or not facts["accepted"] or not _unaltered(folder, facts):
        return None
    return OnnxEncoder(folder)


def is_settled(model: EmbeddingModel, cache: Path) -> bool:
    """Whether `model` was exported here already, or found not to export well."""
    folder = _folder(model, cache)
    facts = _verdict(folder)
    return facts is not None and (not facts["accepted"] or _unaltered(folder, facts))


def export_and_check(
    embedder: SentenceTransformers, cache: Path, texts: Sequence[str], vectors: Vectors
) -> OnnxEncoder | None:
    """Export the model under `cache` and use it only if it gives `vectors` for `texts`.

    Every cosine must be at least 0.9999. Gives None, and leaves the reason in `encoder.json`,
    when the model does not export or its export differs; gives None, leaving nothing, when
    `cache` cannot be written.
    """
    folder = _folder(embedder.model, cache)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Made aside and moved into place whole: a killed process leaves no half of an export.
        aside = Path(tempfile.mkdtemp(prefix=".export-", dir=folder.parent))
    except OSError:
        return None
    try:
        facts = _export(embedder.load(), aside)
        if facts["accepted"]:
            facts |= _checked(aside, texts, vectors)
        write_whole(aside / "encoder.json", json.dumps(facts, indent=1))
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(aside, folder)
    except OSError:
        pass  # another process put its export there first, or the disk is full
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return open_encoder(embedder.model, cache)


def _export(model: SentenceTransformer, folder: Path) -> dict[str, Any]:
    """Write `model.onnx`, `tokenizer.json` and `encoder.json`; says whether it worked."""
    import torch  # loaded already: the model of record runs on it

    class TwoOutputs(torch.nn.Module):
        """The whole sentence-transformers pipeline: pooled vectors and the tokens' own."""

        def __init__(self) -> None:
            super().__init__()
            self.pipeline = model

        def forward(
            self, input_ids: torch.Tensor, attention_mask: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            out = self.pipeline({"input_ids": input_ids, "attention_mask": attention_mask})
            return out["sentence_embedding"], out["token_embeddings"]

    facts: dict[str, Any] = {"version": _EXPORT_VERSION, "accepted": False, "reason": ""}
    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    transformer = getattr(model[0], "model", None)
    if backend is None or transformer is None:
        return facts | {"reason": "its first module is no transformer with a fast tokenizer"}
    prompts = {k: v for k, v in model.prompts.items() if v}
    if prompts and not all(getattr(m, "include_prompt", True) for m in model):
        return facts | {"reason": "it leaves the prompt out of pooling"}
    default = prompts.get(model.default_prompt_name or "", "")
    document = next(
        (prompts[n] for n in ("document", "passage", "corpus") if n in prompts), default
    )
    sample = model.tokenizer(["Who won, and why?", "Affirmed."], padding=True, return_tensors="pt")
    attention = transformer.config._attn_implementation
    batch, tokens = {0: "texts", 1: "tokens"}, {0: "texts"}
    try:
        with warnings.catch_warnings(), torch.no_grad():
            # The tracing exporter is deprecated, but the new one needs a minute and onnxscript.
            warnings.simplefilter("ignore")
            # Fused attention drops a mask of ones while tracing; written out, it stays.
            transformer.set_attn_implementation("eager")
            torch.onnx.export(
                TwoOutputs().eval(),
                (sample["input_ids"], sample["attention_mask"]),
                str(folder / "model.onnx"),
                input_names=["input_ids", "attention_mask"],
                output_names=["embedding", "tokens"],
                dynamic_axes={
                    "input_ids": batch,
                    "attention_mask": batch,
                    "embedding": tokens,
                    "tokens": batch,
                },
                opset_version=_OPSET,
                dynamo=False,
            )
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        # torch.onnx's own errors are RuntimeErrors; the others come from models it cannot trace.
        return facts | {"reason": f"torch cannot export it ({type(error).__name__}: {error})"}
    finally:
        transformer.set_attn_implementation(attention)
    backend.no_truncation()
    (folder / "tokenizer.json").write_text(backend.to_str(), encoding="utf-8")
    graph = folder / "model.onnx"
    stat = graph.stat()
    facts |= {
        "accepted": True,
        "longest": model.max_seq_length or model.tokenizer.model_max_length,
        "pad_id": model.tokenizer.pad_token_id,
        "pad_token": model.tokenizer.pad_token,
        "query_prompt": prompts.get("query", default),
        "document_prompt": document,
        "size": stat.st_size,
        "time": stat.st_mtime_ns,
        "sha256": _sha256(graph),
    }
    write_whole(folder / "encoder.json", json.dumps(facts))
    return facts


def _checked(folder: Path, texts: Sequence[str], vectors: Vectors) -> dict[str, Any]:
    """The verdict on an export: the lowest cosine between its vectors and the model's own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as ort  # ONNX Runtime has no base error

    try:
        ours = OnnxEncoder(folder).document_vectors(texts)
    except (ort.Fail, ort.InvalidArgument, ort.InvalidGraph, ort.NotImplemented) as error:
        return {"accepted": False, "reason": f"ONNX Runtime cannot run it: {error}"}
    except ort.RuntimeException as error:
        return {"accepted": False, "reason": f"ONNX Runtime failed on a passage: {error}"}
    norms = np.linalg.norm(ours, axis=1) * np.linalg.norm(vectors, axis=1)
    lowest = float(np.min(np.sum(ours * vectors, axis=1) / norms))
    if lowest < LEAST_COSINE:
        return {"accepted": False, "reason": f"its vectors differ (cosine {lowest:.6f})"}
    return {"lowest_cosine": lowest}


def _folder(model: EmbeddingModel, cache: Path) -> Path:
    return cache / "encoders" / model.key


def _verdict(folder: Path) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        facts: dict[str, Any] = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        if facts.get("version") == _EXPORT_VERSION:
            return facts
    return None


def _unaltered(folder: Path, facts: dict[str, Any]) -> bool:
    """Whether the graph is the one that was checked; read whole only if its time changed."""
    graph = folder / "model.onnx"
    try:
        stat = graph.stat()
        if [stat.st_size, stat.st_mtime_ns] == [facts["size"], facts["time"]]:
            return (folder / "tokenizer.json").is_file()
        return _sha256(graph) == str(facts["sha256"])
    except OSError:
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
