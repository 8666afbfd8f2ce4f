"""What holds for any run: the same numbers for any threads, precision, the log, common callers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from callstats import erlang, kpi, simulate
from callstats.simulate import CallType, Group, Model

pytestmark = pytest.mark.frames
CALLS = CallType("calls", 100, talk=180, patience=300)


def figure(frame, measure, call_type="all"):
    chosen = frame[(frame["call_type"] == call_type) & (frame["measure"] == measure)]
    assert len(chosen) == 1
    return chosen.iloc[0]


def rich_model():
    """Everything at once: skills, overflow, tiers, retrials, call-backs, shifts, wrap-up."""
    types = [
        CallType(
            "sales",
            [60, 90, 40],
            900,
            talk=simulate.LogNormal(240, 200),
            patience=120,
            acw=30,
            priority=1,
        ),
        CallType(
            "care",
            [90, 70, 80],
            900,
            talk=180,
            patience=simulate.Weibull(1.3, 200),
            priority=2,
            pass_up=0.2,
            next_line="expert",
        ),
        CallType("expert", talk=simulate.Gamma(3, 100), patience=400),
    ]
    groups = [
        Group("desk", [14, 18, 12], 900),
        Group(
            "all-round",
            [simulate.Shift(0, 2700, 12, breaks=((900, 1200),)), simulate.Shift(900, 2700, 4)],
            shift_end="finish_roster",
        ),
        Group("experts", [10, 12, 9], 900, shift_end="preempt"),
    ]
    return Model(
        types,
        groups,
        {
            "sales": ["desk", ("all-round", 20)],
            "care": ["all-round", ("desk", 60)],
            "expert": ["experts"],
        },
        lines=90,
        retry=simulate.Retry(300, abandoned=0.3, attempts=3),
        callback=simulate.Callback(0.3, after=60),
        day_cv=0.1,
    )


@pytest.mark.parametrize("threads", [2, 5])
def test_threads_change_nothing(threads):
    arguments = {"freq": 450, "replications": 23, "seed": 5, "trace": True}
    one = simulate.run(rich_model(), threads=1, **arguments)
    many = simulate.run(rich_model(), threads=threads, **arguments)
    pd.testing.assert_frame_equal(one, many, check_exact=True)
    pd.testing.assert_frame_equal(one.groups(), many.groups(), check_exact=True)
    pd.testing.assert_frame_equal(one.calls(), many.calls(), check_exact=True)


def test_a_replication_is_the_same_alone_and_among_others():
    few = simulate.run(rich_model(), replications=2, seed=5, trace=True).calls()
    many = simulate.run(rich_model(), replications=9, seed=5, trace=2).calls()
    pd.testing.assert_frame_equal(few, many)


def test_nothing_is_lost():
    totals = simulate.run(rich_model(), replications=20, seed=3).totals()
    wide = totals.pivot(index="call_type", columns="measure", values="mean")  # noqa: PD010
    ended = wide["answered"] + wide["abandoned"] + wide["blocked"] + wide["unserved"]
    np.testing.assert_allclose(wide["offered"], ended, rtol=1e-12)
    assert (wide.loc["all", ["blocked", "callback", "overtime_seconds"]] >= 0).all()
    assert wide.loc["expert", "offered"] > 0
    assert wide.loc["all", "attempts"] > 1


def test_totals_are_sums_of_periods_divided():
    found = simulate.run(rich_model(), replications=20, seed=3)
    parts = found[found["call_type"] == "care"].pivot(  # noqa: PD010
        index="start", columns="measure", values="mean"
    )
    level = parts["answered_within"].sum() / parts["offered"].sum()
    assert figure(found.totals(), "service_level", "care")["mean"] == pytest.approx(
        level, rel=1e-12
    )


def test_the_log_gives_the_same_figures_as_the_simulation():
    types = [
        CallType("sales", 60, talk=240, acw=20, patience=120),
        CallType("care", 80, talk=180, patience=200, pass_up=0.2, next_line="sales"),
    ]
    model = Model(types, {"a": 9, "b": 9}, {"sales": ["a"], "care": ["b", ("a", 30)]})
    replications = 12
    found = simulate.run(
        model, horizon="3h", warm_up="20min", replications=replications, seed=8, trace=True
    )
    totals, log = found.totals(), found.calls()
    assert kpi.validate(log).empty
    seen = kpi.summarize(log, by="queue", threshold=20).set_index("queue")
    for name in ("sales", "care"):
        row = seen.loc[name]
        for measure in ("offered", "answered", "abandoned", "answered_within"):
            simulated = figure(totals, measure, name)["mean"] * replications
            assert row[measure] == pytest.approx(simulated, rel=1e-12)
        for measure, theirs in [
            ("service_level", "service_level"),
            ("abandonment", "abandonment_rate"),
            ("mean_wait", "mean_wait"),
            ("asa", "asa"),
            ("aht", "aht"),
        ]:
            assert row[theirs] == pytest.approx(figure(totals, measure, name)["mean"], rel=1e-9)
    passed = kpi.summarize(log[log["queue"] == "care"]).iloc[0]["transfer_rate"]
    assert passed == pytest.approx(figure(totals, "passed_up", "care")["mean"])


def test_the_log_cut_by_interval_gives_the_periods():
    starts = pd.date_range("2025-03-03 08:00", periods=4, freq="30min", tz="Europe/Paris")
    intervals = pd.DataFrame(
        {
            "start": starts,
            "calls": [100, 140, 0, 60],
            "aht": [180, 200, None, 240],
            "agents": [11, 15, 15, 8],
        }
    )
    found = simulate.run(
        Model(CallType("calls", talk=180, patience=150), 1),
        intervals=intervals,
        replications=15,
        seed=4,
        trace=True,
    )
    log = found.calls()
    seen = kpi.summarize(log, freq="30min", timezone="Europe/Paris").set_index("start")
    mine = found[found["call_type"] == "all"].pivot(index="start", columns="measure", values="mean")  # noqa: PD010
    assert list(mine.index) == list(starts)
    for start, row in mine.iterrows():
        if row["offered"]:
            assert seen.loc[start, "answered_within"] == pytest.approx(15 * row["answered_within"])
            assert seen.loc[start, "asa"] == pytest.approx(row["asa"], rel=1e-8)
    empty = mine.loc[starts[2]]
    assert empty["offered"] == 0
    assert np.isnan(empty["service_level"])
    assert mine.loc[starts[3], "aht"] == pytest.approx(240, rel=0.1)


def test_polars_intervals_say_the_same():
    starts = pd.date_range("2025-03-03 08:00", periods=3, freq="30min")
    frame = pd.DataFrame({"start": starts, "calls": [10, 20, 5], "agents": [3, 4, 2]})
    model = Model(CallType("calls", talk=180, patience=150), 1)
    one = simulate.run(model, intervals=frame, replications=5, seed=1)
    other = simulate.run(model, intervals=pl.from_pandas(frame), replications=5, seed=1)
    np.testing.assert_array_equal(one["mean"], other["mean"])


@pytest.mark.parametrize(("agents", "patience"), [(13, 300), (13, np.inf), (9, 60), (20, 300)])
def test_formulas_lie_within_the_intervals(agents, patience):
    kind = CallType("calls", 100, talk=180, patience=patience)
    found = simulate.run(
        Model(kind, agents), horizon="300h", warm_up="5h", replications=40, confidence=0.999, seed=7
    ).totals()
    exact = {
        "service_level": erlang.service_level(agents, 10, aht=180, patience=patience, threshold=20),
        "asa": erlang.asa(agents, 10, aht=180, patience=patience),
        "mean_wait": erlang.mean_wait(agents, 10, aht=180, patience=patience),
        "wait_probability": erlang.wait_probability(agents, 10, aht=180, patience=patience),
        "queue_length": erlang.queue_length(agents, 10, aht=180, patience=patience),
        "occupancy": erlang.occupancy(agents, 10, aht=180, patience=patience),
    }
    # Six figures of four systems at 99.9 %: a false alarm in 2.4 % of seeds at most.
    for measure, value in exact.items():
        row = figure(found, measure)
        assert row["low"] <= value <= row["high"], measure


def test_quantiles_of_waits_are_those_of_the_log():
    shares = [0.1, 0.5, 0.8, 0.9, 0.95, 0.999]
    found = simulate.run(
        rich_model(), freq=450, replications=40, seed=5, trace=True, quantiles=shares
    )
    log, waits = found.calls(), found.waits()
    accepted = log[log["outcome"] != "blocked"]
    for name in ("sales", "care", "expert", "all"):
        mine = accepted if name == "all" else accepted[accepted["call_type"] == name]
        for whose, calls in {"all": mine, "answered": mine[mine["answer"].notna()]}.items():
            rows = waits[(waits["call_type"] == name) & (waits["of"] == whose)]
            assert list(rows["quantile"]) == shares
            exact = np.quantile(calls["wait"], shares, method="inverted_cdf")
            # A class is 0.8 % wide, below 1/16 s 1/16 s.
            np.testing.assert_allclose(rows["wait"], exact, rtol=0.0079, atol=1 / 16)
            assert (rows["low"] <= rows["wait"]).all()
            assert (rows["wait"] <= rows["high"]).all()
    again = simulate.run(
        rich_model(), freq=450, replications=40, seed=5, threads=1, quantiles=shares
    )
    pd.testing.assert_frame_equal(again.waits(), found.waits(), check_exact=True)
    pd.testing.assert_frame_equal(again, found, check_exact=True)


def test_quantiles_of_waits_hold_the_formula_as_often_as_they_say():
    shares = [0.5, 0.7, 0.8, 0.9, 0.95]
    exact = erlang.wait_quantile(13, 10, aht=180, quantile=np.asarray(shares))
    model = Model(CallType("calls", 100, talk=180), 13)
    held = np.zeros(len(shares))
    for seed in range(200):
        found = simulate.run(
            model,
            horizon="16h",
            warm_up="3h",
            replications=20,
            confidence=0.9,
            seed=seed,
            quantiles=shares,
        )
        rows = found.waits().query("call_type == 'all' and of == 'answered'")
        held += (rows["low"] <= exact) & (exact <= rows["high"])
    # 70 % do not wait at all, and all intervals know it. Binomial(200, 0.9): 4.5 deviations.
    assert (held[:2] == 200).all()
    assert (np.abs(held[2:] - 180) <= 19).all()


def test_waits_without_end_and_without_calls():
    def waits(model, **more):
        return simulate.run(model, horizon=3600, replications=4, seed=1, **more).waits()

    shares = {"quantiles": [0.5]}
    for_ever = waits(Model(CallType("calls", 100, talk=180), 0), **shares)
    assert for_ever.loc[for_ever["of"] == "all", ["wait", "low", "high"]].eq(np.inf).all(axis=None)
    assert for_ever.loc[for_ever["of"] == "answered", "wait"].isna().all()
    with pytest.raises(ValueError, match="needs a run with quantiles"):
        waits(Model(CALLS, 5))
    with pytest.raises(ValueError, match=r"quantiles must be shares between 0 and 1; got 95.0"):
        waits(Model(CALLS, 5), quantiles=[0.5, 95])


def test_lines_in_use_are_those_of_the_chain_of_states():
    lines, agents, load = 16, 10, 10.0
    model = Model(CallType("calls", 100, talk=180, patience=100), agents, lines=lines)
    found = simulate.run(
        model, horizon="100h", warm_up="5h", replications=50, confidence=0.999, seed=1
    ).totals()
    weights = [1.0]
    for k in range(1, lines + 1):
        weights.append(weights[-1] * load / (min(k, agents) + max(k - agents, 0) * 180 / 100))
    chance = np.asarray(weights) / sum(weights)
    in_use, busy = figure(found, "lines_in_use"), figure(found, "all_lines_busy")
    assert in_use["low"] <= chance @ np.arange(lines + 1) <= in_use["high"]
    assert busy["low"] <= chance[-1] <= busy["high"]
    assert figure(found, "most_lines")["mean"] == lines
    endless = simulate.run(Model(CALLS, 13), horizon=60, replications=2, seed=1)
    assert not endless["measure"].str.contains("lines").any()


def test_intervals_hold_the_truth_as_often_as_they_say():
    exact = erlang.service_level(13, 10, aht=180, patience=300, threshold=20)
    model = Model(CALLS, 13)
    held = 0
    for seed in range(300):
        found = simulate.run(
            model, horizon="8h", warm_up="3h", replications=20, confidence=0.9, seed=seed
        )
        row = figure(found.totals(), "service_level")
        held += row["low"] <= exact <= row["high"]
    # Binomial(300, 0.9): four standard deviations.
    assert 249 <= held <= 291


def test_precision_runs_whole_batches_until_it_is_met():
    model = Model(CALLS, 13)
    arguments = {"horizon": "8h", "warm_up": "1h", "replications": 20, "seed": 1}
    found = simulate.run(model, precision=0.006, **arguments)
    done = found.attrs["callstats"]["replications"]
    row = figure(found.totals(), "service_level")
    assert (row["high"] - row["low"]) / 2 <= 0.006
    assert done % 20 == 0
    assert done > 20
    before = simulate.run(model, **{**arguments, "replications": done - 20})
    row = figure(before.totals(), "service_level")
    assert (row["high"] - row["low"]) / 2 > 0.006
    same = simulate.run(model, precision={"service_level": 0.006}, threads=1, **arguments)
    pd.testing.assert_frame_equal(found, same)


def test_precision_that_is_not_reached_is_told():
    with pytest.warns(UserWarning, match="service_level is known to"):
        found = simulate.run(
            Model(CALLS, 13),
            horizon="1h",
            precision=1e-6,
            replications=5,
            max_replications=15,
            seed=1,
        )
    assert found.attrs["callstats"]["replications"] == 15
    assert not found.attrs["callstats"]["precision_reached"]


def test_common_callers_make_differences_sure():
    kind = CallType(
        "calls", 120, talk=simulate.LogNormal(180, 150), patience=simulate.Weibull(1.4, 200)
    )
    models = {"14": Model(kind, 14), "15": Model(kind, 15)}
    found = simulate.compare(models, horizon="10h", replications=100, seed=2)
    gain = figure(found, "service_level")
    alone = [
        figure(
            simulate.run(model, horizon="10h", replications=100, seed=2).totals(), "service_level"
        )
        for model in models.values()
    ]
    assert gain["value"] == alone[1]["mean"]
    assert gain["base"] == alone[0]["mean"]
    assert gain["mean"] == pytest.approx(alone[1]["mean"] - alone[0]["mean"], abs=1e-12)
    apart = alone[0]["standard_error"] ** 2 + alone[1]["standard_error"] ** 2
    assert gain["standard_error"] ** 2 < apart / 5
    assert figure(found, "offered")["mean"] == 0
    assert figure(found, "offered")["standard_error"] == 0


def test_days_differ_by_the_factor_asked_for():
    kind = CallType("calls", 600, talk=60, patience=300)
    model = Model(kind, 30, day_cv=0.3)
    row = figure(simulate.run(model, horizon="4h", replications=400, seed=6), "offered")
    # Poisson noise beside it: 4,800 calls a day.
    expected = 4800 * np.hypot(0.3, 1 / np.sqrt(4800))
    assert row["low"] <= 4800 <= row["high"]
    # Of a spread known from 400 gamma factors: five standard errors are at most 20 %.
    assert row["standard_error"] * 20 == pytest.approx(expected, rel=0.2)


def test_who_hangs_up_tries_again_as_often_as_told():
    kind = CallType("calls", 100, talk=180, patience=60)
    retry = simulate.Retry(300, abandoned=1.0, attempts=2)
    model = Model(kind, 5, retry=retry)
    log = simulate.run(model, horizon="4h", replications=4, seed=6, trace=True).calls()
    attempts = log.groupby("contact_id").size()
    assert attempts.max() == 2
    first = log.drop_duplicates("contact_id")
    again = attempts[first.loc[first["outcome"] == "abandoned", "contact_id"]] == 2
    # All do but those who would call after closing time.
    assert again.mean() > 0.9
    assert (attempts[first.loc[first["outcome"] == "answered", "contact_id"]] == 1).all()


def test_call_backs_are_offered_to_those_who_wait_long_and_accepted_by_a_share():
    kind = CallType("calls", 100, talk=180, patience=np.inf)
    model = Model(kind, 10, callback=simulate.Callback(0.4, after=30))
    log = simulate.run(model, horizon="40h", replications=4, seed=6, trace=True).calls()
    long = log[log["wait"] > 30]
    share = (long["outcome"] == "callback").mean()
    # Independent choices: five standard errors.
    assert share == pytest.approx(0.4, abs=5 * np.sqrt(0.24 / len(long)))
    assert (log.loc[log["wait"] < 30, "outcome"] == "answered").all()


def test_more_threads_than_replications_and_one_replication():
    found = simulate.run(Model(CALLS, 13), horizon="1h", replications=1, threads=8, seed=1)
    assert np.isnan(found["standard_error"]).all()
    assert figure(found, "offered")["mean"] > 0


INTERRUPTED = """
import _thread, signal, threading
from callstats import simulate
# Where tests run in the background, SIGINT is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
model = simulate.Model(simulate.CallType("calls", 1e6, talk=180, patience=300), 100_000)
threading.Timer(0.7, _thread.interrupt_main).start()
try:
    simulate.run(model, horizon="1000h", replications=4, seed=1)
except KeyboardInterrupt:
    print("stopped")
"""


def test_ctrl_c_ends_a_run_within_a_replication():
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["stopped"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_computes_the_same():
    model = Model(CALLS, 13)
    expected = simulate.run(model, horizon="1h", replications=8, threads=2, seed=1)["mean"].sum()
    child = os.fork()
    if child == 0:
        again = simulate.run(model, horizon="1h", replications=8, threads=2, seed=1)["mean"].sum()
        os._exit(0 if again == expected else 1)
    signal.alarm(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
