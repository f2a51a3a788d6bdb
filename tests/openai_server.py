"""A small OpenAI-compatible server on loopback whose behaviour a test scripts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Script:
    """What the server says next, and what it was asked.

    A reply is a text, or an int (an HTTP status to fail with). `drop_after` words it cuts the
    connection; before `release` is set it stays silent (when `silent`).
    """

    replies: list[str | int]
    drop_after: int | None = None
    silent: bool = False
    release: threading.Event = field(default_factory=threading.Event)
    requests: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def openai_server(
    *replies: str | int, drop_after: int | None = None, silent: bool = False
) -> Iterator[tuple[str, Script]]:
    """Its base URL and its script. Fails a request when the replies have run out (HTTP 500)."""
    script = Script(list(replies), drop_after=drop_after, silent=silent)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            key = self.headers["authorization"]
            script.requests.append(request | {"path": self.path, "authorization": key})
            if script.silent:
                script.release.wait(30)
                self.close_connection = True
                return
            reply = script.replies.pop(0) if script.replies else 500
            if isinstance(reply, int):
                self._json({"error": {"message": f"scripted failure {reply}"}}, reply)
            elif request.get("stream"):
                self._stream(reply)
            else:
                self._json(
                    {
                        "id": "x", "object": "chat.completion", "created": 1, "model": "m",
                        "choices": [{"index": 0, "finish_reason": "stop",
                                     "message": {"role": "assistant", "content": reply}}],
                        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
                    }
                )  # fmt: skip

        def _json(self, body: dict[str, Any], status: int = 200) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _stream(self, reply: str) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for n, word in enumerate(reply.split(" ")):
                if script.drop_after is not None and n >= script.drop_after:
                    self.close_connection = True
                    return
                delta = {"role": "assistant", "content": (" " if n else "") + word}
                self._event({"index": 0, "delta": delta, "finish_reason": None})
            self._event({"index": 0, "delta": {}, "finish_reason": "stop"})
            self._event(None, {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10})
            self._chunk(b"data: [DONE]\n\n")
            self._chunk(b"")

        def _event(
            self, choice: dict[str, Any] | None, usage: dict[str, int] | None = None
        ) -> None:
            body: dict[str, Any] = {
                "id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m",
                "choices": [] if choice is None else [choice],
            }  # fmt: skip
            if usage:
                body["usage"] = usage
            self._chunk(b"data: " + json.dumps(body).encode() + b"\n\n")

        def _chunk(self, data: bytes) -> None:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", script
    finally:
        script.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
