"""What holds for every chart, whatever its table."""

from __future__ import annotations

import io

import matplotlib as mpl
import numpy as np
import pandas as pd
import pictures
import pytest
from callstats import plots
from callstats.plots.picture import Picture
from matplotlib.figure import Figure

pytestmark = pytest.mark.frames
#: Nothing, one row, four weeks, 800 half hours, three years of days (of periods), 2,000 units.
SIZES = (0, 1, 28, 800, 1096, 2000)
PERIODS, DAYS = (
    {"control", "lost_call_values", "series", "gap_curve", "states"},
    {
        "day",
        "outage",
        "requirement_day",
        "roster",
        "shift_curve",
        "staffing_curve",
        "forecast_effects",
        "forecast_error",
        "calibration",
        "pilot_effects",
        "splits",
        "tornado",
        "compare",
    },
)
PAIRS = [
    (name, rows)
    for name in pictures.CHARTS
    for rows in SIZES
    if (rows != 1096 or name in PERIODS) and (rows < 1000 or name not in DAYS)
]
#: Charts of several panels, which are drawn on a figure.
FIGURES = {
    "outage",
    "day",
    "requirement_day",
    "staffing_curve",
    "forecast_effects",
    "gap_curve",
    "requirement",
    "raters",
}
charts = pytest.mark.parametrize("name", pictures.CHARTS)
chinese = pytest.mark.skipif(not pictures.has_chinese(), reason="no font with Chinese characters")


def drawn(name, rows, **options):
    table, draw, *_ = pictures.CHARTS[name]
    return draw(table(rows), **options)


def test_every_chart_is_here():
    assert set(pictures.CHARTS) == set(plots.__all__) - {"Picture"}


@pytest.mark.parametrize(("name", "rows"), PAIRS)
def test_a_picture_of_any_size_is_legible(name, rows):
    picture = drawn(name, rows)
    assert isinstance(picture, Picture)
    assert pictures.overlapping(picture) == []
    assert picture.alt
    assert "{}" not in picture.alt


@chinese
@charts
@pytest.mark.parametrize("rows", [0, 28])
def test_chinese_is_legible_and_has_its_glyphs(name, rows):
    picture = drawn(name, rows, language="zh", title="标题")
    assert pictures.overlapping(picture) == []
    assert pictures.without_glyphs(picture) == set()
    assert any(ord(letter) > 0x2E7F for letter in picture.alt)


@charts
def test_data_is_what_is_drawn(name):
    *_, marks, columns = pictures.CHARTS[name]
    for rows in (1, 28):
        picture = drawn(name, rows)
        if name == "heatmap":
            assert_cells(picture)
            continue
        data = picture.data.assign(at=picture.data.get("at", np.arange(len(picture.data))))
        if name == "waits":
            data["answered_share"] = data["answered"] / data["calls"].sum()
        if name == "roster":
            data["start"] = data["start"].to_numpy().astype("M8[us]").astype(float) / 86_400e6
        if name == "requirement_day":
            data = data.sort_values(["line", "panel"], kind="stable", key=order_of_lines(data))
        expected = pictures.sorted_rows(data[columns])
        np.testing.assert_allclose(pictures.sorted_rows(marks(picture.axes)), expected, atol=1e-12)


def assert_cells(picture):
    """Grey are the cells of few calls, and all others have a colour of the scale."""
    image = picture.axes[0].images[0].get_array()
    cells = picture.data
    grey = (np.abs(image[..., :3] - np.array([0xA9, 0xAF, 0xB6]) / 255) < 1e-9).all(axis=-1)
    assert grey.sum() == cells["few"].sum()
    coloured = ~grey & (image[..., :3] < 1).any(axis=-1)
    assert coloured.sum() == (~cells["few"] & cells["value"].notna()).sum()


@charts
def test_the_order_of_rows_has_no_effect(name):
    table, draw, *_ = pictures.CHARTS[name]
    rows = table(28)
    if not isinstance(rows, pd.DataFrame):
        return
    shuffled = rows.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(draw(shuffled).data, draw(rows).data)


def order_of_lines(data):
    places = {text: place for place, text in enumerate(data["line"].unique())}
    return lambda column: column.map(lambda value: places.get(value, value))


@charts
def test_an_empty_table_says_why(name):
    picture = drawn(name, 0)
    if name in {"outage", "splits"}:
        # A day without intervals cannot fail, and no units cannot be split.
        return
    words = [text.get_text() for axes in picture.axes for text in axes.texts]
    assert any(text.startswith("nothing to draw") for text in words)
    assert len(picture.data) == 0


@charts
def test_a_chart_is_drawn_where_the_caller_says(name):
    figure = Figure(figsize=(9, 9))
    left, right = figure.subfigures(1, 2)
    if name in FIGURES:
        other = right.subplots()
        assert drawn(name, 5, figure=left) is left
    else:
        ax, other = left.subplots(), right.subplots()
        assert drawn(name, 5, ax=ax) is ax
        assert left.axes == [ax]
    assert not other.lines
    assert not other.texts
    assert figure.get_suptitle() == ""
    figure.savefig(io.BytesIO())


@charts
def test_a_picture_shows_itself_and_keeps_the_settings_of_the_caller(name):
    before = dict(mpl.rcParams)
    picture = drawn(name, 5, figsize=(6.0, 5.0), title="A title")
    assert picture.get_size_inches().tolist() == [6.0, 5.0]
    assert dict(mpl.rcParams) == before
    with mpl.rc_context({"xtick.labelcolor": "white", "text.color": "white", "font.size": 30}):
        shown = picture._repr_png_()
    assert shown[:4] == b"\x89PNG"
    assert shown == drawn(name, 5, figsize=(6.0, 5.0), title="A title")._repr_png_()
    titles = [picture.get_suptitle(), *(axes.get_title(loc="left") for axes in picture.axes)]
    assert "A title" in titles


def test_charts_are_not_kept_by_pyplot():
    plt = pytest.importorskip("matplotlib.pyplot")
    before = plt.get_fignums()
    drawn("funnel", 28)
    assert plt.get_fignums() == before


def test_wrong_places_and_sizes_are_refused():
    with pytest.raises(TypeError, match="ax must be Matplotlib axes; got 3"):
        drawn("funnel", 5, ax=3)
    with pytest.raises(TypeError, match="figure must be a Matplotlib figure; got 'x'"):
        drawn("day", 5, figure="x")
    with pytest.raises(ValueError, match="figsize must be two lengths in inches"):
        drawn("funnel", 5, figsize=(1, 2, 3))
    with pytest.raises(ValueError, match="figsize must be > 0 inches"):
        drawn("funnel", 5, figsize=(1, 0))
    with pytest.raises(TypeError, match="labels must map columns"):
        drawn("funnel", 5, labels=3)


def test_labels_of_the_caller_come_first():
    axes = drawn("quadrants", 5, labels={"process": "Process score", "low_low": "train"}).axes[0]
    assert axes.get_xlabel() == "Process score"
    assert axes.get_ylabel() == "manner"
    assert any(text.get_text().startswith("train\n") for text in axes.texts)


def test_dates_shorten_themselves():
    from callstats.plots.dates import MANY_TICKS, date_ticks

    for rows, freq in ((28, "D"), (800, "30min"), (48, "30min"), (1096, "D"), (260, "7D")):
        times = pd.date_range("2024-02-10 00:00", periods=rows, freq=freq, tz="Europe/Paris")
        places, labels = date_ticks(times, "en")
        assert 3 <= len(places) <= MANY_TICKS + 1, (rows, freq)
        assert sum("\n20" in label for label in labels) == times[places].year.nunique()
    assert date_ticks(pd.Series(["a", "b"]), "en") == ([0, 1], ["a", "b"])


def test_colours_of_a_chart_are_told_apart():
    from callstats.plots.style import COLOURS

    roles = ("ink", "muted", "point", "other", "limit", "signal")
    for eyes, least in (("protan", 20), ("deutan", 20), ("tritan", 15)):
        seen = [lab(SEEN[eyes] @ linear(COLOURS[role])) for role in roles]
        apart = [
            float(np.linalg.norm(seen[a] - seen[b])) for a in range(6) for b in range(a + 1, 6)
        ]
        assert min(apart) >= least, eyes
    for role in roles:
        least = 4.5 if role in {"ink", "muted"} else 3
        luminance = linear(COLOURS[role]) @ [0.2126, 0.7152, 0.0722]
        assert 1.05 / (luminance + 0.05) >= least, role


#: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, IEEE Transactions on Visualization and
#: Computer Graphics 15 (2009): what eyes without one kind of cones see, in linear RGB.
SEEN = {
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def linear(colour):
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE L*a*b* of linear RGB (sRGB primaries, D65)."""
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    x, y, z = (
        part ** (1 / 3) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116
        for part in to_xyz @ np.clip(rgb, 0, 1) / [0.95047, 1, 1.08883]
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
