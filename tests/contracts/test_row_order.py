"""The order of rows, the frame library and the kind of a column change no picture and no bit."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import recordings
from callstats import day, kpi, plots, qa, simulate

pl = pytest.importorskip("polars")

CALLS = recordings.calls((60, 45))


def drawing(figure):
    """All that is drawn: texts, points and lines, in the order in which they are drawn."""
    found = []
    panels = [child for axes in figure.axes for child in axes.child_axes]
    for axes in (*figure.axes, *panels):
        found += [label.get_text() for label in (*axes.get_xticklabels(), *axes.get_yticklabels())]
        found += [text.get_text() for text in axes.texts]
        found += [np.asarray(points.get_offsets()).tolist() for points in axes.collections]
        found += [np.asarray(line.get_xydata()).tolist() for line in axes.lines]
    return repr(found)


def weeks():
    return recordings.weeks()[lambda frame: frame["agent"] == frame["agent"].iloc[0]]


PICTURES = {
    "love": (
        lambda: qa.balance(
            qa.sample(CALLS, 5, seed=1), CALLS, columns=("arrival", "talk", "call_type")
        ),
        plots.love,
    ),
    "control": (lambda: qa.attribute_chart(weeks()), plots.control),
    "funnel": (
        lambda: qa.funnel(recordings.weeks(), by=["agent", "start"], kind="rate"),
        plots.funnel,
    ),
    "pareto": (lambda: qa.error_pareto(recordings.checks()), plots.pareto),
    "quadrants": (
        recordings.scores,
        lambda frame: plots.quadrants(frame, x="score", y="rating", x_cut=80, y_cut=4, by="agent"),
    ),
    "bland_altman": (recordings.ratings, plots.bland_altman),
}


@pytest.mark.parametrize(("table", "draw"), PICTURES.values(), ids=PICTURES)
def test_pictures_do_not_depend_on_the_order_of_rows(table, draw):
    rows = table()
    expected = drawing(draw(rows))
    for seed in range(3):
        shuffled = rows.sample(frac=1, random_state=seed)
        assert drawing(draw(shuffled)) == expected
    assert drawing(draw(pl.from_pandas(rows))) == expected


def test_love_puts_values_beside_their_labels():
    table = PICTURES["love"][0]().sample(frac=1, random_state=1)
    pooled = table[table["pooled"] & (table["column"] == "call_type")].set_index("level")
    axes = plots.love(table).axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    places = dict(zip(labels, axes.get_yticks(), strict=True))
    points = {y: x for x, y in np.asarray(axes.collections[-1].get_offsets()).tolist()}
    for level, place in places.items():
        if level in pooled.index:
            assert points[place] == pooled["standardized_difference"][level]


def test_a_control_chart_joins_no_groups():
    both = qa.attribute_chart(recordings.weeks(), by="agent")
    with pytest.raises(ValueError, match="chart must be of one group; got 2 of 'agent'"):
        plots.control(both)
    with pytest.raises(ValueError, match="more than once"):
        plots.control(both.drop(columns="agent"))


def test_estimates_have_the_same_bits_in_any_order():
    drawn = qa.sample(CALLS, 20, seed=3)
    drawn["score"] = np.random.default_rng(1).normal(80, 5, len(drawn))
    ask = {"by": "agent", "post_stratify": "call_type", "sizes": CALLS}
    for options in ({}, ask):
        expected = qa.estimate(drawn, "score", **options)
        for seed in range(20):
            again = qa.estimate(drawn.sample(frac=1, random_state=seed), "score", **options)
            pd.testing.assert_frame_equal(again, expected, check_exact=True)


@pytest.mark.parametrize(
    "z",
    [
        [0.1, 2.1, 2.2, None, 0.3],
        pd.Series([0.1, 2.1, 2.2, pd.NA, 0.3], dtype="Float64"),
        pd.Series([0.1, 2.1, 2.2, None, 0.3], dtype=object),
        pl.Series([0.1, 2.1, 2.2, None, 0.3]),
        np.array([0.1, 2.1, 2.2, np.nan, 0.3], dtype=">f8"),
    ],
)
def test_run_rules_read_nullable_columns(z):
    assert qa.run_rules(z) == [(), (), ("2_of_3_beyond_2s",), (), ()]


def half_hours():
    starts = pd.date_range("2025-03-03 08:00", periods=4, freq="30min", tz="Europe/Paris")
    return pd.DataFrame({"start": starts, "calls": [50, 80, 60, 40], "aht": 200.0, "agents": 9})


def test_moments_in_an_object_column_are_times():
    frame = half_hours()
    objects = frame.assign(start=frame["start"].astype(object))[::-1]
    expected = day.evaluate(frame)
    found = day.evaluate(objects)
    for name in ("service_level", "queue_end"):
        assert found[name].tolist()[::-1] == expected[name].tolist()
    model = simulate.Model(simulate.CallType("calls", talk=200, patience=180), 9)
    runs = [
        simulate.run(model, intervals=given, replications=2, seed=1) for given in (frame, objects)
    ]
    assert repr(runs[0]) == repr(runs[1])


def test_a_lazy_frame_is_collected_without_a_warning():
    calls = pl.DataFrame({"wait": [1.0, 30.0], "outcome": ["answered", "answered"]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = kpi.summarize(calls.lazy())
    assert found["service_level"].to_list() == [0.5]
