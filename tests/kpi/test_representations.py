"""One table, many ways to hold it: units and zones of times, types, index, order, threads, library.

Every function of a frame in `kpi` gives the same figures for all of them, bit for bit.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import kpi
from callstats.kpi.agents.spells import STATES
from callstats.kpi.calls.log import OUTCOMES
from registry import KPI

pytestmark = pytest.mark.frames

#: Functions that give a row back for each of the table's, in its order.
IN_ORDER = {"canonical", "visits_as_calls", "scorecard"}
every = pytest.mark.parametrize("row", KPI, ids=lambda row: row.function.__name__)


def whole_seconds(frame: pd.DataFrame) -> pd.DataFrame:
    times = frame.select_dtypes("datetime").columns
    return frame.assign(**{name: frame[name].dt.floor("s") for name in times})


def plain(value):
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.tz_convert("UTC") if value.tzinfo else value
    return value


def values(found) -> dict[str, list]:
    if not isinstance(found, pd.DataFrame):
        found = found.to_pandas() if hasattr(found, "to_pandas") else pd.DataFrame({"it": [found]})
    return {name: [plain(value) for value in found[name].tolist()] for name in found.columns}


def same(left, right) -> None:
    left, right = values(left), values(right)
    assert list(left) == list(right)
    for name, column in left.items():
        assert column == right[name], name


def as_objects(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(object)


def as_nullable(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.convert_dtypes()


def as_arrow(frame: pd.DataFrame) -> pd.DataFrame:
    pytest.importorskip("pyarrow")
    return frame.convert_dtypes(dtype_backend="pyarrow")


def as_categories(frame: pd.DataFrame) -> pd.DataFrame:
    """Text as categories in an order that is not that of the rows, some of them unused."""
    made = frame.copy()
    for name in made:
        seen = [each for each in made[name].unique() if isinstance(each, str)]
        if seen:
            made[name] = pd.Categorical(made[name], ["unused", *sorted(seen, reverse=True)])
    return made


def with_repeated_labels(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(np.zeros(len(frame), int))


def with_two_levels(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index(pd.MultiIndex.from_product([["x"], range(len(frame))], names=["a", "b"]))


def with_a_row_between(frame: pd.DataFrame) -> pd.DataFrame:
    """Every second row of a table twice as long: columns that are not contiguous."""
    return pd.concat([frame, frame]).sort_index(kind="stable").iloc[::2]


@every
@pytest.mark.parametrize(
    "spelled",
    [
        as_objects,
        as_nullable,
        as_arrow,
        as_categories,
        with_repeated_labels,
        with_two_levels,
        with_a_row_between,
    ],
)
def test_types_and_labels_change_nothing(row, spelled):
    expected = values(row.call(row.frame()))
    found = values(row.call(spelled(row.frame())))
    if row.function is kpi.validate:
        # It tells the label of the row beside its position, where it has another.
        found["example"] = [each.partition(", index label")[0] for each in found["example"]]
    assert found == expected


@every
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_units_of_times_change_nothing(row, unit):
    frame = whole_seconds(row.frame())
    times = frame.select_dtypes("datetime").columns
    same(row.call(frame.astype(dict.fromkeys(times, f"datetime64[{unit}]"))), row.call(frame))


@every
@pytest.mark.parametrize("zone", ["PRC", "Asia/Chongqing", "Etc/GMT-8", "+08:00", "UTC+08:00"])
def test_spellings_of_a_zone_change_nothing(row, zone):
    frame = row.frame()
    times = frame.select_dtypes("datetime").columns
    if row.function is kpi.adherence or not len(times):
        pytest.skip("no times, or those of a second table beside them")
    shanghai = frame.assign(**{name: frame[name].dt.tz_localize("Asia/Shanghai") for name in times})
    named = frame.assign(**{name: frame[name].dt.tz_localize(zone) for name in times})
    same(row.call(named), row.call(shanghai))
    # As text with its offset, of a log whose figures are in UTC.
    if row.function.__name__ in {"summarize", "concurrency", "states", "halls"}:
        as_utc = shanghai.assign(**{name: shanghai[name].dt.tz_convert("UTC") for name in times})
        text = shanghai.assign(
            **{
                name: [None if pd.isna(at) else at.isoformat() for at in shanghai[name]]
                for name in times
            }
        )
        same(row.call(text), row.call(as_utc))


@every
@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_changes_nothing(row, seed):
    frame = row.frame()
    order = np.random.default_rng(seed).permutation(len(frame))
    shuffled = frame.iloc[order]
    expected = row.call(frame)
    if row.function.__name__ in IN_ORDER:
        same(row.call(shuffled), expected.iloc[order])
        return
    found = values(row.call(shuffled))
    expected = values(expected)
    if row.function is kpi.validate:
        del found["example"], expected["example"]
    assert found == expected


@every
@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_libraries_change_nothing(row, library):
    frame = row.frame()
    if library == "polars":
        other = pytest.importorskip("polars").from_pandas(frame)
    else:
        other = pytest.importorskip("pyarrow").Table.from_pandas(frame)
    found = row.call(other)
    if isinstance(row.call(frame), pd.DataFrame):
        assert type(found).__module__.startswith(library)
    same(found, row.call(frame))


def large() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Calls and spells enough for several threads."""
    random = np.random.default_rng(11)
    count = 300_000
    at = pd.Timestamp("2024-03-05", tz="Asia/Shanghai") + pd.to_timedelta(
        random.uniform(0, 86_400 * 3, count), unit="s"
    )
    calls = pd.DataFrame(
        {
            "queue": random.integers(0, 40, count),
            "arrival": at,
            "wait": random.exponential(25.0, count),
            "outcome": random.choice(OUTCOMES, count),
            "talk": random.exponential(180.0, count),
            "agent": random.integers(0, 50, count),
        }
    )
    spells = pd.DataFrame(
        {
            "agent": random.integers(0, 300, count),
            "start": at,
            "end": at + pd.to_timedelta(random.exponential(600.0, count), unit="s"),
            "state": random.choice(STATES, count),
        }
    )
    return calls, spells


def test_threads_change_nothing(monkeypatch):
    calls, spells = large()
    by = {"by": "queue"}
    asked = (
        lambda: kpi.summarize(calls, **by, freq="30min", threshold=[5, 20, 60], bins=[10, 30]),
        lambda: kpi.concurrency(calls, **by, freq="15min"),
        lambda: kpi.patience(calls, **by, until=60),
        lambda: kpi.patience_curve(calls, **by),
        lambda: kpi.patience_hazard(calls, **by),
        lambda: kpi.states(spells, freq="30min"),
    )
    expected = None
    for threads in ("1", "2", "3", "8"):
        monkeypatch.setenv("CALLSTATS_THREADS", threads)
        found = [ask() for ask in asked]
        expected = expected or found
        for got, want in zip(found, expected, strict=True):
            pd.testing.assert_frame_equal(got, want, check_exact=True)
