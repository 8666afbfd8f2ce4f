"""Recordings drawn for evaluation: how many of whom, as like the rest as can be, reproducibly."""

from __future__ import annotations

import json
import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import _core
from callstats._core import __version__
from callstats._frames import nearest, read, require
from callstats.qa import _bounds, _columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame, Threads

__all__ = ["SampleReport", "sample", "sample_report"]

DESIGNS = ("balanced", "simple", "stratified", "systematic", "cube")
#: Balanced where nothing else is said, as far as the frame has them.
USUAL_COLUMNS = ("arrival", "talk", "call_type")
#: Columns that a sample adds.
ADDED = ("inclusion_probability", "weight", "stratum", "draw", "reserve")
#: Where a frame keeps the record of its draw.
RECORD = "callstats_sample"


def sample(
    recordings: Frame,
    n: float | str | Mapping[Any, float],
    *,
    by: str | Sequence[str] = "agent",
    id: str = "call_id",
    balance: str | Sequence[str] | Mapping[str, Sequence[float] | None] | None = None,
    design: str = "balanced",
    eligible: Any = None,
    exclude: Iterable[Any] | None = None,
    at_most: Mapping[str, Any] | None = None,
    at_least: Mapping[str, Any] | None = None,
    inclusion: Any = None,
    reserve: int = 0,
    timezone: str | None = None,
    seed: int,
    threads: Threads = None,
) -> Frame:
    """The recordings drawn from each group, with probabilities, weights and reserves.

    The default design deals a group's recordings into samples as alike as can be and draws one of
    them by chance: its times of day, weekdays, weeks, lengths and types match the group's own, and
    every recording still has the same known probability. Use ``"simple"`` where a plain lottery is
    asked for.

    Parameters
    ----------
    recordings : DataFrame
        One row a recording. Never changed.
    n : int, mapping or str
        Recordings of each group: one number; a mapping from group to number (groups not in it draw
        nothing); or a column that has one number a group. A smaller group gives all it has.
    by : str or sequence of str
        The column, or columns, whose values are the groups.
    id : str
        The column that names a recording. Text and whole numbers are compared by their text:
        ``"007"`` and ``"7"`` are two, ``7`` and ``"7"`` draw alike.
    balance : str, sequence of str, or mapping, optional
        Columns to balance. A time by its local three hours, weekday, week and rank; a number by its
        rank and by bands, cut at 60, 120, 300 and 600 s unless a mapping gives other cuts; anything
        else by its levels. Default: ``arrival``, ``talk`` and ``call_type``, those that there are.
    design : str
        ``"balanced"``; ``"simple"``; ``"stratified"``: proportional to the joint cells of the
        balanced columns, rounded at random; ``"systematic"``: every k-th in the order of the
        balanced columns; ``"cube"``: balanced as far as can be under `inclusion`.
    eligible : str, or booleans in row order, optional
        Which rows may be drawn: a column, an array, or a Series with the same index.
    exclude : iterable of ids, optional
        Recordings drawn before, which are not drawn again.
    at_most, at_least : mapping, optional
        Hard bounds in every group: ``at_most={"customer": 1}`` for each level of a column,
        ``at_least={"call_type": {"complaint": 1}}`` for levels by name. Rows without a level are
        free. `at_least` asks for no more than the group has; the report tells of the rest.
    inclusion : str or numbers in row order, optional
        For ``"cube"``: what the inclusion probabilities are to be proportional to, finite and not
        negative; rows with 0 are not eligible. Numbers that are probabilities and sum to n are
        taken as they are.
    reserve : int
        So many more of each group, to replace what turns out to be unusable, in this order.
    timezone : str, optional
        The zone whose wall clock counts for times that know their zone. Default: their own. Times
        without a zone are local already.
    seed : int
        Any whole number. Publish it before the recordings are known, and the draw can be checked.
    threads : int, optional
        Threads to use at most.

    Returns
    -------
    DataFrame
        The rows drawn, in the order of groups and draws, with these columns added (pandas: index
        kept). ``inclusion_probability``, n / N; ``weight``, its inverse; ``stratum``, the
        group and, in a stratified design, the cell; ``draw``, from 1 on; ``reserve``. Reserves are
        no part of the sample: their probability and weight are missing. So are all of a group in
        which a hard bound could have been broken: what is drawn there has no known probability.

    Raises
    ------
    ValueError
        A missing or repeated id, a missing group, a column that is not there, a bad n; bounds that
        exclude one another, with the group and the bound.

    Notes
    -----
    What is drawn depends on the seed and on the group's own rows: not on the order of rows, the
    number of threads, other groups, the frame library, or whether text is stored as categories.
    All of it is decided by whole numbers. In the balanced and the stratified design, a category
    alone is met exactly: each level comes as often as its share, rounded down or up.

    Balanced rows of one group do not occur together in every combination, so that no unbiased
    estimate of the variance exists; the formula of simple random sampling is on the safe side.

    The record of the draw travels in ``attrs`` (pandas). Polars frames have none: there it stays
    with the frame as returned, so ask :func:`sample_report` before working on.

    References
    ----------
    Deville & Tillé (2004), Efficient balanced sampling: the cube method. Biometrika 91.
    Grafström, Lundström & Schelin (2012), Spatially balanced sampling through the pivotal method.
    Biometrics 68.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "call_id": range(1, 13),
    ...     "agent": ["anna"] * 8 + ["ben"] * 4,
    ...     "call_type": ["order", "order", "complaint", "order"] * 3,
    ... })
    >>> drawn = sample(calls, 4, balance="call_type", seed=2024)
    >>> drawn.groupby(["agent", "call_type"]).size().to_dict()
    {('anna', 'complaint'): 1, ('anna', 'order'): 3, ('ben', 'complaint'): 1, ('ben', 'order'): 3}
    >>> drawn.groupby("agent")["weight"].sum().to_dict()
    {'anna': 8.0, 'ben': 4.0}
    """
    frame = read(recordings, "recordings")
    keys = [by] if isinstance(by, str) else list(by)
    _check_choices(design, seed, reserve, timezone)
    require(frame, [*keys, id], "recordings")
    if taken := [name for name in ADDED if name in frame.columns]:
        msg = f"recordings must not have the columns that a sample adds; found {taken}"
        raise ValueError(msg)
    if balance is None:
        balance = [name for name in USUAL_COLUMNS if name in frame.columns]
    cuts = _columns.columns_to_balance(balance, frame, "recordings")
    groups = _columns.grouped(frame, keys)
    ids = _ids(frame, id)
    allowed = _eligible(frame, eligible)
    sizes = _inclusion(frame, inclusion, design, allowed)
    allowed &= True if sizes is None else sizes > 0
    excluded = _excluded(ids, exclude)
    quotas, unknown = _quotas(n, groups, frame)
    bounds = _bounds.read_bounds(frame, at_most, at_least)
    read_columns = {
        name: _columns.balanced(_columns.to_pandas(frame[name]), cut, timezone)
        for name, cut in cuts.items()
    }
    possible = allowed & ~excluded
    integers = (
        groups.codes,
        groups.names,
        ids,
        possible,
        [column for column, _ in read_columns.values()],
    )
    limits = [bound.bound for bound in bounds]
    wanted = (quotas, operator.index(reserve), design, _seed_hash(seed), sizes, limits)
    rows, place, spare, probability, conflicts = _core.draw_sample(integers, wanted, threads)
    if conflicts:
        raise _bounds.excluded(conflicts, bounds, groups)
    strata = [groups.labels[group] for group in groups.codes[rows]]
    if design == "stratified":
        strata = _cells(strata, rows, read_columns.values())
    record = {
        "version": __version__,
        "seed": operator.index(seed),
        "design": design,
        "by": keys,
        "id": id,
        "n": _plain_n(n),
        "balance": {name: _described(column) for name, (column, _) in read_columns.items()},
        "eligible": _named(eligible),
        "inclusion": _named(inclusion),
        "at_most": _plain_bounds(at_most),
        "at_least": _plain_bounds(at_least),
        "reserve": operator.index(reserve),
        "timezone": timezone,
        "rows": len(frame),
        "groups": len(groups.keys),
        "drawn": int((~spare).sum()),
        "reserves": int(spare.sum()),
        "left_out": _left_out(groups, allowed, excluded, quotas, rows),
        "quotas_not_met": [
            *_short(groups, quotas, possible, rows[~spare]),
            *_nobody(unknown),
            *(entry for bound in bounds for entry in bound.short(groups, possible, quotas)),
        ],
        "digest": _core.frame_digest(integers),
    }
    with np.errstate(divide="ignore"):
        added = (probability, 1.0 / probability, strata, place, spare)
    return _drawn(frame, rows, dict(zip(ADDED, added, strict=True)), record)


@dataclass(frozen=True)
class SampleReport:
    """What a sample could not give, and the record from which it can be drawn again.

    Attributes
    ----------
    quotas_not_met : list of dict
        One entry a group that gave fewer than asked: ``group, wanted, drawn, reason``.
    left_out : dict
        Rows that were not drawn, by reason.
    record : dict
        Seed, version, the design's definition, counts, and a digest of the frame: everything needed
        to show that the draw was what it claims to be. Holds nothing but what JSON holds.
    """

    quotas_not_met: list[dict[str, Any]]
    left_out: dict[str, int]
    record: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """The quotas not met, as a pandas frame."""
        columns = ["group", "wanted", "drawn", "reason"]
        return pd.DataFrame(self.quotas_not_met, columns=columns)


def sample_report(sample: Frame) -> SampleReport:
    """Quotas not met and rows left out by reason, and the audit record of a drawn sample.

    Parameters
    ----------
    sample : DataFrame
        As :func:`callstats.qa.sample` returned it. A pandas frame keeps its record through
        selections, copies and Parquet files; a Polars frame only as it was returned.

    Returns
    -------
    SampleReport
        With ``quotas_not_met``, ``left_out`` and ``record``. The counts are those of the draw, not
        of what became of the frame later.

    Raises
    ------
    ValueError
        The frame has no record.

    Notes
    -----
    The digest in the record is the same for the same recordings in any order and any frame library.
    It shows that two frames are the same; it is no protection against somebody who makes up
    recordings until the digest fits.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats.qa import sample
    >>> calls = pd.DataFrame({"call_id": [1, 2, 3, 4], "agent": ["anna", "anna", "anna", "ben"]})
    >>> report = sample_report(sample(calls, 2, seed=7))
    >>> report.quotas_not_met
    [{'group': 'ben', 'wanted': 2, 'drawn': 1, 'reason': 'fewer eligible recordings'}]
    >>> report.left_out
    {'not drawn': 1}
    """
    read(sample, "sample")
    attrs = getattr(sample, "attrs", None)
    if not isinstance(attrs, dict) or RECORD not in attrs:
        msg = (
            "sample must have the record that callstats.qa.sample leaves with it; this frame has"
            " none (Polars frames lose it when worked on or saved: ask for the report first)"
        )
        raise ValueError(msg)
    record = json.loads(attrs[RECORD])
    return SampleReport(record["quotas_not_met"], record["left_out"], record)


def _check_choices(design: str, seed: int, reserve: int, timezone: str | None) -> None:
    if design not in DESIGNS:
        close = nearest(str(design), DESIGNS)
        msg = f"design must be one of {', '.join(map(repr, DESIGNS))}{close}; got {design!r}"
        raise ValueError(msg)
    for name, value in (("seed", seed), ("reserve", reserve)):
        if isinstance(value, bool | np.bool_) or not hasattr(value, "__index__"):
            msg = f"{name} must be a whole number; got {value!r}"
            raise TypeError(msg)
    if reserve < 0:
        msg = f"reserve must be >= 0; got {reserve!r}"
        raise ValueError(msg)
    if timezone is not None:
        import zoneinfo

        try:
            zoneinfo.ZoneInfo(timezone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            msg = f"timezone must be the name of a zone, such as 'Asia/Shanghai'; got {timezone!r}"
            raise ValueError(msg) from None


def _seed_hash(seed: int) -> int:
    return int(_core.hash_names([operator.index(seed)])[0])


def _ids(frame: nw.DataFrame[Any], name: str) -> NDArray[np.uint64]:
    series = _columns.to_pandas(frame[name])
    _columns.check_present(series, name, "id")
    ids = _columns.hashes(series)
    repeated = pd.Series(ids).duplicated(keep=False).to_numpy()
    if repeated.any():
        texts = series[repeated].map(_columns.text)
        # Text decides: two ids that share a hash (once in 2^64) are two.
        counts = texts.value_counts()
        counts = counts[counts > 1]
        if len(counts):
            first = next(value for value in texts if value in counts.index)
            msg = (
                f"id column {name!r} must not repeat; {first!r} comes {counts[first]} times "
                f"({len(counts)} repeated, {int(counts.sum())} rows of {len(series)})"
            )
            raise ValueError(msg)
    return ids


def _row_by_row(frame: nw.DataFrame[Any], given: Any, argument: str) -> pd.Series[Any]:
    """The values of a column, or values given in row order, without any missing."""
    if isinstance(given, str):
        require(frame, [given], "recordings")
        values = _columns.to_pandas(frame[given])
    else:
        index = getattr(frame.to_native(), "index", None)
        own = getattr(given, "index", None)
        if isinstance(own, pd.Index) and index is not None and not own.equals(index):
            msg = f"{argument} must have the index of recordings"
            raise ValueError(msg)
        values = pd.Series(np.asarray(given))
    if len(values) != len(frame):
        msg = f"{argument} must have one value a row; got {len(values)} for {len(frame)} rows"
        raise ValueError(msg)
    return values


def _eligible(frame: nw.DataFrame[Any], eligible: Any) -> NDArray[np.bool_]:
    if eligible is None:
        return np.ones(len(frame), dtype=bool)
    values = _row_by_row(frame, eligible, "eligible")
    if count := int(values.isna().sum()):
        msg = f"eligible must be true or false; {count} missing of {len(values)}"
        raise ValueError(msg)
    if len(values) and pd.api.types.infer_dtype(values) != "boolean":
        msg = f"eligible must be booleans; got {values.dtype}"
        raise TypeError(msg)
    return values.to_numpy(dtype=bool).copy()


def _inclusion(
    frame: nw.DataFrame[Any], inclusion: Any, design: str, allowed: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    if inclusion is None:
        return None
    if design != "cube":
        msg = f"inclusion needs design='cube'; got {design!r}"
        raise ValueError(msg)
    values = _row_by_row(frame, inclusion, "inclusion")
    kind, numbers = _columns.kind_of(values)
    if kind != "number" and len(values):
        msg = f"inclusion must be numbers; got {values.dtype}"
        raise TypeError(msg)
    sizes = np.ascontiguousarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan))
    bad = allowed & ~((sizes >= 0) & np.isfinite(sizes))
    if bad.any():
        at = int(bad.argmax())
        msg = (
            f"inclusion must be >= 0 and finite; got {sizes[at]} at position {at} "
            f"({int(bad.sum())} bad of {len(sizes)})"
        )
        raise ValueError(msg)
    return sizes


def _excluded(ids: NDArray[np.uint64], exclude: Iterable[Any] | None) -> NDArray[np.bool_]:
    if exclude is None:
        return np.zeros(len(ids), dtype=bool)
    if isinstance(exclude, str | bytes) or hasattr(exclude, "columns"):
        msg = f"exclude must hold ids: a list, set, array or Series; got {type(exclude).__name__}"
        raise TypeError(msg)
    drawn = pd.Series(list(exclude), dtype=object).infer_objects()
    if count := int(drawn.isna().sum()):
        msg = f"exclude must hold ids; {count} missing of {len(drawn)}"
        raise ValueError(msg)
    return np.isin(ids, _columns.hashes(drawn)) if len(drawn) else np.zeros(len(ids), dtype=bool)


def _quotas(
    n: Any, groups: _columns.Groups, frame: nw.DataFrame[Any]
) -> tuple[NDArray[np.int64], dict[Any, int]]:
    """What each group is asked for, and the quotas of groups that have no rows."""
    if isinstance(n, str):
        require(frame, [n], "recordings")
        return _quotas_of_column(n, groups, frame), {}
    if hasattr(n, "to_dict"):
        n = n.to_dict()
    if hasattr(n, "keys"):
        counts = {group: _whole(n[group], f"n of {group!r}") for group in n}
        quotas = np.array([counts.pop(value, 0) for value in groups.keys], dtype=np.int64)
        return quotas, {group: count for group, count in counts.items() if count}
    return np.full(len(groups.keys), _whole(n, "n"), dtype=np.int64), {}


def _quotas_of_column(
    name: str, groups: _columns.Groups, frame: nw.DataFrame[Any]
) -> NDArray[np.int64]:
    values = _columns.to_pandas(frame[name])
    _columns.check_present(values, name, "n")
    _, first = np.unique(groups.codes, return_index=True)
    quotas = np.array([_whole(values[row], f"column {name!r}") for row in first], dtype=np.int64)
    differs = values.to_numpy() != quotas[groups.codes]
    if differs.any():
        label = groups.labels[groups.codes[int(differs.argmax())]]
        count = len(np.unique(groups.codes[differs]))
        msg = (
            f"column {name!r} must have one n a group; it has several in {label!r}"
            f" ({count} such groups of {len(quotas)})"
        )
        raise ValueError(msg)
    return quotas


def _whole(value: Any, argument: str) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError):
        msg = f"{argument} must be a whole number, a mapping or a column; got {value!r}"
        raise TypeError(msg) from None
    if isinstance(value, bool | np.bool_) or not 0 <= number < math.inf or number % 1:
        msg = f"{argument} must be a whole number >= 0; got {value!r}"
        raise ValueError(msg)
    return min(int(value), np.iinfo(np.int64).max)


def _plain_n(n: Any) -> Any:
    if isinstance(n, str):
        return n
    if hasattr(n, "items"):
        return {_columns.text(group): int(count) for group, count in n.items()}
    return int(n)


def _plain_bounds(bounds: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        name: {_columns.text(level): int(count) for level, count in bound.items()}
        if hasattr(bound, "items")
        else int(bound)
        for name, bound in (bounds or {}).items()
    }


def _named(rows: Any) -> str | None:
    """How the record speaks of a value a row: the digest holds what it was."""
    return rows if rows is None or isinstance(rows, str) else "given by row"


def _described(column: Any) -> str:
    margins = _columns.margins_of(column)
    if margins == ("level",):
        return "levels"
    if margins == ("band",):
        return "rank and bands cut at " + ", ".join(f"{cut:g}" for cut in column[1])
    return "rank, three hours, weekday and week"


def _left_out(
    groups: _columns.Groups,
    allowed: NDArray[np.bool_],
    excluded: NDArray[np.bool_],
    quotas: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> dict[str, int]:
    """Rows not drawn: the first reason that holds of each counts."""
    possible = allowed & ~excluded
    idle = possible & (quotas[groups.codes] == 0) if len(quotas) else possible
    idle[rows] = False
    counts = {
        "not eligible": int((~allowed).sum()),
        "excluded": int((allowed & excluded).sum()),
        "no quota": int(idle.sum()),
        "not drawn": int((possible & ~idle).sum()) - len(rows),
    }
    return {reason: count for reason, count in counts.items() if count}


def _short(
    groups: _columns.Groups,
    quotas: NDArray[np.int64],
    possible: NDArray[np.bool_],
    sample_rows: NDArray[np.int64],
) -> list[dict[str, Any]]:
    """Groups that gave fewer than asked."""
    available = np.bincount(groups.codes[possible], minlength=len(quotas))
    drawn = np.bincount(groups.codes[sample_rows], minlength=len(quotas))
    return [
        {
            "group": groups.labels[group],
            "wanted": int(quotas[group]),
            "drawn": int(drawn[group]),
            "reason": "fewer eligible recordings"
            if drawn[group] == available[group]
            else "at_most allows no more",
        }
        for group in np.flatnonzero(drawn < quotas)
    ]


def _nobody(unknown: Mapping[Any, int]) -> list[dict[str, Any]]:
    """Quotas of groups without rows."""
    return [
        {"group": _columns.text(group), "wanted": count, "drawn": 0, "reason": "no recordings"}
        for group, count in unknown.items()
    ]


def _cells(
    strata: list[str],
    rows: NDArray[np.int64],
    columns: Iterable[tuple[Any, list[list[str] | None]]],
) -> list[str]:
    """Each row's group and cell: the levels that the stratified design crosses."""
    parts = [strata]
    for column, names in columns:
        first, second = column
        drawn = (np.ascontiguousarray(first[rows]), second)
        margins = _columns.margins_of(column)
        for margin, levels, texts in zip(margins, _core.column_levels(drawn), names, strict=True):
            if margin != "week":
                parts.append(
                    [
                        "missing"
                        if level == _columns.MISSING
                        else _columns.level_text(margin, int(level), second, texts)
                        for level in levels
                    ]
                )
    return [" | ".join(row) for row in zip(*parts, strict=True)]


def _drawn(
    frame: nw.DataFrame[Any],
    rows: NDArray[np.int64],
    added: Mapping[str, Any],
    record: Mapping[str, Any],
) -> Frame:
    """The rows with the columns added, in the caller's kind of frame, the record with them."""
    native = frame.to_native()
    if frame.implementation.is_polars():
        import polars as pl

        types = (pl.Float64, pl.Float64, pl.String, pl.Int64, pl.Boolean)
        result = native[rows].with_columns(
            pl.Series(name, values, dtype=dtype, nan_to_null=dtype == pl.Float64)
            for (name, values), dtype in zip(added.items(), types, strict=True)
        )
        attrs = {}
    else:
        taken = native if isinstance(native, pd.DataFrame) else frame.to_pandas()
        result = taken.iloc[rows].copy()
        for name, values in added.items():
            result[name] = pd.Series(values, index=result.index, dtype=_DTYPES.get(name))
        attrs = result.attrs
    result.attrs = {**attrs, RECORD: json.dumps(record, ensure_ascii=False)}
    return result


#: Where an empty list would not say it.
_DTYPES = {"stratum": str}
