"""Figures of errors, of two axes and of two raters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import recordings
from callstats import plots, qa

pytestmark = pytest.mark.frames


def test_pareto_draws_rates_and_the_period_before():
    table = qa.error_pareto(recordings.checks(), period="month")
    axes = plots.pareto(table).axes[0]
    np.testing.assert_allclose([bar.get_width() for bar in axes.patches], table["rate"])
    rings = axes.collections[-1].get_offsets()
    np.testing.assert_allclose(np.asarray(rings)[:, 0], table["previous_rate"])
    beside = [label.get_text() for label in axes.child_axes[0].get_yticklabels()]
    assert beside[-1] == "100%"
    assert len(plots.pareto(table[:0]).axes) == 1
    many = pd.DataFrame({"call_id": range(30), "category": range(30), "error": 1})
    assert len(plots.pareto(qa.error_pareto(many)).axes[0].patches) == 20


def test_quadrants_are_counted_in_their_corners():
    rows = recordings.scores()
    told = qa.quadrants(rows, x="score", y="rating", x_cut=80, y_cut=4)["quadrant"].value_counts()
    figure = plots.quadrants(rows, x="score", y="rating", x_cut=80, y_cut=4, by="agent")
    texts = [text.get_text() for text in figure.axes[0].texts]
    names = ("high_high", "high_low", "low_high", "low_low")
    counts = [told.get(name, 0) for name in names]
    assert texts[:4] == [f"{count} ({100 * count / sum(counts):.0f}%)" for count in counts]
    assert len(texts) == 4 + told["low_low"]
    dots = sum(len(each.get_offsets()) for each in figure.axes[0].collections)
    assert dots == rows["rating"].notna().sum()


def test_bland_altman_draws_what_agreement_says():
    rows = recordings.ratings()
    found = qa.agreement(rows).bland_altman
    axes = plots.bland_altman(rows, title="Two raters").axes[0]
    levels = {round(float(line.get_ydata()[0]), 9) for line in axes.lines}
    wanted = {found.bias.value, found.lower.value, found.upper.value, 0.0}
    assert levels == {round(value, 9) for value in wanted}
    wide = rows.pivot_table(index="call_id", columns="rater", values="score")
    dots = np.asarray(axes.collections[-1].get_offsets())
    np.testing.assert_allclose(dots[:, 1], wide["anna"] - wide["ben"])
    with pytest.raises(ValueError, match="two raters of the same calls; got 1 raters"):
        plots.bland_altman(rows[rows["rater"] == "anna"])
