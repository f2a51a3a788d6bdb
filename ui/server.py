"""Serving the page: the address checked first, Gradio's extras off, the assistant loaded behind."""

from __future__ import annotations

import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ui.conversation import Assistant
from ui.errors import PageError
from ui.loading import Loading
from ui.page import EXAMPLES, Tab, build_page
from vectorstore.opinion import Opinion

if TYPE_CHECKING:
    import gradio as gr

_HERE = Path(__file__).parent
_STYLES = ("style.css", "evaluation.css")
_SCRIPTS = ("page.js", "evaluation.js")


def serve(
    opinion: Opinion,
    load: Callable[[], Assistant],
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = True,
    examples: Sequence[str] = EXAMPLES,
    feedback: Path | None = None,
    evaluate: bool = False,
    tabs: Sequence[Tab] = (),
    announce: Callable[[str], None] = print,
) -> None:
    """Serve the page until interrupted (Ctrl-C); `announce` gets the line that says where it is.

    `load` runs in the background once the page answers. `feedback` is the file that verdicts on
    answers are kept in; `build_page` tells of it and of `evaluate`. Port 0 takes a free one.
    Raises PageError when the address cannot be had.
    """
    port = free_port(host, port)
    loading = Loading(load)
    page = build_page(
        opinion, loading, examples=examples, feedback=feedback, evaluate=evaluate, tabs=tabs
    )
    url = launch(page, host=host, port=port)
    loading.start()
    announce(f"The page is at {url} (Ctrl-C stops it).")
    if open_browser:
        webbrowser.open(url)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        page.close(verbose=False)


def free_port(host: str, port: int) -> int:
    """`port`, or a free one for 0, once it is known that this machine can listen there.

    Raises PageError.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with closing(socket.socket(family, kind)) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            return int(listener.getsockname()[1])
    except OSError as error:
        reason = error.strerror or str(error)
        raise PageError(
            f"The page cannot be served at {host}, port {port}: {reason[:1].lower()}{reason[1:]}. "
            "Choose another port with --port (0 takes a free one) or another address with --host."
        ) from error


def launch(page: gr.Blocks, *, host: str, port: int) -> str:
    """Start serving in a thread and give the page's address.

    Nothing is shared, logged elsewhere or fetched: no share link, no analytics, no API page, no
    run history, no fonts but those the reader's machine has. Raises PageError.
    """
    import gradio as gr  # see build_page

    styles, scripts = (
        [(_HERE / name).read_text(encoding="utf-8") for name in names]
        for names in (_STYLES, _SCRIPTS)
    )
    try:
        _, url, _ = page.queue().launch(
            server_name=f"[{host.strip('[]')}]" if ":" in host else host,
            server_port=port,
            theme=gr.themes.Base(
                font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
            ),
            head=f"<style>{''.join(styles)}</style><script>{''.join(scripts)}</script>",
            favicon_path=_HERE / "favicon.svg",
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            share=False,
            ssr_mode=False,
            mcp_server=False,
            pwa=False,
            inbrowser=False,
            quiet=True,
            show_error=True,
            max_file_size=1,
            prevent_thread_lock=True,
        )
    except OSError as error:
        raise PageError(
            f"The page cannot be served at {host}, port {port}: another program took the port. "
            "Choose another with --port (0 takes a free one)."
        ) from error
    return str(url)
