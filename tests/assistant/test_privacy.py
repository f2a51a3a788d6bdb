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
