"""Dask and Spark carry the states: the answer over a month of real calls is that of one pass."""

from __future__ import annotations

import os
import sys

import pandas as pd
import pytest
from callstats import datasets, kpi, scale
from cut_logs import the_same

ARGUMENTS = {"by": "queue", "freq": "30min", "threshold": [20, 60]}


@pytest.fixture(scope="module")
def month():
    """The real month, of local clock readings made instants; waits to the millisecond."""
    calls = datasets.anonymous_bank()
    calls = calls.assign(
        arrival=calls["arrival"].dt.tz_localize("Asia/Jerusalem"),
        wait=calls["wait"] + (calls.index.to_numpy() % 997) / 1000,
    )
    return calls[["call_id", "queue", "arrival", "wait", "outcome"]]


class TestDask:
    dd = property(lambda _: pytest.importorskip("dask.dataframe"))

    @pytest.fixture(autouse=True)
    def one_thread(self):
        dask = pytest.importorskip("dask")
        with dask.config.set(scheduler="synchronous"):
            yield

    def test_summaries_and_patience(self, month):
        frame = self.dd.from_pandas(month, npartitions=12)
        the_same(scale.run(scale.Summary(**ARGUMENTS), frame), kpi.summarize(month, **ARGUMENTS))
        the_same(scale.run(scale.Patience(by="queue"), frame), kpi.patience(month, by="queue"))

    def test_errors_name_the_partition(self, month):
        bad = month.assign(outcome=month["outcome"].astype("str"))
        bad.loc[bad.index[-1], "outcome"] = "lost"
        frame = self.dd.from_pandas(bad, npartitions=3)
        with pytest.raises(ValueError, match=r"^partition 2: outcome must be one of"):
            scale.run(scale.Summary(), frame)
        with pytest.raises(ValueError, match="not for Dask"):
            scale.run(scale.Summary(), frame, how="two-pass")

    def test_ordinary_functions_name_the_way_to_go(self, month):
        frame = self.dd.from_pandas(month, npartitions=2)
        with pytest.raises(TypeError, match=r"calls is a Dask frame.*scale\.run"):
            kpi.summarize(frame)


@pytest.fixture(scope="session")
def spark():
    sql = pytest.importorskip("pyspark.sql")
    # Workers are of the interpreter that runs the tests.
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.sql.shuffle.partitions", "3")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "America/New_York")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.mark.filterwarnings("ignore")
class TestSpark:
    def test_summaries_and_patience_in_a_session_of_another_zone(self, month, spark):
        plain = month.astype({"queue": "str", "outcome": "str"})
        frame = spark.createDataFrame(plain).repartition(4)
        asked = {**ARGUMENTS, "timezone": "Asia/Jerusalem"}
        the_same(scale.run(scale.Summary(**asked), frame), kpi.summarize(plain, **asked))
        the_same(scale.run(scale.Patience(by="queue"), frame), kpi.patience(plain, by="queue"))
        found = scale.run(scale.Summary(by="queue"), frame, how="frame")
        assert found.count() == plain["queue"].nunique()
        with pytest.raises(TypeError, match=r"calls is a Spark frame.*scale\.run"):
            kpi.summarize(frame)

    def test_errors_name_the_partition(self, spark):
        frame = spark.createDataFrame(pd.DataFrame({"wait": [1.0], "outcome": ["lost"]}))
        with pytest.raises(Exception, match=r"partition \d+: outcome must be one of"):
            scale.run(scale.Summary(), frame)
