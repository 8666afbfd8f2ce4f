"""Recordings that stand in a log of calls, under the names and words of an export."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from callstats.cli import screen
from callstats.cli.exchange import of_export, reading_options, tell_read

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from callstats.files import Table


def with_known_names(
    raw: Table, needed: Sequence[str], options: argparse.Namespace, *, tell: bool
) -> tuple[Table, Table]:
    """The table under canonical names: as its cells stand, and as they are understood.

    A table with a column of outcomes is a log of calls and is read as `kpi` reads it. Of another
    only those `needed` columns that it lacks are looked for under the names that exports use.
    """
    from callstats.kpi.exports import Reading, match_columns, read_export

    with of_export(raw):
        found = match_columns(raw.frame, "calls")
    reading = reading_options(raw, options)
    if not _is_log(raw, found, reading["words"]["outcome"]):
        wanted = {
            name: source
            for name, source in found.columns.items()
            if name in needed and name not in raw.frame
        }
        if tell and wanted:
            named = ", ".join(f"{name} is {column}" for name, column in wanted.items())
            screen.complain(f"callstats: {raw.name}: {named}")
        raw = _named(raw, wanted)
        return raw, raw
    # Rows were chosen, and columns renamed, when the file was read.
    reading["where"] = None
    with of_export(raw):
        _, frame, valid, about = read_export(
            raw.frame, "calls", Reading(**reading), needed=("outcome",)
        )
    if tell or about["no_queue_entries"]:
        tell_read(raw, about, options)
    own = {name: each for name, each in about["columns"].items() if name not in about["made"]}
    return _named(raw, own), replace(raw, frame=frame.to_native()[valid])


def without_groups(table: Table, columns: Sequence[str]) -> tuple[Table, int]:
    """The table without the rows that lack a value in one of `columns`, and how many they were."""
    missing = table.frame[list(columns)].isna().any(axis=1)
    return replace(table, frame=table.frame[~missing]), int(missing.sum())


def _is_log(raw: Table, found: Any, given: Mapping[str, str | None]) -> bool:
    from callstats.kpi.exports.tables import schema_named, simple
    from callstats.kpi.exports.vocabulary import known_words

    source = found.columns.get("outcome")
    if source is None:
        return False
    if found.flag is not None:
        return True
    column = schema_named("calls").columns["outcome"]
    values = {str(value) for value in raw.frame[source].dropna().unique()}
    # A log under canonical names and words needs no reading: its cells stay what they are.
    if source == "outcome" and values <= set(column.words) and "agent" in raw.frame:
        return False
    known = known_words(column, given)
    return any(simple(value) in known for value in values)


def _named(table: Table, names: Mapping[str, str]) -> Table:
    old = {source: name for name, source in names.items() if source in table.frame}
    return replace(table, frame=table.frame.rename(columns=old))
