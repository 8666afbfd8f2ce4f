"""What the pages say is so: commands print what is shown, and no function is left out."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from callstats import cli
from registry import ROWS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
# What is no sentence: code, tables, headings, addresses.
NO_PROSE = re.compile(r"```.*?```|^\|.*?$|^#.*?$|<[^>]+>", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def console_examples() -> list[tuple[str, str]]:
    """Give (command, what it prints) of every `$ callstats` example that shows output."""
    found = []
    for block in CONSOLE.findall((ROOT / "README.md").read_text(encoding="utf-8")):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = example.partition("\n")
            if command.startswith("callstats ") and printed.strip():
                found.append((command, printed))
    return found


@pytest.mark.parametrize(("command", "printed"), console_examples())
def test_the_readmes_commands_print_what_it_shows(command, printed, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert cli.main(shlex.split(command)[1:]) == 0
    got = [line.rstrip() for line in capsys.readouterr().out.strip().splitlines()]
    assert got == [line.rstrip() for line in printed.strip().splitlines()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_reference_lists_every_function():
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    missing = [
        row.name for row in ROWS if not re.search(rf"`{re.escape(row.function.__name__)}\(", text)
    ]
    assert not missing


def test_sentences_are_short():
    sentences = [
        sentence.split()
        for page in PAGES
        for sentence in re.split(
            r"(?<=[.!?])\s+", NO_PROSE.sub(" ", page.read_text(encoding="utf-8"))
        )
    ]
    words = [len(sentence) for sentence in sentences if len(sentence) > 2]
    assert sum(words) / len(words) <= 17
    assert sum(length > 30 for length in words) / len(words) <= 0.06
