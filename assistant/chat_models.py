"""The chat model a user names, made with LangChain's `init_chat_model`; its errors in one line."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from langchain_core.language_models.chat_models import BaseChatModel

from assistant.errors import ChatModelError
from assistant.loopback import is_loopback


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of chat models: the package it needs, the extra that installs it, whether its
    own servers are elsewhere (`hosted`), the SDK whose exceptions tell what went wrong, and the
    environment variables from which the SDK takes another address, and a key.
    """

    package: str
    extra: str
    hosted: bool
    sdk: str
    errors: tuple[str, ...]
    address: tuple[str, ...]
    key: str = ""


PROVIDERS = {
    "openai": Provider(
        "langchain_openai",
        "openai",
        True,
        "openai",
        ("OpenAIError",),
        ("OPENAI_API_BASE", "OPENAI_BASE_URL"),
        "OPENAI_API_KEY",
    ),
    "anthropic": Provider(
        "langchain_anthropic",
        "anthropic",
        True,
        "anthropic",
        ("AnthropicError",),
        ("ANTHROPIC_API_URL", "ANTHROPIC_BASE_URL"),
        "ANTHROPIC_API_KEY",
    ),
    "ollama": Provider(
        "langchain_ollama",
        "ollama",
        False,
        "ollama",
        ("ResponseError", "RequestError"),
        ("OLLAMA_HOST",),
    ),
}
TRANSPORTS = ("httpx", "httpx2")
"""What the SDKs send their requests with; which one depends on the SDK's version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatModel:
    """A chat model ready to be asked, and how to speak of it."""

    name: str  # "ollama:llama3.2"
    model: BaseChatModel
    leaves_machine: bool
    where: str  # "the Ollama server at http://localhost:11434", "openai"
    errors: tuple[type[BaseException], ...]

    @property
    def departure_notice(self) -> str | None:
        """The line to show before the first question to a model elsewhere; None for a local one."""
        if not self.leaves_machine:
            return None
        return (
            f"Your question and the passages found for it leave this machine: they are sent to "
            f"{self.where} ({self.name}). Leave --model out to answer by quotation, here."
        )

    @contextmanager
    def translating(self) -> Iterator[None]:
        """Turn what the provider's SDK raises into one ChatModelError line.

        LangChain adds plain ValueErrors and TypeErrors, for a reply with nothing in it among them.
        """
        caught: tuple[type[BaseException], ...] = (*self.errors, ValueError, TypeError)
        try:
            yield
        except caught as e:
            raise ChatModelError(_explain(self, e)) from e


def connect(name: str, *, url: str | None = None, timeout: float = 60.0) -> ChatModel:
    """The chat model `PROVIDER:NAME`; `url` is where its server listens, `timeout` in seconds.

    Nothing is sent yet. Raises ChatModelError for a name of another form, an unknown provider, a
    missing extra (with the line that installs it), or a missing key.
    """
    provider_name, colon, model_name = name.partition(":")
    if not colon or not provider_name or not model_name:
        raise ChatModelError(
            f"A chat model is named PROVIDER:NAME, and {name!r} is not. For example: "
            "`--model ollama:llama3.2`."
        )
    provider = PROVIDERS.get(provider_name)
    if provider is None:
        raise ChatModelError(
            f"No provider {provider_name!r} of chat models: {', '.join(sorted(PROVIDERS))} are "
            "known. For any server that speaks OpenAI's protocol use `--model openai:NAME "
            "--model-url URL`."
        )
    if url is not None and urlsplit(url).scheme not in ("http", "https"):
        raise ChatModelError(
            f"--model-url {url!r} is not an address. Give one such as http://127.0.0.1:8000/v1."
        )
    if importlib.util.find_spec(provider.package) is None:
        package = provider.package.replace("_", "-")
        raise ChatModelError(
            f"The chat model {name!r} needs the package {package}, which is not installed. "
            f"Install it with: pip install 'opinion-assistant[{provider.extra}]'"
        )
    # Imported here: a quarter of a second and more that answering by quotation never needs.
    from langchain.chat_models import init_chat_model

    sdk = importlib.import_module(provider.sdk)
    transports = [importlib.import_module(t) for t in TRANSPORTS if importlib.util.find_spec(t)]
    errors = (
        *(getattr(sdk, e) for e in provider.errors),
        *(t.HTTPError for t in transports),
        ConnectionError,
        TimeoutError,
    )
    options: dict[str, Any] = {"temperature": 0}
    if url is not None:
        options["base_url"] = url
    if provider_name == "ollama":
        options["client_kwargs"] = {"timeout": timeout}
    else:
        options |= {"timeout": timeout, "max_retries": 0}
        if provider_name == "openai":
            options["stream_usage"] = True
        if url is not None and is_loopback(url) and not os.environ.get(provider.key):
            options["api_key"] = "none"  # most servers on this machine ask for none; the SDK does
    try:
        model = init_chat_model(model_name, model_provider=provider_name, **options)
    except (*errors, ValueError) as e:
        raise ChatModelError(
            f"The chat model {name!r} cannot be set up: {_first_line(e)} Set the provider's key "
            "in the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY), or name a server with "
            "--model-url."
        ) from e
    address = url or _address(model, provider)
    leaves = not is_loopback(address) if address else provider.hosted
    where = f"the server at {address}" if address else provider_name
    if provider_name == "ollama" and model_name.endswith(("-cloud", ":cloud")):
        leaves, where = True, "Ollama's cloud"  # a server on this machine hands these on
    return ChatModel(name=name, model=model, leaves_machine=leaves, where=where, errors=errors)


def _address(model: BaseChatModel, provider: Provider) -> str | None:
    """The address a model was given through its SDK's own environment variable or default."""
    fields = ("base_url", "openai_api_base", "anthropic_api_url")
    given = [getattr(model, field, None) for field in fields]
    given += [os.environ.get(name) for name in provider.address]
    return next((value for value in given if isinstance(value, str) and value), None)


def _explain(chat: ChatModel, error: BaseException) -> str:
    """One line for what an SDK raised; the class names are the same in the SDKs that have them."""
    kinds = {c.__name__ for c in type(error).__mro__}
    causes = {c.__name__ for e in _causes(error) for c in type(e).__mro__}
    sought = f"The chat model {chat.name!r} at {chat.where}"
    instead = "or leave --model out to answer by quotation."
    if kinds & {"APITimeoutError", "TimeoutException", "TimeoutError"}:
        return f"{sought} did not answer in time. Ask again, raise --timeout, {instead}"
    if kinds & {"AuthenticationError", "PermissionDeniedError"}:
        return f"{sought} refused the key. Set a valid one in the environment, {instead}"
    if "NotFoundError" in kinds or getattr(error, "status_code", None) == 404:
        return f"{sought} is not there. Check the name and --model-url, {instead}"
    if "RateLimitError" in kinds:
        return f"{sought} is over its rate limit. Wait a little and ask again, {instead}"
    if causes & {"RemoteProtocolError", "ReadError"}:
        return (
            f"{sought} broke the connection off in the middle of its answer. Ask again, {instead}"
        )
    if kinds & {"APIConnectionError", "ConnectError", "ConnectionError"}:
        start = (
            " Start it with `ollama serve`," if chat.name.startswith("ollama:") else " Start it,"
        )
        return f"{sought} does not answer.{start} {instead}"
    return f"{sought} failed: {_first_line(error)} Ask again, {instead}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it was raised from, and so on."""
    while error is not None:
        yield error
        error = error.__cause__


def _first_line(error: BaseException) -> str:
    line = " ".join(str(error).split()) or type(error).__name__
    line = line if len(line) <= 200 else line[:199] + "…"
    return line if line.endswith((".", "…")) else line + "."
