"""Each layer knows only the ones below it."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "python" / "callstats"

#: Leaves import and are never imported by the topics.
LEAVES = {"cli", "plots", "report", "integrations", "demo"}
#: What a module may import at its head; all else is imported where it is used.
AT_THE_HEAD = {"callstats", "numpy", "pandas", *sys.stdlib_module_names}


def imports(path: Path) -> set[str]:
    """Modules imported outside type-checking blocks, at any depth of the file."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


modules = pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)


@modules
def test_heads_import_only_what_everybody_has(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    heads = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            heads |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            heads.add(node.module.split(".")[0])
    assert heads <= AT_THE_HEAD


@modules
def test_topics_do_not_import_leaves(path):
    topic = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if topic in LEAVES or topic == "__main__":
        pytest.skip("a leaf")
    reached = {name.split(".")[1] for name in imports(path) if name.startswith("callstats.")}
    assert not reached & LEAVES


@pytest.mark.parametrize("path", sorted((PACKAGE / "_tables").glob("*.py")), ids=lambda p: p.stem)
def test_the_lowest_layer_knows_no_topic(path):
    below = ("callstats._tables", "callstats._core", "callstats.errors")
    own = {name for name in imports(path) if name.startswith("callstats.")}
    assert not {name for name in own if not name.startswith(below)}
    others = {name.split(".")[0] for name in imports(path)}
    assert others <= AT_THE_HEAD | {"narwhals", "polars", "pyarrow"}


def test_the_core_has_no_python_in_it():
    manifest = (ROOT / "rust" / "core" / "Cargo.toml").read_text(encoding="utf-8")
    assert not re.search(r"pyo3|numpy", manifest)


#: Words of our own where the field has one; people are "they". A month is a proper name.
PRIVATE_WORDS = r"\bfates?\b|\bmarch\b(?! mar\")|\bspoil|\buntold\b|\bhis\b|\bhe\b|\bhim(?:self)?\b"


@modules
def test_the_package_speaks_the_words_of_the_field(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert not [line.strip() for line in lines if re.search(PRIVATE_WORDS, line, re.IGNORECASE)]
