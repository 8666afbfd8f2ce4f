"""Types of arguments and results, for annotations in callers' code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    import polars as pl
    from numpy.typing import NDArray

    Numbers: TypeAlias = float | Sequence[float] | NDArray[Any] | pd.Series[Any] | pl.Series
    Durations: TypeAlias = Numbers | str | datetime.timedelta | np.timedelta64
else:
    #: Numbers for an elementwise function: a scalar, an array or a Series.
    Numbers: TypeAlias = Any
    #: Seconds, or anything that says a duration.
    Durations: TypeAlias = Any

#: What an elementwise function gives back: a float, an array or a Series, like its arguments.
Result: TypeAlias = Any
#: A pandas or Polars DataFrame, or any other table that narwhals reads; results are of its kind.
Frame: TypeAlias = Any
#: What to do with values outside their domain.
Invalid: TypeAlias = Literal["raise", "nan"]
#: What to do with rows of a log that break a rule.
OnError: TypeAlias = Literal["raise", "drop", "flag"]
#: Threads to use at most; None for what the process may use.
Threads: TypeAlias = int | None
