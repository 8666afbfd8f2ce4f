"""A page for each public name, a page a module, and one for each command."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import TYPE_CHECKING, Any

import callstats
from docstrings import as_markdown, first_sentence, signature

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["commands", "functions", "linked_tables"]

TOPICS = [name for name in callstats.__all__ if inspect.ismodule(getattr(callstats, name))]
#: Functions of the package itself.
OWN = [name for name in callstats.__all__ if callable(getattr(callstats, name))]
FENCE = "```"


def _module(topic: str) -> Any:
    return importlib.import_module(f"callstats.{topic}")


def _names(topic: str) -> list[str]:
    return [name for name in _module(topic).__all__ if not name.startswith("_")]


PAGES = {f"{topic}.{name}": f"{topic}/{name}.md" for topic in TOPICS for name in _names(topic)}


def _link(topic: str) -> Callable[[str], str | None]:
    """Where a name leads from a page of this topic: itself, or a name of another topic."""

    def found(name: str) -> str | None:
        name = name.removeprefix("callstats.")
        if name in TOPICS:
            return f"../{name}/index.md"
        page = PAGES.get(f"{topic}.{name}") or PAGES.get(name)
        # A method is told on the page of its class.
        if page is None and "." in name:
            owner = name.rsplit(".", 1)[0]
            page = PAGES.get(f"{topic}.{owner}") or PAGES.get(owner)
        return page and f"../{page}"

    return found


def functions(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Write all pages below `folder`/reference; (name, page) of each topic."""
    navigation: dict[str, list[tuple[str, str]]] = {}
    for topic in TOPICS:
        home = folder / "reference" / topic
        home.mkdir(parents=True)
        rows = []
        for name in _names(topic):
            thing = getattr(_module(topic), name)
            (home / f"{name}.md").write_text(_page(topic, name, thing), encoding="utf-8")
            rows.append((name, f"reference/{topic}/{name}.md"))
        listed = "".join(
            f"| [`{name}`]({name}.md) | {first_sentence(getattr(_module(topic), name))} |\n"
            for name, _ in rows
        )
        text = as_markdown(inspect.getdoc(_module(topic)) or "", _link(topic))
        text = f"# callstats.{topic}\n\n{text}\n| name | what it gives |\n|---|---|\n{listed}"
        (home / "index.md").write_text(text, encoding="utf-8")
        navigation[topic] = [("Overview", f"reference/{topic}/index.md"), *rows]
    for name in OWN:
        thing = getattr(callstats, name)
        page = _page("", name, thing).replace("](../", "](")
        (folder / "reference" / f"{name}.md").write_text(page, encoding="utf-8")
    return navigation


def _page(topic: str, name: str, thing: Any) -> str:
    whole = f"{topic}.{name}" if topic else name
    head = f"# {whole}\n\n"
    code = f"{FENCE}python\n{signature(f'callstats.{whole}', thing)}\n{FENCE}\n\n"
    text = as_markdown(inspect.getdoc(thing) or "", _link(topic))
    if not inspect.isclass(thing):
        return head + code + text
    return head + code + text + _methods(topic, thing)


def _methods(topic: str, thing: type) -> str:
    written = []
    for name, member in vars(thing).items():
        function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if isinstance(member, property):
            call, function = name, member.fget
        elif inspect.isfunction(function):
            call = signature(name, function).replace("(self, ", "(").replace("(self)", "()")
            call = re.sub(r"\((self|cls),?\s*", "(", call)
        else:
            continue
        if name.startswith("_") or not inspect.getdoc(function):
            continue
        text = as_markdown(inspect.getdoc(function) or "", _link(topic))
        text = re.sub(r"^## (.*)$", r"**\1**", text, flags=re.MULTILINE)
        written.append(f"\n### {name}\n\n{FENCE}python\n{call}\n{FENCE}\n\n{text}")
    return "\n## Methods and properties\n" + "".join(written) if written else ""


def linked_tables(text: str) -> str:
    """The page of all functions, each name in its tables a link to its own page."""
    topic = ""
    lines = []
    for line in text.splitlines():
        if heading := re.match(r"## `callstats\.(\w+)`", line):
            topic = heading[1]
        if line.startswith("| `") and topic:
            cell, bar, rest = line[2:].partition(" | ")
            lines.append(f"| {_linked(topic, cell)}{bar}{rest}")
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def _linked(topic: str, cell: str) -> str:
    def one(match: re.Match[str]) -> str:
        page = PAGES.get(f"{topic}.{match[1]}")
        return f"[{match[0]}](reference/{page})" if page else match[0]

    return re.sub(r"`(\w+)[^`]*`", one, cell)


def commands(folder: Path) -> list[tuple[str, str]]:
    """A page a command with its help; (name, page) of each."""
    from callstats import cli

    home = folder / "reference" / "commands"
    home.mkdir(parents=True)
    pages = []
    for name, parser in cli.parsers()[1].items():
        parser.formatter_class = _wide(parser.formatter_class)
        text = f"# callstats {name}\n\n{FENCE}text\n{parser.format_help()}{FENCE}\n"
        (home / f"{name}.md").write_text(text, encoding="utf-8")
        pages.append((name, f"reference/commands/{name}.md"))
    return pages


def _wide(kind: type) -> Callable[[str], Any]:
    """The same words whatever the width of the terminal that builds the site."""
    return lambda prog: kind(prog, width=96)
