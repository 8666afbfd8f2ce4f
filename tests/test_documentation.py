"""What the pages say is so: commands print what is shown, and no function is left out."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from callstats import cli, plots
from registry import ROWS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: Pages whose commands are run one after the other in a folder of their own.
SESSIONS = [*(ROOT / "docs" / "cookbook").glob("*.md"), *(ROOT / "docs" / "tutorials").glob("*.md")]
TASKS = [page for page in (ROOT / "docs" / "cookbook").glob("*.md") if page.name != "README.md"]
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


SMALL_LOG = """\
call_id,arrival,wait,outcome,queue,agent,talk,acw
0001,2024-03-04 09:00:12,8,answered,sales,007,3:05,20
0002,2024-03-04 09:04:40,35,answered,sales,7,2:10,15
0003,2024-03-04 09:09:03,61,abandoned,help,,,
0004,2024-03-04 09:31:55,4,answered,help,007,6:42,30
0005,2024-03-04 09:40:10,12,answered,sales,7,1:58,10
0006,2024-03-04 09:52:31,3,abandoned,sales,,,
"""


@pytest.mark.parametrize(
    "page",
    [page for page in SESSIONS if CONSOLE.search(page.read_text(encoding="utf-8"))],
    ids=lambda page: page.stem,
)
def test_commands_of_a_page_print_what_it_shows(page, capfd, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    recordings = "".join(f"{k:03},{'ab'[k % 2]},2024-03-04 09:00,60\n" for k in range(40))
    Path("calls.csv").write_text(SMALL_LOG, encoding="utf-8")
    Path("recordings.csv").write_text("call_id,agent,start,duration\n" + recordings, "utf-8")
    Path("last.csv").write_text("call_id\n000\n001\n", encoding="utf-8")
    for name, content in re.findall(r"`([\w.]+)`:\n\n```csv\n(.*?)```", text, re.DOTALL):
        Path(name).write_text(content, encoding="utf-8")
    examples = re.split(r"^\$ ", "".join(CONSOLE.findall(text)), flags=re.MULTILINE)[1:]
    for example in examples:
        command, _, printed = example.partition("\n")
        code = cli.main(shlex.split(command)[1:])
        out, err = capfd.readouterr()
        got = err + out + (f"[exit code {code}]\n" if code else "")
        assert got.strip() == printed.strip()


def test_every_task_is_in_the_index_and_fits_25_lines():
    index = (ROOT / "docs" / "cookbook" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[.*?\]\((.*?)\)", index, re.MULTILINE)
    assert sorted(listed) == sorted(page.name for page in TASKS)
    assert len(TASKS) >= 40
    for page in TASKS:
        text = page.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 25, page.name
        assert ".rename(" not in text, page.name


def test_every_chart_is_in_the_gallery():
    drawn = re.findall(
        r"^>>> picture = plots\.(\w+)\(",
        (ROOT / "docs" / "gallery.md").read_text("utf-8"),
        re.MULTILINE,
    )
    assert sorted(set(drawn)) == sorted(set(plots.__all__) - {"Picture"})


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
        if page.parent.name != "zh"
        for sentence in re.split(
            r"(?<=[.!?])\s+", NO_PROSE.sub(" ", page.read_text(encoding="utf-8"))
        )
    ]
    words = [len(sentence) for sentence in sentences if len(sentence) > 2]
    assert sum(words) / len(words) <= 17
    assert sum(length > 30 for length in words) / len(words) <= 0.06
