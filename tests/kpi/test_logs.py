"""What does not change the figures of a log, and what is wrong with rows."""

from __future__ import annotations

import datetime
import io
import json

import logs
import numpy as np
import pandas as pd
import pytest
from callstats import kpi
from callstats.errors import InvalidDataError, MissingColumnError

pytestmark = pytest.mark.frames

BY_QUEUE = {"by": "queue", "freq": "30min", "threshold": [10, 20, 40]}


def summary(log: pd.DataFrame, **options) -> pd.DataFrame:
    return kpi.summarize(log, **{**BY_QUEUE, **options})


def same(left: pd.DataFrame, right: pd.DataFrame, **options) -> None:
    pd.testing.assert_frame_equal(left, right, check_exact=True, **options)


def test_the_order_of_rows_changes_nothing():
    log = logs.calls(400)
    log["wait"] = np.random.default_rng(2).exponential(20.0, 400)
    shuffled = log.sample(frac=1.0, random_state=3)
    same(summary(shuffled), summary(log))
    options = {"freq": "15min", "by": "queue"}
    same(kpi.concurrency(shuffled, **options), kpi.concurrency(log, **options))
    same(kpi.patience(shuffled, by="queue"), kpi.patience(log, by="queue"))
    same(kpi.patience_curve(shuffled), kpi.patience_curve(log))
    spells = logs.spells()
    same(kpi.states(spells[::-1], freq="15min"), kpi.states(spells, freq="15min"))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_the_unit_of_times_changes_nothing(unit):
    log = logs.calls()
    log["arrival"] = log["arrival"].dt.floor("s")
    other = log.assign(arrival=log["arrival"].astype(f"datetime64[{unit}]"))
    same(summary(other), summary(log))
    spells = logs.spells()
    for name in ("start", "end"):
        spells[name] = spells[name].dt.floor("s")
    coarse = spells.astype({"start": f"datetime64[{unit}]", "end": f"datetime64[{unit}]"})
    same(kpi.states(coarse, freq="day"), kpi.states(spells, freq="day"))


def test_categories_text_and_objects_give_the_same_rows():
    log = logs.calls()
    expected = summary(log)
    for kind in ("category", "string", object):
        result = summary(log.astype({"queue": kind, "outcome": kind}))
        keys = [None if pd.isna(key) else key for key in result["queue"]]
        same(result.assign(queue=pd.Series(keys, dtype=expected["queue"].dtype)), expected)
    # The order of the categories is not the order of the rows, and unused ones have none.
    backwards = pd.Categorical(log["queue"], ["unused", "sales", "help"], ordered=True)
    result = summary(log.assign(queue=backwards))
    assert result["queue"].drop_duplicates().tolist()[:2] == ["help", "sales"]
    assert isinstance(result["queue"].dtype, pd.CategoricalDtype)


def test_times_and_durations_may_be_text():
    log = logs.calls()
    text = log.assign(
        arrival=log["arrival"].map(lambda time: time.isoformat()),
        wait=log["wait"].map("{:.1f}s".format),
        talk=pd.to_timedelta(log["talk"], unit="s"),
        acw=[None if np.isnan(s) else f"{s // 60:.0f}:{s % 60:02.0f}" for s in log["acw"]],
    )
    same(summary(text), summary(log))


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_other_frames_give_the_same_figures(kind):
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")

    def other(frame: pd.DataFrame):
        return pl.from_pandas(frame) if kind == "polars" else pa.Table.from_pandas(frame)

    zoned = logs.calls().assign(arrival=lambda log: log["arrival"].dt.tz_localize("Asia/Shanghai"))
    for ask in (
        summary,
        lambda log: kpi.concurrency(log, freq="15min", by="queue"),
        lambda log: kpi.patience(log, by=["queue", "agent"]),
        kpi.patience_curve,
        kpi.compare_definitions,
        lambda log: kpi.merge([summary(log), summary(log)]),
    ):
        expected, got = ask(zoned), ask(other(zoned))
        assert type(got).__module__.split(".")[0] == kind
        got = got.to_pandas()
        assert list(got.columns) == list(expected.columns)
        same(got.astype(expected.dtypes), expected)


def test_one_instant_has_many_spellings():
    log = logs.calls()
    expected = summary(log.assign(arrival=log["arrival"].dt.tz_localize("UTC")))
    for zone in (datetime.UTC, "Etc/UTC"):
        named = summary(log.assign(arrival=log["arrival"].dt.tz_localize(zone)))
        same(named.assign(start=named["start"].dt.tz_convert("UTC")), expected)
    text = log["arrival"].map(lambda time: time.isoformat() + "Z")
    same(summary(log.assign(arrival=text)), expected)
    same(summary(log, timezone="UTC"), expected)
    elsewhere = log["arrival"].dt.tz_localize("UTC").dt.tz_convert("America/St_Johns")
    same(summary(log.assign(arrival=elsewhere), timezone="UTC"), expected)
    fixed = elsewhere.dt.tz_convert("+03:00")
    assert str(summary(log.assign(arrival=fixed))["start"].dt.tz) == "UTC+03:00"


def test_columns_of_other_kinds_can_be_keys():
    log = logs.calls().assign(
        vip=lambda log: log["call_id"] % 2 == 0,
        day=lambda log: log["arrival"].dt.normalize(),
        level=lambda log: log["call_id"] % 3 - 1.5,
    )
    result = kpi.summarize(log, by=["vip", "day", "level"])
    assert result["vip"].tolist() == [False] * 3 + [True] * 3
    assert result["level"].tolist() == [-1.5, -0.5, 0.5] * 2
    assert result["offered"].sum() == 60
    mixed = log.assign(queue=[7 if vip else "sales" for vip in log["vip"]])
    assert kpi.summarize(mixed, by="queue")["queue"].tolist() == [7, "sales"]


def test_missing_keys_are_a_group_of_their_own_and_come_last():
    log = logs.calls()
    result = kpi.summarize(log, by="queue")
    assert result["queue"].isna().tolist() == [False, False, True]
    assert result["offered"].iloc[2] == log["queue"].isna().sum()
    assert kpi.summarize(log.assign(queue=None), by="queue")["offered"].tolist() == [60]


def test_key_figures_of_nothing():
    empty = logs.calls()[:0]
    whole = kpi.summarize(empty)
    assert len(whole) == 1
    assert whole["offered"].tolist() == [0]
    assert (
        whole[["service_level", "asa", "aht", "wait_p50", "answer_rate_low"]]
        .isna()
        .to_numpy()
        .all()
    )
    assert len(summary(empty)) == 0
    assert list(summary(empty).columns) == list(summary(logs.calls()).columns)
    assert len(kpi.concurrency(empty, freq="day")) == 0
    assert len(kpi.states(logs.spells()[:0], freq="day")) == 0
    assert kpi.patience(empty)["waits"].tolist() == [0]
    assert len(kpi.patience_curve(empty)) == 0
    assert len(kpi.validate(empty)) == 0
    assert kpi.merge([summary(empty), summary(logs.calls())])["offered"].sum() == 60
    bare = pd.DataFrame(columns=["wait", "outcome", "arrival"])
    assert kpi.summarize(bare, freq="15min", timezone="Asia/Shanghai").empty


def test_nobody_answered_is_no_error():
    log = pd.DataFrame({"wait": [4.0, 30.0], "outcome": ["abandoned", "abandoned"]})
    row = kpi.summarize(log).iloc[0]
    assert (row["service_level"], row["abandonment_rate"]) == (0.0, 1.0)
    assert np.isnan(row["asa"])
    assert kpi.summarize(log, definition=kpi.Definitions(asa="all_waits"))["asa"].iloc[0] == np.inf


def test_rows_add_up():
    table = summary(logs.calls(300))
    outcomes = ["answered", "abandoned", "flow_out", "callback", "blocked"]
    assert (table[outcomes].sum(axis=1) == table["offered"]).all()
    for rate in ("answer_rate", "service_level_20", "abandonment_rate"):
        stem, _, ending = rate.partition("_20")
        ending = "_20" if "_20" in rate else ""
        divided = table[f"{stem}_numerator{ending}"] / table[f"{stem}_denominator{ending}"]
        np.testing.assert_array_equal(table[rate], divided)
    for less, more in (("_10", "_20"), ("_20", "_40")):
        assert (table[f"answered_within{less}"] <= table[f"answered_within{more}"]).all()
    variants = kpi.compare_definitions(logs.calls(300), 20).set_index("definition")["service_level"]
    assert variants["offered"] <= variants["exclude_abandoned_within"]
    assert variants["exclude_abandoned_within"] <= variants["count_abandoned_within"]


def test_parts_merge_to_the_whole():
    log = pd.concat(
        [logs.calls(80, seed=day).assign(day=day) for day in range(4)], ignore_index=True
    )
    log["arrival"] += pd.to_timedelta(log["day"], unit="D")
    log["call_id"] = np.arange(len(log))
    whole = summary(log)
    merged = kpi.merge([summary(part) for _, part in log.groupby("day")][::-1])
    quantiles = ["wait_p50", "wait_p80", "wait_p90", "wait_p95"]
    assert merged[quantiles].isna().to_numpy().all()
    pd.testing.assert_frame_equal(
        merged.drop(columns=quantiles), whole.drop(columns=quantiles), rtol=1e-14
    )
    # Roll-ups over fewer keys: parts that share a row.
    by_queue = kpi.merge([kpi.summarize(part, by="queue") for _, part in log.groupby("day")])
    counts = by_queue.select_dtypes("int64").columns
    same(by_queue[counts], kpi.summarize(log, by="queue")[counts])
    assert by_queue.attrs["callstats"]["rows"] == len(log)


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_parts_may_be_labelled_in_different_zones(kind):
    """The same half hours by the clocks of two cities are the same half hours."""
    log = logs.calls()
    there = ["Asia/Shanghai", "America/New_York"]
    logs_of = [
        log.assign(arrival=log["arrival"].dt.tz_localize("UTC").dt.tz_convert(zone))
        for zone in there
    ]
    empty = pd.DataFrame(columns=log.columns)
    if kind == "polars":
        pl = pytest.importorskip("polars")
        logs_of, empty = [pl.from_pandas(each) for each in logs_of], None
    parts = [summary(each, by=()) for each in logs_of]
    if empty is not None:
        # A day without calls says nothing of its zone.
        parts.insert(0, summary(empty, by=(), timezone=None))
    merged = kpi.merge(parts)
    merged = merged.to_pandas() if kind == "polars" else merged
    assert str(merged["start"].dt.tz) == there[0]
    assert merged["offered"].tolist() == (2 * summary(log, by=())["offered"]).tolist()
    with pytest.raises(ValueError, match="start must have a time zone if that of other parts"):
        kpi.merge([parts[-1], summary(log if kind == "pandas" else pl.from_pandas(log), by=())])


def test_parts_are_frames_of_one_library_in_any_order_of_columns():
    pl = pytest.importorskip("polars")
    part = summary(logs.calls())
    backwards = part[list(part.columns)[::-1]]
    same(kpi.merge([part, backwards]), kpi.merge([part, part]))
    with pytest.raises(TypeError, match="parts must be several frames, such as a list"):
        kpi.merge(part)
    with pytest.raises(TypeError, match=r"parts\[1\] must be of the library of parts\[0\]"):
        kpi.merge([part, summary(pl.from_pandas(logs.calls()))])


def test_a_part_without_rows_may_come_from_a_file():
    part, nothing = (kpi.summarize(log, by="queue") for log in (logs.calls(), logs.calls()[:0]))
    read = pd.read_csv(io.StringIO(nothing.to_csv(index=False)))
    for parts in ([part, read], [read, part]):
        same(kpi.merge(parts)[part.columns], kpi.merge([part, nothing]))


def test_parts_that_do_not_fit_are_refused():
    log = logs.calls()
    with pytest.raises(ValueError, match="at least one"):
        kpi.merge([])
    with pytest.raises(ValueError, match="other columns"):
        kpi.merge([kpi.summarize(log), kpi.summarize(log, threshold=[10, 20])])
    with pytest.raises(ValueError, match="same thresholds"):
        kpi.merge([kpi.summarize(log), kpi.summarize(log, threshold=10)])
    with pytest.raises(ValueError, match="share their definitions"):
        kpi.merge([kpi.summarize(log), kpi.summarize(log, definition="answered")])
    with pytest.raises(MissingColumnError, match="'offered'"):
        kpi.merge([log])
    silent = kpi.summarize(log, definition="answered")
    silent.attrs = {}
    with pytest.raises(ValueError, match=r"parts\[0\]: service_level is not what .* 'default'"):
        kpi.merge([silent, silent])
    merged = kpi.merge([silent, silent], definition="answered")
    assert merged["service_level"].tolist() == silent["service_level"].tolist()


def test_which_instant_owns_a_call():
    log = pd.DataFrame(
        {
            "arrival": pd.to_datetime(["2024-03-05 09:29:30", "2024-03-05 09:29:30"]),
            "wait": [40.0, 20.0],
            "outcome": ["answered", "abandoned"],
            "talk": [2000.0, np.nan],
            "acw": [10.0, np.nan],
            "end": pd.to_datetime([None, "2024-03-05 11:00"]),
        }
    )

    def starts(owner: str) -> list[str]:
        table = kpi.summarize(log, freq="30min", attribute_to=owner)
        return table["start"].dt.strftime("%H:%M").tolist()

    assert starts("arrival") == ["09:00"]
    assert starts("answer") == ["09:00", "09:30"]
    assert starts("end") == ["10:00", "11:00"]
    with pytest.raises(ValueError, match="attribute_to must be"):
        starts("talk")


@pytest.mark.parametrize("freq", [0, -5, "7min", np.nan, 90000, "soon", "fortnight"])
def test_lengths_of_intervals_that_mean_nothing(freq):
    with pytest.raises(ValueError, match="freq"):
        kpi.summarize(logs.calls(), freq=freq)


def test_weeks_and_months_are_those_of_the_local_calendar():
    arrivals = pd.to_datetime(["2024-03-30 22:59Z", "2024-03-30 23:01Z", "2024-03-31 22:01Z"])
    log = pd.DataFrame({"arrival": arrivals, "wait": 1.0, "outcome": "answered"})
    options = {"timezone": "Europe/Berlin"}
    weeks = kpi.summarize(log, freq="week", **options)
    assert [str(start) for start in weeks["start"]] == [
        "2024-03-25 00:00:00+01:00",
        "2024-04-01 00:00:00+02:00",
    ]
    assert weeks["offered"].tolist() == [2, 1]
    months = kpi.summarize(log, freq="month", **options)
    assert months["start"].dt.month.tolist() == [3, 4]
    days = kpi.summarize(log, freq="1d", **options)
    assert days["offered"].tolist() == [1, 1, 1]


# narwhals knows no pandas zone whose name has more than letters and strokes.
@pytest.mark.parametrize("zone", ["America/New_York", "Etc/GMT+5", "America/Port-au-Prince"])
def test_zones_of_any_name_stay(zone):
    log = logs.calls()
    zoned = log.assign(arrival=log["arrival"].dt.tz_localize("UTC").dt.tz_convert(zone))
    expected = summary(log, timezone="UTC")
    for result in (summary(zoned), kpi.merge([summary(zoned)])):
        assert str(result["start"].dt.tz) == zone
        assert result["start"].dt.tz_convert("UTC").tolist() == expected["start"].tolist()
    days = kpi.summarize(zoned, freq="day")
    assert days["offered"].tolist() == zoned.groupby(zoned["arrival"].dt.date).size().tolist()


def test_a_day_without_midnight_starts_at_its_first_instant():
    # On 2018-11-04 the clocks of Sao Paulo went from 00:00 to 01:00.
    arrivals = pd.to_datetime(["2018-11-04 02:59Z", "2018-11-04 03:00Z"])
    log = pd.DataFrame({"arrival": arrivals, "wait": 1.0, "outcome": "answered"})
    days = kpi.summarize(log, freq="day", timezone="America/Sao_Paulo")
    assert [str(start) for start in days["start"]] == [
        "2018-11-03 00:00:00-03:00",
        "2018-11-04 01:00:00-02:00",
    ]


def test_local_times_that_happen_twice_or_never_are_told():
    arrivals = pd.to_datetime(["2024-10-27 01:59", "2024-10-27 02:30", "2024-03-31 02:30"])
    log = pd.DataFrame({"arrival": arrivals, "wait": 1.0, "outcome": "answered"})
    with pytest.raises(InvalidDataError, match=r"arrival must name one instant .* \(2 bad of 3\)"):
        kpi.summarize(log, freq="day", timezone="Europe/Berlin")
    assert kpi.summarize(log, freq="day")["offered"].sum() == 3


FAULTS = [
    ("outcome", "Answerd", r"outcome must be one of .*'Answerd'"),
    ("outcome", None, r"outcome must be one of .*missing at position 7"),
    ("call_id", 3, r"call_id must not repeat; got 3 at position 7"),
    ("arrival", pd.NaT, r"arrival must be known; got missing at position 7"),
]


@pytest.mark.parametrize(("column", "value", "message"), FAULTS)
def test_a_bad_row_is_named_left_out_or_counted_apart(column, value, message):
    log = logs.calls()
    log["answer"] = log["arrival"]
    log.loc[7, "outcome"] = "answered"
    good = log.drop(index=7)
    log.loc[7, column] = value
    with pytest.raises(InvalidDataError, match=message + r".*\(1 bad of 60\).*on_error='drop'"):
        summary(log)
    dropped = summary(log, on_error="drop")
    same(dropped, summary(good))
    assert dropped.attrs["callstats"]["left_out"] == 1
    flagged = summary(log, on_error="flag")
    assert flagged["flagged"].sum() == 1
    assert flagged["offered"].sum() == 59
    problems = flagged.attrs["callstats"]["problems"]
    assert [problem["position"] for problem in problems] == [7]
    listed = kpi.validate(log)
    assert listed["count"].tolist() == [1]
    assert "position 7" in listed["example"][0]


#: Column, bad value, message, the figures that need it.
CONFINED = [
    ("wait", -5.0, r"wait must be >= 0 and < 1e\+09 seconds; got -5.0 at position 7",
     "figures that need the wait"),
    ("wait", np.inf, r"wait must be >= 0 .*got inf at position 7", "figures that need the wait"),
    ("wait", np.nan, r"wait must be known; got missing at position 7",
     "figures that need the wait"),
    ("talk", -1.0, r"talk must be >= 0 .*got -1.0", "handle time"),
    ("answer", pd.Timestamp("2024-03-04"), r"answer must not be before arrival; got Timestamp",
     "intervals by it"),
    ("transferred", 3, r"transferred must be true or false; got 3", "transfers"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value", "message", "figures"), CONFINED)
def test_a_bad_value_leaves_its_row_out_of_the_figures_that_need_it(
    column, value, message, figures
):
    log = logs.calls()
    log["answer"] = log["arrival"]
    log.loc[7, "outcome"] = "answered"
    if column == "transferred":
        log[column] = log[column].astype(int)
    whole, without = kpi.summarize(log).iloc[0], kpi.summarize(log.drop(index=7)).iloc[0]
    log.loc[7, column] = value
    with pytest.raises(
        InvalidDataError, match=message + rf".*\(1 bad of 60\).*'drop'.*out of {figures} or"
    ):
        kpi.summarize(log)
    table = kpi.summarize(log, on_error="drop")
    dropped = table.iloc[0]
    about = table.attrs["callstats"]
    assert (about["left_out"], about["problems"][0]["left_out_of"]) == (0, figures)
    counts = ["offered", "answered", "abandoned", "answer_rate", "abandonment_rate"]
    assert dropped[counts].tolist() == whole[counts].tolist()
    waits = ["service_level", "service_level_denominator", "asa", "wait_p90", "answered_late",
             "mean_wait", "mean_time_to_abandon", "share_beyond"]  # fmt: skip
    expected = without if column == "wait" else whole
    assert dropped[waits].tolist() == pytest.approx(expected[waits].tolist(), rel=1e-14)
    expected = without if column == "talk" else whole
    handled = ["att", "aht", "handled_timed"]
    assert dropped[handled].tolist() == pytest.approx(expected[handled].tolist(), rel=1e-14)
    if column == "transferred":
        assert np.isnan(dropped["transfer_rate"])
    else:
        assert dropped["transfer_rate"] == whole["transfer_rate"]
    assert kpi.summarize(log, on_error="flag")["flagged"].tolist() == [1]
    assert kpi.validate(log)["count"].tolist() == [1]


def unrecorded(outcome):
    """The log in which the waits of one outcome were never written down, and the full one."""
    log = logs.calls()
    return log.assign(wait=log["wait"].where(log["outcome"] != outcome)), log


@pytest.mark.parametrize("kind", ["pandas", "polars"])
@pytest.mark.parametrize("variant", ["offered", "answered", "exclude_short_abandoned"])
def test_who_hung_up_needs_no_wait_to_be_counted(kind, variant):
    log, full = unrecorded("abandoned")
    right = kpi.summarize(full, by="queue", definition=variant)
    if kind == "polars":
        log = pytest.importorskip("polars").from_pandas(log)
    found = kpi.summarize(log, by="queue", definition=variant)
    about = found.attrs["callstats"] if kind == "pandas" else {}
    found = found.to_pandas() if kind == "polars" else found
    known = ["offered", "answered", "abandoned", "abandonment_rate", "asa", "aht"]
    known += ["service_level"] if variant != "exclude_short_abandoned" else []
    for name in known:
        np.testing.assert_array_equal(found[name], right[name])
    hung_up = (right["abandoned"] > 0).to_numpy()
    assert hung_up.any()
    missing = ["wait_p50", "wait_p90", "mean_wait", "mean_time_to_abandon", "short_abandoned"]
    missing += ["service_level"] if variant == "exclude_short_abandoned" else []
    for name in missing:
        assert found.loc[hung_up, name].isna().all(), name
    if kind == "pandas":
        count = int(right["abandoned"].sum())
        assert about["without_wait"] == {"abandoned": count}
        assert f"the wait of {count} abandoned calls is not recorded" in about["missing"]
        assert about["problems"] == []


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_parts_without_the_waits_of_who_hung_up_add_up(kind):
    log, full = unrecorded("abandoned")
    parts = [full.iloc[:30], log.iloc[30:]]
    whole = pd.concat(parts)
    if kind == "polars":
        pl = pytest.importorskip("polars")
        parts, whole = [pl.from_pandas(part) for part in parts], pl.from_pandas(whole)
    merged = kpi.merge([kpi.summarize(part, by="queue", bins=[10, 20]) for part in parts])
    at_once = kpi.summarize(whole, by="queue", bins=[10, 20])
    if kind == "polars":
        merged, at_once = merged.to_pandas(), at_once.to_pandas()
    assert set(merged.columns) == set(at_once.columns)
    for name in at_once.columns.drop(["queue", "wait_p50", "wait_p80", "wait_p90", "wait_p95"]):
        np.testing.assert_allclose(
            merged[name].astype(float), at_once[name].astype(float), rtol=1e-12, err_msg=name
        )
    assert merged["service_level"].notna().all()
    np.testing.assert_array_equal(merged["wait_p90"].isna(), at_once["wait_p90"].isna())


def test_patience_without_the_waits_of_who_hung_up_is_missing():
    log, _ = unrecorded("abandoned")
    with pytest.raises(InvalidDataError, match="wait must be known; got missing"):
        kpi.patience(log)
    for on_error in ("drop", "flag"):
        found = kpi.patience(log, by="queue", on_error=on_error)
        hung_up = kpi.summarize(log, by="queue")["abandoned"] > 0
        assert found["mean_patience"].isna().tolist() == hung_up.tolist()
        assert "is not recorded" in found.attrs["callstats"]["missing"]
    assert kpi.patience_curve(log, on_error="drop").empty
    assert kpi.patience_hazard(log, on_error="drop")["hazard"].isna().all()


def test_the_end_of_a_wait_that_is_not_known_is_in_no_interval():
    log, _ = unrecorded("abandoned")
    with pytest.raises(InvalidDataError, match="wait must tell the interval of the answer"):
        kpi.summarize(log, freq="1h", attribute_to="answer")
    assert kpi.summarize(log, freq="1h")["offered"].sum() == 60
    kept = kpi.summarize(log, freq="1h", attribute_to="answer", on_error="drop")
    assert kept["abandoned"].sum() == 0
    assert kept.attrs["callstats"]["problems"][0]["left_out_of"] == "every figure"


def test_the_index_label_of_a_bad_row_is_told():
    log = logs.calls().set_index("call_id", drop=False).add_prefix("", axis=1)
    log.index = [f"row {k}" for k in range(60)]
    log.loc["row 7", "wait"] = -1.0
    with pytest.raises(InvalidDataError, match="position 7, index label 'row 7'"):
        kpi.summarize(log)


def test_one_bad_row_in_a_million_is_found():
    count = 1_000_000
    arrival = np.full(count, "2024-03-05T09:00:00", dtype=object)
    arrival[765_432] = "2024-03-05T09:61:00"
    log = pd.DataFrame({"arrival": arrival, "wait": 1.0, "outcome": "answered"})
    with pytest.raises(InvalidDataError, match=r"'2024-03-05T09:61:00' at position 765432 \(1 bad"):
        kpi.summarize(log, freq="day")


def test_several_rules_are_counted():
    with pytest.raises(InvalidDataError, match="1 more rule broken"):
        kpi.summarize(logs.calls_with_faults())
    listed = kpi.validate(logs.calls_with_faults())
    assert len(listed) == 2
    assert set(listed.columns) == {"rule", "count", "example", "effect"}


def test_rows_without_a_time_are_flagged_in_a_row_without_a_start():
    log = logs.calls()
    log.loc[[3, 8], "arrival"] = pd.NaT
    table = kpi.summarize(log, freq="30min", on_error="flag")
    assert table["start"].isna().tolist() == [False] * (len(table) - 1) + [True]
    assert table["flagged"].tolist()[-1] == 2
    assert table["offered"].tolist()[-1] == 0


def test_missing_columns_are_named_with_the_nearest():
    log = logs.calls().rename(columns={"wait": "Waits", "arrival": "arrived"})
    with pytest.raises(MissingColumnError, match="no column 'wait', nearest: 'Waits'; found"):
        kpi.summarize(log)
    with pytest.raises(MissingColumnError, match="no column 'arrival'; found"):
        kpi.summarize(log.rename(columns={"Waits": "wait"}), freq="day")
    with pytest.raises(MissingColumnError, match="no column 'que'; found"):
        kpi.summarize(logs.calls(), by="que")
    with pytest.raises(
        MissingColumnError, match="'arrival', nor 'wait', nor 'outcome'; found 0, 1"
    ):
        kpi.summarize(pd.DataFrame([[1, 2]]), freq="day")
    with pytest.raises(MissingColumnError, match=r"no column 'offered'.*, nor \d+ more; found"):
        kpi.merge([logs.calls()])
    listed = kpi.validate(log)
    assert listed["rule"].str.contains("must have a column").tolist() == [True, True]


def test_columns_of_the_wrong_kind_are_told():
    log = logs.calls()
    with pytest.raises(InvalidDataError, match="arrival must hold times; got Int64"):
        kpi.summarize(log.assign(arrival=5), freq="day")
    with pytest.raises(InvalidDataError, match="wait must hold durations"):
        kpi.summarize(log.assign(wait=log["arrival"]))
    with pytest.raises(InvalidDataError, match="time zone"):
        kpi.summarize(log.assign(answer=log["arrival"].dt.tz_localize("UTC")), freq="day")
    with pytest.raises(ValueError, match="by must not repeat"):
        kpi.summarize(log.assign(offered=1), by="offered")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": -1}, "threshold must be >= 0"),
        ({"threshold": []}, "threshold must be one or several"),
        ({"threshold": [20, "20s"]}, "threshold must be one or several different"),
        ({"short_abandon": np.nan}, "short_abandon must be >= 0"),
        ({"definition": "best"}, "definition must be"),
        ({"on_error": "ignore"}, "on_error must be"),
        ({"timezone": "Europe/Bern"}, "timezone must be an IANA zone"),
    ],
)
def test_arguments_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        kpi.summarize(logs.calls(), **options)


def test_infinite_limits_leave_attrs_that_json_can_hold():
    result = kpi.summarize(logs.calls(), threshold=np.inf, short_abandon=np.inf)
    assert result["answered_within"].tolist() == result["answered"].tolist()
    json.dumps(result.attrs, allow_nan=False)


def test_thresholds_may_be_any_durations():
    log = logs.calls()
    columns = kpi.summarize(log, threshold=["20s", pd.Timedelta(minutes=1), 7.5]).columns
    for ending in ("20", "60", "7.5"):
        assert f"service_level_{ending}" in columns
        assert f"service_level_low_{ending}" in columns
        assert f"abandoned_within_{ending}" in columns
    assert "service_level" in kpi.summarize(log, threshold=[20]).columns


def test_open_and_wrong_spells():
    spells = logs.spells()
    spells.loc[4, "end"] = pd.NaT
    spells.loc[9, "end"] = spells.loc[9, "start"] - pd.Timedelta(seconds=1)
    spells.loc[20, "state"] = "lunch"
    good = kpi.states(spells.drop(index=[4, 9, 20]), freq="15min")
    same(kpi.states(spells, freq="15min", on_error="drop"), good)
    flagged = kpi.states(spells, freq="15min", on_error="flag")
    assert flagged["flagged"].sum() == 3
    assert flagged["total"].sum() == good["total"].sum()
    with pytest.raises(InvalidDataError, match="2 more rules broken"):
        kpi.states(spells, freq="15min")


def test_a_wrong_year_does_not_fill_the_memory():
    spells = logs.spells()
    spells.loc[5, "end"] = pd.Timestamp("2124-03-05")
    with pytest.raises(ValueError, match=r"longest lasts 31\d+.* seconds \(position 5\)"):
        kpi.states(spells, freq="10s")


def test_calls_with_agents_and_lines_in_use():
    log = pd.DataFrame(
        {
            "arrival": pd.to_datetime(["2024-03-05 09:00"] * 2),
            "wait": [600.0, 300.0],
            "outcome": ["answered", "abandoned"],
            "answer": pd.to_datetime(["2024-03-05 09:10", None]),
            "talk": [1200.0, np.nan],
            "agent": ["ann", None],
        }
    )
    lines = kpi.concurrency(log, freq="30min")
    assert lines["in_progress_seconds"].tolist() == [600.0 + 1200.0 + 300.0]
    assert lines["peak_in_progress"].tolist() == [2]
    talking = kpi.concurrency(log, freq="30min", start="answer")
    assert talking["in_progress_seconds"].tolist() == [1200.0]
    assert talking[["peak_in_progress", "agents_seen"]].to_numpy().tolist() == [[1, 1]]
    recorded = log.assign(end=pd.to_datetime(["2024-03-05 09:20", None]))
    assert kpi.concurrency(recorded, freq="30min")["in_progress_seconds"].tolist() == [1500.0]


def test_definitions_are_frozen_and_told_in_two_languages():
    definitions = kpi.Definitions(name="S3", include_flowout=True, hold_in_talk=True)
    with pytest.raises(AttributeError):
        definitions.name = "other"
    english, chinese = definitions.explain(), definitions.explain("zh")
    assert str(definitions) == english
    assert "service level = answered within T / (answered + abandoned + flow-outs)" in english
    assert "average handle time = (talk + after-call work)" in english
    assert "talk includes hold" in english
    assert "服务水平 = T 秒内应答量 / (应答量 + 放弃量 + 溢出量)" in chinese
    assert len(english.splitlines()) == len(chinese.splitlines())
    with pytest.raises(ValueError, match="language must be"):
        definitions.explain("fr")
    with pytest.raises(ValueError, match="service_level must be one of"):
        kpi.Definitions(service_level="best")
    with pytest.raises(ValueError, match="confidence must be"):
        kpi.Definitions(confidence=95)
    stored = kpi.summarize(logs.calls(), definition=definitions).attrs["callstats"]["definitions"]
    assert kpi.Definitions(**stored) == definitions


def test_hold_inside_talk_is_not_counted_twice():
    log = logs.calls()
    apart = kpi.summarize(log).iloc[0]
    inside = kpi.summarize(
        log.assign(talk=log["talk"] + log["hold"]), definition=kpi.Definitions(hold_in_talk=True)
    ).iloc[0]
    assert inside["aht"] == pytest.approx(apart["aht"], rel=1e-14)
    assert inside["att"] == pytest.approx(apart["att"], rel=1e-14)


def test_columns_that_are_equal_are_not_written_to_together():
    # Enough groups and columns that the frame is made without a copy.
    count = 20_000
    log = pd.DataFrame({"queue": np.arange(count), "wait": 5.0, "outcome": "answered"})
    table = summary(log, freq=None)
    assert table.size > 1_000_000
    before = table.copy(deep=True)
    table.loc[0, "share_beyond_denominator_10"] = 99
    table["offered"] += 1
    changed = ["share_beyond_denominator_10", "offered"]
    same(table.drop(columns=changed), before.drop(columns=changed))
