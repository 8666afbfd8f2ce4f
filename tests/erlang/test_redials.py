"""Callers who are lost and call again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from callstats import erlang
from hypothesis import given
from hypothesis import strategies as st


@given(
    agents=st.floats(0, 300),
    ratio=st.floats(0.01, 4),
    patience=st.one_of(st.just(0.0), st.floats(1, 2000)),
    redial=st.floats(0, 0.999),
)
def test_lost_calls_that_come_back_close_the_balance(agents, ratio, patience, redial):
    load = ratio * max(agents, 1)
    system = {"aht": 200, "patience": patience}
    total = erlang.load_with_redials(agents, load, **system, redial=redial)
    lost = erlang.abandonment(agents, total, **system)
    assert total >= load
    assert total * (1 - redial * lost) == pytest.approx(load, rel=1e-11)


def test_iterating_by_hand_comes_to_the_same():
    # The textbook procedure: what is blocked comes back in part, until nothing changes.
    total = 12.0
    for _ in range(500):
        total = 12.0 + 0.7 * total * erlang.blocking(10, total)
    assert erlang.load_with_redials(10, 12.0, aht=180, patience=0, redial=0.7) == pytest.approx(
        total, rel=1e-12
    )


def test_one_line_by_hand():
    # x (1 - r x / (1 + x)) = a.
    a, r = 0.9, 0.8
    root = ((a - 1) + math.sqrt((1 - a) ** 2 + 4 * (1 - r) * a)) / (2 * (1 - r))
    got = erlang.load_with_redials(1, a, aht=60, patience=0, redial=r)
    assert got == pytest.approx(root, rel=1e-12)


def test_the_edges():
    many = {"aht": 180, "patience": 60}
    assert erlang.load_with_redials(5, 8.0, **many, redial=0) == 8
    assert erlang.load_with_redials(5, 8.0, aht=180, patience=np.inf, redial=1) == 8
    assert erlang.load_with_redials(5, 0.0, **many, redial=1) == 0
    # Everybody comes back until served: 5 agents cannot serve 5 erlangs.
    assert erlang.load_with_redials([4, 5], 5.0, **many, redial=1).tolist() == [np.inf, np.inf]
    total = erlang.load_with_redials(5.5, 5.0, **many, redial=1)
    carried = total * (1 - erlang.abandonment(5.5, total, **many))
    assert carried == pytest.approx(5, rel=1e-12)
    assert erlang.load_with_redials(0, 5.0, **many, redial=0.8) == pytest.approx(25, rel=1e-12)
