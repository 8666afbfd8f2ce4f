"""Elementwise functions: numbers, arrays and Series in any mixture, broadcast as NumPy does."""

from __future__ import annotations

import itertools
import math
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from callstats import _core
from callstats._tables.checks import MOST_NUMBERS, one_of, real, shown
from callstats._tables.durations import in_seconds
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from callstats.typing import Invalid, Threads

    #: What invalid values are, the most threads, and the array that the result is written into.
    Options: TypeAlias = tuple[Invalid, Threads, np.ndarray[Any, Any] | None]

#: Types of numbers that need no preparing, so that a lone call stays cheap.
_PLAIN = frozenset({float, int})
#: Options of a call that names none: refuse invalid values, as many threads as there are, no out.
_NO_OPTIONS = (False, None, None)
#: More threads than any machine runs; more may be asked for.
_MOST_THREADS = 1 << 16
#: Element types that the core reads in place; all others are cast to float64 here.
_NATIVE = frozenset(np.dtype(kind) for kind in ("f8", "f4", "i8", "i4"))


def elementwise(
    kernel: Callable[..., Any],
    *values: Any,
    options: Options,
    choices: tuple[Any, ...] = (),
    names: Iterable[str] | None = None,
) -> Any:
    """One measure of every cell, in the kind the arguments came in.

    `values` are those of the kernel's columns; `choices` are what it takes before them. `names` are
    what messages call the columns, where it is not what the kernel calls them.
    """
    invalid, threads, out = options
    usual = invalid == "raise" and threads is None and out is None
    if usual and _PLAIN.issuperset(map(type, values)):
        return kernel(*choices, *values, _NO_OPTIONS)
    arguments = _arguments(kernel, values, names)
    # Durations that were written out are numbers now.
    if usual and _PLAIN.issuperset(map(type, arguments.values())):
        return kernel(*choices, *arguments.values(), _NO_OPTIONS)
    decided = _decided(invalid, threads)
    columns, wrap = columns_and_wrap(arguments)
    if out is None:
        _require_holdable(arguments, columns)
        return wrap(kernel(*choices, *columns, (*decided, None)), kernel.__name__)
    return _into(out, partial(kernel, *choices), columns, decided)


def elementwise_many(
    kernel: Callable[..., Any],
    *values: Any,
    options: Options = ("raise", None, None),
    choices: tuple[Any, ...] = (),
    names: Iterable[str] | None = None,
) -> tuple[list[Any], Callable[[Any, str], Any]]:
    """Several measures of every cell in one pass, with what wraps each like the arguments."""
    invalid, threads, _ = options
    arguments = _arguments(kernel, values, names)
    columns, wrap = columns_and_wrap(arguments)
    _require_holdable(arguments, columns)
    return kernel(*choices, *columns, (*_decided(invalid, threads), None)), wrap


def _arguments(
    kernel: Callable[..., Any], values: tuple[Any, ...], names: Iterable[str] | None
) -> dict[str, Any]:
    """The values by their names, durations in seconds."""
    return in_seconds(dict(zip(names or _core.COLUMNS[kernel.__name__], values, strict=True)))


def _require_holdable(arguments: Iterable[str], columns: list[Any]) -> None:
    """Raise where arguments make far more cells together than any of them has.

    Memory for a product of lengths may be promised and not be there when it is written to.
    """
    given = [(n, c) for n, c in zip(arguments, columns, strict=True) if isinstance(c, np.ndarray)]
    if math.prod(column.size for _, column in given) <= MOST_NUMBERS:
        return
    axes = itertools.zip_longest(*(column.shape[::-1] for _, column in given), fillvalue=1)
    cells = math.prod(max(axis) for axis in axes)
    if cells > max(MOST_NUMBERS, *(column.size for _, column in given)):
        shapes = ", ".join(f"{name} {column.shape}" for name, column in given)
        msg = (
            f"{given[0][0]} must make at most {MOST_NUMBERS:,} cells with the other arguments; got "
            f"{cells:,} of the shapes {shapes}"
        )
        raise ValueError(msg)


def require_at_most(lesser: tuple[str, Any], greater: tuple[str, Any]) -> None:
    """Raise where the argument `lesser` exceeds `greater`, each (name, value); missing does not."""
    (name, low), (bound, high) = lesser, greater
    pair = np.broadcast_arrays(numbers(name, low), numbers(bound, high))
    bad = pair[0] > pair[1]
    if bad.any():
        at = tuple(int(i) for i in np.argwhere(bad)[0])
        low, high = (float(each[at]) for each in pair)
        raise InvalidDataError(
            argument=name,
            rule=f"be <= {bound}",
            value=low,
            got=f"{low!r} > {high!r}",
            position=(at[0] if len(at) == 1 else list(at)) if at else None,
            bad=int(bad.sum()) if at else None,
            total=bad.size if at else None,
        )


def _decided(invalid: Invalid, threads: Threads) -> tuple[bool, int | None]:
    one_of("invalid", invalid, ("raise", "nan"))
    return invalid == "nan", thread_count(threads)


def thread_count(threads: Any) -> int | None:
    """The argument `threads`: None, or a number from 1; above what any machine has it is that."""
    if threads is None:
        return None
    if isinstance(threads, bool) or not isinstance(threads, int | np.integer) or threads < 1:
        msg = f"threads must be a whole number >= 1, or None; got {shown(threads)}"
        raise ValueError(msg)
    return min(int(threads), _MOST_THREADS)


def _into(
    out: np.ndarray[Any, Any],
    kernel: Callable[..., Any],
    columns: list[Any],
    options: tuple[bool, int | None],
) -> np.ndarray[Any, Any]:
    if not isinstance(out, np.ndarray) or out.dtype != np.float64 or not out.flags.writeable:
        msg = "out must be a writable float64 array"
        raise ValueError(msg)
    shape = np.broadcast_shapes(*(np.shape(column) for column in columns))
    if out.shape != shape:
        msg = f"out must have the result's shape {shape}; got {out.shape}"
        raise ValueError(msg)
    if out.flags.c_contiguous and not any(np.may_share_memory(out, c) for c in columns):
        kernel(*columns, (*options, out))
    else:
        out[...] = kernel(*columns, (*options, None))
    return out


def columns_and_wrap(arguments: dict[str, Any]) -> tuple[list[Any], Callable[[Any, str], Any]]:
    """What the core reads, and what turns its answer into the kind of Series that came in."""
    series: dict[str, Any] = {}
    columns = []
    for name, value in arguments.items():
        if _is_series(value):
            series[name] = value
        columns.append(numbers(name, value))
    if not series:
        return columns, _unwrapped
    (first_name, first), *others = series.items()
    for name, value in others:
        _check_alike(first_name, first, name, value)
    return columns, lambda result, label: _series_like(first, result, label)


def _unwrapped(result: Any, _label: str) -> Any:
    return float(result) if np.ndim(result) == 0 else result


def _is_series(value: Any) -> bool:
    pandas, polars = sys.modules.get("pandas"), sys.modules.get("polars")
    return (pandas is not None and isinstance(value, pandas.Series)) or (
        polars is not None and isinstance(value, polars.Series)
    )


def _check_alike(first_name: str, first: Any, name: str, value: Any) -> None:
    if type(first).__module__.split(".")[0] != type(value).__module__.split(".")[0]:
        msg = f"{first_name} and {name} are Series of different libraries"
        raise TypeError(msg)
    if len(first) != len(value):
        msg = f"{first_name} and {name} have different lengths: {len(first)} and {len(value)}"
        raise ValueError(msg)
    if hasattr(first, "index") and not first.index.equals(value.index):
        msg = f"{first_name} and {name} have different indexes; align them first"
        raise ValueError(msg)


def _series_like(first: Any, result: Any, label: str) -> Any:
    values = np.asarray(result)
    if values.shape != (len(first),):
        msg = f"a Series of {len(first)} and an array broadcast to {values.shape}; pass arrays"
        raise ValueError(msg)
    if hasattr(first, "index"):
        return sys.modules["pandas"].Series(values, index=first.index, name=label)
    return sys.modules["polars"].Series(label, values, nan_to_null=True)


def numbers(name: str, value: Any) -> Any:
    """`value` as a float or as an array of a type that the core reads; missing becomes NaN."""
    kind = type(value)
    if kind is float:
        return value
    if kind is int:
        return _exact(value)
    pandas = sys.modules.get("pandas")
    if value is None:
        msg = f"{name} must be a number, an array or a Series; got None"
        raise TypeError(msg)
    if pandas is not None and value is pandas.NA:
        return np.nan
    if _is_series(value):
        value = _series_values(name, value)
    elif isinstance(value, np.ma.MaskedArray):
        value = np.ma.filled(value.astype(np.float64), np.nan)
    elif kind is range and _length(value) > MOST_NUMBERS:
        msg = f"{name} must be at most {MOST_NUMBERS:,} numbers; got {value!r}"
        raise ValueError(msg)
    _refuse_engine(name, value)
    try:
        array = np.asarray(value)
    except ValueError:
        msg = f"{name} must be a number or an array of one shape; got {shown(value)}"
        raise ValueError(msg) from None
    if array.dtype not in _NATIVE:
        array = _cast(name, array)
    return float(array) if array.ndim == 0 else array


#: How formulas run where an engine's columns lie, by the module of their types.
_ENGINES = {
    "dask": "frame.map_partitions(f, meta=(name, 'f8')) computes it where the rows are",
    "pyspark": "callstats.scale.spark.udf(function, ...) makes a function of Spark columns of it",
    "polars": "after import callstats.polars, pl.col(...).callstats has it as an expression",
}


def _refuse_engine(name: str, value: Any) -> None:
    """Refuse a column that is a plan, or lies on many machines: nobody asked for all of it here."""
    way = _ENGINES.get(type(value).__module__.partition(".")[0])
    if way is not None:
        kind = type(value).__qualname__
        msg = f"{name} must be numbers that are here; got {kind} of an engine: {way}"
        raise TypeError(msg)


def _exact(value: int) -> float:
    """A whole number as it is, but for one beyond binary64."""
    limit = real(value)
    return limit if math.isinf(limit) else value


def _length(numbers: range) -> int:
    """As `len`, which knows no length beyond 2^63."""
    return max(0, -((numbers.start - numbers.stop) // numbers.step))


def _series_values(name: str, series: Any) -> Any:
    if hasattr(series, "index"):
        if isinstance(series.dtype, np.dtype):
            return series.to_numpy()
        pandas = sys.modules["pandas"]
        kind = getattr(series.dtype, "categories", series).dtype
        # Text that reads as a number is text, as it is in lists and arrays.
        if not pandas.api.types.is_numeric_dtype(kind) or pandas.api.types.is_bool_dtype(kind):
            raise _not_numbers(name, series.dtype)
        return series.to_numpy(dtype=np.float64, na_value=np.nan)
    if not (series.dtype.is_numeric() or series.dtype == sys.modules["polars"].Null):
        raise _not_numbers(name, series.dtype)
    if series.null_count():
        return series.cast(sys.modules["polars"].Float64).to_numpy()
    return series.to_numpy()


def _cast(name: str, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if array.dtype.kind not in "fiuO":
        raise _not_numbers(name, array.dtype if array.ndim else repr(array.item()))
    if array.dtype.kind == "O":
        return _from_objects(name, array)
    return array.astype(np.float64)


def _from_objects(name: str, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    pandas = sys.modules.get("pandas")
    missing = {id(None)} | ({id(pandas.NA)} if pandas is not None else set())
    out = np.empty(array.shape)
    for position, item in np.ndenumerate(array):
        if id(item) in missing:
            out[position] = np.nan
        elif isinstance(item, str | bytes | bool) or not hasattr(item, "__float__"):
            at = position[0] if len(position) == 1 else position
            place = f" at position {at}" if position else ""
            msg = f"{name} must be numbers; got {shown(item)}{place}"
            raise TypeError(msg)
        else:
            out[position] = real(item)
    return out


def _not_numbers(name: str, dtype: Any) -> TypeError:
    return TypeError(f"{name} must be numbers; got {dtype}")
