"""Which way imports point, and what a command must not import to answer quickly."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {"assistant", "prompts", "ui", "vectorstore"}
ALLOWED = {
    "vectorstore": set(),
    "prompts": set(),
    "assistant": {"vectorstore", "prompts"},
    "ui": {"assistant", "vectorstore", "prompts"},
}


def _imported(module: Path) -> set[str]:
    """The project's packages a module imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
    return found & PACKAGES


@pytest.mark.parametrize(
    "module",
    [p.relative_to(ROOT).as_posix() for name in PACKAGES for p in (ROOT / name).rglob("*.py")],
)
def test_imports_point_one_way(module: str) -> None:
    package = module.split("/")[0]
    allowed = ALLOWED[package] | {package}
    if module == "assistant/cli/chat.py":  # the command line stands above both packages
        allowed = allowed | {"ui"}

    assert _imported(ROOT / module) <= allowed


@pytest.mark.parametrize("name", ["assistant.assembly", "assistant.cli", "vectorstore.index"])
def test_importing_a_module_loads_nothing_heavy(name: str) -> None:
    heavy = ("torch", "sentence_transformers", "gradio", "chromadb", "onnxruntime", "sklearn")
    code = f"import sys, {name}; print([m for m in {heavy} if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)

    assert done.stdout.strip() == "[]", done.stderr
