"""Score sheets with a column an item, as scores with a row an item."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from callstats._tables import frames
from callstats.errors import InvalidDataError, MissingColumnError
from callstats.kpi.exports.cells import clock_text
from callstats.kpi.exports.cells.numbers import is_number
from callstats.kpi.exports.headers import match
from callstats.kpi.exports.tables import Column, Schema
from callstats.kpi.exports.vocabulary import parts_of, word_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.kpi.exports.cells.looks import Looks
    from callstats.typing import Frame

    #: Names of items, their settings by name, or a frame with a row an item.
    Items: TypeAlias = Sequence[str] | Mapping[str, Mapping[str, Any]] | Frame

#: What may be said of an item, and what that must be.
_SETTINGS = {
    "max_score": "a number > 0",
    "weight": "a number >= 0",
    "critical": "True or False",
    "category": "text",
}


def items_given(items: Items, table: str) -> dict[str, dict[str, Any]]:
    """Each item with what is said of it, in the order given.

    Raises
    ------
    ValueError
        The table has no items, there are none, one comes twice, or a setting is not valid.
    TypeError
        One name alone instead of a list, a name that is no text, settings that are no mapping.
    """
    if table != "scores":
        raise ValueError(f"items are columns of a sheet of 'scores'; got the table {table!r}")
    if isinstance(items, Mapping):
        rows = list(items.items())
    elif hasattr(items, "columns"):
        frame = frames.read(items, "items")
        frames.require(frame, ["item"], "items")
        rows = [(row.pop("item"), row) for row in frame.iter_rows(named=True)]
    elif isinstance(items, Iterable) and not isinstance(items, str):
        rows = [(name, {}) for name in items]
    else:
        msg = f"items must be a list of columns, such as ['greeting', 'needs']; got {items!r}"
        raise TypeError(msg)
    made: dict[str, dict[str, Any]] = {}
    for name, settings in rows:
        if not isinstance(name, str):
            msg = f"items must name columns by text; got {name!r} (export.rename(columns=str))"
            raise TypeError(msg)
        if not isinstance(settings, Mapping):
            msg = f"items must give settings as {{'max_score': 10}}; got {settings!r} of {name!r}"
            raise TypeError(msg)
        if name in made:
            raise ValueError(f"items must name each item once; got {name!r} more than once")
        made[name] = {key: _setting(name, key, value) for key, value in settings.items()}
    if not made:
        raise ValueError("items must name at least one column; got none")
    return made


def _setting(item: str, key: str, value: Any) -> Any:
    if key not in _SETTINGS:
        raise ValueError(f"items may have {', '.join(_SETTINGS)}; got {key!r} of {item!r}")
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return None
    if key == "category":
        right = isinstance(value, str)
    elif key == "critical":
        right = isinstance(value, bool | np.bool_)
    else:
        right = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
        right = right and (value > 0 if key == "max_score" else value >= 0)
    if not right:
        raise ValueError(f"items: {key} must be {_SETTINGS[key]}; got {value!r} of {item!r}")
    return bool(value) if key == "critical" else value


def sheet_table(
    raw: Any,
    schema: Schema,
    items: Mapping[str, Mapping[str, Any]] | None,
    given: Mapping[str, str | None],
) -> Schema:
    """The table that a sheet itself is: that of scores with the items as columns of numbers.

    Without items it is the table as it stands.

    Raises
    ------
    MissingColumnError
        An item is no column of the sheet.
    ValueError
        An item is the column of another thing by `given`, or the sheet has a column that the
        items give, too.
    """
    if items is None:
        return schema
    frames.require(raw, items, "export")
    if twice := [name for name in items if name in given.values()]:
        raise ValueError(f"columns and items must name different columns; both name {twice[0]!r}")
    said = _said(items)
    if both := [name for name in said if name in raw.columns and name not in items]:
        raise InvalidDataError(
            f"export has a column {both[0]!r}, and items give {both[0]!r}, too; rename that of the "
            f"sheet, or leave {both[0]!r} out of items to keep it"
        )
    for name in ("item", "score"):
        if {name, f"{name}_export"} <= set(raw.columns) - set(items):
            raise InvalidDataError(
                f"export has columns {name!r} and '{name}_export', and {name!r} is to be made; "
                f"rename or drop {name!r}"
            )
    columns = {
        name: column
        for name, column in schema.columns.items()
        if name not in {"item", "score", *said, *items}
    }
    return replace(
        schema, columns={**columns, **dict.fromkeys(items, Column("number", required=True))}
    )


def _said(items: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [key for key in _SETTINGS if any(key in settings for settings in items.values())]


def unfolded(
    sheet: Any, items: Mapping[str, Mapping[str, Any]]
) -> tuple[Any, dict[str, NDArray[Any]], list[str]]:
    """The rows of a sheet once an item, what is new in them, and columns that make way for it."""
    scores = np.column_stack(
        [np.asarray(sheet[name].to_numpy(), dtype=np.float64) for name in items]
    )
    rest = sheet.drop(list(items))
    in_the_way = [name for name in ("item", "score") if name in rest.columns]
    rest = rest.rename({name: f"{name}_export" for name in in_the_way})
    rows = frames.renumbered(rest[np.repeat(np.arange(len(sheet)), len(items))])
    made = {
        "item": np.tile(np.array(list(items), dtype=object), len(sheet)),
        "score": scores.ravel(),
    }
    for key in _said(items):
        values = [settings.get(key) for settings in items.values()]
        number = key in {"max_score", "weight"}
        made[key] = np.tile(np.array(values, dtype=np.float64 if number else object), len(sheet))
    return rows, made, in_the_way


def numbers_beside(frame: Any, known: Sequence[str]) -> list[str]:
    """The columns of numbers that are none of the known ones, such as a total."""
    return [
        name
        for name in frame.columns
        if name not in known and _holds_numbers(frame.get_column(name))
    ]


def _holds_numbers(series: Any) -> bool:
    if series.dtype.is_numeric():
        return True
    values = series.drop_nulls().unique().to_list()
    if not all(isinstance(value, str) for value in values):
        return False
    texts = [text for text in values if text.strip().lower() not in clock_text.MISSING_WORDS]
    return bool(texts) and all(map(is_number, texts))


def ask_for_items(raw: Any, schema: Schema, given: Mapping[str, str | None], looks: Looks) -> None:
    """Refuse a table without a column of items whose other columns may be the items.

    Raises
    ------
    MissingColumnError
        The columns of numbers that may be items, totals aside, and what to pass.
    """
    found = match(raw.columns, "scores", schema, given, looks, needed=()).columns
    if "item" in found:
        return
    may_be = [name for name in numbers_beside(raw, list(found.values())) if not _is_total(name)]
    if may_be:
        raise MissingColumnError(
            f"export has no column that is known to be 'item'; found "
            f"{', '.join(map(repr, raw.columns))}. If it has a column an item, pass "
            f"kpi.canonical(export, 'scores', items={may_be}), of these columns of numbers those "
            f"that are items; else columns={{'item': ...}} with the name of the column of items"
        )


def _is_total(name: object) -> bool:
    totals = word_parts("totals")
    return any(part in totals for part in parts_of(str(name))) or any(
        str(name).strip().endswith(each) for each in totals if not each.isascii()
    )
