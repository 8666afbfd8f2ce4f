"""How well a sample stands for the recordings it was drawn from, level by level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import categories, frames
from callstats._tables.checks import column_names
from callstats._tables.columns import floats, kind_of, to_pandas
from callstats._tables.frames import from_columns, kept, read, require
from callstats._tables.named_groups import NamedGroups, grouped
from callstats.qa import encoding
from callstats.qa.samples import drawn_rows
from callstats.qa.samples.recorded import recorded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import narwhals as nw
    import pandas as pd
    from numpy.typing import NDArray

    from callstats.typing import Frame

FIGURES = (
    "sample_count",
    "population_count",
    "sample_share",
    "population_share",
    "sample_mean",
    "population_mean",
    "sample_sd",
    "population_sd",
    "difference",
    "standardized_difference",
)


def balance(
    sample: Frame,
    recordings: Frame,
    *,
    by: str | Sequence[str] = "agent",
    columns: str | Sequence[str] | Mapping[str, Sequence[float] | None],
    timezone: str | None = None,
) -> Frame:
    """Shares in a sample and in all recordings, level by level, and how far they are apart.

    For samples of :func:`callstats.qa.sample` and for samples drawn elsewhere.

    Parameters
    ----------
    sample : DataFrame
        The recordings drawn. Reserves (``reserve`` true) are left out, rows where that is
        missing are not. A ``weight`` column counts,
        where it is not missing; else each of a group's rows stands for equally many.
    recordings : DataFrame
        All the recordings that the sample is to stand for.
    by : str or sequence of str
        The column, or columns, whose values are the groups.
    columns : str, sequence of str, or mapping
        What to compare. A time by its local three hours, weekday and week; a number by its bands
        (cut at 60, 120, 300 and 600 s unless a mapping gives other cuts) and by mean and spread;
        anything else by its levels.
    timezone : str, optional
        The zone whose wall clock counts for times that know their zone. Default: their own.

    Returns
    -------
    DataFrame
        One row a group, column, margin and level that comes in either, groups in order, and after
        them the pooled rows (``pooled`` true, group missing). ``margin`` is ``level``, ``band``,
        ``three_hours``, ``weekday``, ``week`` or ``mean``; a missing value is a missing ``level``.
        Rows of levels have ``sample_share`` and ``population_share``; rows of margin ``mean`` have
        ``sample_mean``, ``population_mean``, ``sample_sd`` and ``population_sd`` instead.
        ``overall_gap`` is the group's, the same in all its rows.

    Raises
    ------
    ValueError
        A column is missing, or the sample has groups that the recordings do not have.

    Notes
    -----
    ``difference`` is sample less population. ``standardized_difference`` divides it by the
    population's standard deviation: √(P(1 - P)) for the share P of a level, the standard deviation
    for a mean. A level that all or no recordings have gives 0/0, which is missing.

    ``overall_gap`` is the root mean square of the standardised differences of all levels. A simple
    random sample of n of N has a gap near √((N - n) / (n (N - 1))).

    Means and standard deviations (n - 1) are those of the finite values. A group without a sample
    has missing shares. Pooled rows weigh each group by its recordings, not by its sample.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "call_id": range(8),
    ...     "agent": "anna",
    ...     "call_type": ["order"] * 6 + ["complaint"] * 2,
    ... })
    >>> table = balance(calls.iloc[[0, 1, 2, 6]], calls, columns="call_type")
    >>> table[["level", "sample_share", "population_share", "difference"]].head(2)
           level  sample_share  population_share  difference
    0  complaint          0.25              0.25         0.0
    1      order          0.75              0.75         0.0
    """
    drawn, frame = read(sample, "sample"), read(recordings, "recordings")
    keys = column_names("by", by)
    for argument, one in (("sample", drawn), ("recordings", frame)):
        require(one, keys, argument)
    cuts = encoding.columns_to_balance(columns, frame, "recordings", "columns")
    require(drawn, cuts, "sample")
    drawn = drawn_rows.without_reserves(drawn, "sample")
    # A sample of calls that can have a recording is one of those alone.
    found, own = recorded(frame, strict=False), recorded(drawn, strict=False)
    if found is not None and own is not None and own.all() and not found.all():
        frame = kept(frame, found)
    groups = grouped(frame, keys)
    sides = _Sides(groups, _groups_of_sample(drawn, keys, groups), drawn)
    blocks: list[_Block] = []
    for name, cut in cuts.items():
        whole, part = to_pandas(frame[name]), to_pandas(drawn[name])
        blocks += _blocks(sides, name, (whole, part), cut, timezone)
    return _table(frame, groups, blocks)


def _groups_of_sample(
    drawn: nw.DataFrame[Any], keys: list[str], groups: NamedGroups
) -> NDArray[np.int64]:
    own = grouped(drawn, keys)
    known = {label: code for code, label in enumerate(groups.labels)}
    if strange := [label for label in own.labels if label not in known]:
        raise ValueError(
            f"sample must be drawn from recordings; {strange[0]!r} has none there "
            f"({len(strange)} such groups of {len(own.labels)})"
        )
    translate = np.array([known[label] for label in own.labels], dtype=np.int64)
    return translate[own.codes] if len(translate) else np.zeros(0, dtype=np.int64)


class _Sides:
    """The groups and weights of both frames' rows; the last group is all of them pooled."""

    def __init__(
        self, groups: NamedGroups, drawn: NDArray[np.int64], sample: nw.DataFrame[Any]
    ) -> None:
        self.pooled = len(groups)
        self.whole = groups.wide_codes
        self.part = drawn
        with np.errstate(divide="ignore"):
            even = groups.counts() / np.bincount(drawn, minlength=self.pooled)
        self.weights = even[drawn]
        if "weight" in sample.columns:
            given = floats(to_pandas(sample["weight"]))
            # A group with any weight unknown is weighed evenly, or its rows would not compare.
            unknown = np.bincount(drawn, ~(given > 0), minlength=self.pooled) > 0
            self.weights = np.where(unknown[drawn], self.weights, given)
        #: Sums are taken in this order, so that the order of rows does not show in the last digit.
        self.ascending = np.argsort(self.weights, kind="stable")


@dataclass(frozen=True)
class _Block:
    """Rows of the result: of one column's margin, all groups and levels."""

    column: str
    margin: str
    group: NDArray[np.int64]
    level: list[str | None]
    figures: dict[str, NDArray[np.float64]]


def _blocks(
    sides: _Sides,
    name: str,
    pair: tuple[pd.Series[Any], pd.Series[Any]],
    cuts: Sequence[float] | None,
    timezone: str | None,
) -> list[_Block]:
    whole, part = (kind_of(series) for series in pair)
    if len(pair[1]) and not pair[1].isna().all() and whole[0] != part[0]:
        raise ValueError(f"column {name!r} is a {whole[0]} in recordings, a {part[0]} in sample")
    if whole[0] == "category":
        return [_shares(sides, name, "level", *_common_codes(whole[1], part[1]))]
    both = [encoding.balanced(series, cuts, timezone) for series in (whole[1], part[1])]
    of_part = both[1].levels()
    blocks = []
    for margin, in_whole in both[0].levels().items():
        in_part = of_part[margin]
        found = np.unique(np.concatenate([in_whole, in_part]))
        # Missing values have the lowest code, and come last.
        found = np.roll(found, -1) if len(found) and found[0] == encoding.MISSING else found
        labels = [both[0].level_text(margin, int(code)) for code in found]
        codes = (_recode(in_whole, found), _recode(in_part, found))
        blocks.append(_shares(sides, name, margin, codes, labels))
    if whole[0] == "number":
        blocks.append(_means(sides, name, floats(whole[1]), floats(part[1])))
    return blocks


def _recode(codes: NDArray[np.int64], found: NDArray[np.int64]) -> NDArray[np.int64]:
    order = np.argsort(found)
    return order[np.searchsorted(found, codes, sorter=order)]


def _common_codes(
    whole: pd.Series[Any], part: pd.Series[Any]
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], list[str | None]]:
    """Levels by their text, the same code on both sides; missing last."""
    coded = [categories.coded(series) for series in (whole, part)]
    texts = [categories.texts(values) for _, values in coded]
    found = {text: code for code, text in enumerate(sorted({*texts[0], *texts[1]}))}
    sides = []
    for (codes, _), own in zip(coded, texts, strict=True):
        # The last place is what the code -1 finds.
        translate = np.array([*(found[text] for text in own), len(found)], dtype=np.int64)
        sides.append(translate[codes])
    return (sides[0], sides[1]), [*found, None]


def _shares(
    sides: _Sides,
    name: str,
    margin: str,
    codes: tuple[NDArray[np.int64], NDArray[np.int64]],
    labels: list[str | None],
) -> _Block:
    width = len(labels)
    rows = [
        np.concatenate([group * width + level, sides.pooled * width + level])
        for group, level in zip((sides.whole, sides.part), codes, strict=True)
    ]
    found, place = np.unique(np.concatenate(rows), return_inverse=True)
    in_whole, in_part = np.split(place, [len(rows[0])])
    group, level = np.divmod(found, max(width, 1))
    ascending = np.concatenate([sides.ascending, sides.ascending + len(sides.part)])
    weights = np.tile(sides.weights, 2)

    def share(counts: NDArray[Any]) -> NDArray[np.float64]:
        totals = np.bincount(group, counts, minlength=sides.pooled + 1)
        with np.errstate(invalid="ignore"):
            return counts / totals[group]

    population = np.bincount(in_whole, minlength=len(found))
    figures = {
        "sample_count": np.bincount(in_part, minlength=len(found)).astype(np.float64),
        "population_count": population.astype(np.float64),
        "sample_share": share(
            np.bincount(in_part[ascending], weights[ascending], minlength=len(found))
        ),
        "population_share": share(population),
    }
    difference = figures["sample_share"] - figures["population_share"]
    spread = np.sqrt(figures["population_share"] * (1 - figures["population_share"]))
    figures |= _differences(difference, spread)
    return _Block(name, margin, group, [labels[code] for code in level], figures)


def _means(
    sides: _Sides, name: str, whole: NDArray[np.float64], part: NDArray[np.float64]
) -> _Block:
    size = sides.pooled + 1
    figures: dict[str, NDArray[np.float64]] = {}
    # Means are of what values exceed the least by: a column that is constant then has no spread
    # and no difference, where rounding would leave 1e-14 of each and their quotient infinite.
    least = np.full(size, np.inf)
    for group, values in ((sides.part, part), (sides.whole, whole)):
        finite = np.isfinite(values)
        np.minimum.at(least, group[finite], values[finite])
    least[-1] = least.min()
    least[np.isinf(least)] = 0.0
    for side, group, values, weights in (
        ("sample", sides.part, part, sides.weights),
        ("population", sides.whole, whole, np.ones(len(whole))),
    ):
        # As with shares: in an order of the values' own.
        usable = np.lexsort((weights, values))
        usable = usable[np.isfinite(values[usable])]
        twice = np.concatenate([group[usable], np.full(len(usable), sides.pooled)])
        excess, weight = np.tile(values[usable], 2) - least[twice], np.tile(weights[usable], 2)
        count = np.bincount(twice, minlength=size).astype(np.float64)
        total = np.bincount(twice, weight, minlength=size)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.bincount(twice, weight * excess, minlength=size) / total
            square = np.bincount(twice, weight * (excess - mean[twice]) ** 2, minlength=size)
            spread = np.sqrt(np.where(count > 1, square / total * count / (count - 1), np.nan))
        figures |= {f"{side}_count": count, f"{side}_mean": least + mean, f"{side}_sd": spread}
    difference = figures["sample_mean"] - figures["population_mean"]
    figures |= _differences(difference, figures["population_sd"])
    return _Block(name, "mean", np.arange(size), ["mean"] * size, figures)


def _differences(
    difference: NDArray[np.float64], spread: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return {"difference": difference, "standardized_difference": difference / spread}


def _table(frame: nw.DataFrame[Any], groups: NamedGroups, blocks: list[_Block]) -> Frame:
    """All blocks, group by group."""
    lengths = [len(block.group) for block in blocks]
    group = _joined([block.group for block in blocks], np.int64)
    order = np.lexsort((np.arange(len(group)), group))
    figures = {
        figure: _joined(
            [b.figures.get(figure, np.full(len(b.group), np.nan)) for b in blocks], np.float64
        )[order]
        for figure in FIGURES
    }
    levels = [level for block in blocks for level in block.level]
    pooled = len(groups)
    squares = figures["standardized_difference"] ** 2
    of_levels = np.isfinite(squares) & np.isfinite(figures["population_share"])
    sums = np.bincount(group[order], np.where(of_levels, squares, 0.0), minlength=pooled + 1)
    with np.errstate(invalid="ignore"):
        gaps = np.sqrt(sums / np.bincount(group[order], of_levels, minlength=pooled + 1))
    columns = {
        **groups.columns_and_all(frame, group[order]),
        "pooled": group[order] == pooled,
        "column": _repeated([block.column for block in blocks], lengths, order),
        "margin": _repeated([block.margin for block in blocks], lengths, order),
        "level": [levels[row] for row in order],
        **{
            name: values.astype(np.int64)
            if name.endswith("_count")
            else frames.figures(name, values, frame)
            for name, values in figures.items()
        },
        "overall_gap": frames.figures("overall_gap", gaps[group[order]], frame),
    }
    return from_columns(columns, like=frame)


def _joined(parts: list[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype=dtype), *parts]).astype(dtype)


def _repeated(names: list[str], lengths: list[int], order: NDArray[np.int64]) -> list[str]:
    texts = [name for name, length in zip(names, lengths, strict=True) for _ in range(length)]
    return [texts[row] for row in order]
