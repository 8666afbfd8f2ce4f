"""Each layer knows only the ones below it."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "python" / "callstats"

FLOOR = {"_core", "_tables", "errors", "typing"}
TOPICS = {"erlang", "intervals", "staffing", "kpi", "qa", "day", "simulate", "datasets"} | {
    "forecast",
    "compare",
    "shifts",
    "roster",
    "counters",
    "hiring",
}
#: What each layer may import beside itself. A room that is not listed fails the test.
MAY_IMPORT = {
    "errors": set(),
    "typing": set(),
    "_tables": {"_core", "errors", "typing"},
    "presentation": {"_core", "_tables", "errors"},
    "intervals": FLOOR,
    "erlang": FLOOR,
    "forecast": FLOOR | {"intervals", "erlang"},
    "_anonymous_bank": FLOOR,
    "datasets": FLOOR | {"_anonymous_bank"},
    "staffing": FLOOR | {"erlang", "intervals"},
    "kpi": FLOOR | {"erlang", "intervals", "presentation"},
    "qa": FLOOR | {"erlang", "intervals", "presentation"},
    "compare": FLOOR | {"erlang", "intervals"},
    "day": FLOOR | {"erlang", "intervals", "staffing"},
    "simulate": FLOOR | {"erlang", "intervals", "staffing"},
    "_programmes": FLOOR,
    "shifts": FLOOR | {"_programmes", "erlang", "intervals", "staffing", "day"},
    "roster": FLOOR | {"_programmes", "intervals", "shifts"},
    "counters": FLOOR | {"erlang", "intervals", "staffing", "day"},
    "hiring": FLOOR | {"_programmes"},
    "plots": FLOOR | TOPICS | {"presentation"},
    "files": FLOOR | TOPICS | {"presentation"},
    "scale": FLOOR | TOPICS | {"files", "__version__"},
    "polars": {"erlang", "staffing"},
    "report": FLOOR | TOPICS | {"plots", "presentation", "files", "__version__"},
    "cli": FLOOR | TOPICS | {"plots", "presentation", "files", "report", "scale"},
    "benchmarks": FLOOR | TOPICS | {"__version__"},
    "__main__": {"cli"},
    "__init__": {"_core", "presentation"},
}
#: What a module may import at its head; all else is imported where it is used.
AT_THE_HEAD = {"callstats", "numpy", "pandas", *sys.stdlib_module_names}
#: Modules that extend classes of an extra: `plots` imports its one in functions, and `polars` is
#: there for those who have Polars. The list only shrinks.
EXTENDS = {"plots/picture.py": "matplotlib", "polars.py": "polars"}


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


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def lines_of_code(path: Path) -> tuple[set[int], ast.Module]:
    """The lines that hold code, without docstrings, comments and blanks, and the parsed module."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    spacing = {"COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER"}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if tokenize.tok_name[token.type] not in spacing:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            lines -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return lines, tree


def functions() -> dict[str, tuple[int, int]]:
    """Lines of code and arguments of each function, by file and name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        lines, tree = lines_of_code(path)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                length = len(lines & set(range(node.lineno, (node.end_lineno or 0) + 1)))
                taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                name = f"{path.relative_to(PACKAGE).as_posix()} {node.name}"
                found[name] = (length, len([each for each in taken if each.arg != "self"]))
    return found


def holding(pattern: str) -> set[str]:
    """The files that a pattern is found in."""
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(pattern, path.read_text(encoding="utf-8"))
    }


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
    extends = EXTENDS.get(path.relative_to(PACKAGE).as_posix(), "numpy")
    assert heads <= AT_THE_HEAD | {"pytest" if layer_of(path) == "benchmarks" else extends}


@modules
def test_a_layer_imports_only_those_below_it(path):
    layer = layer_of(path)
    reached = {name.split(".")[1] for name in imports(path) if name.startswith("callstats.")}
    assert reached - {layer} <= MAY_IMPORT[layer]


def test_every_layer_of_the_table_exists():
    assert {layer_of(path) for path in PACKAGE.rglob("*.py")} == set(MAY_IMPORT)


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


def test_one_layer_knows_the_libraries_of_frames():
    found = holding(r"is_polars\(|is_pandas|is_pyarrow\(")
    assert [each for each in found if not each.startswith("_tables/")] == []


def test_one_place_counts_what_is_bad():
    assert holding("bad of") == {"errors.py", "_tables/checks.py"}


#: Lines of code that a function may have.
LONGEST = 60
MOST_ARGUMENTS = 14
#: Signatures of more arguments than that, which are the API. The list only shrinks.
MANY_ARGUMENTS = {
    "shifts/covering.py cover": "prices, limits of the plan, limits of the search",
    "shifts/designs.py design": "prices, candidates, limits of the search",
    "shifts/service.py cover_service": "the columns of a day, its goal, limits of the search",
    "day/evaluation.py evaluate": "the columns of a day, and the model's options",
    "day/outage.py outage": "the columns of a day, the failure and what is done about it",
    "day/requirement.py required_agents": "as evaluate, with six goals",
    "qa/samples/partial.py partial_sample": "as sample, with what was drawn before",
    "qa/samples/sampling.py sample": "the design of a sample",
    "simulate/running.py run": "the model of a centre",
    "staffing/costs.py cheapest_plan": "as plan, with prices",
    "staffing/plans.py plan": "six goals, and the columns of intervals",
    "staffing/pools.py pooling_table": "six goals, and the columns of intervals",
    "staffing/requirements.py max_load": "six goals, and what goes beyond Erlang A",
    "staffing/requirements.py required_agents": "six goals, and what goes beyond Erlang A",
    "staffing/requirements.py required_reserved": "six goals",
    "staffing/scenarios.py compare_scenarios": "six goals, and the columns of intervals",
}


def test_functions_fit_a_screen():
    assert not {name for name, (length, _) in functions().items() if length > LONGEST}


def test_signatures_are_short():
    found = {name for name, (_, count) in functions().items() if count > MOST_ARGUMENTS}
    assert found == set(MANY_ARGUMENTS)


MOST_MODULES = 16


def test_folders_are_small():
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    counts = {str(folder): len(list(folder.glob("*.py"))) for folder in folders}
    assert {folder: count for folder, count in counts.items() if count > MOST_MODULES} == {}
