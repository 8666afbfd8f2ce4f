"""Queue models beside what was seen: the patience that was measured, and the agents of each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import datasets, erlang, kpi, staffing

EDGES = [0, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600]


@pytest.fixture(scope="module")
def shift() -> pd.DataFrame:
    bank = datasets.anonymous_bank()
    return bank[(bank["queue"] == "bank") & bank["arrival"].dt.hour.between(9, 16)]


def test_measured_patience_is_the_hazard_of_the_log(shift):
    table = kpi.compare_with_erlang(shift, freq="1h", patience="measured")
    read = erlang.Patience.from_hazard(kpi.patience_hazard(shift, edges=EDGES))
    (kept,) = table.attrs["callstats"]["patience"]
    assert kept["starts"] == list(read.starts)
    np.testing.assert_allclose(kept["hazard"], read.rates, rtol=1e-12)
    given = kpi.compare_with_erlang(shift, freq="1h", patience=read)
    for name in ("patience", "expected_service_level", "expected_asa"):
        np.testing.assert_allclose(table[name], given[name], rtol=1e-10)
    row = table[(table["row"] == "interval") & (table["intervals"] == 1)].iloc[3]
    system = {"agents": row["agents"], "load": row["load"], "aht": row["aht"], "patience": read}
    assert row["expected_service_level"] == pytest.approx(
        erlang.service_level(**system, threshold=20), rel=1e-10
    )


def test_models_have_their_agents_and_one_fits(shift):
    table = kpi.compare_models(shift, freq="1h", threshold=30, service_level=0.9).set_index("model")
    assert table.index.tolist() == ["erlang_c", "erlang_a", "measured"]
    assert table["fits"].sum() == 1
    assert table["agents_difference"]["measured"] == 0
    assert table["agents_difference"]["erlang_c"] > table["agents_difference"]["erlang_a"] >= 0
    assert (table["service_level"] == table["service_level"].iloc[0]).all()
    intervals = kpi.compare_with_erlang(shift, freq="1h", threshold=30)
    known = intervals[(intervals["row"] == "interval") & (intervals["intervals"] == 1)]
    needed = staffing.required_agents(
        known["load"], aht=known["aht"], patience=known["patience"], service_level=0.9, threshold=30
    )
    assert table["required_agents"]["erlang_a"] == pytest.approx(needed.mean(), rel=1e-12)


def test_groups_without_hang_ups_are_erlang_c_in_every_model():
    start = pd.date_range("2024-03-04 09:00", periods=60, freq="1min")
    log = pd.DataFrame(
        {
            "queue": ["never", "some"] * 30,
            "arrival": start,
            "wait": 5.0,
            "outcome": ["answered"] * 40 + ["answered", "abandoned"] * 10,
            "talk": 100.0,
        }
    )
    table = kpi.compare_models(log, by="queue", agents=3)
    never = table[table["queue"] == "never"]
    assert np.isinf(never["patience"]).all()
    assert (never["expected_service_level"] == never["expected_service_level"].iloc[0]).all()
    # Of equal models the simplest fits.
    assert never["fits"].tolist() == [True, False, False]
    some = table[table["queue"] == "some"].set_index("model")
    assert some["patience"]["measured"] < np.inf


def test_a_goal_is_a_share(shift):
    with pytest.raises(ValueError, match="service_level must be > 0 and < 1; got 80"):
        kpi.compare_models(shift, service_level=80)
