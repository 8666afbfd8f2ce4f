"""The public functions against high-precision values and against numbers printed elsewhere."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from callstats import erlang

TABLES = Path(__file__).parents[1] / "reference"
#: Beyond this the table's own entries leave binary64.
TINY = 1e-290


def columns(name: str) -> dict[str, np.ndarray]:
    with (TABLES / name).open(newline="") as file:
        rows = list(csv.DictReader(file))
    text = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    return {
        key: values if key == "model" else np.array([float(v or "nan") for v in values])
        for key, values in text.items()
    }


ROWS = columns("erlang_reference.csv")
MODEL = ROWS["model"]
PATIENCE = np.where(MODEL == "B", 0.0, np.where(MODEL == "C", np.inf, ROWS["patience_s"]))
#: The product is rounded here, which the condition numbers allow for; `table` carries it exactly.
SYSTEM = {
    "agents": ROWS["agents"],
    "load": ROWS["lambda_per_s"] * ROWS["aht_s"],
    "aht": ROWS["aht_s"],
    "patience": PATIENCE,
}
CONDITIONS = [name for name in ROWS if name.startswith("cond_")]
THRESHOLD = {"threshold": ROWS["threshold_s"]}


@pytest.mark.parametrize(
    ("column", "condition", "got"),
    [
        ("p_wait", "cond_p_wait", lambda: erlang.wait_probability(**SYSTEM)),
        ("p_block", "cond_p_loss", lambda: erlang.wait_probability(**SYSTEM)),
        ("p_abandon", "cond_p_loss", lambda: erlang.abandonment(**SYSTEM)),
        (
            "service_level",
            "cond_service_level",
            lambda: erlang.service_level(**SYSTEM, **THRESHOLD),
        ),
        (
            "sl_answered_or_late_abandon",
            None,
            lambda: erlang.service_level(
                **SYSTEM, **THRESHOLD, definition="exclude_abandoned_within"
            ),
        ),
        (
            "sl_of_answered",
            None,
            lambda: erlang.service_level(**SYSTEM, **THRESHOLD, definition="answered"),
        ),
        (
            "p_wait_le_t",
            None,
            lambda: erlang.service_level(
                **SYSTEM, **THRESHOLD, definition="count_abandoned_within"
            ),
        ),
        ("p_wait_gt_t", None, lambda: erlang.wait_survival(**SYSTEM, after=ROWS["threshold_s"])),
        ("mean_wait_s", "cond_mean_wait", lambda: erlang.mean_wait(**SYSTEM)),
        ("mean_wait_served_s", None, lambda: erlang.asa(**SYSTEM)),
        ("mean_wait_abandoned_s", None, lambda: erlang.mean_wait_abandoned(**SYSTEM)),
        ("mean_queue", "cond_mean_wait", lambda: erlang.queue_length(**SYSTEM)),
        ("occupancy", None, lambda: erlang.occupancy(**SYSTEM)),
        ("wait_q80_s", None, lambda: erlang.wait_quantile(**SYSTEM, quantile=0.8)),
        ("wait_q95_s", None, lambda: erlang.wait_quantile(**SYSTEM, quantile=0.95)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_value_of_the_table(column, condition, got):
    expected, values = ROWS[column], got()
    rows = ~np.isnan(expected)
    # The table calls Erlang B's loss blocking, and keeps p_wait and p_abandon for queues.
    if column in {"p_wait", "p_abandon"}:
        rows &= MODEL != "B"
    if column == "p_block":
        rows &= MODEL == "B"
    expected, values = expected[rows], values[rows]
    worst = np.max([ROWS[name][rows] for name in CONDITIONS], axis=0)
    size = ROWS[condition][rows] if condition else worst
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.abs(values / expected - 1)
    same = (values == expected) | ((np.abs(values) < TINY) & (np.abs(expected) < TINY))
    good = same | (error <= 1e-11 + 8 * 2.0**-53 * size)
    assert good.all(), [
        (i + 2, values[j], expected[j]) for j, i in enumerate(np.flatnonzero(rows)) if not good[j]
    ][:5]
    assert len(expected) > 150


def published() -> list[dict[str, str]]:
    with (TABLES / "published.csv").open(newline="") as file:
        return list(csv.DictReader(file))


MEASURES = {
    "p_wait": erlang.wait_probability,
    "p_block": erlang.wait_probability,
    "p_immediate": lambda **s: 1 - erlang.wait_probability(**s),
    "p_abandon": erlang.abandonment,
    "mean_wait_s": erlang.mean_wait,
    "mean_queue": erlang.queue_length,
    "occupancy": erlang.occupancy,
}


@pytest.mark.parametrize(
    "row",
    [r for r in published() if r["measure"] in {*MEASURES, "service_level"}],
    ids=lambda r: f"{r['model']}-{r['measure']}-{r['agents']}",
)
def test_numbers_printed_elsewhere(row):
    patience = {"B": 0.0, "C": np.inf}.get(row["model"]) if row["model"] != "A" else None
    system = {
        "agents": float(row["agents"]),
        "load": float(row["lambda_per_s"]) * float(row["aht_s"]),
        "aht": float(row["aht_s"]),
        "patience": float(row["patience_s"]) if patience is None else patience,
    }
    if row["measure"] == "service_level":
        got = erlang.service_level(**system, threshold=float(row["threshold_s"]))
    else:
        got = MEASURES[row["measure"]](**system)
    # Some print shares in percent.
    if row["measure"] not in {"mean_wait_s", "mean_queue"} and float(row["reference"]) > 1:
        got *= 100
    assert got == pytest.approx(float(row["reference"]), rel=1e-11)
    # Where the print is wrong the table's note says how; we must not agree with it.
    last = max(10.0 ** -len(row["printed"].partition(".")[2]), 1e-15 * abs(got))
    assert (abs(got - float(row["printed"])) <= 1.001 * last) == (row["agrees"] == "yes")
