"""Nothing leaves the machine unless the user names a hosted chat model: libraries that report
home, fetch models or send traces are told not to, before they are imported.

Called by the command line first thing; importing this module changes nothing.
"""

from __future__ import annotations

from collections.abc import MutableMapping

OFF = {
    "ANONYMIZED_TELEMETRY": "False",  # chromadb
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "LANGSMITH_TRACING": "false",
    "LANGSMITH_TRACING_V2": "false",
    "LANGCHAIN_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "TOKENIZERS_PARALLELISM": "false",  # forking after use would warn
}
_REDIRECTS = ("LANGSMITH_GATEWAY", "LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT")


def keep_local(environment: MutableMapping[str, str]) -> None:
    """Set the switches in `environment` (the process's own, `os.environ`), overriding what it
    holds: privacy is a promise of this program, not a setting.
    """
    environment.update(OFF)
    for name in _REDIRECTS:  # would send a chat model's calls or traces elsewhere
        environment.pop(name, None)
