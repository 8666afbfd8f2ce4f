"""Roll-ups, resolution, satisfaction, halls, channels, tickets, productivity and scorecards."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import units
from callstats import kpi
from callstats.errors import InvalidDataError, MissingColumnError

pytestmark = pytest.mark.frames

CASES = json.loads(
    (Path(__file__).parents[1] / "reference" / "kpi.json").read_text(encoding="utf-8")
)["cases"]


def cases(kind):
    chosen = [case for case in CASES if case["kind"] == kind]
    assert chosen
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case["case"])


def value_of(expected):
    return math.nan if expected["value"] is None else expected["value"]


VARIANTS = {
    "any": {},
    "same_reason": {"same": "reason"},
    "same_channel": {"same": "channel"},
    "same_reason_and_channel": {"same": ["reason", "channel"]},
    "answered_base": {"judged": "answered"},
    "answered_both": {"judged": "answered", "repeats": "answered"},
}


@pytest.mark.parametrize("zone", [None, "Asia/Shanghai"])
@pytest.mark.parametrize("variant", VARIANTS)
@cases("fcr")
def test_first_contact_resolution_is_that_of_the_reference(case, variant, zone):
    given, expected = case["input"], case["expect"][variant]
    contacts = pd.DataFrame(given["contacts"], columns=given["columns"])
    contacts["time"] = pd.to_datetime(contacts["time"]).dt.tz_localize(zone)
    for frame in (contacts, contacts.sample(frac=1, random_state=1)):
        row = kpi.first_contact_resolution(
            frame, window=given["window"], time="time", until=given["until"], **VARIANTS[variant]
        ).iloc[0]
        for name in ("observable", "followed", "censored", "censored_followed"):
            assert row[name] == expected[name], name
        assert (row["fcr_numerator"], row["fcr_denominator"]) == (
            expected["fcr"]["num"],
            expected["fcr"]["den"],
        )
        np.testing.assert_equal(row["fcr"], value_of(expected["fcr"]))


def test_resolution_by_group_and_its_ends():
    contacts = units.contacts()
    by = kpi.first_contact_resolution(contacts, by="channel")
    whole = kpi.first_contact_resolution(contacts).iloc[0]
    for name in ("contacts", "no_key", "observable", "followed", "censored"):
        assert by[name].sum() == whole[name]
    assert kpi.first_contact_resolution(contacts.iloc[:0])["contacts"].tolist() == [0]
    one = kpi.first_contact_resolution(contacts.iloc[:1], until="2024-03-01").iloc[0]
    assert one["fcr"] == 1 or one["no_key"] == 1
    with pytest.raises(ValueError, match="window must be a duration > 0"):
        kpi.first_contact_resolution(contacts, window=0)
    with pytest.raises(ValueError, match="judged must be"):
        kpi.first_contact_resolution(contacts, judged="none")
    with pytest.raises(MissingColumnError, match="no column 'client'; found"):
        kpi.first_contact_resolution(contacts, customer="client")
    with pytest.raises(ValueError, match="until has a time zone"):
        kpi.first_contact_resolution(contacts, until="2024-01-01T00:00Z")


WITHHELD = (
    "anonymous", "Anonymous", "unknown", "RESTRICTED", "Private", "withheld", "unavailable", "0",
    "-", "匿名", "未知", "unterdrückt", "número oculto", "masqué", "desconhecido", "+266696687",
    "", None,
)  # fmt: skip


@pytest.mark.parametrize("word", WITHHELD)
def test_callers_with_a_withheld_number_are_nobody(word):
    """Five withheld calls an hour apart are five callers; the other five never called again."""
    contacts = pd.DataFrame(
        {
            "arrival": pd.date_range("2024-01-01 09:00", periods=10, freq="30min"),
            "customer": [word, "c0", word, "c1", word, "c2", word, "c3", word, "c4"],
        }
    )
    row = kpi.first_contact_resolution(contacts, until="2024-02-01").iloc[0]
    assert (row["contacts"], row["no_key"], row["observable"], row["followed"]) == (10, 5, 5, 0)
    assert (row["fcr"], row["repeat_rate"]) == (1.0, 0.0)
    kept = kpi.first_contact_resolution(
        contacts.assign(customer=[0, 1, 0, 2, 0, 3, 0, 4, 0, 5]), until="2024-02-01"
    ).iloc[0]
    assert (kept["no_key"], kept["followed"]) == (5, 0)


def test_legs_of_one_contact_are_one_contact():
    legs = pd.DataFrame(
        {
            "arrival": pd.to_datetime(
                [
                    "2024-01-01 09:02",
                    "2024-01-01 09:00",
                    *(f"2024-01-0{day} 12:00" for day in (3, 4, 5)),
                ]
            ),
            "customer": ["a", None, "b", "c", "c"],
            "contact_id": ["k1", "k1", "k2", None, "-"],
            "queue": ["second", "first", "first", "first", "first"],
            "outcome": ["answered", "flow_out", "answered", "abandoned", "answered"],
        }
    )
    row = kpi.first_contact_resolution(legs, until="2024-02-01").iloc[0]
    # k1 is one contact of a, whose number is in its second leg alone; c called twice.
    assert (row["contacts"], row["no_key"], row["followed"]) == (4, 0, 1)
    assert row["fcr"] == 0.75
    answered = kpi.first_contact_resolution(legs, until="2024-02-01", judged="answered").iloc[0]
    assert (answered["contacts"], answered["followed"]) == (3, 0)
    by = kpi.first_contact_resolution(legs, by="queue", until="2024-02-01")
    # A contact belongs to the queue of its first leg; no contact began in the second.
    assert dict(zip(by["queue"], by["contacts"], strict=True)) == {"first": 4, "second": 0}
    apart = kpi.first_contact_resolution(legs, contact=None, until="2024-02-01").iloc[0]
    assert (apart["contacts"], apart["no_key"]) == (5, 1)
    turned = kpi.first_contact_resolution(legs.iloc[::-1], until="2024-02-01").iloc[0]
    assert turned.tolist() == row.tolist()
    with pytest.raises(MissingColumnError, match="no column 'interaction'"):
        kpi.first_contact_resolution(legs, contact="interaction")


def test_a_roll_up_adds_counts_where_an_average_of_rates_would_be_wrong():
    table = units.days()
    row = kpi.roll_up(
        table,
        rates={"service_level": ("in_time", "answered + abandoned")},
        means={"asa": ("asa", "answered")},
        sums=["abandoned"],
    ).iloc[0]
    # 165 in time of 210 answered and 17 abandoned; the mean of the daily rates is 0.61.
    assert row["service_level"] == 165 / 227
    assert (row["service_level_numerator"], row["service_level_denominator"]) == (165, 227)
    # (1000 + 800 + 250 + 480) / 210; the closed day has no mean and no weight.
    assert row["asa"] == 2530 / 210
    assert (row["rows"], row["abandoned"]) == (5, 17)
    one = kpi.roll_up(table, rates={"sl": ("in_time", "answered + abandoned - abandoned")})
    assert one["sl"].tolist() == [165 / 210]


@cases("rollup")
def test_thresholds_by_queue_roll_up_through_their_counts(case):
    rows = [
        (q, sum(w <= t for w in answered), len(answered) + len(abandoned))
        for q, t, answered, abandoned in case["input"]["groups"]
    ]
    table = pd.DataFrame(rows, columns=["queue", "in_time", "offered"])
    rates = {"service_level": ("in_time", "offered")}
    each = kpi.roll_up(table, by="queue", rates=rates).set_index("queue")["service_level"]
    for expected in case["expect"]["groups"]:
        np.testing.assert_equal(each[expected["queue"]], value_of(expected))
    assert kpi.roll_up(table, rates=rates)["service_level"][0] == case["expect"]["all"]["value"]


def test_a_hierarchy_rolls_up_to_every_unit():
    tree = pd.DataFrame(
        {
            "unit": ["east", "west", "a", "b", "c", "all"],
            "parent": ["all", "all", "east", "east", "west", None],
        }
    )
    table = pd.DataFrame({"unit": ["a", "b", "c", "c"], "good": [9, 1, 5, 5], "n": [10, 10, 10, 5]})
    result = kpi.roll_up(table, rates={"satisfaction": ("good", "n")}, units=tree)
    assert result["unit"].tolist() == ["all", "east", "a", "b", "west", "c"]
    assert result["level"].tolist() == [0, 1, 2, 2, 1, 2]
    assert result["satisfaction"].tolist() == [20 / 35, 0.5, 0.9, 0.1, 10 / 15, 10 / 15]
    with pytest.raises(InvalidDataError, match="unit must be a unit of units; got 'zoo'"):
        kpi.roll_up(table.assign(unit="zoo"), rates={"s": ("good", "n")}, units=tree)
    for wrong, message in (
        (pd.DataFrame({"unit": ["a", "b"], "parent": ["b", "a"]}), "is above itself"),
        (pd.DataFrame({"unit": ["a", "a"], "parent": ["x", "y"]}), "has two parents"),
    ):
        with pytest.raises(ValueError, match=message):
            kpi.roll_up(table, rates={"s": ("good", "n")}, units=wrong)


def test_what_cannot_be_rolled_up_is_refused():
    table = units.days()
    with pytest.raises(ValueError, match="needs rates, means or sums"):
        kpi.roll_up(table)
    with pytest.raises(InvalidDataError, match="in_time must be a count >= 0; got missing"):
        kpi.roll_up(table.assign(in_time=[None, 1, 2, 3, 4]), rates={"s": ("in_time", "answered")})
    with pytest.raises(InvalidDataError, match="asa must be known where answered is not 0"):
        kpi.roll_up(table.assign(answered=1), means={"asa": ("asa", "answered")})
    with pytest.raises(ValueError, match=r"s must have a numerator up to its denom.*got 210 / 165"):
        kpi.roll_up(table, rates={"s": ("answered", "in_time")})
    with pytest.raises(MissingColumnError, match="no column 'lost'"):
        kpi.roll_up(table, rates={"s": ("answered", "answered + lost")})


def test_satisfaction_counts_replies_and_invitations_apart():
    table = kpi.satisfaction(units.ratings(), by="channel").set_index("channel")
    app = table.loc["app"]
    assert app[["sent", "replies", "satisfied", "dissatisfied"]].tolist() == [4, 3, 1, 1]
    assert app["satisfaction"] == 1 / 3
    assert app["response_rate"] == 3 / 4
    assert app["mean_rating"] == 8 / 3
    sent = kpi.satisfaction(units.ratings(), out_of="sent").iloc[0]
    assert sent["satisfaction"] == 2 / 7
    nobody = kpi.satisfaction(units.ratings().assign(rating=np.nan)).iloc[0]
    assert nobody["response_rate"] == 0
    assert math.isnan(nobody["satisfaction"])
    assert math.isnan(nobody["satisfaction_low"])
    with pytest.raises(InvalidDataError, match=r"rating must be between 1 and 5; got 9\.0"):
        kpi.satisfaction(units.ratings().fillna({"rating": 9}))
    with pytest.raises(ValueError, match="dissatisfied < satisfied"):
        kpi.satisfaction(units.ratings(), satisfied=2)


def test_pareto_shares_end_at_one():
    table = kpi.pareto(units.ratings().dropna(subset="reason"), "reason")
    assert table["reason"].tolist() == ["wait", "bill"]
    assert table["cumulative_share"].tolist() == [2 / 3, 1.0]
    grouped = kpi.pareto(units.transactions(), "kind", by="unit", count="volume")
    assert grouped.groupby("unit")["share"].sum().round(12).tolist() == [1, 1]
    assert grouped.groupby("unit")["cumulative_share"].last().tolist() == [1, 1]
    assert grouped["rank"].tolist() == [1, 2, 1, 2]
    assert kpi.pareto(units.ratings().iloc[:0], "reason").empty


def test_contribution_with_without_and_only_payments():
    table = units.transactions()
    shares = {
        payments: kpi.contribution(table, payments=payments).set_index("channel")["contribution"]
        for payments in ("with", "without", "only")
    }
    assert shares["with"]["counter"] == 100 / 240
    assert shares["only"]["app"] == 100 / 210
    assert shares["without"]["counter"] == 1.0
    for each in shares.values():
        assert each.sum() == pytest.approx(1, abs=1e-12)
    with pytest.raises(ValueError, match="payment_kinds must be among the kinds"):
        kpi.contribution(table, payments="only", payment_kinds="fee")


def test_diversion_is_among_the_kinds_that_can_be_diverted():
    row = kpi.diversion(units.transactions(), seconds={"payment": "3min"}).iloc[0]
    assert row[["alternative", "counter", "ineligible"]].tolist() == [140, 70, 30]
    assert row["diversion"] == 140 / 210
    assert row["hours_saved"] == 7.0
    every = kpi.diversion(units.transactions(), eligible=["payment", "contract"]).iloc[0]
    assert every["diversion"] == 140 / 240
    with pytest.raises(ValueError, match="counter must be among the channels"):
        kpi.diversion(units.transactions(), counter="desk")


def test_halls_are_queues():
    table = kpi.halls(units.visits()).set_index("hall")
    a = table.loc["a"]
    assert a[["offered", "answered", "abandoned"]].tolist() == [3, 2, 1]
    # 60 and 900 s waited by the served; 240 and 60 s at the counter.
    assert (a["asa"], a["att"]) == (480.0, 150.0)
    assert a["service_level"] == 1 / 3
    told = units.visits().assign(outcome=["served", "no_show", "served", "no_show", "served"])
    assert kpi.halls(told).set_index("hall").loc["a", "abandoned"] == 2
    early = units.visits()
    early.loc[1, "called"] = pd.Timestamp("2024-03-05 08:00")
    with pytest.raises(
        InvalidDataError, match=r"called must not be before taken; .* at position 1"
    ):
        kpi.halls(early)
    assert kpi.halls(early, on_error="drop")["offered"].sum() == 4
    never = units.visits().assign(called=pd.NaT)
    with pytest.raises(InvalidDataError, match="called must be known"):
        kpi.halls(never)


def test_open_tickets_are_censored():
    opened = pd.to_datetime(["2024-03-04 09:00"] * 4)
    closed = pd.to_datetime(["2024-03-04 10:00", "2024-03-04 11:00", None, "2024-03-05 12:00"])
    tickets = pd.DataFrame({"opened": opened, "closed": closed})
    row = kpi.handling_time(tickets, until="2024-03-04 12:00", limit="2h").iloc[0]
    # What was closed after the table was made was open then.
    assert row[["tickets", "closed", "open"]].tolist() == [4, 2, 2]
    assert row["mean_closed"] == 5400
    assert row["median"] == 7200
    assert row["oldest_open"] == 3 * 3600
    # Area under 1, 3/4, 1/2 over one hour each: the curve ends above zero, so a lower bound.
    assert row["mean"] == 3600 * (1 + 0.75 + 0.5)
    assert (row["on_time_numerator"], row["on_time_denominator"]) == (2, 4)
    young = kpi.handling_time(tickets, until="2024-03-04 12:00", limit="4h").iloc[0]
    assert (young["on_time_numerator"], young["on_time_denominator"]) == (2, 2)
    with pytest.raises(InvalidDataError, match="closed must not be before opened"):
        kpi.handling_time(tickets.assign(closed=pd.Timestamp("2024-03-01")))
    with pytest.raises(InvalidDataError, match="opened must not be after until"):
        kpi.handling_time(tickets, until="2024-03-01")
    assert kpi.handling_time(tickets.iloc[:0])["tickets"].tolist() == [0]


def test_opening_hours():
    office = kpi.BusinessHours("09:00", "17:00", holidays=("2024-03-05",))
    pairs = [
        # Within a day; over night; over a weekend; over a holiday; before opening; at night.
        ("2024-03-04 10:00", "2024-03-04 12:30", 9000),
        ("2024-03-06 16:00", "2024-03-07 10:00", 7200),
        ("2024-03-01 16:00", "2024-03-04 10:00", 7200),
        ("2024-03-04 16:00", "2024-03-06 10:00", 7200),
        ("2024-03-04 07:00", "2024-03-04 09:30", 1800),
        ("2024-03-02 12:00", "2024-03-03 12:00", 0),
    ]
    for start, end, seconds in pairs:
        assert office.elapsed(np.datetime64(start), np.datetime64(end)) == seconds, (start, end)
    tickets = pd.DataFrame({"opened": [p[0] for p in pairs], "closed": [p[1] for p in pairs]})
    row = kpi.handling_time(tickets, hours=office).iloc[0]
    assert row["mean_closed"] == sum(p[2] for p in pairs) / len(pairs)
    # The same wall clock in a zone: opening hours are local.
    zoned = kpi.handling_time(tickets, hours=office, timezone="Asia/Shanghai").iloc[0]
    assert zoned["mean_closed"] == row["mean_closed"]
    for wrong, message in (
        ({"opens": "09:00", "closes": "09:00"}, "opens and closes must be two times of a day"),
        ({"opens": "09:00", "closes": "25:00"}, "opens and closes must be two times of a day"),
        ({"weekdays": "0000000"}, "weekdays must be 7 digits"),
        ({"holidays": ("Easter",)}, "holidays must be dates"),
    ):
        with pytest.raises(ValueError, match=message):
            kpi.BusinessHours(**wrong)


def test_stages_and_reply_clocks_go_the_same_way():
    stages = pd.DataFrame(
        {
            "stage": ["intake", "intake", "repair"],
            "start": pd.to_datetime(["2024-03-04 09:00", "2024-03-04 10:00", "2024-03-04 09:10"]),
            "end": pd.to_datetime(["2024-03-04 09:10", "2024-03-04 10:15", None]),
        }
    )
    table = kpi.handling_time(
        stages, by="stage", opened="start", closed="end", limit="10min"
    ).set_index("stage")
    assert table.loc["intake", "on_time"] == 0.5
    assert table.loc["repair", ["closed", "open", "on_time"]].tolist() == [0, 1, 0]


def test_productivity_with_and_without():
    table = units.days().assign(managers=[1, 0, 0, 1, 0], kiosk=[30, 0, 0, 10, 10])
    row = kpi.productivity(
        table, volume="answered", managers="managers", self_service="kiosk"
    ).iloc[0]
    assert row["per_front_line"] == 210 / 14
    assert row["per_head"] == 210 / 16
    assert row["per_front_line_with_self_service"] == 260 / 14
    assert row["per_head_with_self_service"] == 260 / 16
    nobody = kpi.productivity(table.assign(heads=0, answered=0), volume="answered").iloc[0]
    assert math.isnan(nobody["per_front_line"])


@pytest.mark.parametrize(
    ("work", "gini", "cv"),
    [
        ([5, 5, 5, 5], 0.0, 0.0),
        ([0, 0, 0, 8], 0.75, 2.0),
        ([1, 3], 0.25, math.sqrt(2) / 2),
        ([7], 0.0, math.nan),
        ([0, 0], math.nan, math.nan),
    ],
)
def test_imbalance(work, gini, cv):
    row = kpi.imbalance(pd.DataFrame({"work": work}), "work").iloc[0]
    np.testing.assert_allclose([row["gini"], row["cv"]], [gini, cv], rtol=1e-12)


@cases("occupancy")
def test_every_base_of_utilisation_is_that_of_the_reference(case):
    given, expected = case["input"], case["expect"]
    seconds = {"offline": 0.0, **given["seconds"]}
    row = kpi.utilisation(pd.DataFrame([seconds]), productive=given["productive"]).iloc[0]
    assert (row["handle"], row["logged_in"]) == (expected["handle"], expected["logged_in"])
    for name, key in (
        ("occupancy", "ring_excluded"),
        ("occupancy_ring_busy", "ring_busy"),
        ("occupancy_ring_idle", "ring_idle"),
    ):
        np.testing.assert_allclose(row[name], value_of(expected["occupancy"][key]), rtol=1e-12)
    for name in ("logged_in_occupancy", "paid_utilisation", "shrinkage"):
        np.testing.assert_allclose(row[name], value_of(expected[name]), rtol=1e-12)


def test_utilisation_of_states_and_of_other_paid_time():
    table = units.times().assign(contract=28800.0)
    row = kpi.utilisation(table, paid="contract", productive=["talk", "training"]).iloc[0]
    assert row["paid"] == 57600.0
    assert row["paid_utilisation"] == row["productive"] / 57600.0
    with pytest.raises(ValueError, match="productive must be states"):
        kpi.utilisation(table, productive=["lunch"])
    with pytest.raises(MissingColumnError, match="no column 'available'"):
        kpi.utilisation(pd.DataFrame({"x": [1.0]}))


def test_a_scorecard_by_hand():
    figures = pd.DataFrame(
        {"unit": ["a", "b", "c"], "sl": [0.9, 0.4, 0.8], "errors": [0.0, 4.0, np.nan]}
    )
    metrics = {
        "sl": kpi.Metric(target=0.8, weight=3, cap=1.1),
        "errors": kpi.Metric(target=2, better="lower", weight=1, floor=6),
    }
    table = kpi.scorecard(figures, metrics)
    # a: 0.9/0.8 is cut at 1.1, no errors beat the target and are cut at 1: (3.3 + 1) / 4.
    # b: half of 0.8, half way from 6 to 2: (1.5 + 0.5) / 4. c: errors missing, 3 / 3.
    np.testing.assert_allclose(table["score"], [107.5, 50.0, 100.0], rtol=1e-12)
    assert table["rank"].tolist() == [1, 3, 2]
    assert table["weight_missing"].tolist() == [0, 0, 0.25]
    assert kpi.scorecard(figures, metrics, missing="zero")["score"][2] == pytest.approx(75.0)
    with pytest.raises(InvalidDataError, match="errors must be known"):
        kpi.scorecard(figures, metrics, missing="raise")
    with pytest.raises(ValueError, match="floor must be worse than target"):
        kpi.Metric(target=0.8, floor=0.9)
    with pytest.raises(ValueError, match="must have a target"):
        kpi.scorecard(figures, {"sl": kpi.Metric()})


def test_shortfalls_rank_gaps_in_the_spread_of_the_units():
    figures = pd.DataFrame({"unit": list("abc"), "sl": [0.6, 0.8, 0.9], "asa": [30.0, 20.0, 21.0]})
    metrics = {"sl": kpi.Metric(target=0.8), "asa": kpi.Metric(better="lower")}
    table = kpi.shortfalls(figures, metrics)
    worst = table.iloc[0]
    assert (worst["unit"], worst["metric"], worst["gap"]) == ("a", "asa", 9.0)
    assert worst["standardised_gap"] == pytest.approx(9 / np.std([30, 20, 21], ddof=1))
    assert table["rank"].tolist() == sorted(table["rank"])
    assert set(table.loc[table["unit"] == "a", "rank_in_unit"]) == {1.0, 2.0}


def test_a_small_unit_is_not_the_worst_for_one_bad_call():
    figures = pd.DataFrame(
        {
            "unit": ["tiny", "low", "mid", "high"],
            "sl": [0.5, 0.6, 0.8, 0.9],
            "n": [2, 5000, 5000, 5000],
        }
    )
    plain = kpi.shortfalls(figures, {"sl": kpi.Metric(target=0.8)})
    assert plain["unit"][0] == "tiny"
    table = kpi.shortfalls(figures, {"sl": kpi.Metric(target=0.8, count="n")})
    assert table["unit"][0] == "low"
    tiny = table[table["unit"] == "tiny"].iloc[0]
    assert tiny["value"] == 0.5
    assert 0.7 < tiny["shrunk_value"] < 0.8
    # Where chance explains all the spread, everybody is drawn to the pooled rate.
    same = pd.DataFrame({"unit": list("ab"), "sl": [0.5, 0.6], "n": [10, 10]})
    drawn = kpi.shortfalls(same, {"sl": kpi.Metric(target=0.8, count="n")})
    np.testing.assert_allclose(drawn["shrunk_value"], 0.55, rtol=1e-12)


def test_alike_or_missing_figures_have_no_rank():
    figures = pd.DataFrame({"unit": list("ab"), "sl": [0.8, 0.8], "x": [1.0, np.nan]})
    table = kpi.shortfalls(figures, {"sl": kpi.Metric(target=0.9), "x": kpi.Metric()})
    assert table["rank"].isna().all()
    assert kpi.shortfalls(figures.iloc[:0], {"sl": kpi.Metric()}).empty


def test_consistency_leaves_closed_intervals_out():
    day = pd.DataFrame({"service_level": [1.0, 0.75, 0.74, np.nan], "offered": [1, 2, 5, 0]})
    row = kpi.consistency(day, target=0.8, below=0.05, above=0.1, weight="offered").iloc[0]
    # 0.75 is on the edge of the band, 1.0 over it, 0.74 under it, the last one closed.
    assert row[["intervals", "open", "in_band", "under", "over"]].tolist() == [4, 3, 1, 1, 1]
    assert row["consistency"] == 1 / 3
    assert row["consistency_weighted"] == 2 / 8
    assert math.isnan(kpi.consistency(day.iloc[3:], target=0.8)["consistency"][0])
    with pytest.raises(ValueError, match="below must be >= 0"):
        kpi.consistency(day, target=0.8, below=-1)


def test_long_runs_at_the_ceiling_are_explained():
    months = pd.DataFrame(
        {
            "start": range(5, 0, -1),
            "a": [1.0] * 5,
            "b": [1.0, 1.0, 0.9, 1.0, 1.0],
            "n": [400, 500, 450, 480, 510],
        }
    )
    table = kpi.audit_ceiling(months, ["a", "b"], count="n").set_index("metric")
    assert table.loc["a", ["longest_run", "finding"]].tolist() == [5, "easy target"]
    assert table.loc["b", ["longest_run", "finding"]].tolist() == [2, "none"]
    few = kpi.audit_ceiling(months.assign(n=4), "a", count="n").iloc[0]
    assert few["finding"] == "small sample"
    # 20 of 20: Wilson's lower limit is n / (n + z^2).
    assert few["lower_limit"] == pytest.approx(20 / (20 + 1.959963984540054**2), rel=1e-12)
    none = kpi.audit_ceiling(months.assign(n=[400, 0, 450, 480, 510]), ["a"], count="n").iloc[0]
    assert none["finding"] == "data fault"
