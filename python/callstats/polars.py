"""Formulas as Polars expressions: ``import callstats.polars``, then ``pl.col("load").callstats``.

The column is the function's first argument; the others are expressions or values. Each runs over
the batches that Polars hands it, in lazy and streamed queries too, and lets other Python go on.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import polars as pl

from callstats import erlang, staffing

if TYPE_CHECKING:
    from collections.abc import Callable


#: What the namespace has, under the names that they have here.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        erlang.load,
        erlang.blocking,
        erlang.wait_probability,
        erlang.service_level,
        erlang.abandonment,
        erlang.asa,
        erlang.mean_wait,
        erlang.mean_wait_abandoned,
        erlang.queue_length,
        erlang.occupancy,
        erlang.wait_survival,
        erlang.wait_quantile,
        erlang.trunk_load,
        staffing.required_agents,
        staffing.max_load,
        staffing.required_lines,
        staffing.gross_up,
    )
}


@pl.api.register_expr_namespace("callstats")
class Formulas:
    """The formulas of a column, which is their first argument.

    Examples
    --------
    >>> import polars as pl
    >>> import callstats.polars
    >>> intervals = pl.DataFrame({"calls": [100.0, 120.0], "aht": [180.0, 200.0]})
    >>> load = pl.col("calls").callstats.load(pl.col("aht"))
    >>> agents = load.callstats.required_agents(aht=pl.col("aht"), service_level=0.8, threshold=20)
    >>> intervals.select(agents)["calls"].to_list()
    [14.0, 17.0]
    """

    def __init__(self, expression: pl.Expr) -> None:
        self._expression = expression

    def __getattr__(self, name: str) -> Callable[..., pl.Expr]:
        """The function of that name, whose first argument is the column."""
        try:
            function = FUNCTIONS[name]
        except KeyError:
            msg = f"callstats has no expression {name!r}; it has {', '.join(FUNCTIONS)}"
            raise AttributeError(msg) from None
        return functools.wraps(function)(functools.partial(_expression, function, self._expression))

    def __dir__(self) -> list[str]:
        return [*FUNCTIONS]


def _expression(
    function: Callable[..., Any], first: pl.Expr, *others: Any, **settings: Any
) -> pl.Expr:
    """What the function gives of each row; arguments that fit no parameter are refused at once."""
    bound = inspect.signature(function).bind(first, *others, **settings).arguments
    for name in ("out", "threads"):
        if name in bound:
            msg = f"{function.__name__} takes no {name} in an expression: Polars sees to it"
            raise TypeError(msg)
    columns = {name: value for name, value in bound.items() if isinstance(value, pl.Expr)}
    fixed = {name: value for name, value in bound.items() if name not in columns}
    call = functools.partial(_called, function, fixed)
    together = pl.struct([column.cast(pl.Float64).alias(n) for n, column in columns.items()])
    found: pl.Expr = together.map_batches(call, return_dtype=pl.Float64, is_elementwise=True)
    try:
        return found.alias(first.meta.output_name())
    except pl.exceptions.ComputeError:
        return found


def _called(function: Callable[..., Any], fixed: dict[str, Any], rows: pl.Series) -> pl.Series:
    columns = {field: rows.struct.field(field) for field in rows.struct.fields}
    result: pl.Series = function(**fixed, **columns)
    return result
