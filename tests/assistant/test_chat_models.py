"""End to end against a server on loopback that speaks OpenAI's protocol."""

import importlib.util
import socket
import sys
import types

import pytest

from assistant.answer import Answer
from assistant.chain import OpinionAssistant
from assistant.chat_models import connect
from assistant.errors import ChatModelError
from assistant.reader.retrieval import RetrievalReader
from fakes import OverlapEmbeddings, OverlapRetriever
from openai_server import openai_server
from vectorstore.reading import parse_opinion

SOURCE = "Adams, J.\nThe bank lent the farmer ten dollars. The farmer kept the money.\n"


def assistant_at(url: str, timeout: float = 20.0) -> OpinionAssistant:
    opinion = parse_opinion(SOURCE, id="loan")
    return OpinionAssistant(
        opinion=opinion,
        retriever=OverlapRetriever(opinion=opinion),
        reader=RetrievalReader(),
        encoder=OverlapEmbeddings(),
        chat=connect("openai:m", url=url, timeout=timeout),
    )


def test_answer_is_streamed_checked_and_counted() -> None:
    with openai_server("It lent ten dollars [1].") as (url, script):
        *pieces, answer = assistant_at(url).stream("What did the bank lend?")

    assert isinstance(answer, Answer)
    assert len(pieces) > 1
    assert (
        answer.text
        == "".join(p for p in pieces if isinstance(p, str))
        == "It lent ten dollars [1]."
    )
    assert answer.citations[0].quote == "The bank lent the farmer ten dollars."
    assert answer.answerer == "openai:m"
    assert answer.usage == {"calls": 1, "input_tokens": 7, "output_tokens": 3}
    request = script.requests[0]
    assert (request["path"], request["model"], request["stream"]) == (
        "/v1/chat/completions",
        "m",
        True,
    )
    assert request["temperature"] == 0


def test_connection_dropped_in_the_middle_is_one_clear_line() -> None:
    with openai_server("It lent ten dollars [1].", drop_after=2) as (url, _):
        pieces: list[str | Answer] = []
        with pytest.raises(ChatModelError) as e:
            pieces.extend(assistant_at(url).stream("What did the bank lend?"))

    assert str(e.value) == (
        f"The chat model 'openai:m' at the server at {url} broke the connection off in the middle "
        "of its answer. Ask again, or leave --model out to answer by quotation."
    )


def test_silence_is_a_time_out() -> None:
    with openai_server(silent=True) as (url, _), pytest.raises(ChatModelError) as e:
        assistant_at(url, timeout=0.2).ask("What did the bank lend?")

    assert str(e.value) == (
        f"The chat model 'openai:m' at the server at {url} did not answer in time. Ask again, "
        "raise --timeout, or leave --model out to answer by quotation."
    )


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "refused the key. Set a valid one in the environment,"),
        (404, "is not there. Check the name and --model-url,"),
        (429, "is over its rate limit. Wait a little and ask again,"),
        (500, "failed: Error code: 500"),
    ],
)
def test_failure_of_the_server_is_one_clear_line(status: int, said: str) -> None:
    with openai_server(status) as (url, _), pytest.raises(ChatModelError) as e:
        assistant_at(url).ask("What did the bank lend?")

    assert str(e.value).startswith(f"The chat model 'openai:m' at the server at {url} {said}")
    assert "\n" not in str(e.value)


def test_server_that_is_not_there_is_one_clear_line() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"

    with pytest.raises(ChatModelError) as e:
        assistant_at(url).ask("What did the bank lend?")

    assert str(e.value) == (
        f"The chat model 'openai:m' at the server at {url} does not answer. Start it, or leave "
        "--model out to answer by quotation."
    )


@pytest.mark.parametrize(
    ("name", "url", "message"),
    [
        (
            "llama3.2",
            None,
            "A chat model is named PROVIDER:NAME, and 'llama3.2' is not. For example: "
            "`--model ollama:llama3.2`.",
        ),
        (
            "acme:x",
            None,
            "No provider 'acme' of chat models: anthropic, ollama, openai are known. For any "
            "server that speaks OpenAI's protocol use `--model openai:NAME --model-url URL`.",
        ),
        (
            "openai:m",
            "127.0.0.1:8000",
            "--model-url '127.0.0.1:8000' is not an address. Give one such as "
            "http://127.0.0.1:8000/v1.",
        ),
    ],
)
def test_name_that_cannot_be_used_is_one_clear_line(
    name: str, url: str | None, message: str
) -> None:
    with pytest.raises(ChatModelError) as e:
        connect(name, url=url)

    assert str(e.value) == message


def test_missing_extra_gives_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "langchain_ollama" else find_spec(name, *rest),
    )

    with pytest.raises(ChatModelError) as e:
        connect("ollama:llama3.2")

    assert str(e.value) == (
        "The chat model 'ollama:llama3.2' needs the package langchain-ollama, which is not "
        "installed. Install it with: pip install 'opinion-assistant[ollama]'"
    )


def test_hosted_model_without_a_key_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    with pytest.raises(ChatModelError) as e:
        connect("openai:gpt-x")

    assert str(e.value).startswith("The chat model 'openai:gpt-x' cannot be set up: ")
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("url", "leaves"),
    [
        ("http://127.0.0.1:8000/v1", False),
        ("http://localhost:8000/v1", False),
        ("http://[::1]:8000/v1", False),
        ("https://llm.example.com/v1", True),
        (None, True),
    ],
)
def test_says_when_question_and_passages_leave_the_machine(
    monkeypatch: pytest.MonkeyPatch, url: str | None, leaves: bool
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)

    chat = connect("openai:m", url=url)

    assert chat.leaves_machine is leaves
    assert (chat.departure_notice is not None) is leaves
    if leaves:
        assert chat.departure_notice is not None
        assert chat.departure_notice.startswith(
            "Your question and the passages found for it leave this machine: they are sent to "
        )


@pytest.mark.parametrize(
    ("address", "leaves"),
    [("http://127.0.0.1:8000/v1", False), ("https://llm.example.com/v1", True)],
)
def test_an_address_in_the_environment_is_the_one_named(
    monkeypatch: pytest.MonkeyPatch, address: str, leaves: bool
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_BASE_URL", address)

    chat = connect("openai:m")

    assert (chat.leaves_machine, chat.where) == (leaves, f"the server at {address}")


@pytest.mark.parametrize(
    ("name", "host", "leaves", "where"),
    [
        ("llama3.2", None, False, "ollama"),
        ("llama3.2", "gpu-box:11434", True, "the server at gpu-box:11434"),
        ("llama3.2", "0.0.0.0", False, "the server at 0.0.0.0"),
        ("gpt-oss:120b-cloud", None, True, "Ollama's cloud"),
    ],
)
def test_says_where_ollama_sends_a_question(
    monkeypatch: pytest.MonkeyPatch, name: str, host: str | None, leaves: bool, where: str
) -> None:
    sdk = types.SimpleNamespace(ResponseError=RuntimeError, RequestError=RuntimeError)
    for module in ("ollama", "langchain_ollama"):  # neither is among the tests' packages
        monkeypatch.setitem(sys.modules, module, sdk)
    sdk.__spec__ = importlib.util.find_spec("openai")
    monkeypatch.setattr("langchain.chat_models.init_chat_model", lambda *_, **__: object())
    if host is None:
        monkeypatch.delenv("OLLAMA_HOST", raising=False)
    else:
        monkeypatch.setenv("OLLAMA_HOST", host)

    chat = connect(f"ollama:{name}")

    assert (chat.leaves_machine, chat.where) == (leaves, where)


@pytest.mark.parametrize(("key", "sent"), [("secret", "Bearer secret"), (None, "Bearer none")])
def test_server_on_this_machine_gets_the_key_that_is_set(
    monkeypatch: pytest.MonkeyPatch, key: str | None, sent: str
) -> None:
    if key is None:
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    else:
        monkeypatch.setenv("OPENAI_API_KEY", key)

    with openai_server("It lent ten dollars [1].") as (url, script):
        assistant_at(url).ask("What did the bank lend?")

    assert script.requests[0]["authorization"] == sent
