"""A table as people read it: on a terminal, in a notebook, on a page, in a document."""

from __future__ import annotations

import html
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callstats._tables import frames
from callstats._tables.checks import listed, number, one_of, shown
from callstats.presentation.columns import column, groups, heading, limits, text_of
from callstats.presentation.text import cut, lines_of
from callstats.presentation.values import MISSING, clock, numbers_of, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callstats.presentation.columns import Column

__all__ = ["Part", "Shown", "show"]

#: Rows that a terminal and a notebook show; a longer table says how many more there are.
_ROWS = 40
#: Places of a line on a terminal and in a notebook's text.
_WIDTH = 100
_BELOW = "▼"


def show(
    frame: Any,
    *,
    columns: str | Sequence[str] = "main",
    language: str = "en",
    goal: float | None = None,
) -> Shown:
    """A result as people read it: words for headings, percent, clocks, limits beside their figure.

    The last line of a notebook's cell shows it as a table, ``print`` as text of 100 columns.

    Parameters
    ----------
    frame : DataFrame
        A result of any function, or any table; a result that has ``to_frame`` will do.
    columns : {"main", "all"} or list of str
        ``"main"``: the columns that name the rows, and the figures that matter, as the dictionary
        of columns says. ``"all"``: every column under its words. Or names, in their order.
    language : {"en", "zh"}
        Of headings.
    goal : float, optional
        Of the service level, a fraction of 1: what is below is marked.

    Returns
    -------
    Shown
        ``to_text(width=None)``, ``to_html()``, ``to_markdown()`` give it as text,
        ``to_excel(path)`` writes a workbook, and ``parts`` lists its columns with their cells.

    Raises
    ------
    MissingColumnError
        A name of `columns` is not there.
    ValueError
        `columns` or `language` is none of its choices, or `goal` no fraction of 1.

    Notes
    -----
    Limits stand in the cell of their figure: 52.1% (51.5-52.6). Durations are ``m:ss``, from
    an hour on ``h:mm:ss``. What it is, the definition, threshold and time zone stand above, where
    the result tells them, as pandas frames do in ``attrs``. Nothing is computed here.

    Examples
    --------
    >>> import pandas as pd
    >>> plan = pd.DataFrame({"start": pd.date_range("2026-03-02 09:00", periods=2, freq="30min")})
    >>> plan = plan.assign(calls=[80, 120], aht=300.0, required_agents=[16, 23])
    >>> plan = plan.assign(service_level=[0.8213, 0.8049], queue_length=0.5)
    >>> show(plan, goal=0.81)
                               agents  service      average
    start             calls  required    level  handle time
    2026-03-02 09:00     80        16    82.1%         5:00
    2026-03-02 09:30    120        23  ▼ 80.5%         5:00
    ▼ below the goal of 81.0%
    """
    table = frames.read(frame.to_frame() if hasattr(frame, "to_frame") else frame, "frame")
    if goal is not None:
        number("goal", goal, "from 0 to 1", lambda value: 0 <= value <= 1)
    one_of("language", language, ("en", "zh"))
    names = _chosen(list(table.columns), columns)
    frames.require(table, names, "frame")
    attrs = getattr(frame, "attrs", None)
    about = attrs.get("callstats", {}) if isinstance(attrs, dict) else {}
    data = {name: table[name].to_list() for name in table.columns}
    return Shown(data, tuple(names), about, language, goal)


def _chosen(present: list[str], columns: str | Sequence[str]) -> list[str]:
    if columns == "all":
        return present
    if not isinstance(columns, str):
        return listed("columns", columns, "names of columns")
    if columns != "main":
        msg = f"columns must be 'main', 'all' or a list of names; got {shown(columns)}"
        raise ValueError(msg)
    known = [column(name) for name in present]
    main = [each for each in known if each.main or not each.known]
    if not any(each.known and each.group != "keys" for each in main):
        return present
    # Columns of one group side by side, in the order of the dictionary; the caller's own first.
    order = groups()
    return [each.name for each in sorted(main, key=lambda entry: order.index(entry.group))]


@dataclass(frozen=True)
class Part:
    """A column as it is shown: its entry in the dictionary, and its cells as text."""

    column: Column
    heading: str
    group: str
    cells: tuple[str, ...]
    #: Whether its cells begin at the left, as text does.
    left: bool


@dataclass(frozen=True, repr=False)
class Shown:
    """A table as people read it; see `show`."""

    data: Mapping[str, list[Any]]
    names: tuple[str, ...]
    about: Mapping[str, Any]
    language: str = "en"
    goal: float | None = None

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return len(next(iter(self.data.values()), []))

    @property
    def title(self) -> str:
        """What the table is, with definition, threshold and zone, where the result tells them."""
        about, language = self.about, self.language
        parts = [text_of("titles", str(about.get("function", "")), language)]
        variant = str(about.get("definitions", {}).get("service_level", ""))
        times = " / ".join(_seconds(each, language) for each in about.get("thresholds", ()))
        if variant and times:
            formula = text_of("service_level", variant, language, *[times] * 2)
            parts.append(f"{text_of('words', 'threshold', language)}: {formula}")
        if about.get("timezone"):
            parts.append(text_of("words", "zone", language, about["timezone"]))
        return " · ".join(part for part in parts if part)

    @property
    def parts(self) -> list[Part]:
        """The columns that are shown, limits within the cells of their figure."""
        present = frozenset(self.data)
        within: set[str] = set()
        for name in self.names:
            within |= set(limits(name, present) or ()) - {name}
        return [
            self._part(name, limits(name, present)) for name in self.names if name not in within
        ]

    def _part(self, name: str, pair: tuple[str, str] | None) -> Part:
        entry, values = column(name), self.data[name]
        kind = entry.kind
        cells = written(values, kind, self.language)
        if pair is not None:
            low, high = (written(self.data[each], kind, self.language) for each in pair)
            cells = _with_limits(cells, low, high, self.language)
        if self.goal is not None and name.partition("_level")[0] == "service" and kind == "share":
            below = [isinstance(each, float) and each < self.goal for each in values]
            cells = [f"{_BELOW} {c}" if less else c for c, less in zip(cells, below, strict=True)]
        left = kind in {"text", "time", "truth"} or numbers_of(values) is None
        group = heading(entry.group, self.language)
        return Part(entry, entry.label(self.language), group, tuple(cells), left)

    @property
    def note(self) -> str:
        """What the mark says, where a cell has it."""
        marked = any(cell.startswith(_BELOW) for part in self.parts for cell in part.cells)
        if not marked:
            return ""
        share = written([self.goal], "share")[0]
        return f"{_BELOW} {text_of('words', 'below_goal', self.language, share)}"

    def __str__(self) -> str:
        return self.to_text(width=_WIDTH, rows=_ROWS)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.to_html(rows=_ROWS)

    def to_text(self, *, width: int | None = None, rows: int | None = None) -> str:
        """Lines of text; columns that go beyond `width` drop from the right, and are told.

        The first `rows` rows are shown where there are more, and how many follow.
        """
        parts = self._first(rows)
        lines, dropped = lines_of(parts, width)
        head = [self.title] if self.title else []
        tail = [self.note] if self.note else []
        if self.rows == 0:
            tail.append(text_of("words", "no_rows", self.language))
        if rows is not None and self.rows > rows:
            tail.append(text_of("words", "more_rows", self.language, f"{self.rows - rows:,}"))
        if dropped:
            names = ", ".join(part.column.name for part in dropped)
            tail.append(text_of("words", "more_columns", self.language, names))
        whole = (cut(line, width) for line in (*head, *lines, *tail))
        return "\n".join(whole)

    def to_html(self, *, rows: int | None = None) -> str:
        """A ``table`` element: groups of headings, headings, rows headed by what names them."""
        parts = self._first(rows)
        groups = _runs([part.group for part in parts])
        language = "zh-CN" if self.language == "zh" else "en"
        lines = [f'<table class="callstats" lang="{language}">']
        if self.title:
            lines.append(f"<caption>{html.escape(self.title)}</caption>")
        lines.append("<thead>")
        if len(groups) > 1:
            cells = "".join(
                f'<th scope="colgroup" colspan="{count}">{html.escape(text)}</th>'
                if text
                else f'<td colspan="{count}"></td>'
                for text, count in groups
            )
            lines.append(f"<tr>{cells}</tr>")
        cells = "".join(
            f'<th scope="col" title="{html.escape(part.column.meaning(self.language))}"'
            f"{_side(part)}>{html.escape(part.heading)}</th>"
            for part in parts
        )
        lines += [f"<tr>{cells}</tr>", "</thead>", "<tbody>"]
        for row in zip(*(part.cells for part in parts), strict=True):
            lines.append(f"<tr>{_row(parts, row)}</tr>")
        lines += ["</tbody>", "</table>"]
        more = self.rows - rows if rows is not None and self.rows > rows else 0
        notes = [
            self.note,
            text_of("words", "more_rows", self.language, f"{more:,}") if more else "",
        ]
        lines += [f"<p>{html.escape(note)}</p>" for note in notes if note]
        return "\n".join(lines)

    def to_markdown(self) -> str:
        """A table of Markdown, numbers to the right."""
        parts = self.parts
        heads = [_escaped(part.heading) for part in parts]
        rules = ["---" if part.left else "---:" for part in parts]
        rows = [
            [_escaped(cell) for cell in row] for row in zip(*(p.cells for p in parts), strict=True)
        ]
        lines = [f"| {' | '.join(row)} |" for row in (heads, rules, *rows)]
        head = [self.title, ""] if self.title else []
        return "\n".join([*head, *lines, *(["", self.note] if self.note else [])])

    def to_excel(self, path: str | Path) -> None:
        """Write a workbook: key figures in words, all columns by name, definitions, about.

        Durations are fractions of a day shown as clocks, shares percent, counts with separators;
        columns are as wide as what is in them. The same table gives the same bytes. The file is
        there whole or not at all. Needs openpyxl, which the extra ``excel`` brings.
        """
        from callstats.presentation.workbook import workbook

        target = Path(path)
        partial = target.with_name(f".{target.name[:40]}.{secrets.token_hex(8)}.partial")
        try:
            partial.write_bytes(workbook(self))
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def _first(self, rows: int | None) -> list[Part]:
        if rows is None:
            return self.parts
        first = replace(self, data={name: values[:rows] for name, values in self.data.items()})
        return first.parts


def _with_limits(cells: list[str], low: list[str], high: list[str], language: str) -> list[str]:
    """Cells with their limits behind them; a dash would hide a sign."""
    signed = any(each.startswith("-") for each in (*low, *high))
    between = text_of("words", "to", language) if signed else MISSING
    return [
        cell
        if MISSING in {least, most}
        else f"{cell} ({least.removesuffix('%')}{between}{most.removesuffix('%')})"
        for cell, least, most in zip(cells, low, high, strict=True)
    ]


def _seconds(seconds: float, language: str) -> str:
    if seconds >= 120:
        return clock(seconds)
    return f"{seconds:g} {'秒' if language == 'zh' else 's'}"


def _runs(texts: list[str]) -> list[tuple[str, int]]:
    """Neighbours of the same text as one, with their count."""
    found: list[tuple[str, int]] = []
    for text in texts:
        if found and found[-1][0] == text:
            found[-1] = (text, found[-1][1] + 1)
        else:
            found.append((text, 1))
    return found


def _side(part: Part) -> str:
    return "" if part.left else ' style="text-align:right"'


def _row(parts: list[Part], row: tuple[str, ...]) -> str:
    cells = []
    for place, (part, cell) in enumerate(zip(parts, row, strict=True)):
        text = html.escape(cell)
        if place == 0 and part.left:
            cells.append(f'<th scope="row" style="text-align:left">{text}</th>')
        else:
            mark = ' class="below"' if cell.startswith(_BELOW) else ""
            cells.append(f"<td{mark}{_side(part)}>{text}</td>")
    return "".join(cells)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
