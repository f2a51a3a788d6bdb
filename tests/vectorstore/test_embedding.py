"""The model of record and its export, with small models made here and with the bundled one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_opinions import opinion_of

from vectorstore.embedding.model_files import DEFAULT_MODEL, find_model
from vectorstore.embedding.onnx_export import (
    OnnxEncoder,
    export_and_check,
    is_settled,
    open_encoder,
)
from vectorstore.embedding.sentence_transformers_model import SentenceTransformers, batches
from vectorstore.errors import EmbeddingModelError
from vectorstore.index import open_index

WORDS = "who won the motion is granted denied officer plaintiff claim court due process".split()
TEXTS = ["The motion is granted.", "Denied.", "Who won?", "the officer won the claim " * 60]
PROMPTS = {"query": "who ", "document": "court "}


def save_model(folder: Path, **pooling: Any) -> Path:
    """A sentence-transformers model of random weights and a vocabulary of a few words."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    bert = folder / "bert"
    bert.mkdir(parents=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", *WORDS]
    numbers = {word: number for number, word in enumerate(vocabulary)}
    BertTokenizerFast(vocab=numbers).save_pretrained(bert)
    BertModel(
        BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            initializer_range=0.5,  # so that texts differ
        )
    ).save_pretrained(bert)
    modules = [Transformer(str(bert), max_seq_length=64), Pooling(32, **pooling)]
    SentenceTransformer(modules=modules, prompts=PROMPTS, device="cpu").save(str(folder / "model"))
    return folder / "model"


def save_static_model(folder: Path) -> Path:
    """A model without a transformer: nothing in it can be exported the usual way."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    tokenizer = Tokenizer(
        WordLevel({"[UNK]": 0, **{w: i for i, w in enumerate(WORDS, 1)}}, "[UNK]")
    )
    tokenizer.pre_tokenizer = Whitespace()
    static = StaticEmbedding(tokenizer, embedding_dim=16)
    SentenceTransformer(modules=[static], device="cpu").save(str(folder / "static"))
    return folder / "static"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SentenceTransformers:
    place = tmp_path_factory.mktemp("small")
    return SentenceTransformers(find_model(str(save_model(place)), cache=place))


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> SentenceTransformers:
    return SentenceTransformers(find_model(DEFAULT_MODEL, cache=tmp_path_factory.mktemp("cache")))


def vectors_of(embedder: SentenceTransformers, texts: list[str]) -> np.ndarray[Any, Any]:
    return np.array(embedder.embed_documents(texts), np.float32)


def test_embeds_as_the_model_itself_does_in_the_order_given(small: SentenceTransformers) -> None:
    expected = small.load().encode_document(TEXTS)
    np.testing.assert_allclose(small.embed_documents(TEXTS), expected, atol=1e-5)
    np.testing.assert_allclose(
        small.embed_query("who won"), small.load().encode_query("who won"), atol=1e-5
    )


def test_says_how_many_texts_each_batch_finished(small: SentenceTransformers) -> None:
    done: list[int] = []
    small.embed_documents(["the motion"] * 70, done=done.append)
    assert done == [32, 32, 6]
    assert small.embed_documents([]) == []


def test_batches_put_the_longest_texts_first() -> None:
    assert batches(["a", "ccc", "bb"], 2) == [[1, 2], [0]]
    assert batches([], 2) == []


def test_a_folder_that_cannot_be_loaded_gives_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    embedder = SentenceTransformers(find_model(str(tmp_path), cache=tmp_path / "cache"))
    with pytest.raises(EmbeddingModelError) as raised:
        embedder.embed_query("who won")
    assert str(raised.value).startswith(
        f"The embedding model {str(tmp_path)!r} in {tmp_path} cannot be loaded by "
        f"sentence-transformers ("
    )
    assert "\n" not in str(raised.value)


def test_the_export_of_the_bundled_model_gives_its_vectors(
    bundled: SentenceTransformers, built_store: Path
) -> None:
    encoder = open_encoder(bundled.model, built_store)
    assert encoder is not None
    texts = [*TEXTS, "95 F.3d 1199 (3rd Cir.1996) § 1983", "“Accordingly”—naïve ﬁling", " a  b\n"]
    expected = vectors_of(bundled, texts)
    cosines = np.sum(encoder.document_vectors(texts) * expected, axis=1)
    assert cosines.min() > 0.9999
    assert np.dot(encoder.embed_query("Who won?"), bundled.embed_query("Who won?")) > 0.9999


def test_the_export_gives_the_tokens_own_vectors_too(built_store: Path) -> None:
    encoder = open_encoder(find_model(DEFAULT_MODEL, cache=built_store), built_store)
    assert encoder is not None
    vector, tokens = encoder.query_tokens("Who won?")
    assert tokens.shape == (5, 384)  # [CLS] who won ? [SEP]
    pooled = tokens.mean(axis=0)
    np.testing.assert_allclose(pooled / np.linalg.norm(pooled), vector, atol=1e-5)
    short, long = encoder.document_tokens(["Affirmed.", "The motion is granted."])
    assert len(short) < len(long)


@pytest.mark.parametrize("pooling", [{"pooling_mode": "mean"}, {"pooling_mode": "cls"}])
def test_another_model_is_exported_with_its_pooling_prompts_and_length(
    tmp_path: Path, pooling: dict[str, str]
) -> None:
    embedder = SentenceTransformers(
        find_model(str(save_model(tmp_path, **pooling)), cache=tmp_path)
    )
    encoder = export_and_check(embedder, tmp_path, TEXTS, vectors_of(embedder, TEXTS))
    assert encoder is not None
    np.testing.assert_allclose(
        encoder.embed_query(TEXTS[0]), embedder.embed_query(TEXTS[0]), atol=1e-4
    )
    np.testing.assert_allclose(
        encoder.embed_documents(TEXTS), embedder.embed_documents(TEXTS), atol=1e-4
    )
    assert is_settled(embedder.model, tmp_path)


def test_an_export_that_differs_is_not_used(small: SentenceTransformers, tmp_path: Path) -> None:
    wrong = vectors_of(small, TEXTS)
    wrong[1] = wrong[2]
    assert export_and_check(small, tmp_path, TEXTS, wrong) is None
    assert is_settled(small.model, tmp_path)
    assert open_encoder(small.model, tmp_path) is None
    (verdict,) = tmp_path.glob("encoders/*/encoder.json")
    assert "its vectors differ" in json.loads(verdict.read_text())["reason"]


def test_a_damaged_export_is_not_used_and_made_again(
    small: SentenceTransformers, tmp_path: Path
) -> None:
    vectors = vectors_of(small, TEXTS)
    assert isinstance(export_and_check(small, tmp_path, TEXTS, vectors), OnnxEncoder)
    (graph,) = tmp_path.glob("encoders/*/model.onnx")
    graph.write_bytes(graph.read_bytes()[:-9] + b"?" * 9)
    assert open_encoder(small.model, tmp_path) is None
    assert not is_settled(small.model, tmp_path)
    assert isinstance(export_and_check(small, tmp_path, TEXTS, vectors), OnnxEncoder)


def test_a_folder_that_cannot_be_written_keeps_no_export(
    small: SentenceTransformers, tmp_path: Path
) -> None:
    place = tmp_path / "file"
    place.write_text("")
    assert export_and_check(small, place, TEXTS, vectors_of(small, TEXTS)) is None
    assert not is_settled(small.model, place)


@pytest.mark.parametrize("save", [save_static_model, lambda p: save_model(p, include_prompt=False)])
def test_a_model_that_cannot_be_exported_is_used_as_it_is(tmp_path: Path, save: Any) -> None:
    model = str(save(tmp_path))
    opinion = opinion_of(["The motion is granted.", "The claim is denied."])
    with open_index(opinion, location=tmp_path / "store", model=model) as index:
        assert isinstance(index.encoder, SentenceTransformers)
        vector = index.encoder.embed_documents(["The claim is denied."])[0]
        assert opinion.text(index.dense(vector, 1)[0][0]) == "The claim is denied."
        assert len(index.search("who won the motion?", 3)) == 3


def test_a_long_opinion_is_embedded_by_the_model_of_record(
    small: SentenceTransformers, tmp_path: Path
) -> None:
    pairs = [f"{first} {second}" for first in WORDS for second in WORDS[:5]]
    opinion = opinion_of(pairs[:40], pairs[40:])
    name = str(small.model.folder)
    with open_index(opinion, location=tmp_path, model=name, progress=True) as index:
        assert isinstance(index.encoder, OnnxEncoder)
        passage, cosine = index.dense(small.embed_documents(["motion who"])[0], 1)[0]
        assert opinion.text(passage) == "motion who"
        assert cosine == pytest.approx(1, abs=1e-4)
