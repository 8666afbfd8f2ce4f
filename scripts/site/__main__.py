"""Put the sources of the site into a folder: pages as written, and those made of the package.

``python scripts/site FOLDER`` writes ``FOLDER/pages`` and ``FOLDER/mkdocs.yml``, which Zensical and
MkDocs build.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gallery import gallery
from reference import commands, functions, linked_tables
from running import has_chinese, notebook, with_pictures

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
#: Pages whose code draws.
DRAWN = ("cookbook", "tutorials", "zh")
_OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+(?:examples|CHANGELOG|CONTRIBUTING)[^)]*\)")
#: Where the list of generated pages goes in `mkdocs.yml`.
MARKS = ("functions", "commands", "cookbook")


def main(folder: Path) -> None:
    """Write everything anew."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = folder / "pages"
    pages.mkdir(parents=True)
    (pages / "images").mkdir()
    for source in sorted((ROOT / "docs").rglob("*")):
        place = pages / source.relative_to(ROOT / "docs")
        if source.suffix in {".png", ".css"}:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, place)
        elif source.suffix == ".md":
            place.parent.mkdir(parents=True, exist_ok=True)
            _written(source, place, pages)
    gallery(ROOT / "docs" / "gallery.md", pages)
    of_functions = functions(pages)
    of_commands = commands(pages)
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    topics = "".join(
        f"{' ' * 6}- {topic}:\n" + "".join(f"{' ' * 10}- {name}: {page}\n" for name, page in rows)
        for topic, rows in of_functions.items()
    )
    listed = "".join(f"{' ' * 10}- {name}: {page}\n" for name, page in of_commands)
    tasks = "".join(_tasks((ROOT / "docs" / "cookbook" / "README.md").read_text(encoding="utf-8")))
    for mark, lines in zip(MARKS, (topics, listed, tasks), strict=True):
        settings = re.sub(rf"^ *# {mark}: .*\n", lines, settings, flags=re.MULTILINE)
    (folder / "mkdocs.yml").write_text(settings, encoding="utf-8")


def _tasks(index: str) -> Iterator[str]:
    """The lines of the navigation for the tasks, in the groups and the order of their index."""
    for line in index.splitlines():
        if line.startswith("## "):
            yield f"      - {line[3:]}:\n"
        elif found := re.match(r"\| \[(.+?)\]\((.+?)\)", line):
            yield f"          - {json.dumps(found[1])}: cookbook/{found[2]}\n"


def _written(source: Path, place: Path, pages: Path) -> None:
    """A page as it is on the site: README is the index, and code shows what it draws."""
    name = source.relative_to(ROOT / "docs").as_posix()
    text = source.read_text(encoding="utf-8")
    if name == "gallery.md":
        return
    if name == "reference.md":
        text = linked_tables(text)
    if name.startswith(DRAWN):
        language = "zh" if name.startswith("zh/") and has_chinese() else "en"
        text = with_pictures(text, name, pages / "images", (language,))
    if name.startswith("tutorials/") and source.name != "README.md":
        place.with_suffix(".ipynb").write_text(notebook(source.read_text("utf-8")), "utf-8")
        head, _, rest = text.partition("\n")
        text = f"{head}\n\n[This page as a notebook]({source.stem}.ipynb)\n{rest}"
    # What lies outside of the pages is not on the site.
    text = _OUTSIDE.sub(r"\1", text)
    # README is the first page of its folder, for those who read the sources too.
    text = re.sub(r"\b(?<=[(/])README\.md", "index.md", text)
    if source.name == "README.md":
        place = place.with_name("index.md")
    place.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
