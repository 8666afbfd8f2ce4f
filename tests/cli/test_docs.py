"""The command line's page runs as printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"


def blocks():
    """Files that the page shows, and its commands with what they print."""
    text = PAGE.read_text(encoding="utf-8")
    files = dict(re.findall(r"`([\w.]+)`:\n\n```csv\n(.*?)```", text, re.DOTALL))
    sessions = "".join(re.findall(r"```console\n(.*?)```", text, re.DOTALL))
    commands = re.findall(r"^\$ callstats (.*)\n((?:(?!\$ ).*\n)*)", sessions, re.MULTILINE)
    return files, commands


FILES, COMMANDS = blocks()


def test_the_page_has_sessions():
    assert len(FILES) >= 2
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize(("command", "printed"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_a_command_prints_what_the_page_says(run, tmp_path, command, printed):
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    code, out, err = run(*shlex.split(command))
    assert out + err + (f"[exit code {code}]\n" if code else "") == printed
