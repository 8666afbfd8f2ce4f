"""Plans over Spark frames: states by `mapInArrow`, merged by Spark's own SUM and MAX."""

from __future__ import annotations

import itertools
import json
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import __version__
from callstats.scale.plans import chosen, key_types, same_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callstats.scale.plans import Plan, Task
    from callstats.scale.states import Layout, State

#: The column that says which table of the state a row is of, and the one of what logs say.
_TABLE, _ABOUT = "state_table", "state_about"
_RESULT = "result"
#: Rows that are counted at a time.
_ROWS = 1 << 17


def run(plan: Plan, source: Any, *, how: str | None = None) -> Any:
    """What the plan answers over all rows of a Spark frame.

    A pandas frame; with ``how="frame"`` a Spark frame. Rows are counted where they lie, by workers
    that need callstats of the version here, and the states are added up in the JVM. Times of type
    TIMESTAMP come in the session's zone, so `timezone` says which zone labels are in.
    """
    if plan.adds:
        plan.one_pass(how)
        result = plan.finish(_merged(plan, source))
    else:
        result = plan.over(lambda task: _asked(task, source), None if how == "frame" else how)
    return source.sparkSession.createDataFrame(result) if how == "frame" else result


def _merged(plan: Plan, source: Any) -> State:
    """The state of all rows, added up by Spark."""
    from pyspark.sql import functions as sql

    layouts = plan.layouts()
    fields = {field.name: field.dataType for field in source.schema}
    schema = _schema(layouts, fields)
    chosen_rows = source.select(*map(_quoted, chosen(source.columns, plan)))
    rows = chosen_rows.mapInArrow(_Partition(plan, __version__), schema)
    sums, largest = _columns(layouts, "sums"), _columns(layouts, "largest")
    measured = {*sums, *largest}
    keys = [field.name for field in schema.fields if field.name not in measured]
    merged = rows.groupBy(*map(_quoted, keys)).agg(
        *(sql.sum(_quoted(name)).alias(name) for name in sums),
        *(sql.max(_quoted(name)).alias(name) for name in largest),
    )
    return _state(plan, merged.toArrow())


def _asked(task: Task, source: Any) -> Iterator[Any]:
    """What a task makes of each partition, or of all rows of some keys."""
    from pyspark.sql import functions as sql

    rows = source.select(*map(_quoted, chosen(source.columns, task)))
    if task.key:
        # As many groups as Spark has partitions after a shuffle: one a key would be too many.
        parts = int(source.sparkSession.conf.get("spark.sql.shuffle.partitions") or 200)
        place = sql.pmod(sql.hash(*map(_quoted, task.key)), sql.lit(parts))
        group = _Group(task, __version__)
        # Spark looks at the signature of a function, and at none of an object.
        done = rows.groupBy(place).applyInArrow(lambda table: group(table), f"{_RESULT} binary")  # noqa: PLW0108
    else:
        done = rows.mapInArrow(_Task(task, __version__), f"{_RESULT} binary")
    for row in done.toLocalIterator():
        yield pickle.loads(row[0])  # noqa: S301 - what our own task of the same version made


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
            kind = types.StringType() if name in layout.texts else kind
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
            for batch in _larger(batches):
                kinds.update({field.name: field.type for field in batch.schema})
                yield self.plan.partial(batch, where=where)

        try:
            state = self.plan.merge(states())
        except ValueError as error:
            if kinds or "at least one state" not in str(error):
                raise
            return
        yield from _rows(state, key_types(kinds), where)


class _Task:
    """What a worker makes of its partition, pickled, in one row."""

    def __init__(self, task: Task, version: str) -> None:
        self.task = task
        self.version = version

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        same_version(self.version)
        import pyarrow as pa
        from pyspark import TaskContext

        context = TaskContext.get()
        where = None if context is None else f"partition {context.partitionId()}"
        tables = _larger(batches)
        first = next(tables, None)
        if first is not None:
            made = self.task((where, table) for table in itertools.chain([first], tables))
            column = pa.array([pickle.dumps(made)], pa.binary())
            yield pa.RecordBatch.from_arrays([column], [_RESULT])


class _Group(_Task):
    """What a worker makes of all rows of some keys."""

    def __call__(self, table: Any) -> Any:
        import pyarrow as pa

        return pa.Table.from_batches(super().__call__(iter(table.to_batches())))


def _larger(batches: Iterator[Any]) -> Iterator[Any]:
    """Tables of many of Spark's batches, which are small."""
    import pyarrow as pa

    held: list[Any] = []
    for batch in batches:
        held.append(batch)
        if sum(each.num_rows for each in held) >= _ROWS:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


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
        if name in layout.texts:
            return pa.string()
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


def udf(function: Callable[..., Any], **settings: Any) -> Callable[..., Any]:
    """A formula as a function of Spark columns of doubles, such as a staffing need of a load.

    Parameters
    ----------
    function : callable
        An elementwise function, such as ``staffing.required_agents``.
    **settings
        Its arguments: values, which hold for all rows, or Spark columns.

    Returns
    -------
    callable
        Takes Spark columns for the first of its arguments that are not given, in their order, and
        gives a column. What has no answer is null. A worker uses one thread.

    Raises
    ------
    TypeError
        An argument that the function does not have.

    Examples
    --------
    >>> from callstats import scale, staffing
    >>> agents = udf(  # doctest: +SKIP
    ...     staffing.required_agents, aht=180, service_level=0.8, threshold=20
    ... )
    >>> intervals.withColumn("agents", agents("load"))  # doctest: +SKIP
    """
    import inspect

    from pyspark.sql import Column
    from pyspark.sql.functions import pandas_udf

    parameters = inspect.signature(function).parameters
    if unknown := [name for name in settings if name not in parameters]:
        msg = f"{function.__name__} has no argument {unknown[0]!r}"
        raise TypeError(msg)
    given = {name: value for name, value in settings.items() if isinstance(value, Column)}
    fixed = {"threads": 1} | {n: value for n, value in settings.items() if n not in given}
    free = [name for name in parameters if name not in settings]

    def of(*columns: Any) -> Any:
        names = [*free[: len(columns)], *given]

        def called(*series: pd.Series) -> pd.Series:
            return pd.Series(function(**dict(zip(names, series, strict=True)), **fixed))

        made = pandas_udf(called, "double")
        return made(*columns, *given.values())

    return of
