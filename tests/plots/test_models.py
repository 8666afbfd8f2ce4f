"""Figures of queue models beside what was seen."""

from __future__ import annotations

import logs
import numpy as np
import pytest
from callstats import kpi, plots

pytestmark = pytest.mark.frames


@pytest.mark.parametrize("measure", ["service_level", "abandonment_rate", "asa", "mean_wait"])
def test_points_stand_where_the_table_says(measure):
    table = kpi.compare_with_erlang(logs.calls(), freq="15min")
    axes = plots.erlang_comparison(table, measure=measure).axes[0]
    # Limits, if there are any, come before the two.
    points, diamond = (np.asarray(each.get_offsets()) for each in axes.collections[-2:])
    wanted = table[[f"expected_{measure}", measure]].to_numpy(float)
    at = (table["row"] == "interval").to_numpy() & np.isfinite(wanted).all(axis=1)
    np.testing.assert_array_equal(points, wanted[at])
    np.testing.assert_array_equal(diamond, wanted[-1:])


def test_what_cannot_be_drawn_is_counted():
    log = logs.calls()
    patient = log[log["outcome"] == "answered"]
    endless = kpi.compare_with_erlang(patient, freq="15min", agents=0.01)
    axes = plots.erlang_comparison(endless, measure="mean_wait", language="en").axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels[-1] == f"{len(endless) - 1} not drawn"
    assert len(plots.erlang_comparison(kpi.compare_with_erlang(log[:0])).axes) == 1
    with pytest.raises(ValueError, match="measure must be one of"):
        plots.erlang_comparison(endless, measure="aht")
