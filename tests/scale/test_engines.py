"""Dask and Spark carry the states: the answer over a month of real calls is that of one pass."""

from __future__ import annotations

import os
import shutil
import sys

import pandas as pd
import pytest
from callstats import datasets, erlang, kpi, qa, scale, staffing
from cut_logs import recordings, schedule, spells, the_same

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
        with pytest.raises(ValueError, match="takes one pass"):
            scale.run(scale.Summary(), frame, how="two-pass")
        with pytest.raises(ValueError, match="for Spark"):
            scale.run(scale.Summary(), frame, how="frame")

    def test_calls_in_progress_and_draws(self, month):
        frame = self.dd.from_pandas(month, npartitions=5)
        asked = {"freq": "30min", "by": "queue"}
        the_same(scale.run(scale.Concurrency(**asked), frame), kpi.concurrency(month, **asked))
        calls = recordings(2_000)
        frame = self.dd.from_pandas(calls, npartitions=6, sort=False)
        wanted = qa.sample(calls, 5, seed=7)
        for how in (None, "two-pass"):
            found = scale.run(scale.Sample(5, seed=7), frame, how=how)
            assert found["call_id"].tolist() == wanted["call_id"].tolist()
            assert qa.sample_report(found) == qa.sample_report(wanted)

    def test_rows_of_a_key_meet(self):
        rows = spells()
        frame = self.dd.from_pandas(rows, npartitions=4)
        for plan, wanted in (
            (scale.States(freq="30min"), kpi.states(rows, freq="30min")),
            (scale.Adherence(schedule()), kpi.adherence(rows, schedule())),
        ):
            the_same(scale.run(plan, frame), wanted, problems=False)

    def test_formulas_run_where_the_rows_are(self):
        rows = pd.DataFrame({"calls": [100.0, 120.0, 90.0], "aht": 180.0})
        frame = self.dd.from_pandas(rows, npartitions=2)
        found = frame.map_partitions(
            lambda part: erlang.load(part["calls"], part["aht"]), meta=("load", "f8")
        )
        assert found.compute().tolist() == [10.0, 12.0, 9.0]

    def test_ordinary_functions_name_the_way_to_go(self, month):
        frame = self.dd.from_pandas(month, npartitions=2)
        with pytest.raises(TypeError, match=r"calls is a Dask frame.*scale\.run"):
            kpi.summarize(frame)


@pytest.fixture(scope="session")
def spark():
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        if os.environ.get("CALLSTATS_ENGINES") == "all":
            pytest.fail("Spark needs Java 17, and there is no java")
        pytest.skip("Spark needs Java 17, and there is no java")
    # Workers are of the interpreter that runs the tests.
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.sql.shuffle.partitions", "3")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "America/New_York")
        .config("spark.driver.host", "127.0.0.1")
        # A short life: a quick start is worth more than fast code.
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.mark.xdist_group("spark")
@pytest.mark.filterwarnings("ignore")
class TestSpark:
    def test_summaries_and_patience_in_a_session_of_another_zone(self, month, spark):
        plain = month.astype({"queue": "str", "outcome": "str"})
        frame = spark.createDataFrame(plain).repartition(4)
        asked = {**ARGUMENTS, "timezone": "Asia/Jerusalem"}
        the_same(scale.run(scale.Summary(**asked), frame), kpi.summarize(plain, **asked))
        the_same(scale.run(scale.Patience(by="queue"), frame), kpi.patience(plain, by="queue"))
        asked = {"freq": "30min", "by": "queue", "timezone": "Asia/Jerusalem"}
        found = scale.run(scale.Concurrency(**asked), frame, how="frame")
        wanted = kpi.concurrency(plain, **asked)
        peaks = sorted(row[0] for row in found.select("peak_in_progress").collect())
        assert peaks == sorted(wanted["peak_in_progress"])
        with pytest.raises(TypeError, match=r"calls is a Spark frame.*scale\.run"):
            kpi.summarize(frame)

    def test_draws_in_two_passes(self, spark):
        calls = recordings(2_000)[["call_id", "agent", "arrival", "talk", "wait", "outcome"]]
        calls = calls.reset_index(drop=True)
        calls["arrival"] = calls["arrival"].dt.tz_convert("UTC")
        frame = spark.createDataFrame(calls).repartition(3)
        asked = {"timezone": "Asia/Jerusalem", "seed": 7}
        wanted = qa.sample(calls, 5, **asked)
        found = scale.run(scale.Sample(5, **asked), frame, how="two-pass")
        assert found["call_id"].tolist() == wanted["call_id"].tolist()
        assert found["talk"].tolist() == wanted["talk"].tolist()
        assert qa.sample_report(found) == qa.sample_report(wanted)

    def test_rows_of_a_key_meet(self, spark):
        rows = spells()
        for name in ("start", "end"):
            rows[name] = rows[name].dt.tz_localize("UTC")
        asked = {"freq": "30min", "timezone": "Asia/Jerusalem"}
        found = scale.run(scale.States(**asked), spark.createDataFrame(rows))
        the_same(found, kpi.states(rows, **asked), problems=False)

    def test_formulas_of_columns(self, spark):
        from pyspark.sql import functions as sql

        frame = spark.createDataFrame(pd.DataFrame({"load": [10.0, 13.0], "aht": [180.0, 200.0]}))
        agents = scale.spark.udf(
            staffing.required_agents, aht=sql.col("aht"), service_level=0.8, threshold=20
        )
        found = [row[0] for row in frame.select(agents("load")).collect()]
        assert found == [14.0, 17.0]
        with pytest.raises(TypeError, match="no argument 'service'"):
            scale.spark.udf(staffing.required_agents, service=0.8)

    def test_errors_name_the_partition(self, spark):
        frame = spark.createDataFrame(pd.DataFrame({"wait": [1.0], "outcome": ["lost"]}))
        with pytest.raises(Exception, match=r"partition \d+: outcome must be one of"):
            scale.run(scale.Summary(), frame)
