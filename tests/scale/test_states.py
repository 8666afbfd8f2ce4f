"""States: however rows are cut, ordered and merged, the answer is that of one pass, to the bit."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from callstats import kpi, scale
from cut_logs import cut, log, merged_anyhow, the_same
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

HOURS = kpi.BusinessHours("20:30", "23:00", weekdays="1111110")
SUMMARIES = {
    "all": {},
    "queue": {"by": "queue"},
    "half hours": {"by": "queue", "freq": "30min", "threshold": [20, 60], "bins": [10, 60]},
    "local days": {"freq": "day", "timezone": "Asia/Shanghai", "by": ("queue", "agent")},
    "own thresholds": {"by": "agent", "threshold": "limit"},
    "a queue's threshold": {"threshold": {"sales": 10, "help": "20s", "none": 5}, "by": "kind"},
    "pro rata": {"freq": "15min", "attribute_to": "pro rata", "by": "queue"},
    "by the end": {"freq": "1h", "attribute_to": "end", "quantile": "linear"},
    "definitions": {"by": "agent", "definition": ["offered", "answered"]},
    "hours": {"by": "queue", "freq": "30min", "hours": HOURS},
    "hours of queues": {
        "by": "queue",
        "freq": "1h",
        "hours": {"sales": HOURS, "help": [HOURS, kpi.BusinessHours("00:00", "24:00")]},
    },
    "hours of queues, not apart": {
        "freq": "1h",
        "hours": {"sales": HOURS, "help": kpi.BusinessHours("01:00", "02:00")},
    },
    "hours alone": {"hours": HOURS},
    "flagged": {"by": "queue", "freq": "1h", "on_error": "flag"},
    "dropped": {"by": "queue", "on_error": "drop"},
    "unknown waits": {"by": "queue"},
}


def calls_for(case):
    calls = log()
    calls["limit"] = np.where(calls["agent"] == "ben", 15.5, 30.0)
    calls["kind"] = calls["agent"].str.len()
    if case == "a queue's threshold":
        calls["queue"] = calls["queue"].fillna("none")
    if case.startswith("hours of queues"):
        calls["queue"] = calls["queue"].fillna("help")
    if case in {"flagged", "dropped"}:
        calls.loc[5, "wait"] = -1.0
        calls.loc[[7, 9], "outcome"] = "lost"
        calls.loc[11, "arrival"] = pd.NaT
        calls.loc[13, "talk"] = -5.0
    if case == "unknown waits":
        calls.loc[calls["outcome"].eq("abandoned") & calls["agent"].eq("ben"), "wait"] = np.nan
    return calls


@pytest.mark.parametrize("case", SUMMARIES)
def test_summaries_of_parts_are_those_of_one_pass(case):
    calls, arguments = calls_for(case), SUMMARIES[case]
    wanted = kpi.summarize(calls, **arguments)
    plan = scale.Summary(**arguments)
    the_same(plan.finish(plan.partial(calls)), wanted)
    for seed, parts in enumerate([2, 7, 40]):
        found = plan.finish(merged_anyhow(plan, calls, parts, seed))
        the_same(found, wanted, problems=case not in {"flagged", "dropped"})


@pytest.mark.parametrize("kind", ["category", "polars", "arrow", "batch", "reader"])
def test_any_kind_of_part_gives_the_same_state(kind):
    import polars as pl
    import pyarrow as pa

    calls = log()
    arrow = pa.Table.from_pandas(calls, preserve_index=False)
    part = {
        "category": lambda: calls.astype({"queue": "category", "outcome": "category"}),
        "polars": lambda: pl.from_pandas(calls),
        "arrow": lambda: arrow,
        "batch": lambda: arrow.combine_chunks().to_batches()[0],
        "reader": arrow.to_reader,
    }[kind]()
    plan = scale.Summary(by="queue", freq="1h")
    assert plan.partial(part) == plan.partial(calls)


def test_categories_may_differ_by_part():
    calls = log()
    parts = [calls[:100], calls[100:]]
    plan = scale.Summary(by="queue")
    states = [plan.partial(part.assign(queue=part["queue"].astype("category"))) for part in parts]
    the_same(plan.finish(plan.merge(states)), kpi.summarize(calls, by="queue"))


def test_parts_without_rows_or_columns_change_nothing():
    calls = log()
    plan = scale.Summary(by="queue", freq="1h")
    empty = [plan.partial(pd.DataFrame()), plan.partial(calls[:0])]
    the_same(
        plan.finish(plan.merge([empty[0], plan.partial(calls), *empty])),
        kpi.summarize(calls, by="queue", freq="1h"),
    )
    alone = plan.finish(plan.merge(empty))
    assert len(alone) == 0
    assert list(alone.columns) == list(kpi.summarize(calls[:0], by="queue", freq="1h").columns)
    whole = scale.Summary()
    the_same(whole.finish(whole.partial(calls[:0])), kpi.summarize(calls[:0]))


@pytest.mark.parametrize("library", ["polars", "duckdb"])
def test_sum_and_max_of_an_engine_are_the_merge(library):
    import pyarrow as pa

    calls = log()
    plan = scale.Summary(by="queue", freq="30min", threshold=[20, 60])
    states = [plan.partial(part) for part in cut(calls, 9, 4)]
    layouts = plan.layouts()
    tables = {}
    for name, layout in layouts.items():
        together = pa.concat_tables(
            [state.tables[name] for state in states], promote_options="permissive"
        )
        if library == "polars":
            import polars as pl

            sums = [pl.sum(each) for each in layout.sums]
            longest = [pl.max(each) for each in layout.largest]
            tables[name] = (
                pl.from_arrow(together).group_by(layout.keys).agg(*sums, *longest).to_arrow()
            )
        else:
            duckdb = pytest.importorskip("duckdb")
            columns = [f'"{each}"' for each in layout.keys]
            columns += [f'sum("{each}") AS "{each}"' for each in layout.sums]
            columns += [f'max("{each}") AS "{each}"' for each in layout.largest]
            query = f"SELECT {', '.join(columns)} FROM together GROUP BY ALL"  # noqa: S608
            tables[name] = duckdb.sql(query).to_arrow_table()
    merged = scale.State(tables, plan.merge(states).about)
    the_same(
        plan.finish(merged), kpi.summarize(calls, by="queue", freq="30min", threshold=[20, 60])
    )


def test_quantiles_from_bins_or_none():
    calls = log(unit=1.0)
    edges = range(1, 600)
    exact = kpi.summarize(calls, by="queue", bins=edges)
    plan = scale.Summary(by="queue", bins=edges, quantiles="bins")
    found = plan.finish(merged_anyhow(plan, calls, 5, 1))
    assert_frame_equal(found, exact, check_exact=True)
    plan = scale.Summary(by="queue", quantiles=None)
    found = plan.finish(merged_anyhow(plan, calls, 5, 1))
    assert found["wait_p90"].isna().all()
    assert (found["wait_max"] == exact["wait_max"]).all()
    assert "waits" not in plan.layouts()
    with pytest.raises(ValueError, match="needs bins"):
        scale.Summary(quantiles="bins")


def test_a_state_of_another_plan_is_refused_by_its_first_other_setting():
    calls = log()
    plan = scale.Summary(by="queue")
    other = scale.Summary(by="queue", short_abandon=7).partial(calls)
    with pytest.raises(ValueError, match=r"its short_abandon is 7\.0, that of this plan is 5\.0"):
        plan.merge([plan.partial(calls), other])
    with pytest.raises(ValueError, match="its threshold is"):
        plan.finish(scale.Summary(by="queue", threshold=30).partial(calls))
    with pytest.raises(TypeError, match="states"):
        plan.merge([calls])
    with pytest.raises(ValueError, match="at least one"):
        plan.merge([])


def test_bytes_that_are_cut_off_or_of_another_format_are_refused():
    data = scale.Summary(by="queue").partial(log()).to_bytes()
    for length in (0, 4, 12, 200, len(data) // 2, len(data) - 1):
        with pytest.raises(ValueError, match=r"cut off|none of a state|damaged"):
            scale.State.from_bytes(data[:length])
    with pytest.raises(ValueError, match="followed by 1 more"):
        scale.State.from_bytes(data + b"x")
    with pytest.raises(ValueError, match="none of a state"):
        scale.State.from_bytes(b"PAR1" + data)
    with pytest.raises(ValueError, match=r"format 9, written by callstats .* reads format 1"):
        scale.State.from_bytes(data.replace(b'"format": [1, 0]', b'"format": [9, 0]', 1))


def test_plans_and_states_pickle_and_compare():
    plan = scale.Summary(by="queue", threshold=[20, 60], hours=HOURS)
    assert pickle.loads(pickle.dumps(plan)) == plan  # noqa: S301 - our own bytes
    assert plan == scale.Summary(by=["queue"], threshold=(20, 60), hours=HOURS)
    assert plan != scale.Summary(by="queue")
    state = plan.partial(log())
    assert pickle.loads(pickle.dumps(state)) == state  # noqa: S301 - our own bytes
    assert scale.State.from_bytes(state.to_bytes()) == state


def test_errors_name_the_part():
    calls = log()
    calls.loc[3, "outcome"] = "lost"
    with pytest.raises(ValueError, match=r"^part-7: outcome must be one of .* at position 3"):
        scale.Summary().partial(calls, where="part-7")
    with pytest.raises(ValueError, match=r"^part-8: .*'wait'"):
        scale.Summary().partial(calls.drop(columns="wait"), where="part-8")


def test_sums_of_many_parts_carry():
    calls = pd.DataFrame({"wait": [0.1, 300.3, 59.999], "outcome": "answered"})
    plan = scale.Summary(quantiles=None)
    state = plan.partial(calls)
    for _ in range(12):
        state = plan.merge([state] * 8)
    many = 8**12
    cells = state.tables["cells"]
    assert cells["answered"][0].as_py() == 3 * many
    assert 0 <= cells["wait_sum_all_lo"][0].as_py() < 1 << 44
    exact = sum(Fraction(wait) for wait in calls["wait"].tolist()) * many
    assert plan.finish(state)["wait_sum_all"][0] == float(exact)


PATIENCE = {
    "patience": (scale.Patience, kpi.patience, {"by": "queue"}),
    "restricted": (scale.Patience, kpi.patience, {"until": 60, "limits": "log_wald"}),
    "flagged": (scale.Patience, kpi.patience, {"by": "agent", "on_error": "flag"}),
    "curve": (scale.PatienceCurve, kpi.patience_curve, {"by": ("queue", "agent"), "band": "log"}),
    "hazard": (scale.PatienceHazard, kpi.patience_hazard, {"by": "queue", "edges": [0, 15, 90]}),
}


@pytest.mark.parametrize("case", PATIENCE)
def test_patience_of_parts_is_that_of_one_pass(case):
    kind, function, arguments = PATIENCE[case]
    calls = calls_for(case)
    if case == "flagged":
        # A group of whose patience nothing is known.
        calls.loc[calls["agent"].eq("chen") & calls["outcome"].eq("abandoned"), "wait"] = np.nan
    wanted = function(calls, **arguments)
    plan = kind(**arguments)
    the_same(plan.finish(plan.partial(calls)), wanted)
    for seed, parts in enumerate([3, 30]):
        found = plan.finish(merged_anyhow(plan, calls, parts, seed))
        the_same(found, wanted, problems=case != "flagged")
    empty = plan.finish(plan.partial(pd.DataFrame()))
    assert list(empty.columns) == list(function(calls[:0], **arguments).columns)


@pytest.mark.parametrize("kind", ["patience", "curve", "hazard"])
def test_patience_without_keys_or_calls(kind):
    kind, function, _ = PATIENCE[kind]
    calls = log()
    plan = kind()
    the_same(plan.finish(plan.partial(calls[:0])), function(calls[:0]))
    the_same(plan.finish(merged_anyhow(plan, calls, 6, 0)), function(calls))


CONCURRENCY = {
    "all": {"freq": "15min"},
    "days of queues": {"freq": "day", "by": "queue"},
    "with agents": {"freq": "1h", "by": ("queue", "agent"), "start": "answer"},
    "flagged": {"freq": "5min", "by": "queue", "on_error": "flag"},
    "another zone": {"freq": "day", "timezone": "Asia/Kolkata"},
}


@pytest.mark.parametrize("case", CONCURRENCY)
def test_calls_in_progress_of_parts_are_those_of_one_pass(case):
    calls, arguments = log(), CONCURRENCY[case]
    calls["answer"] = (calls["arrival"] + pd.to_timedelta(calls["wait"].round(3), unit="s")).where(
        calls["outcome"].eq("answered")
    )
    calls.loc[calls["agent"].eq("chen") & calls["queue"].eq("help"), "agent"] = None
    # Calls without length, alone in their interval, and calls of many hours.
    calls.loc[3, "arrival"] = pd.Timestamp("2024-10-27 16:00", tz="Europe/Paris")
    calls.loc[[3, 4], ["wait", "talk", "hold"]] = 0.0
    calls.loc[[10, 11], "talk"] = [20_000.0, 9_000.5]
    if case == "flagged":
        calls.loc[5, "wait"] = -1.0
        calls.loc[11, "arrival"] = pd.NaT
    wanted = kpi.concurrency(calls, **arguments)
    assert wanted["peak_in_progress"].max() > 1
    plan = scale.Concurrency(**arguments)
    the_same(plan.finish(plan.partial(calls)), wanted)
    for seed, parts in enumerate([3, 40]):
        found = plan.finish(merged_anyhow(plan, calls, parts, seed))
        the_same(found, wanted, problems=case != "flagged")
    empty = plan.finish(plan.partial(calls[:0]))
    assert list(empty.columns) == list(kpi.concurrency(calls[:0], **arguments).columns)


@settings(max_examples=6, deadline=None)
@given(
    parts=st.integers(1, 24),
    seed=st.integers(0, 10**6),
    unit=st.sampled_from([1e-3, 1.0, 0.25]),
    case=st.sampled_from(["queue", "half hours", "local days", "hours"]),
)
def test_any_cut_order_and_tree_gives_the_bits_of_one_pass(parts, seed, unit, case):
    calls, arguments = log(80, seed, unit=unit), SUMMARIES[case]
    plan = scale.Summary(**arguments)
    found = plan.finish(merged_anyhow(plan, calls, parts, seed))
    the_same(found, kpi.summarize(calls, **arguments))
    progress = scale.Concurrency(freq="30min", by="queue")
    found = progress.finish(merged_anyhow(progress, calls, parts, seed))
    the_same(found, kpi.concurrency(calls, freq="30min", by="queue"))
    curve = scale.PatienceCurve(by="agent")
    found = curve.finish(merged_anyhow(curve, calls, parts, seed))
    the_same(found, kpi.patience_curve(calls, by="agent"))
