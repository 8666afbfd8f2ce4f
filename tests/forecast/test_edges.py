"""Inputs at the edge, each with its answer."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from callstats import forecast
from callstats.errors import InvalidDataError

FIRST = pd.Timestamp("2025-01-06")


def history(days=56, *, hours=range(9, 15), queue="q", first=FIRST, level=40.0, zone=None):
    """Hours of so many days from a Monday on, busier at noon and on Mondays, with some noise."""
    made = []
    for day in range(days):
        date = first + pd.Timedelta(days=day)
        for hour in hours:
            wave = 3 * np.sin(2.4 * (day * 24 + hour))
            volume = level + 5 * (6 - abs(hour - 12)) + 10 * (date.day_of_week == 0) + wave
            made.append((date + pd.Timedelta(hours=hour), round(volume)))
    frame = pd.DataFrame(made, columns=["start", "volume"]).assign(queue=queue)
    if zone is not None:
        frame["start"] = frame["start"].dt.tz_localize(zone)
    return frame


def changed(frame, row, **values):
    made = frame.astype({"volume": float})
    for name, value in values.items():
        made.loc[made.index[row], name] = value
    return made


@pytest.mark.parametrize("volume", [-1.0, np.inf])
def test_negative_and_endless_volumes_are_refused(volume):
    with pytest.raises(InvalidDataError, match=r"volume must be .* at position 7 \(1 bad of 336\)"):
        forecast.fit(changed(history(), 7, volume=volume))


def test_missing_starts_are_refused():
    bad = history()
    bad.loc[3, "start"] = pd.NaT
    with pytest.raises(InvalidDataError, match=r"start must be known.* at position 3 \(1 bad"):
        forecast.fit(bad)


def test_repeated_rows_are_refused_and_never_added_up():
    table = history()
    twice = pd.concat([table, table.iloc[10:13]], ignore_index=True)
    with pytest.raises(InvalidDataError, match=r"start must come once in each queue") as caught:
        forecast.fit(twice)
    assert (caught.value.bad, caught.value.position) == (6, 10)
    # All of them are left out: which is right is unknown, whatever their order.
    dropped = forecast.fit(twice, on_error="drop").days
    assert dropped["missing"].tolist()[:3] == [0, 2, 1]


def test_rows_of_another_interval_length_are_refused():
    table = history(hours=range(8, 20))
    halves = history(days=1, hours=range(8, 20), first=FIRST + pd.Timedelta(days=56))
    later = halves.assign(start=halves["start"] + pd.Timedelta(minutes=30))
    with pytest.raises(InvalidDataError, match="start must follow one another by 30 minutes"):
        forecast.fit(pd.concat([table, halves, later]))
    off = table.assign(start=table["start"] + pd.to_timedelta([0] * 30 + [60] * 642, unit="s"))
    with pytest.raises(InvalidDataError, match="start must lie on a grid of 60 minutes"):
        forecast.fit(off, interval="1h")


@pytest.mark.parametrize("interval", ["7min", "25h", 0, -60])
def test_an_interval_must_divide_a_day(interval):
    with pytest.raises(ValueError, match="interval must divide a day evenly"):
        forecast.fit(history(), interval=interval)


def test_fractions_are_volumes_and_missing_ones_are_absent_rows():
    table = changed(history(), 4, volume=40.25)
    forecast.fit(table)
    gap = changed(table, 9, volume=np.nan)
    days = forecast.fit(gap).days
    without = forecast.fit(gap.drop(index=9)).days
    pd.testing.assert_frame_equal(days, without)
    assert days["missing"].tolist()[:3] == [0, 1, 0]
    # The day is scaled up by what its profile says of the rest.
    assert days["volume"][1] == pytest.approx(table["volume"][6:12].sum(), rel=0.05)


def test_closed_weekdays_have_no_forecast_and_missing_days_are_passed():
    table = history()
    weekdays = table["start"].dt.day_of_week
    closed = table[weekdays < 5]
    said = forecast.fit_predict(closed, "14D")
    assert set(said["start"].dt.day_of_week) == set(range(5))
    # From Friday to Monday is one step of time, as from Monday to Tuesday.
    model = forecast.fit(closed)
    assert len(model.days) == 40
    lost = closed[closed["start"].dt.normalize() != FIRST + pd.Timedelta(days=22)]
    days = forecast.fit(lost).days
    assert days["missing"].sum() == 6
    assert days["volume"].isna().sum() == 1
    named = pd.DataFrame({"date": [FIRST + pd.Timedelta(days=22)], "kind": "fair", "closed": True})
    assert len(forecast.fit(lost, special=named).days) == 39


def test_a_day_of_zeros_is_an_outlier_that_is_not_learnt():
    table = history(days=84)
    outage = table.copy()
    outage.loc[outage["start"].dt.normalize() == FIRST + pd.Timedelta(days=81), "volume"] = 0
    days = forecast.fit(outage).days
    assert days["outlier"].tolist() == [False] * 81 + [True] + [False] * 2
    plain, hit = (forecast.fit_predict(each, "7D")["volume"].sum() for each in (table, outage))
    assert abs(hit / plain - 1) < 0.06


def test_weekdays_of_zeros_are_closed_and_empty_queues_say_so():
    table = history()
    table.loc[table["start"].dt.day_of_week == 6, "volume"] = 0
    said = forecast.fit_predict(table, "7D")
    sunday = said[said["start"].dt.day_of_week == 6]
    assert len(sunday) == 6
    assert (sunday[["volume", "lower", "upper"]] == 0).all(axis=None)
    assert (said[said["start"].dt.day_of_week < 6]["volume"] > 30).all()
    empty = forecast.fit_predict(table.assign(volume=0), "7D")
    assert len(empty) == 42
    assert (empty[["volume", "lower", "upper"]] == 0).all(axis=None)
    assert set(empty["reason"]) == {"no calls in the history"}
    assert forecast.totals(empty)[["volume", "lower", "upper"]].sum().tolist() == [0, 0, 0]


def test_three_days_are_enough():
    with pytest.warns(UserWarning, match="1 of 1 queues have less than 14 days"):
        said = forecast.fit_predict(history(days=3), "7D")
    assert len(said) == 42
    assert said["volume"].between(20, 300).all()
    # A weekday that was never seen is pooled, and its interval wide.
    days = forecast.totals(said)
    width = (days["upper"] - days["lower"]) / days["volume"]
    assert width.iloc[0] > 1


def test_no_ordinary_day_at_all_is_refused():
    special = pd.DataFrame(
        {"date": [FIRST], "end": [FIRST + pd.Timedelta(days=60)], "kind": "sale"}
    )
    with pytest.raises(InvalidDataError, match=r"queue must have an ordinary day.*got 'q'"):
        forecast.fit(history(), special=special)


def test_queues_have_spans_of_their_own_and_old_ones_are_stale():
    short = history(days=20, queue="new", first=FIRST + pd.Timedelta(days=70))
    ended = history(days=40, queue="old")
    said = forecast.fit_predict(pd.concat([history(days=90), short, ended]), "7D")
    stale = said.groupby("queue")["stale"].unique().map(list).to_dict()
    assert stale == {"q": [False], "new": [False], "old": [True]}
    assert "reason" not in said
    alone = forecast.fit_predict(history(days=90), "7D")
    columns = ["volume", "lower", "upper", "day_cv"]
    own = said[said["queue"] == "q"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own[columns], alone[columns])


@pytest.mark.parametrize(("last", "slots"), [("2025-03-29", 23), ("2025-10-25", 25)])
def test_clocks_that_change(last, slots):
    last = pd.Timestamp(last)
    starts = pd.date_range(last - pd.Timedelta(days=60), periods=61 * 24, freq="h")
    naive = pd.DataFrame({"queue": "q", "start": starts, "volume": 20 + starts.hour.to_numpy()})
    naive = naive[naive["start"] < last + pd.Timedelta(days=1)]
    aware = naive.assign(start=naive["start"].dt.tz_localize("Europe/Paris"))
    said = forecast.fit_predict(aware, "3D")
    assert len(said) == 48 + slots
    plain = forecast.fit_predict(naive, "3D")
    change = said[said["start"].dt.day == (last + pd.Timedelta(days=1)).day]
    whole = plain.iloc[:24]["volume"]
    if slots == 23:
        # What the lost hour would have brought is left out.
        assert change["volume"].sum() == pytest.approx(whole.drop(index=2).sum(), rel=1e-12)
    else:
        assert change["volume"].sum() == pytest.approx(whole.sum(), rel=1e-12)
        assert change["volume"].iloc[2] == change["volume"].iloc[3]
        assert change["volume"].iloc[2] == pytest.approx(whole.iloc[2] / 2, rel=1e-12)
    # The day with the change as history: it counts as the 24 hours that it stands for.
    after = pd.concat([aware, change[["queue", "start", "volume"]]])
    days = forecast.fit(after).days
    assert days["volume"].iloc[-1] == pytest.approx(whole.sum(), rel=0.03)
    assert days["missing"].sum() == 0


def test_campaigns_are_not_learnt_as_level():
    table = history(days=84)
    boost = table["start"].between(FIRST + pd.Timedelta(days=63), FIRST + pd.Timedelta(days=77))
    table["volume"] = (table["volume"] * np.where(boost, 1.6, 1.0)).round()
    named = pd.DataFrame(
        {
            "date": [FIRST + pd.Timedelta(days=63)],
            "end": [FIRST + pd.Timedelta(days=76)],
            "kind": "sale",
        }
    )
    usual = forecast.fit_predict(history(days=84), "7D")["volume"].sum()
    with_name = forecast.fit_predict(table, "7D", special=named)["volume"].sum()
    without = forecast.fit_predict(table, "7D")["volume"].sum()
    assert abs(with_name / usual - 1) < 0.03
    assert abs(with_name - usual) < abs(without - usual)
    effects = forecast.fit(table, special=named).effects
    sale = effects.loc[effects["effect"] == "special"]
    assert sale["name"].tolist() == ["sale"]
    assert sale["value"].item() == pytest.approx(1.6, rel=0.05)


@pytest.mark.parametrize(("days", "followed"), [(7, 0.4), (14, 0.65)])
def test_a_new_level_is_followed_by_half_in_a_week_and_by_most_in_two(days, followed):
    table = history(days=84 + days)
    factors = np.random.default_rng(5).lognormal(0.0, 0.08, 84 + days)
    table["volume"] = (table["volume"] * np.repeat(factors, 6)).round()
    new = table["start"] >= FIRST + pd.Timedelta(days=84)
    raised = table.assign(volume=table["volume"].where(~new, table["volume"] * 1.3))
    usual, found = (forecast.fit_predict(each, "7D")["volume"].sum() for each in (table, raised))
    assert followed < (found / usual - 1) / 0.3 < 1.05


def test_special_days_never_seen_have_their_prior():
    table = history()
    day = FIRST + pd.Timedelta(days=58)
    special = pd.DataFrame({"date": [day], "kind": "holiday", "like": "monday", "factor": [0.5]})
    usual = forecast.totals(forecast.fit_predict(table, "7D"))
    said = forecast.fit_predict(table, "7D", special=special)
    assert set(said.loc[said["kind"] == "holiday", "start"].dt.normalize()) == {day}
    found = forecast.totals(said)
    assert found["volume"][2] / usual["volume"][0] == pytest.approx(0.5 * np.exp(0.08), rel=0.03)
    assert found["day_cv"][2] > 0.4 > 5 * usual["day_cv"][2]
    closed = special.assign(closed=True)
    assert len(forecast.fit_predict(table, "7D", special=closed)) == 36
    with pytest.raises(ValueError, match="special must name each day of a queue once; got 2025"):
        forecast.fit(table, special=pd.concat([special, special]))
    with pytest.raises(InvalidDataError, match="like must be a weekday such as 'saturday'"):
        forecast.fit(table, special=special.assign(like="feast"))
    with pytest.raises(InvalidDataError, match="factor must be > 0"):
        forecast.fit(table, special=special.assign(factor=0.0))


def test_horizons():
    table = history()
    model = forecast.fit(table)
    last = FIRST + pd.Timedelta(days=55)
    assert len(forecast.predict(model, "0D")) == 0
    whole = forecast.predict(model, "14D")
    for horizon in (
        pd.Timedelta(days=14),
        14 * 86400,
        "2W",
        str(last.date() + pd.Timedelta("14D")),
    ):
        pd.testing.assert_frame_equal(forecast.predict(model, horizon), whole)
    some = whole.iloc[[3, 20]]
    found = forecast.predict(model, some[["start"]])
    assert found["volume"].tolist() == some["volume"].tolist()
    with pytest.raises(ValueError, match="which ends 2025-03-02; got 2025-02-01"):
        forecast.predict(model, "2025-02-01")
    for wrong in ("soon", "1.5D", "-3D", 3600, None):
        with pytest.raises((ValueError, TypeError), match="horizon"):
            forecast.predict(model, wrong)
    with pytest.warns(UserWarning, match="beyond 90 the seasons of the year matter"):
        forecast.predict(model, "120D")
    with pytest.raises(ValueError, match="level must be > 0 and < 1"):
        forecast.predict(model, level=1.0)


def test_models_pickle_and_forecast_without_their_history():
    model = forecast.fit(history())
    again = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own bytes
    pd.testing.assert_frame_equal(forecast.predict(again), forecast.predict(model))
    assert "queues" in model.explain()
    assert "队列" in model.explain("zh")
    with pytest.raises(AttributeError):
        model.step = 3
    together = forecast.fit_predict(history(), "28D")
    pd.testing.assert_frame_equal(together, forecast.predict(model))


def test_updates_before_opening_during_and_after_the_day():
    table = history()
    said = forecast.fit_predict(table, "7D", level=0.9)
    day = history(days=1, first=FIRST + pd.Timedelta(days=56), level=60)
    before = forecast.update(said, day.iloc[:0], now="2025-03-03 07:00")
    pd.testing.assert_frame_equal(before[list(said.columns)], said)
    assert (before["factor"] == 1).all()
    noon = forecast.update(said, day.iloc[:3])
    assert noon["volume"].tolist()[:3] == day["volume"].tolist()[:3]
    assert (noon["lower"] == noon["volume"])[:3].all()
    assert (noon["factor"][3:6] > 1.05).all()
    assert (noon["factor"][6:] == 1).all()
    assert (noon["day_cv"][:6] < said["day_cv"][:6]).all()
    pd.testing.assert_frame_equal(noon.iloc[6:][list(said.columns)], said.iloc[6:])
    # From the morning's forecast, whatever was updated before.
    pd.testing.assert_frame_equal(forecast.update(noon, day.iloc[:3]), noon)
    evening = forecast.update(said, day)
    pd.testing.assert_frame_equal(forecast.update(noon, day), evening)
    assert evening["volume"].tolist()[:6] == day["volume"].tolist()
    # Bounds of a day that is half over are those of the rest.
    half, over = forecast.totals(noon), forecast.totals(evening)
    assert over["lower"][0] == over["upper"][0] == day["volume"].sum()
    assert half["lower"][0] > day["volume"][:3].sum()
    with pytest.raises(ValueError, match="actual must lie in the days of forecast; got 2025-01-06"):
        forecast.update(said, table)
    gap = forecast.update(said, day.iloc[[0, 2]])
    assert gap["volume"][1] == said["volume"][1]


def test_a_frame_tells_its_level_by_its_bounds():
    said = forecast.fit_predict(history(), "7D", level=0.9)
    day = history(days=1, first=FIRST + pd.Timedelta(days=56)).iloc[:2]
    expected = forecast.update(said, day)
    bare = said.copy()
    bare.attrs = {}
    pd.testing.assert_frame_equal(forecast.update(bare, day), expected)
    odd = bare.assign(lower=0.0)
    with pytest.raises(ValueError, match="level of lower and upper cannot be read off"):
        forecast.update(odd, day)


def test_order_threads_libraries_and_types_change_nothing():
    pl = pytest.importorskip("polars")
    table = pd.concat([history(), history(queue="r", level=3.0)], ignore_index=True)
    expected = forecast.fit_predict(table, "7D")
    shuffled = table.sample(frac=1, random_state=3)
    for given in (
        shuffled,
        table.astype({"queue": "category"}),
        table.assign(start=table["start"].astype("M8[s]")),
        table.assign(start=table["start"].astype("M8[ns]")),
    ):
        found = forecast.fit_predict(given, "7D")
        pd.testing.assert_frame_equal(found.astype({"queue": "str"}), expected, check_exact=True)
    for threads in (1, 3):
        found = forecast.fit_predict(table, "7D", threads=threads)
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
    polars = forecast.fit_predict(pl.from_pandas(shuffled), "7D")
    for name in ("queue", "start", "volume", "lower", "upper", "day_cv"):
        assert polars[name].to_list() == expected[name].tolist()
    one = forecast.fit_predict(table[table["queue"] == "r"].drop(columns="queue"), "7D", queue=None)
    assert one["volume"].tolist() == expected.loc[expected["queue"] == "r", "volume"].tolist()
