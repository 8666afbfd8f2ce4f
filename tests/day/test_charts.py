"""Pictures of days."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from callstats import day
from callstats.errors import InfeasibleError, MissingColumnError
from callstats.plots import style

font_manager = pytest.importorskip("matplotlib.font_manager")
pytestmark = pytest.mark.frames

HOURS = pd.DataFrame({"calls": [60, 100, 160, 120, 0, 40], "aht": 600.0})
GOAL = {"service_level": 0.8, "threshold": 20, "interval": 1800}


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def test_a_day_beside_the_formula():
    compared = day.compare(HOURS.assign(agents=[24, 36, 56, 46, 1, 20]), interval=1800)
    figure = day.chart(compared, title="Monday")
    assert titles(figure) == ["Service level", "Callers waiting"]
    assert figure.get_suptitle() == "Monday"
    image = io.BytesIO()
    figure.savefig(image)
    assert image.getvalue()[:4] == b"\x89PNG"
    with pytest.raises(MissingColumnError, match="interval_seconds"):
        day.chart(HOURS)
    with pytest.raises(ValueError, match="language must be 'en' or 'zh'"):
        day.chart(compared, language="fr")


@pytest.mark.parametrize("goal", [{"service_level": 0.8}, {"asa": 20}, {"abandonment": 0.05}])
def test_lines_cross_the_goal_at_the_day_they_were_made_for(goal):
    options = {**goal, "interval": 1800, "patience": 300}
    figure = day.requirement_chart(HOURS, day_cv=0.2, **options)
    top, bottom = figure.axes
    plan = day.required_agents(HOURS, day_cv=0.2, **options)
    needed = [patch.get_data()[0] for patch in top.patches]
    np.testing.assert_array_equal(needed[1], plan["required_agents"])
    np.testing.assert_array_equal(
        needed[0], day.required_agents(HOURS, **options)["required_agents"]
    )
    assert (needed[0] <= needed[1]).all()
    (name, target), sign = next(iter(goal.items())), 1 if "service_level" in goal else -1
    for line, factor in zip(bottom.lines[:2], (1, plan["factor"].iloc[0]), strict=True):
        factors, worst = line.get_data()
        at = np.flatnonzero(factors == factor)
        assert at.size == 1
        assert sign * (worst[at[0]] - target) >= -1e-5
        assert sign * (worst[-1] - target) < 0, name


def test_chinese():
    if not {font.name for font in font_manager.fontManager.ttflist} & {*style.CHINESE_FONTS}:
        pytest.skip("no font with Chinese characters")
    compared = day.compare(HOURS.assign(agents=20), interval=1800)
    assert titles(day.chart(compared, language="zh")) == ["服务水平", "排队人数"]
    figure = day.requirement_chart(HOURS, day_cv=0.1, days=0.8, language="zh", **GOAL)
    assert titles(figure) == ["所需坐席", "最差时段的服务水平"]
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels[:2] == ["平均日", "80%的日子"]
    # Drawn, each character is found in a font: a missing one is a warning, and so an error.
    figure.savefig(io.BytesIO())


def test_what_cannot_be_drawn():
    with pytest.raises(TypeError, match="takes no by"):
        day.requirement_chart(HOURS, day_cv=0.1, by="queue", **GOAL)
    with pytest.raises(TypeError, match="arguments of required_agents; got 'shrinkage'"):
        day.requirement_chart(HOURS, day_cv=0.1, shrinkage=0.3, **GOAL)
    with pytest.raises(ValueError, match="day_cv must be a number between 0 and 1; got 0"):
        day.requirement_chart(HOURS, day_cv=0, **GOAL)
    with pytest.raises(ValueError, match="give at least one goal"):
        day.requirement_chart(HOURS, day_cv=0.1, interval=1800)
    with pytest.raises(ValueError, match="service_level must be one number, the line"):
        day.requirement_chart(HOURS, day_cv=0.1, service_level=[0.8] * 6, interval=1800)
    with pytest.raises(InfeasibleError, match="row 0"):
        day.requirement_chart(HOURS, day_cv=0.1, service_level=1.0, interval=1800)
    assert len(day.requirement_chart(HOURS[:0], day_cv=0.1, **GOAL).axes) == 2
