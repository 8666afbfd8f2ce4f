"""Frames of measures: the staffing table of 250 calls in half an hour, and many systems at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import erlang

pytestmark = pytest.mark.frames

MEASURES = [
    "agents",
    "load",
    "wait_probability",
    "service_level",
    "abandonment",
    "asa",
    "mean_wait",
    "queue_length",
    "occupancy",
]

# Agents, then ASA, service level in %, occupancy in % and trunk load to four digits.
GOLDEN = [
    (30, 208.6527, 23.5186, 97.222, 58.1462),
    (31, 74.7216, 45.2178, 94.086, 39.5447),
    (32, 37.5739, 61.2944, 91.146, 34.3853),
    (33, 21.2739, 73.0442, 88.384, 32.1214),
    (34, 12.7312, 81.5080, 85.784, 30.9349),
    (35, 7.8355, 87.5121, 83.333, 30.2549),
    (36, 4.8881, 91.7031, 81.019, 29.8456),
    (37, 3.0641, 94.5796, 78.829, 29.5922),
    (38, 1.9190, 96.5196, 76.754, 29.4332),
    (39, 1.1961, 97.8045, 74.786, 29.3328),
    (40, 0.7399, 98.6398, 72.917, 29.2694),
    (41, 0.4532, 99.1725, 71.138, 29.2296),
    (42, 0.2745, 99.5058, 69.444, 29.2048),
]
GAINS = [21.70, 16.08, 11.75, 8.46, 6.00, 4.19, 2.88, 1.94, 1.28, 0.84, 0.53, 0.33]


def test_the_staffing_table_has_the_golden_values():
    table = erlang.table(calls=250, aht=210, threshold=20, agents=range(30, 43))
    assert list(table.columns) == [*MEASURES, "trunk_load", "marginal_service_level"]
    agents, asa, level, occupancy, trunks = map(np.array, zip(*GOLDEN, strict=True))
    np.testing.assert_array_equal(table["agents"], agents)
    np.testing.assert_allclose(table["asa"], asa, atol=5.1e-5)
    np.testing.assert_allclose(table["service_level"] * 100, level, atol=5.1e-5)
    np.testing.assert_allclose(table["occupancy"] * 100, occupancy, atol=5.1e-4)
    np.testing.assert_allclose(table["trunk_load"], trunks, atol=5.1e-5)
    assert np.isnan(table["marginal_service_level"][0])
    np.testing.assert_allclose(table["marginal_service_level"][1:] * 100, GAINS, atol=5.1e-3)
    assert (table["load"] == 250 * 210 / 1800).all()
    assert (table["abandonment"] == 0).all()


def test_the_table_takes_durations_and_another_hold_time():
    plain = erlang.table(calls=250, aht=210, threshold=20, agents=[34, 35])
    words = erlang.table(
        calls=250, aht="3:30", threshold="20s", agents=[34, 35], interval="30min", patience="inf"
    )
    pd.testing.assert_frame_equal(plain, words)
    talk = erlang.table(calls=250, aht=210, threshold=20, agents=[34, 35], hold_time=180)
    np.testing.assert_allclose(plain["trunk_load"] - talk["trunk_load"], 250 / 1800 * 30)


def test_the_table_carries_the_load_exactly():
    # 0.1 x 3 is 0.30000000000000004; load / agents is 1 - 2^-52 or so: C waits for ever or nearly.
    calls, aht, interval = 0.1, 3.0, 0.3
    exact = erlang.table(calls=calls, aht=aht, interval=interval, threshold=20, agents=[1])
    # 0.1 and 0.3 as binary64 are 0.1 + 5.6e-18 and 0.3 - 1.1e-17: the load is above 1.
    assert exact["asa"].item() == np.inf
    near = erlang.table(calls=0.1, aht=3.0, interval=np.nextafter(0.3, 1), threshold=20, agents=[1])
    # By rational arithmetic: 1 - load of those binary64 numbers.
    from fractions import Fraction

    spare = 1 - Fraction(0.1) * 3 / Fraction(float(np.nextafter(0.3, 1)))
    load = 1 - spare
    assert spare > 0
    assert near["asa"].item() == pytest.approx(float(3 * load / spare), rel=1e-12)


def test_a_table_is_of_one_interval():
    with pytest.raises(ValueError, match="calls must be one number"):
        erlang.table(calls=[250, 300], aht=210, threshold=20, agents=[34])
    with pytest.raises(ValueError, match="agents must be a number or a list"):
        erlang.table(calls=250, aht=210, threshold=20, agents=np.ones((2, 2)))
    with pytest.raises(ValueError, match="aht must be > 0 seconds and finite; got -1"):
        erlang.table(calls=250, aht=-1, threshold=20, agents=[34])
    with pytest.raises(ValueError, match="definition must be 'offered'"):
        erlang.table(calls=250, aht=1, threshold=20, agents=[34], definition="strict")
    assert erlang.table(calls=250, aht=210, threshold=20, agents=34).shape == (1, 11)
    assert erlang.table(calls=250, aht=210, threshold=20, agents=[]).shape == (0, 11)


def test_an_interval_without_calls_is_an_ordinary_one():
    table = erlang.table(calls=0, aht=210, threshold=20, agents=[0, 3])
    assert (table["load"] == 0).all()
    assert (table["service_level"] == 1).all()
    assert (table["asa"] == 0).all()
    assert (table["trunk_load"] == 0).all()


@pytest.mark.parametrize("definition", ["offered", "answered", "virtual"])
def test_measures_are_those_of_their_functions(definition):
    system = {
        "agents": np.array([9.0, 12.5, 40.0]),
        "load": np.array([10.0, 10.0, 39.0]),
        "aht": 180.0,
        "patience": np.array([60.0, np.inf, 0.0]),
    }
    frame = erlang.measures(**system, threshold=20, definition=definition)
    assert list(frame.columns) == MEASURES
    np.testing.assert_array_equal(
        frame["service_level"], erlang.service_level(**system, threshold=20, definition=definition)
    )
    for name in set(MEASURES) - {"agents", "load", "service_level"}:
        np.testing.assert_array_equal(frame[name], getattr(erlang, name)(**system), err_msg=name)
    np.testing.assert_array_equal(frame["agents"], system["agents"])
    np.testing.assert_array_equal(frame["load"], system["load"])


def test_measures_come_in_the_kind_that_went_in():
    pl = pytest.importorskip("polars")
    one = erlang.measures(14, 10.0, aht=180, threshold=20)
    assert isinstance(one, pd.DataFrame)
    assert len(one) == 1
    index = pd.Index(["x", "y"], name="queue")
    agents = pd.Series([13, 14], index=index)
    assert erlang.measures(agents, 10.0, aht=180, threshold=20).index.equals(index)
    frame = erlang.measures(pl.Series([13, None]), 10.0, aht=180, threshold=20)
    assert isinstance(frame, pl.DataFrame)
    assert frame["asa"].null_count() == 1
    grid = erlang.measures(np.array([[13], [14]]), [9.0, 10.0], aht=180, threshold=20)
    assert grid["load"].tolist() == [9.0, 10.0, 9.0, 10.0]
    table = erlang.table(calls=100, aht=180, threshold=20, agents=pl.Series([13, 14]))
    assert isinstance(table, pl.DataFrame)
