"""The columns of an export under canonical names, each in the form in which it can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats._tables.frames import replaced
from callstats.kpi.exports.cells import clock_text, numbers
from callstats.kpi.exports.cells.date_and_clock import joined
from callstats.kpi.exports.cells.distinct import distinct, is_text
from callstats.kpi.exports.cells.looks import counted_since_1970
from callstats.kpi.exports.tables import simple
from callstats.kpi.exports.vocabulary import known_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set

    import numpy as np
    from numpy.typing import NDArray

    from callstats.kpi.exports.cells.looks import Looks
    from callstats.kpi.exports.headers import Found
    from callstats.kpi.exports.tables import Column, Schema

#: Rows whose words say whether it is worth to look at all of a column.
_LOOKED_AT = 1000


def renamed(raw: Any, found: Found, dismissed: Set[str]) -> Any:
    """The frame with canonical names; a column in the way of one keeps its place under another.

    A column that bears one of the `dismissed` names is in the way, too.
    """
    import narwhals as nw

    names = {source: name for name, source in found.columns.items()}
    for name in dismissed & set(raw.columns):
        names.setdefault(name, f"{name}_export")
    for name, source in found.columns.items():
        if name in raw.columns and name != source:
            names.setdefault(name, f"{name}_export")
    series = {
        name: nw.new_series(
            name, joined(raw[date].to_list(), raw[clock].to_list()), nw.String(),
            backend=raw.implementation,
        )
        for name, (date, clock) in found.pairs.items()
    }  # fmt: skip
    # Both parts of a pair are told by the whole; a date may serve several clocks.
    parts = {part for pair in found.pairs.values() for part in pair}
    parts -= {source for name, source in found.columns.items() if name not in found.pairs}
    names = {source: name for source, name in names.items() if source not in parts}
    rest = raw.drop(list(parts)) if parts else raw
    return replaced(rest.rename(names) if names else rest, series)


def with_moments(frame: Any, found: Found, schema: Schema, looks: Looks) -> Any:
    """The frame with counts since 1970 as moments, and ranges as their beginnings."""
    import narwhals as nw

    made = {}
    for name, source in found.columns.items():
        if name not in frame.columns or name in found.pairs:
            continue
        look = looks(source) if schema.holds(name) == "time" else None
        if look is not None and look.unit:
            meant = "days since 1900" if look.unit == "days" else f"{look.unit} since 1970, UTC"
            found.made[name] = f"{source}, {meant}"
            made[name] = counted_since_1970(
                frame[name], look.unit, lambda text: numbers.number_of(text, ".")
            )
        elif look is not None and look.kind == "range":
            starts = [
                ends[0] if isinstance(v, str) and (ends := clock_text.range_ends(v)) else v
                for v in frame[name].to_list()
            ]
            made[name] = nw.new_series(name, starts, nw.String(), backend=frame.implementation)
    return replaced(frame, made)


def with_direction(
    frame: Any,
    schema: Schema,
    found: Found,
    given: Mapping[str, str | None],
    words: Mapping[str, Mapping[str, str | None]],
) -> Any:
    """The frame with a column of directions where one has them under another name."""
    import narwhals as nw

    if "direction" in frame.columns or "direction" in given:
        return frame
    kept = {name for name, column in schema.columns.items() if column.holds != "text"}
    beside = [
        name
        for name, dtype in frame.schema.items()
        if name not in kept and (dtype == nw.String or is_text(frame[name]))
    ]
    source = _direction_by_values(
        frame, beside, schema.columns["direction"], words.get("direction", {})
    )
    if source is None:
        return frame
    found.made["direction"] = found.columns.get(source, source)
    return replaced(frame, {"direction": frame[source]})


def _direction_by_values(
    frame: Any, names: Iterable[str], column: Column, given: Mapping[str, str | None]
) -> str | None:
    """The first of the columns that holds directions by another name, such as a type of call.

    It holds words of calls in and of calls that are no queue entries.
    """
    known = known_words(column, given)
    # The first rows all at once: of thousands of columns each costs twice as much by itself.
    first = frame if len(frame) <= _LOOKED_AT else frame.head(_LOOKED_AT)
    looked_at = dict(zip(frame.columns, first.to_numpy().T, strict=True))
    for name in names:
        words = [value for value in looked_at[name] if isinstance(value, str)]
        if not _holds_both(list(dict.fromkeys(words)), known, column, part=True):
            continue
        if _holds_both(distinct(frame[name])[1], known, column, part=False):
            return name
    return None


def _holds_both(
    values: list[Any], known: Mapping[str, str | None], column: Column, *, part: bool
) -> bool:
    texts = [value for value in values if isinstance(value, str)]
    means = [known.get(simple(text)) for text in texts]
    meant = [each for each in means if each is not None]
    away = [each for each in meant if each in column.excluded]
    if part:
        return bool(meant) and 2 * len(meant) >= len(texts)
    return bool(away) and (len(away) < len(meant) or len(meant) == len(texts))


def text_times(
    frame: Any, schema: Schema, found: Found
) -> dict[str, tuple[NDArray[np.int64], list[Any]]]:
    """Each column of times as text, and those that may take its place, by distinct values."""
    sources = {
        name: source
        for column, first in found.columns.items()
        if schema.columns[column].holds == "time"
        for name, source in [
            (column, first),
            *((each, each) for each in found.others.get(column, ())),
        ]
    }
    return {
        source: distinct(frame[name]) for name, source in sources.items() if is_text(frame[name])
    }
