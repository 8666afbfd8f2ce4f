"""Formulas inside engines: the numbers of the direct call."""

from __future__ import annotations

import inspect

import callstats.polars
import numpy as np
import pandas as pd
import polars as pl
import pytest
from callstats import erlang, staffing

FRAME = pd.DataFrame(
    {
        "agents": [4.0, 12.5, 9.0, np.nan],
        "load": [3.0, 9.25, 8.0, 4.0],
        "aht": [180.0, 240.5, 200.0, 60.0],
        "calls": [10.0, 0.0, 31.0, 5.0],
        "lines": [5.0, 9.0, 20.0, 7.0],
        "threshold": [20.0, 10.0, 0.0, 30.0],
        "shrinkage": [0.3, 0.2, 0.1, np.nan],
        "quantile": [0.5, 0.9, 0.99, 0.1],
        "after": [1.0, 20.0, 0.0, 5.0],
    }
)
GOALS = {"service_level": 0.8, "threshold": 20}


@pytest.mark.parametrize("name", sorted(callstats.polars.FUNCTIONS))
def test_expressions_are_the_direct_call(name):
    function = callstats.polars.FUNCTIONS[name]
    frame = pl.from_pandas(FRAME)
    parameters = inspect.signature(function).parameters.values()
    needed = [each.name for each in parameters if each.default is inspect.Parameter.empty]
    settings = GOALS if name in {"required_agents", "max_load"} else {}
    if name == "required_lines":
        settings = {"blocking": 0.01}
    elif name in {"abandonment", "mean_wait_abandoned"}:
        settings = {"patience": 200}
    first, *others = (each for each in needed if each not in settings)
    namespace = pl.col(first).callstats
    asked = getattr(namespace, name)(**{each: pl.col(each) for each in others}, **settings)
    given = {each: frame[each] for each in (first, *others)}
    wanted = function(**given, **settings).alias(first)
    assert frame.select(asked)[first].equals(wanted)
    assert frame.lazy().select(asked).collect(engine="streaming")[first].equals(wanted)


def test_expressions_refuse_what_the_function_does_not_take():
    with pytest.raises(TypeError, match="aht"):
        pl.col("load").callstats.load()
    with pytest.raises(TypeError, match="takes no threads"):
        pl.col("calls").callstats.load(180, threads=2)
    with pytest.raises(AttributeError, match="has no expression 'lods'; it has load"):
        pl.col("load").callstats.lods  # noqa: B018 - looked up
    with pytest.raises(Exception, match="aht must be > 0 seconds"):
        pl.DataFrame({"a": [1.0]}).select(pl.col("a").callstats.load(-3))
    assert "required_agents" in dir(pl.col("load").callstats)


def test_functions_of_duckdb_are_the_direct_call():
    duckdb = pytest.importorskip("duckdb")
    from callstats.scale import duckdb as formulas

    connection = duckdb.connect()
    formulas.register(connection, patience=200)
    frame = pd.concat([FRAME.fillna({"agents": 7.0, "shrinkage": 0.5})] * 700, ignore_index=True)
    connection.register("frame", frame.assign(service_level=0.8, blocking=0.01))
    for name, (function, arguments) in formulas.FUNCTIONS.items():
        asked = f"SELECT {name}({', '.join(arguments)}) AS found FROM frame"  # noqa: S608 - ours
        columns = {each: frame[each] for each in arguments if each in frame}
        columns |= {each: {"service_level": 0.8, "blocking": 0.01}[each] for each in arguments
                    if each not in frame}  # fmt: skip
        patience = {} if name in formulas.WITHOUT_PATIENCE else {"patience": 200}
        wanted = function(**columns, **patience).to_numpy()
        found = connection.sql(asked).to_arrow_table()["found"].to_numpy()
        assert np.array_equal(found, wanted, equal_nan=True), name
    nothing = connection.sql("SELECT erlang_load(NULL, 180), max_load(0, 180, 0.8, 20)").fetchall()
    assert nothing[0][0] is None
    with pytest.raises(duckdb.Error, match="load must be >= 0"):
        connection.sql("SELECT required_agents(-1, 180, 0.8, 20)").fetchall()


def test_columns_of_engines_are_not_collected():
    with pytest.raises(
        TypeError, match=r"load must be numbers .* Expr .* import callstats\.polars"
    ):
        staffing.required_agents(pl.col("load"), aht=180, **GOALS)
    dd = pytest.importorskip("dask.dataframe")
    column = dd.from_pandas(FRAME, npartitions=2)["load"]
    with pytest.raises(TypeError, match=r"load must be numbers .* Series .*map_partitions"):
        erlang.blocking(5, column)
