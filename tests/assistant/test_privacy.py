import pytest

from assistant.assembly import store_notice
from assistant.privacy import OFF, keep_local


def test_overrides_what_would_report_home() -> None:
    environment = {
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_GATEWAY": "https://elsewhere.example",
        "GRADIO_ANALYTICS_ENABLED": "True",
        "PATH": "/bin",
    }

    keep_local(environment)

    assert environment == {"PATH": "/bin"} | OFF


@pytest.mark.parametrize(
    ("location", "told"),
    [
        (None, False),
        ("store", False),
        ("http://localhost:8000", False),
        ("http://127.0.0.1:8000", False),
        ("https://chroma.example.com", True),
    ],
)
def test_says_when_the_store_is_on_another_machine(location: str | None, told: bool) -> None:
    notice = store_notice(location)

    assert (notice is not None) is told
    if notice is not None:
        assert notice.startswith("The opinion's text and the vector of every question go to the ")
        assert str(location) in notice
