"""Pages run from top to bottom: what they draw is put below the code, and they become notebooks."""

from __future__ import annotations

import contextlib
import doctest
import io
import json
import re
import sys
import tempfile
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd
from callstats import datasets
from callstats.plots.style import styled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["has_chinese", "notebook", "with_pictures"]

_BLOCK = re.compile(r"^```(?:pycon|python)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_DRAWING = re.compile(r"^picture = (?=plots\.)", re.MULTILINE)
_bank = cache(datasets.anonymous_bank)


def with_pictures(text: str, page: str, images: Path, languages: tuple[str, ...] = ("en",)) -> str:
    """The page with each `picture` that a block of it draws below that block.

    It is drawn in all `languages`: the name of a file ends with its language.
    """
    if not _DRAWING.search(text.replace(">>> ", "")):
        return text
    names: dict[str, Any] = {"__name__": page}
    written: list[str] = []
    last = 0
    for number, block in enumerate(_BLOCK.finditer(text)):
        written.append(text[last : block.end()])
        last = block.end()
        name = f"{page.removesuffix('.md').replace('/', '-')}-{number}"
        for language in languages:
            if picture := _drawn(block[1], language, names, whole=language == languages[0]):
                picture.savefig(images / f"{name}-{language}.png", dpi=100)
                if language == languages[0]:
                    # What has no words yet is called as its section is.
                    heading = re.findall(r"^#+ (.*)$", text[: block.start()], re.MULTILINE)[-1]
                    alt = (picture.alt or heading).replace("[", "(").replace("]", ")")
                    above = "../" * page.count("/")
                    written.append(f"\n![{alt}]({above}images/{name}-{language}.png)\n")
    return "".join([*written, text[last:]])


def _drawn(block: str, language: str, names: dict[str, Any], *, whole: bool) -> Any:
    """What a block draws; the picture alone where the rest has been run."""
    names.pop("picture", None)
    with _quiet(), pd.option_context("display.precision", 6):
        for example in doctest.DocTestParser().get_examples(block):
            source = example.source
            draws = _DRAWING.match(source)
            if not (whole or draws):
                continue
            if draws and language != "en":
                source = re.sub(r",?\s*\)\s*$", f', language="{language}")\n', source)
            exec(compile(source, "page", "single"), names)  # noqa: S102
    return names.get("picture")


@cache
def has_chinese() -> bool:
    """Whether there is a font for Chinese pictures; where there is none it is told."""
    try:
        with styled("zh"):
            return True
    except RuntimeError as error:
        sys.stderr.write(f"pictures are English alone: {error}\n")
        return False


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """In an empty folder, with nothing printed, and the month of calls read once."""
    original = datasets.anonymous_bank
    datasets.anonymous_bank = lambda: _bank().copy()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        try:
            yield
        finally:
            datasets.anonymous_bank = original


def notebook(text: str) -> str:
    """The page as a notebook: prose and code in cells, with the output that the page shows."""
    cells: list[dict[str, Any]] = []
    last = 0
    parser = doctest.DocTestParser()
    for block in _BLOCK.finditer(text):
        _prose(cells, text[last : block.start()])
        last = block.end()
        examples = parser.get_examples(block[1])
        # A cell shows its last value, so a new one begins behind each.
        code: list[str] = []
        for example in examples:
            code.append(example.source)
            if example.want:
                _code(cells, "".join(code), example.want)
                code = []
        if code:
            _code(cells, "".join(code), "")
    _prose(cells, text[last:])
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _prose(cells: list[dict[str, Any]], text: str) -> None:
    if text.strip():
        cells.append({"cell_type": "markdown", "metadata": {}, "source": text.strip()})


def _code(cells: list[dict[str, Any]], source: str, shown: str) -> None:
    printed = re.search(r"^print\(", source.strip().splitlines()[-1])
    output: list[dict[str, Any]] = []
    if shown and printed:
        output = [{"output_type": "stream", "name": "stdout", "text": shown}]
    elif shown:
        data = {"text/plain": shown.rstrip("\n")}
        output = [
            {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}
        ]
    if _DRAWING.match(source.strip().splitlines()[-1]):
        source = source.rstrip() + "\npicture\n"
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": output}
    cells.append({**cell, "source": source.rstrip("\n")})
