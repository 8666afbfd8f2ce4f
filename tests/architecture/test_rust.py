"""How the Rust sources are laid out: layers, siblings, names, sizes."""

from __future__ import annotations

import re
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "rust" / "core" / "src"
BINDING = ROOT / "rust" / "py" / "src"
CRATES = {"core": CORE, "binding": BINDING}

#: Lines of code of the longest function, without blank lines and comments.
LONGEST = 60
#: Modules in a folder.
MOST_MODULES = 16


def sources(crate: Path) -> dict[Path, str]:
    """Every source file without its unit tests."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(crate.rglob("*.rs"))}
    return {
        path: text.split("#[cfg(test)]")[0] for path, text in texts.items() if path.stem != "tests"
    }


def without_comments(text: str) -> str:
    return re.sub(r"//[^\n]*", "", text)


def functions(text: str) -> dict[str, int]:
    """The functions of a formatted source, with their lines of code."""
    lengths = {}
    name, indent, count = None, "", 0
    for line in text.splitlines():
        code = line.split("//")[0].strip()
        start = re.match(r"(\s*)(?:pub(?:\([^)]*\))? )?(?:const )?fn (\w+)", line)
        if name is None and start:
            indent, name, count = start[1], start[2], 0
        if name is None:
            continue
        count += bool(code)
        if line == indent + "}" or (count == 1 and code.endswith(("}", ";"))):
            lengths[name] = max(count, lengths.get(name, 0))
            name = None
    return lengths


def named_in(module: str, text: str) -> set[str]:
    """What a source names of a module, each by itself or in a group of braces."""
    named = set(re.findall(rf"\b{module}::(\w+)", text))
    for group in re.findall(rf"\buse {module}::\{{([^;]*)\}};", text):
        named |= set(re.findall(r"\b([a-z_]+)\b", group))
    return named


def siblings(path: Path, text: str) -> set[Path]:
    """The files of its own folder that a module imports from."""
    folder = path.parent
    above = folder.relative_to(CORE).parts
    named = named_in("super", text) | named_in("::".join(("crate", *above)), text)
    return {folder / f"{name}.rs" for name in named if (folder / f"{name}.rs").exists()} - {path}


#: What each module of the core may import, besides itself.
LAYERS = {
    "error": set(),
    "lanes": set(),
    "rng": set(),
    "domain": set(),
    "choices": {"error"},
    "threads": {"error"},
    "numeric": {"error", "lanes"},
    "grid": {"domain", "error", "threads"},
    "intervals": {"choices", "error", "numeric"},
    "erlang": {"choices", "error", "lanes", "numeric"},
    "forecast": {"error", "lanes", "numeric", "threads"},
    "kpi": {"choices", "error", "intervals", "lanes", "numeric", "rng", "threads"},
    "staffing": {"choices", "erlang", "error", "lanes", "numeric", "threads"},
    "qa": {"choices", "domain", "error", "intervals", "lanes", "numeric", "rng", "threads"},
    "compare": {"choices", "error", "lanes", "numeric", "rng", "threads"},
    "day": {"erlang", "error", "lanes", "numeric", "staffing", "threads"},
    "simulate": {"choices", "error", "numeric", "rng", "staffing", "threads"},
}


def test_every_module_of_the_core_has_its_layer():
    reached = defaultdict(set)
    for path, text in sources(CORE).items():
        module = path.relative_to(CORE).parts[0].removesuffix(".rs")
        reached[module] |= named_in("crate", without_comments(text)) & LAYERS.keys() - {module}
    assert reached.keys() - {"lib"} == LAYERS.keys()
    assert not {
        module: named - LAYERS[module]
        for module, named in reached.items()
        if module != "lib" and named - LAYERS[module]
    }


def test_the_layers_have_no_circle():
    assert list(TopologicalSorter(LAYERS).static_order())


def test_one_file_of_the_core_starts_threads():
    found = {
        path.name
        for path in CORE.rglob("*.rs")
        if re.search(r"std::thread|AtomicBool", path.read_text(encoding="utf-8"))
    }
    assert found == {"threads.rs"}


def test_shift_ends_are_defined_once():
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "rust").rglob("*.rs")]
    assert sum(text.count("enum ShiftEnd") for text in texts) == 1


def test_no_two_siblings_import_each_other():
    texts = sources(CORE)
    reached = {path: siblings(path, without_comments(text)) for path, text in texts.items()}
    circles = {
        tuple(sorted(str(each.relative_to(CORE)) for each in (path, other)))
        for path, others in reached.items()
        for other in others
        if path in reached.get(other, set())
    }
    assert not circles


#: Type names that one crate may have twice, each with its reason.
SAME_NAME: dict[str, dict[str, str]] = {"core": {}, "binding": {}}


def types(text: str) -> list[str]:
    """Types that a source defines; the associated ones of a trait are indented and left out."""
    visible = r"(?:pub(?:\([^)]*\))? )?"
    named = re.findall(rf"^ *{visible}(?:struct|enum|union|trait) (\w+)", text, re.MULTILINE)
    return named + re.findall(rf"^{visible}type (\w+)", text, re.MULTILINE)


@pytest.mark.parametrize("crate", CRATES)
def test_no_type_name_is_defined_twice(crate):
    found = defaultdict(list)
    for path in sorted(CRATES[crate].rglob("*.rs")):
        for name in types(path.read_text(encoding="utf-8")):
            found[name].append(str(path.relative_to(CRATES[crate])))
    assert len(found) > 20
    twice = {name: places for name, places in found.items() if len(places) > 1}
    assert twice.keys() == SAME_NAME[crate].keys(), twice


@pytest.mark.parametrize("crate", CRATES)
def test_functions_fit_a_screen(crate):
    long = {
        f"{path.relative_to(CRATES[crate])}: {name}": lines
        for path, text in sources(CRATES[crate]).items()
        for name, lines in functions(text).items()
        if lines > LONGEST
    }
    assert not long


@pytest.mark.parametrize("crate", CRATES)
def test_folders_are_small(crate):
    folders = defaultdict(int)
    for path in CRATES[crate].rglob("*.rs"):
        # The crate's root is no module.
        folders[path.parent] += path.name != "lib.rs"
    assert not {folder: count for folder, count in folders.items() if count > MOST_MODULES}


#: Words of our own where the field has one; a caller is "the caller" or "they".
PRIVATE_WORDS = r"\bfates?\b|\bmarch\b|\bspoil|\b(?:un)?told\b|\bhis\b|\bhe\b|\bhim\b"


@pytest.mark.parametrize("crate", CRATES)
def test_the_inside_speaks_the_words_of_the_field(crate):
    found = [
        f"{path.relative_to(CRATES[crate])}: {line.strip()}"
        for path in sorted(CRATES[crate].rglob("*.rs"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(PRIVATE_WORDS, line, re.IGNORECASE)
    ]
    assert not found
