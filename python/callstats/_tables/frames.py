"""Frames of pandas, Polars and whatever else narwhals reads: columns out, columns in."""

from __future__ import annotations

import re
import sys
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.checks import nearest, shown
from callstats.errors import InvalidDataError, MissingColumnError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    Column = NDArray[Any] | list[Any] | nw.Series[Any]

#: A column whose name came more than once, as `told_apart` calls it.
_NUMBERED = re.compile(r"(.+) #\d+")
#: Cells up to which a pandas frame is made in one block: above it the copy would cost more than
#: columns apart do.
_ONE_BLOCK = 1_000_000


class About(dict[str, Any]):
    """What a result tells of itself in ``attrs``.

    pandas copies ``attrs`` deeply into all that is taken of a frame, each column that is looked at;
    this, which may hold the ends of a thousand days, goes along as it is.
    """

    def __deepcopy__(self, memo: object) -> About:
        return self


def read(frame: Any, argument: str) -> nw.DataFrame[Any]:
    """The frame behind narwhals' one face; a lazy one is collected. It is never changed."""
    import narwhals as nw

    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(frame, pandas.DataFrame):
        frame = _native_bytes(_named_once(frame, argument))
    _refuse_cluster(frame, argument)
    try:
        wrapped = nw.from_native(frame)
    except TypeError:
        raise TypeError(f"{argument} must be a DataFrame; got {type(frame).__name__}") from None
    return wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped


def without_attrs(frame: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """The frame without what pandas would copy whenever a column is looked at."""
    import narwhals as nw

    if not frame.implementation.is_pandas_like():
        return frame
    bare = frame.to_native().copy(deep=False)
    bare.attrs = {}
    made: nw.DataFrame[Any] = nw.from_native(bare)
    return made


#: Engines whose frames lie on many machines, by the module of their types.
_CLUSTERS = {"dask": "Dask", "pyspark": "Spark", "ray": "Ray"}


def _refuse_cluster(frame: Any, argument: str) -> None:
    """Refuse a frame that lies on many machines: nobody asked for all its rows on this one."""
    engine = _CLUSTERS.get(type(frame).__module__.partition(".")[0])
    if engine is not None and not isinstance(frame, type):
        raise TypeError(
            f"{argument} is a {engine} frame, which this function would collect into one process: "
            "callstats.scale.run(plan, frame) counts where the rows are, such as "
            "scale.run(scale.Summary(by='queue'), frame)"
        )


def _named_once(frame: Any, argument: str) -> Any:
    columns = frame.columns
    if not columns.is_unique:
        twice = columns[columns.duplicated()][0]
        msg = f"{argument} must have different column names; got {twice!r} more than once"
        raise InvalidDataError(msg)
    return frame


def told_apart(frame: Any) -> tuple[Any, list[str]]:
    """The frame with different names for its columns, and a sentence for each that came again.

    Only frames of pandas have columns that share a name. Those of the same values are one; others
    are numbered: 'Notes #1', 'Notes #2'.
    """
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(frame, pandas.DataFrame) or frame.columns.is_unique:
        return frame, []
    places: dict[Any, list[int]] = {}
    for place, name in enumerate(frame.columns):
        places.setdefault(name, []).append(place)
    names, dropped, sentences = list(frame.columns), set(), []
    for name, same in places.items():
        if len(same) == 1:
            continue
        first = frame.iloc[:, same[0]]
        if all(first.equals(frame.iloc[:, place]) for place in same[1:]):
            dropped |= set(same[1:])
            sentences.append(f"{name!r} comes {len(same)} times with the same values: read as one")
            continue
        for number, place in enumerate(same, 1):
            names[place] = f"{name} #{number}"
        numbered = ", ".join(repr(names[place]) for place in same)
        sentences.append(
            f"{name!r} comes {len(same)} times with different values: the columns are called "
            f"{numbered}, and none is used unless it is named so"
        )
    kept = [place for place in range(len(names)) if place not in dropped]
    apart = frame.iloc[:, kept].set_axis([names[place] for place in kept], axis="columns")
    return apart, sentences


def namesakes(names: Iterable[Any]) -> dict[str, list[str]]:
    """The names that came more than once, with what `told_apart` calls their columns."""
    found: dict[str, list[str]] = {}
    for name in names:
        if isinstance(name, str) and (numbered := _NUMBERED.fullmatch(name)):
            found.setdefault(numbered[1], []).append(name)
    return {name: columns for name, columns in found.items() if len(columns) > 1}


def _native_bytes(frame: Any) -> Any:
    """The frame with its numbers in this machine's byte order: pandas takes rows of no other."""
    foreign = {
        name: dtype.newbyteorder("=")
        for name, dtype in frame.dtypes.items()
        if isinstance(dtype, np.dtype) and not dtype.isnative
    }
    return frame.astype(foreign) if foreign else frame


def require(frame: nw.DataFrame[Any], columns: Iterable[str], argument: str) -> None:
    """Raise where columns are missing: all of them, their nearest names, what was found."""
    present = list(frame.columns)
    columns = list(columns)
    if odd := [name for name in columns if not isinstance(name, Hashable)]:
        found = ", ".join(map(repr, present))
        msg = f"{argument}: a column is named by text; got {shown(odd[0])}; found {found}"
        raise TypeError(msg)
    # A name may be needed twice, to group by and to balance.
    missing = [name for name in dict.fromkeys(columns) if name not in present]
    if missing:
        again = namesakes(present)
        each_missing = [
            f"{name!r}, which comes {len(again[name])} times there: name one of "
            f"{', '.join(map(repr, again[name]))}"
            if name in again
            else f"{name!r}{nearest(name, present)}"
            for name in missing[:4]
        ]
        if len(missing) > len(each_missing):
            each_missing.append(f"{len(missing) - len(each_missing)} more")
        named = ", nor ".join(each_missing)
        found = ", ".join(repr(column) for column in present) or "no columns"
        raise MissingColumnError(f"{argument} has no column {named}; found {found}")


def times(series: nw.Series[Any]) -> tuple[NDArray[Any], Any] | None:
    """A column of times as NumPy's, in UTC where it has a zone, and that zone; None: no times.

    The zone is its name where it has one, else pandas' fixed offset.
    """
    import narwhals as nw
    import pandas as pd

    native: Any = series.to_native()
    dtype = getattr(native, "dtype", None)
    # pandas speaks for itself: to narwhals 2.29 the type of a column in a zone whose name is not
    # letters alone, such as America/New_York, is unknown.
    if isinstance(dtype, pd.DatetimeTZDtype):
        zone: Any = getattr(dtype.tz, "key", None) or dtype.tz
        return native.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(), zone
    if series.dtype != nw.Datetime:
        return None
    zone = getattr(series.dtype, "time_zone", None)
    if zone is not None:
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return series.to_numpy(), zone


def moments(series: nw.Series[Any]) -> tuple[NDArray[Any], Any] | None:
    """As `times`, and objects that are all moments too, as an object column of Timestamps is."""
    import pandas as pd

    found = times(series)
    if found is not None:
        return found
    values = pd.Series(series.to_list(), dtype=object)
    if pd.api.types.infer_dtype(values, skipna=True) not in {"datetime", "datetime64"}:
        return None
    zones = {moment.tzinfo for moment in map(pd.Timestamp, values.dropna())}
    if len(zones) > 1 and None in zones:
        msg = f"{series.name} has times with a time zone and times without; give both or neither"
        raise InvalidDataError(msg)
    if zones == {None}:
        return pd.to_datetime(values).to_numpy(), None
    instants = pd.to_datetime(values, utc=True).dt.tz_localize(None).to_numpy()
    zone = zones.pop() if len(zones) == 1 else "UTC"
    return instants, getattr(zone, "key", None) or zone


def from_columns(columns: Mapping[str, Any], like: nw.DataFrame[Any] | None = None) -> Any:
    """A frame of `columns` of the same library as `like`; pandas where there is none to be like."""
    if like is None:
        import pandas as pd

        return pd.DataFrame(dict(columns))
    import narwhals as nw

    if like.implementation.is_pandas():
        import pandas as pd

        # By way of NumPy, as narwhals goes, a column would lose its time zone and its categories.
        return pd.DataFrame({k: nw.to_native(v, pass_through=True) for k, v in columns.items()})
    return nw.from_dict(dict(columns), backend=like.implementation).to_native()


def result(
    like: nw.DataFrame[Any],
    keys: Mapping[str, Column],
    columns: Mapping[str, Column],
    about: Mapping[str, Any] | None = None,
    *,
    argument: str = "by",
) -> Any:
    """A frame of keys and figures, of the library of `like`; pandas keeps `about` in ``attrs``.

    A key that has the name of a figure is refused: `argument` names the keys.
    A list of texts is a column of text, also where it is empty or all missing.
    """
    import narwhals as nw

    for name in keys:
        if name in columns:
            raise name_twice(name, argument)
    backend = like.implementation
    made: dict[str, Any] = {**keys, **columns}
    for name, values in made.items():
        if isinstance(values, list):
            kind = nw.String() if all(isinstance(each, str | None) for each in values) else None
            made[name] = nw.new_series(name, values, kind, backend=backend)
        elif isinstance(values, np.ndarray):
            made[name] = figures(name, values, like)
    frame = _pandas_frame(made) if backend.is_pandas() else from_columns(made, like=like)
    return frame if about is None else described(frame, About(about), like)


def name_twice(name: str, argument: str) -> ValueError:
    """The error of a key whose name is taken in the result."""
    msg = f"{argument} must not repeat a name or that of a result column; got {name!r}"
    return ValueError(msg)


def described(native: Any, about: Mapping[str, Any], like: nw.DataFrame[Any]) -> Any:
    """A frame of the library of `like`, which pandas alone tells more about in ``attrs``."""
    if like.implementation.is_pandas_like():
        native.attrs["callstats"] = about
    return native


def replaced(frame: nw.DataFrame[Any], series: Mapping[str, Any]) -> nw.DataFrame[Any]:
    """The frame with some columns put in or replaced, row by row, its index kept."""
    import narwhals as nw

    if not series:
        return frame
    if not frame.implementation.is_pandas_like():
        return frame.with_columns(*(each.alias(name) for name, each in series.items()))
    native = frame.to_native().copy(deep=False)
    for name, each in series.items():
        native[name] = each.to_native().set_axis(native.index)
    return nw.from_native(native, eager_only=True)


def figures(name: str, values: NDArray[Any], like: nw.DataFrame[Any]) -> Any:
    """An array as a column of the library of `like`: NaN is null where that knows null."""
    import narwhals as nw

    backend = like.implementation
    if backend.is_pandas():
        return values
    made = nw.new_series(name, values, backend=backend)
    known = backend.is_pandas_like() or values.dtype.kind != "f"
    return made if known else made.fill_nan(None)


def _pandas_frame(columns: Mapping[str, Any]) -> Any:
    """A frame of arrays that nobody else holds, and of Series."""
    import narwhals as nw
    import pandas as pd

    native = {name: nw.to_native(values, pass_through=True) for name, values in columns.items()}
    rows = len(next(iter(native.values()), ()))
    if rows * len(native) <= _ONE_BLOCK:
        return pd.DataFrame(native)
    held: dict[int, pd.Series[Any]] = {}
    parting = int(pd.__version__.partition(".")[0]) >= 3
    for name, values in native.items():
        if isinstance(values, np.ndarray):
            # Columns that are one array would be written to together: as one Series they part when
            # one of them is changed, but only from pandas 3 on.
            if id(values) in held and not parting:
                native[name] = values.copy()
                continue
            native[name] = held.setdefault(id(values), pd.Series(values, copy=False))
    return pd.DataFrame(native, copy=False)


def kept(frame: nw.DataFrame[Any], rows: NDArray[np.bool_]) -> nw.DataFrame[Any]:
    """These rows of the frame, the pandas index with them."""
    import narwhals as nw

    if frame.implementation.is_pandas_like():
        return nw.from_native(frame.to_native()[rows], eager_only=True)
    return frame.filter(rows.tolist())


def renumbered(frame: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """The frame with its rows numbered anew, where its library numbers rows."""
    import narwhals as nw

    if not frame.implementation.is_pandas_like():
        return frame
    return nw.from_native(frame.to_native().reset_index(drop=True), eager_only=True)


def taken(frame: nw.DataFrame[Any], rows: NDArray[np.int64]) -> Any:
    """These rows in the caller's kind of frame; in pandas where that is neither it nor Polars."""
    native = frame.to_native()
    if frame.implementation.is_polars():
        return native[rows]
    return (native if frame.implementation.is_pandas() else frame.to_pandas()).iloc[rows]


def stacked(frames: Sequence[Any]) -> Any:
    """Frames of one library, one under the other, as that library has them."""
    if len(frames) == 1:
        return frames[0]
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(frames[0], pandas.DataFrame):
        return pandas.concat(frames)
    import polars as pl

    return pl.concat(frames, how="vertical_relaxed")


def booleans(name: str, values: list[Any], like: nw.DataFrame[Any]) -> nw.Series[Any]:
    """A column of true, false and None, as the library of `like` holds gaps."""
    import narwhals as nw

    if not like.implementation.is_pandas_like():
        return nw.new_series(name, values, nw.Boolean(), backend=like.implementation)
    import pandas as pd

    return nw.from_native(pd.Series(values, name=name, dtype="boolean"), series_only=True)


def whole_numbers(values: list[Any], like: nw.DataFrame[Any]) -> Any:
    """A column of whole numbers, None where missing, that stay whole in the library of `like`."""
    plain = [None if value is None else int(value) for value in values]
    if not like.implementation.is_pandas_like():
        return plain
    import pandas as pd

    return pd.array(plain, dtype="Int64")
