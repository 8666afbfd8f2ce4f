"""Pictures: what they draw comes back with them, and their SVG is fit for a page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from callstats.report import charts
from callstats.report.drawing import COLOURS
from callstats.report.labels import Words

EN = Words("en")
HOSTILE = "<script>alert(1)</script> $x$ & \x1b[31m 质检"


def daily() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "date": pd.date_range("2024-03-04", periods=3).date,
            "answered": [80, 90, 0],
            "abandoned": [20, 10, 1],
            "service_level": [0.7, 0.85, 0.0],
        }
    )


def slots() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "slot": [540, 570, 600],
            "answered_a_day": [10.0, 12.0, 8.0],
            "abandoned_a_day": [1.0, 0.0, 2.0],
            "asa": [12.0, np.nan, 40.0],
            "wait_p90": [30.0, 20.0, 90.0],
        }
    )


def cells() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "date": [pd.Timestamp("2024-03-04").date()] * 3,
            "slot": [0, 540, 570],
            "counted": [2, 10, 20],
            "answered_within": [0, 9, 10],
            "at_work": [True, True, False],
        }
    )


def needs() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "weekday": [0, 0, 6],
            "slot": [540, 570, 600],
            "needed_a": [3.0, 4.0, 2.0],
            "needed_c": [4.0, 5.0, 3.0],
            "agents_at_work": [3.5, 3.0, np.nan],
        }
    )


def curve() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "time": [10.0, 30.0, 60.0],
            "survival": [0.9, 0.8, 0.5],
            "survival_low": [0.8, 0.6, np.nan],
            "survival_high": [0.95, 0.9, np.nan],
        }
    )


def staffing() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "agents": [4.0, 5.0, 6.0],
            "service_level": [0.5, 0.7, 0.85],
            "service_level_c": [0.2, 0.5, 0.8],
            "marginal_service_level": [np.nan, 0.2, 0.15],
        }
    )


def bands() -> pd.DataFrame:
    return pd.DataFrame(
        {"model": ["a", "c"], "predicted": [0.9, 0.4], "observed": [0.7, 0.6], "calls": [90, 10]}
    )


def gaps() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "column": ["type", "type", "time"],
            "level": [HOSTILE, "b", ""],
            "population_share": [0.3, 0.7, np.nan],
            "balanced": [0.01, -0.02, np.nan],
            "simple": [0.2, -0.3, 0.1],
        }
    )


def bins() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "low": [-np.inf, 0, 20],
            "high": [0, 20, np.inf],
            "answered": [5, 3, 1],
            "abandoned": [0, 0, 1],
        }
    )


DRAWINGS = {
    "days": lambda words: charts.days(daily(), words, goal=0.8, threshold=20),
    "profile": lambda words: charts.profile(slots(), words),
    "heat": lambda words: charts.heat(cells(), words, goal=0.8, threshold=20),
    "waits": lambda words: charts.waits(bins(), words, threshold=20),
    "patience": lambda words: charts.patience(curve(), words, mean=90, threshold=20, until=60),
    "requirement": lambda words: charts.requirement(needs(), words),
    "curve": lambda words: charts.staffing_curve(staffing(), words, goal=0.8),
    "calibration": lambda words: charts.calibration(bands(), words),
    "love": lambda words: charts.love(gaps(), words),
}
every_drawing = pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)


@every_drawing
@pytest.mark.parametrize("language", ["en", "zh"])
def test_svg_is_well_formed_and_needs_nothing_from_elsewhere(draw, language):
    chart = draw(Words(language))
    root = ET.fromstring(chart.svg)  # noqa: S314 - our own text
    assert root.tag.endswith("svg")
    references = re.findall(r'(?:href|src)="([^"]{0,40})', chart.svg)
    assert all(found.startswith(("#", "data:")) for found in references)
    assert "<style" not in chart.svg
    assert "font-family" not in chart.svg
    # The colours of the theme are the page's to choose.
    assert not [colour for colour in COLOURS.values() if colour in chart.svg]
    defined = {element.get("id") for element in root.iter()}
    used = re.findall(r"url\(#([^)]*)\)", chart.svg) + re.findall(r'href="#([^"]*)"', chart.svg)
    assert set(used) <= defined


@every_drawing
def test_ids_of_pictures_are_their_own(draw):
    chart = draw(EN)
    ids = re.findall(r'\bid="([^"]*)"', chart.svg)
    assert ids
    assert all(each.startswith(f"{chart.name}-") for each in ids)


@every_drawing
def test_the_same_figures_give_the_same_picture(draw):
    assert draw(EN).svg == draw(EN).svg


def test_labels_are_text_whatever_they_hold():
    svg = charts.love(gaps(), EN).svg
    text = "".join(ET.fromstring(svg).itertext())  # noqa: S314 - our own text
    assert "type: <script>alert(1)</s…" in text
    assert "<script" not in svg


def test_chinese_is_text_for_the_readers_font():
    assert Words("zh")("chart_profile_wait") in charts.profile(slots(), Words("zh")).svg


def test_heat_says_which_cells_carry_a_share():
    shown = charts.heat(cells(), EN, goal=0.8, threshold=20).data
    # Two calls are too few; at 9:30 nobody was at work.
    assert shown["shown"].tolist() == [False, True, False]
    assert shown["service_level"].tolist() == [0.0, 0.9, 0.5]


def test_a_long_log_is_shown_by_weekday():
    dates = pd.date_range("2024-01-01", periods=200).date
    long = pd.DataFrame(
        {"date": dates, "slot": 540, "counted": 10, "answered_within": 8, "at_work": True}
    )
    data = charts.heat(long, EN, goal=0.8, threshold=20).data
    assert data["row"].tolist() == list(range(7))
    assert data["counted"].sum() == 2000
    assert (data["service_level"] == 0.8).all()


def test_waits_come_back_as_shares_of_all_calls():
    assert charts.waits(bins(), EN, threshold=20).data["share"].tolist() == [0.5, 0.3, 0.2]


@pytest.mark.parametrize("goal", [0.05, 0.5, 0.999])
def test_any_goal_can_be_white(goal):
    assert charts.heat(cells(), EN, goal=goal, threshold=20).svg


def test_a_column_of_many_levels_shows_the_commonest():
    many = pd.DataFrame(
        {
            "column": "type",
            "level": [f"level {number}" for number in range(300)],
            "population_share": np.arange(300) / 44850,
            "balanced": 0.0,
            "simple": 0.1,
        }
    )
    shown = charts.love(many, EN).data
    assert shown["level"].tolist() == [f"level {number}" for number in range(280, 300)]


def test_a_curve_of_many_steps_is_drawn_with_few():
    times = np.linspace(0, 60, 20_001)[1:]
    survival = np.exp(-times / 40)
    steps = pd.DataFrame(
        {"time": times, "survival": survival, "survival_low": survival, "survival_high": survival}
    )
    chart = charts.patience(steps, EN, mean=40, threshold=20, until=60)
    assert len(chart.data) <= charts.CURVE_POINTS
    assert chart.data["survival"].iloc[-1] == survival[-1]
    assert np.isin(chart.data["time"], times).all()
