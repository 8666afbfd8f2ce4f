"""The compiled core: private, flat, float64 in and out.

Every elementwise function takes last `options`: (invalid values are missing, threads, out).
"""

from typing import TypeAlias

from numpy import float32, float64, int32, int64
from numpy.typing import NDArray

Column: TypeAlias = float | NDArray[float64] | NDArray[float32] | NDArray[int64] | NDArray[int32]
Options: TypeAlias = tuple[bool, int | None, NDArray[float64] | None]
Values: TypeAlias = float | NDArray[float64]

__version__: str

# erlang
def blocking(lines: Column, load: Column, options: Options, /) -> Values: ...

# intervals
def proportion_interval(
    method: str,
    successes: Column,
    trials: Column,
    population: Column,
    confidence: Column,
    options: Options,
    /,
) -> list[Values]: ...
def rate_interval(
    events: Column, exposure: Column, confidence: Column, options: Options, /
) -> list[Values]: ...
