"""Columns put beside those of a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.checks import shown, written
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

#: Names in an error before the rest are counted.
_NAMED = 5


def names_beside(
    present: Collection[str],
    names: Sequence[str],
    *,
    argument: str,
    suffix: str | None = None,
    anew: bool = False,
) -> list[str]:
    """What new columns of a frame are called: `names` with `suffix`, none of which it has.

    Nothing that the frame holds is overwritten: it may have been observed. Only with `anew` may a
    frame have every one of the names, as a result of the same function has; it is made anew.
    `suffix` is None where the function has no such argument.
    """
    if suffix is not None and not isinstance(suffix, str):
        raise TypeError(f"suffix must be text, such as '_planned'; got {shown(suffix)}")
    if suffix and not written(suffix):
        raise ValueError(f"suffix must be text that UTF-8 can write; got {shown(suffix)}")
    made = [name + (suffix or "") for name in names]
    taken = [name for name in made if name in present]
    if not taken or (anew and len(taken) == len(made)):
        return made
    named = ", ".join(map(repr, taken[:_NAMED]))
    if len(taken) > _NAMED:
        named += f" and {len(taken) - _NAMED} more"
    remedy = "Rename or leave out what the frame has"
    if suffix is not None:
        remedy = f"Pass suffix= to name the results otherwise, such as suffix='{suffix}_new'"
    raise InvalidDataError(
        f"{argument} must not have the columns that the result adds; got {named}, "
        f"which would be overwritten. {remedy}"
    )


def put_beside(frame: Any, columns: Mapping[str, Any], texts: Collection[str] = ()) -> Any:
    """A frame as its library has it with `columns`; those that it has of these names are replaced.

    `texts` are columns that are text even without rows. Missing numbers are NaN in pandas, null
    elsewhere.
    """
    import pandas as pd

    if isinstance(frame, pd.DataFrame):
        replaced = {name: columns[name] for name in columns if name in frame.columns}
        new = {name: columns[name] for name in columns if name not in replaced}
        result = frame.assign(**_series(replaced, frame, texts)) if replaced else frame
        # All at once: each column by itself would make the index of the columns anew.
        if new and all(_is_floats(values) for values in new.values()):
            # As one block, in a third of the time that an array a column takes.
            block = np.array(list(new.values())).T
            made = pd.DataFrame(block, index=frame.index, columns=list(new))
        else:
            made = pd.DataFrame(_series(new, frame, texts), index=frame.index)
        result = pd.concat([result, made], axis="columns")
        result.columns.names = frame.columns.names
        result.attrs = dict(frame.attrs)
        return result
    import narwhals as nw

    wrapped = nw.from_native(frame, eager_only=True)
    added = []
    for name, values in columns.items():
        kind = nw.String if name in texts else None
        column = nw.new_series(name, values, kind, backend=wrapped.implementation)
        floating = isinstance(values, np.ndarray) and values.dtype.kind == "f"
        added.append(column.fill_nan(None) if floating else column)
    return wrapped.with_columns(*added).to_native()


def _is_floats(values: Any) -> bool:
    return isinstance(values, np.ndarray) and values.dtype == np.float64


def _series(
    columns: Mapping[str, Any], frame: pd.DataFrame, texts: Collection[str]
) -> dict[str, pd.Series[Any]]:
    import pandas as pd

    return {
        name: pd.Series(values, index=frame.index, dtype=str if name in texts else None)
        for name, values in columns.items()
    }
