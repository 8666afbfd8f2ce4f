"""A docstring in the NumPy convention as Markdown."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["as_markdown", "first_sentence", "signature"]

_HEADING = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)
#: Sections whose entries are a name and an indented text.
_LISTS = frozenset({"Parameters", "Returns", "Raises", "Attributes", "Warns", "Yields"})
_ROLE = re.compile(r":\w+:`~?([\w.]+)`")
_CODE = re.compile(r"(?<!`)``(?!`)(.+?)``(?!`)|(?<!`)`([^`\n]+)`(?!`)")


def first_sentence(thing: Any) -> str:
    """The first paragraph of a docstring, as one line of Markdown."""
    text = inspect.getdoc(thing) or ""
    return _inline(" ".join(text.split("\n\n")[0].split()), lambda _: None)


def as_markdown(text: str, link: Callable[[str], str | None]) -> str:
    """The whole docstring; `link` tells where a name leads, or None."""
    parts = _HEADING.split(text)
    written = [_prose(parts[0], link)]
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        written.append(f"## {name}")
        if name == "Examples":
            written.append(_examples(body, link))
        elif name in _LISTS:
            written.append(_entries(body, link))
        else:
            written.append(_prose(body, link))
    return "\n\n".join(part.strip() for part in written if part.strip()) + "\n"


def signature(name: str, thing: Any) -> str:
    """The call, an argument a line where one line is too short."""
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return name
    # Where a dataclass or a function leaves an argument open it is written as it can be typed.
    short = [re.sub(r": .*?(?= = |$)", "", _argument(one)) for one in found.parameters.values()]
    parts = _with_marks(list(found.parameters.values()), short)
    line = f"{name}({', '.join(parts)})"
    if len(line) <= 80:
        return line
    return f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + ")"


def _argument(one: inspect.Parameter) -> str:
    default = "" if one.default is one.empty else f" = {_value(one.default)}"
    return one.name + default


def _value(default: Any) -> str:
    text = repr(default)
    return "..." if " at 0x" in text or text.startswith("<") else text


def _with_marks(parameters: list[inspect.Parameter], texts: list[str]) -> list[str]:
    marked: list[str] = []
    keyword = False
    for one, text in zip(parameters, texts, strict=True):
        if one.kind is one.VAR_POSITIONAL:
            keyword = True
            marked.append(f"*{text}")
            continue
        if one.kind is one.KEYWORD_ONLY and not keyword:
            keyword = True
            marked.append("*")
        marked.append(f"**{text}" if one.kind is one.VAR_KEYWORD else text.replace(" = ", "="))
    return marked


def _inline(text: str, link: Callable[[str], str | None]) -> str:
    def replaced(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        name = re.sub(r"^help\((.*)\)$", r"\1", code).removesuffix("()")
        target = link(name)
        return f"[`{code}`]({target})" if target else f"`{code}`"

    # Markup of Markdown in running text of a docstring is text.
    parts = []
    last = 0
    text = _ROLE.sub(r"`\1`", text)
    for match in _CODE.finditer(text):
        parts += [_escaped(text[last : match.start()]), replaced(match)]
        last = match.end()
    return "".join([*parts, _escaped(text[last:])])


def _escaped(text: str) -> str:
    text = re.sub(r"([*_<\[\]])", r"\\\1", text)
    return re.sub(r"^(\s*)\\\*(?= )", r"\1-", text, flags=re.MULTILINE)


def _prose(text: str, link: Callable[[str], str | None]) -> str:
    """Paragraphs and lists; what is indented more than a list is literal."""
    blocks = re.split(r"\n\s*\n", text.strip("\n"))
    written: list[str] = []
    within = False
    for block in blocks:
        if ">>> " in block:
            written.append(f"```pycon\n{textwrap.dedent(block)}\n```")
            continue
        literal = block.startswith("    ") and not within
        if literal:
            written.append(f"```text\n{textwrap.dedent(block)}\n```")
            continue
        within = bool(re.match(r"\s*[-*] ", block))
        # Markdown wants four blanks where a docstring has two, and an empty line before a list.
        wide = re.sub(r"(?<=\n)  (?=\S)", "    ", block.removesuffix("::"))
        written.append(_inline(re.sub(r"\A((?:(?!- ).*\n)+?)(?=- )", r"\1\n", wide), link))
    return "\n\n".join(written)


def _entries(body: str, link: Callable[[str], str | None]) -> str:
    written: list[str] = []
    for entry in re.split(r"\n(?=\S)", body.strip("\n")):
        head, _, text = entry.partition("\n")
        name, colon, kind = head.partition(" : ")
        if colon:
            names = ", ".join(f"`{one}`" for one in name.split(", "))
            head = f"**{names}**: {_inline(kind, link)}"
        else:
            head = f"**{_inline(name, link)}**"
        text = _prose(textwrap.dedent(text), link)
        written.append(f"{head}\n\n:   {textwrap.indent(text, '    ').strip()}")
    return "\n\n".join(written)


def _examples(body: str, link: Callable[[str], str | None]) -> str:
    written: list[str] = []
    for block in re.split(r"\n\s*\n", body.strip("\n")):
        code = block.lstrip().startswith(">>> ")
        if code and written and written[-1].endswith("```"):
            written[-1] = written[-1].removesuffix("```") + f"\n{block}\n```"
        elif code:
            written.append(f"```pycon\n{block}\n```")
        else:
            written.append(_inline(block, link))
    return "\n\n".join(written)
