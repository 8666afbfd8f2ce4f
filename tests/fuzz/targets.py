"""What fuzzing tries, one function of bytes a target: refusals are fine, wrong answers are not.

Each raises where callstats answers what cannot be, or fails with anything but the errors that its
documentation names. `test_corpus.py` tries them on the inputs kept in `corpus/`, ``make fuzz`` on
ever new ones.
"""

from __future__ import annotations

import io
import math
import tempfile
import zipfile
from pathlib import Path

import pandas as pd
from callstats import day, files, intervals, qa
from callstats._tables.durations import parse
from callstats.errors import InvalidDataError
from fuzz.choices import Choices

#: Rounding that two ways to the same figure may differ by.
SLACK = 1e-9


def _require(holds, what):
    if not holds:
        raise AssertionError(what)


def _in_order(low, high, floor=-math.inf, ceiling=math.inf):
    if math.isnan(low) and math.isnan(high):
        return
    _require(low <= high, f"low {low!r} above high {high!r}")
    _require(low >= floor, f"low {low!r} below {floor}")
    _require(high <= ceiling, f"high {high!r} above {ceiling}")


def limits(data: bytes) -> None:
    """Intervals and tests of shares and rates."""
    choices = Choices(data)
    kind = choices.whole(0, 6)
    confidence = choices.one_of([0.95, 0.5, 0.999, 1e-9, 1 - 1e-12, None])
    confidence = choices.number() if confidence is None else confidence
    a, b, c, d = (choices.number() for _ in range(4))
    try:
        if kind == 0:
            method = choices.one_of(["wilson", "clopper_pearson", "jeffreys", "agresti_coull"])
            found = intervals.proportion(a, b, confidence=confidence, method=method)
            _in_order(*found, 0, 1)
        elif kind == 1:
            _in_order(*intervals.rate(a, b, confidence=confidence), 0)
        elif kind == 2:
            _in_order(*intervals.difference((a, b), (c, d), confidence=confidence), -1, 1)
        elif kind == 3:
            found = intervals.paired_difference(
                both=a, first_only=b, second_only=c, neither=d, confidence=confidence
            )
            _in_order(*found, -1, 1)
        elif kind == 4:
            _in_order(*intervals.rate_ratio((a, b), (c, d), confidence=confidence), 0)
        else:
            test = intervals.difference_test if kind == 5 else intervals.rate_ratio_test
            p = test((a, b), (c, d))
            _require(math.isnan(p) or 0 <= p <= 1, f"p-value {p!r}")
    except ValueError:
        return


def durations(data: bytes) -> None:
    """Durations as people write them."""
    text = data.decode("utf-8", "replace")
    try:
        seconds = parse(text)
    except ValueError:
        return
    _require(isinstance(seconds, float) and not math.isnan(seconds), f"{text!r} is {seconds!r}")


def agreement(data: bytes) -> None:
    """Agreement of up to four raters on up to six calls."""
    choices = Choices(data)
    level = choices.one_of(["interval", "nominal", "ordinal", "ratio"])
    units, raters = choices.whole(1, 6), choices.whole(2, 4)
    free = choices.whole(0, 3) == 0
    scores = {
        (unit, rater): choices.number() if free else choices.one_of([1.0, 2.0, 3.0, 5.0, math.nan])
        for unit in range(units)
        for rater in range(raters)
    }
    frame = pd.DataFrame(
        [(unit, rater, score) for (unit, rater), score in scores.items()],
        columns=["call_id", "rater", "score"],
    )
    try:
        found = qa.agreement(frame, level=level, within=[0.0, 1.0])
    except ValueError:
        return
    for name in ("alpha", "kappa", "fleiss", "ac1", "ac2_linear", "ac2_quadratic"):
        statistic = getattr(found, name)
        _require(not statistic.value > 1 + SLACK, f"{name} {statistic}")
        _in_order(statistic.low, statistic.high)
    for form, statistic in found.icc.items():
        # By its formula "2,k" may come out above 1.
        _require(form == "2,k" or not statistic.value > 1 + SLACK, f"icc {form} {statistic}")
        _in_order(statistic.low, statistic.high)
    for statistic in found.within.values():
        _in_order(statistic.low, statistic.high, 0, 1)


def samples(data: bytes) -> None:
    """Samples of up to a dozen recordings, in any design."""
    choices = Choices(data)
    design = choices.one_of(["balanced", "simple", "stratified", "systematic", "cube"])
    count, n, reserve = choices.whole(1, 12), choices.whole(0, 5), choices.whole(0, 2)
    recordings = pd.DataFrame(
        {
            "call_id": range(count),
            "agent": [choices.one_of("ab") for _ in range(count)],
            "duration": [float(choices.whole(0, 255)) for _ in range(count)],
            "call_type": [choices.one_of("xyz") for _ in range(count)],
            "start": pd.Timestamp("2024-03-04")
            + pd.to_timedelta([choices.whole(0, 255) for _ in range(count)], unit="h"),
        }
    )
    balance = choices.one_of([None, "duration", ["duration", "call_type"], ["start", "call_type"]])
    at_most = choices.one_of([None, {"call_type": 1}, {"call_type": {"x": 0}}])
    exclude = [call for call in range(count) if choices.whole(0, 7) == 7]
    try:
        drawn = qa.sample(
            recordings,
            n,
            design=design,
            balance=balance,
            at_most=at_most,
            exclude=exclude,
            reserve=reserve,
            seed=choices.whole(0, 255),
        )
    except ValueError:
        return
    ids = drawn["call_id"].tolist()
    _require(len(set(ids)) == len(ids), f"drawn twice: {ids}")
    _require(not set(ids) & set(exclude), f"excluded and drawn: {ids}, {exclude}")
    per_agent = drawn[~drawn["reserve"]]["agent"].value_counts()
    _require(not (per_agent > n).any(), f"more than {n} of an agent: {per_agent.to_dict()}")
    chances = drawn[~drawn["reserve"]]["inclusion_probability"].to_numpy(dtype=float)
    bad = (chances <= 0) | (chances > 1 + SLACK)
    _require(not bad.any(), f"inclusion probabilities {chances}")


def days(data: bytes) -> None:
    """Days of up to four intervals, small enough to be computed in milliseconds."""
    choices = Choices(data)
    rows = choices.whole(1, 4)
    frame = pd.DataFrame(
        {
            "calls": [choices.whole(0, 255) / choices.one_of([1, 7, 1000]) for _ in range(rows)],
            "aht": [float(choices.one_of([180, 1, 30, 1200])) for _ in range(rows)],
            "agents": [float(choices.whole(0, 30)) for _ in range(rows)],
            "patience": [choices.one_of([120.0, 1.0, 3600.0, math.inf]) for _ in range(rows)],
        }
    )
    try:
        found = day.evaluate(
            frame,
            patience="patience",
            interval=float(choices.one_of([900, 60, 3600])),
            threshold=float(choices.one_of([20, 0, 1, 600])),
            shift_end=choices.one_of(["finish", "preempt", "drop"]),
            definition=choices.one_of(["offered", "answered", "virtual"]),
            threads=1,
        )
    except ValueError:
        return
    for name in ("service_level", "abandonment", "occupancy"):
        share = found[name].to_numpy(dtype=float)
        bad = (share < -SLACK) | (share > 1 + SLACK)
        _require(not bad.any(), f"{name} {share}")
    waits = found["mean_wait"].to_numpy(dtype=float)
    _require(not (waits < -SLACK).any(), f"mean_wait {waits}")


def _read(data: bytes, ending: str) -> None:
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
        path = Path(folder, f"calls.{ending}")
        path.write_bytes(data)
        try:
            table = files.typed(files.read(str(path)), files.CALLS, unreadable="leave")
        except InvalidDataError as error:
            _require(str(path) in str(error), f"the file is not named: {error}")
            return
    _require(len(table.frame) > 0, "no rows, and no complaint")


def text_files(data: bytes) -> None:
    """CSV and TSV, packed or not."""
    choices = Choices(data)
    ending = choices.one_of(["csv", "tsv", "csv.gz"])
    _read(choices.rest(), ending)


def parquet_files(data: bytes) -> None:
    """Parquet."""
    _read(data, "parquet")


def excel_files(data: bytes) -> None:
    """A workbook with free XML for its sheet, or free bytes."""
    choices = Choices(data)
    if choices.whole(0, 3) == 0:
        _read(choices.rest(), "xlsx")
    else:
        _read(_workbook(choices.rest()), "xlsx")


def _workbook(sheet: bytes) -> bytes:
    book = pd.DataFrame({"call_id": ["1"], "wait": [2.0]})
    whole = io.BytesIO()
    book.to_excel(whole, index=False)
    odd = io.BytesIO()
    with zipfile.ZipFile(whole) as given, zipfile.ZipFile(odd, "w") as made:
        for name in given.namelist():
            made.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else given.read(name))
    return odd.getvalue()


#: Targets by name.
TARGETS = {
    target.__name__: target
    for target in (
        limits,
        durations,
        agreement,
        samples,
        days,
        text_files,
        parquet_files,
        excel_files,
    )
}
