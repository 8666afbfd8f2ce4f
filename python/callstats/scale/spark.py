"""Plans over Spark frames: states by `mapInArrow`, merged by Spark's own SUM and MAX."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import __version__
from callstats.scale.plans import key_types, same_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callstats.scale.plans import Plan
    from callstats.scale.states import Layout, State

#: The column that says which table of the state a row is of, and the one of what logs say.
_TABLE, _ABOUT = "state_table", "state_about"


def run(plan: Plan, source: Any, *, how: str | None = None) -> Any:
    """What the plan answers over all rows of a Spark frame.

    A pandas frame; with ``how="frame"`` a Spark frame. Rows are counted where they lie, by workers
    that need callstats of the version here, and the states are added up in the JVM. Times of type
    TIMESTAMP come in the session's zone, so `timezone` says which zone labels are in.
    """
    if how not in {None, "frame"}:
        msg = f"how={how!r} is not for Spark frames"
        raise ValueError(msg)
    from pyspark.sql import functions as sql

    layouts = plan.layouts()
    names = [name for name in source.columns if name in set(plan.columns())]
    fields = {field.name: field.dataType for field in source.schema}
    schema = _schema(layouts, fields)
    rows = source.select(*names).mapInArrow(_Partition(plan, __version__), schema)
    sums, largest = _columns(layouts, "sums"), _columns(layouts, "largest")
    measured = {*sums, *largest}
    keys = [field.name for field in schema.fields if field.name not in measured]
    merged = rows.groupBy(*map(_quoted, keys)).agg(
        *(sql.sum(_quoted(name)).alias(name) for name in sums),
        *(sql.max(_quoted(name)).alias(name) for name in largest),
    )
    state = _state(plan, merged.toArrow())
    result = plan.finish(state)
    return source.sparkSession.createDataFrame(result) if how == "frame" else result


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def _columns(layouts: dict[str, Layout], part: str) -> list[str]:
    return [*dict.fromkeys(name for each in layouts.values() for name in getattr(each, part))]


def _schema(layouts: dict[str, Layout], fields: dict[str, Any]) -> Any:
    """The rows of all tables of a state, one under the other."""
    from pyspark.sql import types

    schema = types.StructType().add(_TABLE, types.StringType()).add(_ABOUT, types.StringType())
    for layout in layouts.values():
        for name in layout.keys:
            if name in schema.fieldNames():
                continue
            whole = name in layout.instants or name in layout.whole
            kind = types.BooleanType() if name in layout.truths else fields.get(name)
            schema = schema.add(name, types.LongType() if whole else kind)
    for name in _columns(layouts, "sums"):
        schema = schema.add(name, types.LongType())
    for name in _columns(layouts, "largest"):
        schema = schema.add(name, types.DoubleType())
    return schema


class _Partition:
    """What a worker makes of its batches: the rows of their merged state."""

    def __init__(self, plan: Plan, version: str) -> None:
        self.plan = plan
        self.version = version

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        same_version(self.version)
        from pyspark import TaskContext

        context = TaskContext.get()
        where = None if context is None else f"partition {context.partitionId()}"
        kinds: dict[str, Any] = {}

        def states() -> Iterator[State]:
            for batch in batches:
                kinds.update({field.name: field.type for field in batch.schema})
                yield self.plan.partial(batch, where=where)

        try:
            state = self.plan.merge(states())
        except ValueError as error:
            if kinds or "at least one state" not in str(error):
                raise
            return
        yield from _rows(state, key_types(kinds), where)


def _rows(state: State, kinds: dict[str, Any], where: str | None) -> Iterator[Any]:
    """The tables of a state as Arrow, one under the other, each column in its place and type."""
    import pyarrow as pa

    layouts = state.layouts
    keys = [*dict.fromkeys(name for each in layouts.values() for name in each.keys)]
    sums, largest = _columns(layouts, "sums"), _columns(layouts, "largest")
    tables = {**state.frames(), "": pd.DataFrame(index=[0])}
    for table, frame in tables.items():
        layout, rows = layouts.get(table), len(frame)
        if not rows:
            continue
        # What two partitions say is grouped as one row if it is the same, unless they are named.
        about = None if table else json.dumps({**state.about["log"], "partition": where})
        made = {
            _TABLE: pa.array([table] * rows, pa.string()),
            _ABOUT: pa.array([about] * rows, pa.string()),
        }
        for name in keys:
            kind = _kind(name, layouts, kinds)
            held = layout is not None and name in layout.keys
            given = frame[name] if held else [None] * rows
            made[name] = pa.array(given, from_pandas=True).cast(kind)
        for name in sums:
            held = layout is not None and name in layout.sums
            made[name] = pa.array(frame[name] if held else np.zeros(rows, np.int64), pa.int64())
        for name in largest:
            held = layout is not None and name in layout.largest
            longest = frame[name].to_numpy() if held else np.full(rows, np.nan)
            made[name] = pa.array(longest, pa.float64(), from_pandas=True)
        yield from pa.table(made).combine_chunks().to_batches()


def _kind(name: str, layouts: dict[str, Layout], kinds: dict[str, Any]) -> Any:
    import pyarrow as pa

    for layout in layouts.values():
        if name in layout.instants or name in layout.whole:
            return pa.int64()
        if name in layout.truths:
            return pa.bool_()
    return kinds[name]


def _state(plan: Plan, rows: Any) -> State:
    """The state that the merged rows of all partitions are."""
    import pyarrow.compute as pc

    layouts = plan.layouts()
    tables = {}
    for name, layout in layouts.items():
        chosen = rows.filter(pc.equal(rows[_TABLE], name))
        tables[name] = layout.from_arrow(chosen.select(list(layout.columns)))
        for instant in layout.instants:
            # They travelled as whole nanoseconds.
            tables[name][instant] = chosen[instant].to_numpy()
    logs = [json.loads(each) for each in rows[_ABOUT].drop_null().to_pylist()]
    return plan.state(tables, logs)
