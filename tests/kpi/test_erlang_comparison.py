"""What was seen beside what Erlang A expects."""

from __future__ import annotations

import logs
import numpy as np
import pandas as pd
import pytest
from callstats import erlang, kpi
from callstats.errors import InvalidDataError, MissingColumnError

pytestmark = pytest.mark.frames

FIGURES = ("service_level", "abandonment_rate", "asa", "mean_wait")


def two_half_hours() -> pd.DataFrame:
    """Nine calls of 300 s each, and in the second half hour three of 600 s."""
    clock = [
        f"2024-03-05 09:{minute:02}" for minute in (0, 3, 6, 9, 12, 15, 18, 21, 24, 30, 35, 40)
    ]
    return pd.DataFrame(
        {
            "arrival": pd.to_datetime(clock),
            "wait": [0.0, 0, 0, 25, 40, 5, 0, 10, 30, 0, 15, 60],
            "outcome": ["answered"] * 7 + ["abandoned"] * 2 + ["answered"] * 2 + ["abandoned"],
            "talk": [300.0] * 7 + [np.nan] * 2 + [600.0] * 2 + [np.nan],
            "agent": ["ann", "bob"] * 3 + ["ann"] + [None] * 2 + ["ann", "bob", None],
        }
    )


def test_the_expected_side_is_erlang_a_with_the_patience_of_the_log():
    log = two_half_hours()
    table = kpi.compare_with_erlang(log, agents=2, threshold=20)
    patience = log["wait"].sum() / 3
    # Nine calls of 300 s in 1800 s are 1.5 erlangs; three of 600 s are 1.
    assert table["load"].tolist()[:2] == [1.5, 1.0]
    assert table["patience"].tolist() == pytest.approx([patience] * 3)
    for at, (load, aht) in enumerate([(1.5, 300.0), (1.0, 600.0)]):
        system = {"agents": 2, "load": load, "aht": aht, "patience": patience}
        row = table.iloc[at]
        wanted = erlang.service_level(**system, threshold=20)
        assert row["expected_service_level"] == pytest.approx(wanted, rel=1e-12)
        assert row["expected_abandonment_rate"] == pytest.approx(erlang.abandonment(**system))
        assert row["expected_asa"] == pytest.approx(erlang.asa(**system))
        assert row["expected_mean_wait"] == pytest.approx(erlang.mean_wait(**system))
    # 5 of 9 are answered within 20 s, 2 hang up; 70 s of waits of the seven, 110 s of all nine.
    first = table.iloc[0]
    assert [first["answered_within"], first["abandoned"]] == [5, 2]
    assert first["service_level"] == 5 / 9
    assert first["asa"] == 10
    assert first["mean_wait"] == pytest.approx(110 / 9)


def test_the_total_adds_counts_and_divides_again():
    table = kpi.compare_with_erlang(two_half_hours(), agents=2, threshold=20)
    parts, total = table.iloc[:2], table.iloc[2]
    assert total["row"] == "total"
    assert pd.isna(total["start"])
    assert total["intervals"] == 2
    for name in ("answered", "abandoned", "answered_within"):
        assert total[name] == parts[name].sum()
        assert total[f"expected_{name}"] == pytest.approx(parts[f"expected_{name}"].sum())
    assert total["service_level"] == 7 / 12
    weighted = np.average(parts["expected_service_level"], weights=parts["calls"])
    assert total["expected_service_level"] == pytest.approx(weighted)
    apart = np.average(parts["service_level_absolute_difference"], weights=parts["calls"])
    assert total["service_level_absolute_difference"] == pytest.approx(apart)
    for name in FIGURES:
        gap = table[name] - table[f"expected_{name}"]
        np.testing.assert_array_equal(table[f"{name}_difference"], gap)


@pytest.mark.parametrize("definition", ["answered", "exclude_abandoned_within"])
def test_both_sides_keep_to_the_definition(definition):
    log = two_half_hours()
    table = kpi.compare_with_erlang(log, agents=2, threshold=20, definition=definition)
    seen = kpi.summarize(log, freq="30min", threshold=20, definition=definition)
    np.testing.assert_array_equal(table["service_level"][:2], seen["service_level"])
    system = {"agents": 2, "load": 1.5, "aht": 300.0, "patience": log["wait"].sum() / 3}
    wanted = erlang.service_level(**system, threshold=20, definition=definition)
    assert table["expected_service_level"][0] == pytest.approx(wanted, rel=1e-12)


def test_agents_seen_given_or_unknown():
    log = two_half_hours()
    # Both have calls in the first half hour, and one each in the second.
    assert kpi.compare_with_erlang(log)["agents"].tolist() == [2, 2, 2]
    roster = pd.DataFrame({"start": pd.to_datetime(["2024-03-05 09:30"]), "agents": [1.5]})
    table = kpi.compare_with_erlang(log, agents=roster)
    np.testing.assert_array_equal(table["agents"], [np.nan, 1.5, 1.5])
    assert table["intervals"].tolist() == [0, 1, 1]
    # Only what was compared is in the total.
    assert table["calls"].tolist() == [9, 3, 3]
    by = log.assign(queue=["help"] * 6 + [None] * 6)
    rosters = pd.concat(roster.assign(queue=queue) for queue in ("help", None))
    table = kpi.compare_with_erlang(by, agents=rosters, by="queue")
    np.testing.assert_array_equal(table["agents"], [np.nan, np.nan, np.nan, 1.5, 1.5])
    with pytest.raises(InvalidDataError, match="one row an interval; got a second at position 1"):
        kpi.compare_with_erlang(log, agents=pd.concat([roster, roster]))
    with pytest.raises(MissingColumnError, match="agents"):
        kpi.compare_with_erlang(log, agents=roster.rename(columns={"agents": "staff"}))
    aware = roster.assign(start=roster["start"].dt.tz_localize("UTC"))
    with pytest.raises(InvalidDataError, match="time zone"):
        kpi.compare_with_erlang(log, agents=aware)
    with pytest.raises(ValueError, match="agents must be >= 0"):
        kpi.compare_with_erlang(log, agents=-1)


def test_edges():
    log = two_half_hours()
    # No rows: no interval, and nothing to divide by in the whole.
    empty = kpi.compare_with_erlang(log[:0])
    assert empty["row"].tolist() == ["total"]
    assert empty["calls"].tolist() == [0]
    assert empty["service_level"].isna().all()
    # One call that was answered at once; nobody hung up, so Erlang C: 300 s in 1800 s with one
    # agent is a load of 1/6, and so is the probability of waiting.
    one = kpi.compare_with_erlang(log[:1], threshold=0)
    assert one["patience"].tolist() == [np.inf, np.inf]
    np.testing.assert_allclose(one["expected_service_level"], 5 / 6)
    assert one["service_level"].tolist() == [1, 1]
    # Calls without length: no load that a model could speak of.
    short = kpi.compare_with_erlang(log[:3].assign(talk=0.0))
    assert short["intervals"].tolist() == [0, 0]
    assert short["service_level"][0] == 1
    assert short["expected_service_level"].isna().all()
    # Too few agents for callers who never leave wait for ever, and the model says so.
    busy = kpi.compare_with_erlang(log[:7], agents=1, threshold=20)
    assert busy["expected_service_level"].tolist() == [0, 0]
    assert busy["expected_mean_wait"].tolist() == [np.inf, np.inf]
    with pytest.raises(ValueError, match="definition must be one of"):
        kpi.compare_with_erlang(log, definition="virtual")


def test_neither_the_order_of_rows_nor_the_kind_of_keys_shows():
    log = logs.calls()
    expected = kpi.compare_with_erlang(log, by="queue", freq="15min")
    assert expected["intervals"].sum() > 6
    shuffled = log.sample(frac=1, random_state=3).astype({"queue": "category"})
    for unit in ("s", "ms", "ns"):
        log_in = log.assign(arrival=log["arrival"].dt.floor("s"))
        other = log_in.assign(arrival=log_in["arrival"].astype(f"M8[{unit}]"))
        pd.testing.assert_frame_equal(
            kpi.compare_with_erlang(other, freq="15min"),
            kpi.compare_with_erlang(log_in, freq="15min"),
        )
    found = kpi.compare_with_erlang(shuffled, by="queue", freq="15min")
    names = [table["queue"].astype(object).fillna("none") for table in (found, expected)]
    assert names[0].tolist() == names[1].tolist()
    pd.testing.assert_frame_equal(found.drop(columns="queue"), expected.drop(columns="queue"))


def test_days_of_local_time_are_as_long_as_they_are():
    # On the day the clock goes back a day has 25 hours: 300 s of calls are 300 / 90000 erlangs.
    log = two_half_hours()[:1].assign(arrival=pd.to_datetime(["2024-10-27 09:00"]))
    table = kpi.compare_with_erlang(log, freq="day", timezone="Europe/Paris")
    assert table["load"].tolist() == [300 / 90000] * 2
