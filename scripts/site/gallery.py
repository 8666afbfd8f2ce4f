"""The gallery: every chart, drawn by the code that stands on its page, in both languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from running import has_chinese, with_pictures

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["gallery"]

_PICTURE = re.compile(r"!\[(.*?)\]\((images/\S+\.png)\)")


def gallery(source: Path, pages: Path) -> None:
    """Write the page with all charts small, and the pages of their code in English and Chinese.

    A click on a small picture leads to the code that drew it.
    """
    text = source.read_text(encoding="utf-8")
    languages = ("en", "zh") if has_chinese() else ("en",)
    drawn = with_pictures(text, "gallery-code.md", pages / "images", languages)
    (pages / "gallery-code.md").write_text(
        drawn.replace("# Gallery", "# Code of the gallery", 1), encoding="utf-8"
    )
    (pages / "gallery.md").write_text(_small(drawn, "Gallery"), encoding="utf-8")
    page = _small(drawn, "图库")
    if len(languages) > 1:
        page = page.replace("-en.png", "-zh.png")
    page = page.replace("(images/", "(../images/").replace("(gallery-code", "(../gallery-code")
    (pages / "zh" / "gallery.md").write_text(page, encoding="utf-8")


def _small(drawn: str, title: str) -> str:
    """A picture a chart, its name below."""
    cards = []
    for section in re.split(r"^## ", drawn, flags=re.MULTILINE)[1:]:
        heading = section.partition("\n")[0]
        if found := _PICTURE.search(section):
            anchor = re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
            link = f"gallery-code.md#{anchor}"
            cards.append(f"-   [![{found[1]}]({found[2]})]({link})\n\n    [{heading}]({link})\n")
    return f'# {title}\n\n<div class="gallery" markdown>\n\n' + "\n".join(cards) + "\n</div>\n"
