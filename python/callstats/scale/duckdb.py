"""Formulas as functions of DuckDB: a vector of rows at a time, not a row."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import erlang, staffing

if TYPE_CHECKING:
    from collections.abc import Callable


#: The functions and, in order, the arguments that they have in SQL.
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "erlang_load": (erlang.load, ("calls", "aht")),
    "blocking": (erlang.blocking, ("lines", "load")),
    "wait_probability": (erlang.wait_probability, ("agents", "load", "aht")),
    "service_level": (erlang.service_level, ("agents", "load", "aht", "threshold")),
    "abandonment": (erlang.abandonment, ("agents", "load", "aht")),
    "asa": (erlang.asa, ("agents", "load", "aht")),
    "mean_wait": (erlang.mean_wait, ("agents", "load", "aht")),
    "queue_length": (erlang.queue_length, ("agents", "load", "aht")),
    "occupancy": (erlang.occupancy, ("agents", "load", "aht")),
    "wait_quantile": (erlang.wait_quantile, ("agents", "load", "aht", "quantile")),
    "required_agents": (staffing.required_agents, ("load", "aht", "service_level", "threshold")),
    "max_load": (staffing.max_load, ("agents", "aht", "service_level", "threshold")),
    "required_lines": (staffing.required_lines, ("load", "blocking")),
    "gross_up": (staffing.gross_up, ("agents", "shrinkage")),
}
#: Those that know no patience and no `interval`.
WITHOUT_PATIENCE = ("erlang_load", "blocking", "required_lines", "gross_up")


def register(connection: Any, *, patience: Any = np.inf, interval: Any = 1800) -> None:
    """Make the formulas functions of a DuckDB connection: all arguments and results are DOUBLE.

    They get vectors of 2,048 rows as Arrow has them and cost hardly more than the direct call.
    NULL in one argument gives NULL, as does what has no answer.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where ``erlang_load(calls, aht)``, ``service_level(agents, load, aht, threshold)``,
        ``required_agents(load, aht, service_level, threshold)`` and those of `FUNCTIONS` are then
        known.
    patience : duration
        The mean patience of callers, in all functions that have one.
    interval : duration
        The length of the intervals in which `calls` arrive.

    Raises
    ------
    duckdb.Error
        The connection has a function of one of the names already.

    Examples
    --------
    >>> import duckdb  # doctest: +SKIP
    >>> connection = duckdb.connect()  # doctest: +SKIP
    >>> register(connection)  # doctest: +SKIP
    >>> connection.sql("SELECT required_agents(10, 180, 0.8, 20)").fetchone()  # doctest: +SKIP
    (14.0,)
    """
    for name, (function, arguments) in FUNCTIONS.items():
        settings: dict[str, Any] = {"threads": 1}
        if name == "erlang_load":
            settings["interval"] = interval
        elif name not in WITHOUT_PATIENCE:
            settings["patience"] = patience
        call = _over_vectors(function, arguments, settings)
        connection.create_function(name, call, ["DOUBLE"] * len(arguments), "DOUBLE", type="arrow")


def _over_vectors(
    function: Callable[..., Any], names: tuple[str, ...], settings: dict[str, Any]
) -> Callable[..., Any]:
    """The function of columns of Arrow, with the signature that DuckDB looks at."""
    import pyarrow as pa

    def called(*columns: Any) -> Any:
        given = {
            name: np.asarray(column.to_pandas(), dtype=np.float64)
            for name, column in zip(names, columns, strict=True)
        }
        return pa.array(np.asarray(function(**given, **settings)), pa.float64(), from_pandas=True)

    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return called
