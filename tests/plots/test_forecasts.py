"""Pictures of forecasts draw what the frames hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import forecast, plots
from callstats.errors import InvalidDataError
from registry import history


@pytest.fixture(scope="module")
def care():
    return history().query("queue == 'care'")


def test_a_forecast_with_its_bounds_and_what_came(care):
    said = forecast.fit_predict(care, "4D", level=[0.8, 0.95])
    came = said.assign(volume=said["volume"] + 1)[:5]
    axes = plots.forecast(said, came, title="care").axes[0]
    mean, seen = axes.lines
    assert mean.get_ydata().tolist() == said["volume"].tolist()
    assert np.isnan(seen.get_ydata()).sum() == len(said) - 5
    assert len(axes.collections) == 2
    assert axes.get_title(loc="left") == "care"
    with pytest.raises(InvalidDataError, match="forecast must be of one queue; got start"):
        plots.forecast(pd.concat([said, said]))


def test_effects_errors_and_calibration(care):
    effects = forecast.fit(care).effects
    panels = plots.forecast_effects(effects).axes
    assert [axes.get_title(loc="left") for axes in panels] == ["Weekdays", "Day of the month"]
    table = forecast.backtest(care, horizon="7D")
    axes = plots.forecast_error(table, level="day").axes[0]
    assert len(axes.lines) == 4
    own = table[(table["level"] == "day") & (table["method"] == "index")]
    assert axes.lines[0].get_ydata().tolist() == own["wape"].tolist()
    points = plots.calibration(table).axes[0].lines[0]
    assert points.get_xdata().tolist() == [0.8, 0.95]
    with pytest.raises(ValueError, match="level must be interval or day; got 'week'"):
        plots.forecast_error(table, level="week")
