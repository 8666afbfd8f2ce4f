"""Dividing a sample over strata in whole numbers."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables.arrays import columns_and_wrap
from callstats._tables.checks import must_be, number, shown

if TYPE_CHECKING:
    from callstats.typing import Numbers

#: Bankier's compromise between equal precision in every stratum and the best overall.
_SQUARE_ROOT = 0.5


def allocate(
    population: Numbers | Mapping[Any, int],
    n: int,
    *,
    method: Literal["equal", "proportional", "power", "neyman", "neyman_rounded"] = "proportional",
    sd: Numbers | Mapping[Any, float] | None = None,
    exponent: float | None = None,
    minimum: Numbers | Mapping[Any, int] = 0,
    maximum: Numbers | Mapping[Any, int] | None = None,
) -> Any:
    """Recordings to draw from every stratum, in whole numbers that add to `n`.

    "proportional" represents everybody alike; "equal" and "power" give small strata more, for
    figures per stratum; "neyman" gives the most precise overall mean.

    Parameters
    ----------
    population : array_like or mapping
        Recordings there are in each stratum; whole, >= 0. A mapping's keys name the strata.
    n : int
        Recordings to draw in all.
    method : {"proportional", "equal", "power", "neyman", "neyman_rounded"}
        What the allocation is close to; see Notes.
    sd : array_like or mapping, optional
        Standard deviation of the value in each stratum, >= 0; needed by the Neyman methods.
    exponent : float, optional
        For "power": 1 is proportional, 0 equal. Default 0.5.
    minimum, maximum : array_like or mapping
        Bounds for all strata or for each; whole. Never more than a stratum has is asked for.

    Returns
    -------
    array, Series or dict of int
        Like `population`.

    Raises
    ------
    ValueError
        Bounds that leave no allocation ("n must be between ..."); a minimum above its maximum;
        values that are missing, negative or not whole; a Neyman method without `sd`.

    Notes
    -----
    The optimum in whole numbers, under the bounds, of a sum over the strata; a tie goes to the
    stratum that comes first. With q the exact share of a stratum:

    - "equal", "proportional", "power", "neyman_rounded": of (n_h - q_h)², q_h in proportion to 1,
      N_h, N_h^exponent and N_h S_h. Without active bounds this is rounding by largest remainders.
    - "neyman": of N_h² S_h² / n_h, the variance of the mean as far as the allocation decides it. It
      is not a rounded q: a stratum whose values vary gets a recording as soon as `n` allows.

    References
    ----------
    J. Neyman, Journal of the Royal Statistical Society 97 (1934); T. Wright, The American
    Statistician 66 (2012); M. D. Bankier, The American Statistician 42 (1988).

    Examples
    --------
    >>> allocate([100, 100, 100], 10)
    array([4, 3, 3])
    >>> allocate({"early": 1200, "late": 300, "night": 20}, 50, minimum=5)
    {'early': 37, 'late': 8, 'night': 5}
    >>> allocate([1000, 1000], 30, method="neyman", sd=[1.0, 5.0])
    array([ 5, 25])
    """
    if method in ("neyman", "neyman_rounded") and sd is None:
        raise ValueError(f"method {method!r} needs sd, the standard deviation in each stratum")
    if method != "power" and exponent is not None:
        raise ValueError("exponent is for method 'power'")
    arguments = {"population": population, "sd": 0.0 if sd is None else sd, "minimum": minimum}
    arguments["maximum"] = np.inf if maximum is None else maximum
    keys = list(population) if isinstance(population, Mapping) else None
    sizes, deviations, least, most, wrap = _strata(arguments, keys)
    most = np.minimum(most, sizes)
    strata = zip(
        sizes.astype(np.int64).tolist(),
        deviations.tolist(),
        np.minimum(least, most).astype(np.int64).tolist(),
        most.astype(np.int64).tolist(),
        strict=True,
    )
    exponent = _SQUARE_ROOT if exponent is None else exponent
    power = number("exponent", exponent, "finite", np.isfinite)
    taken = _core.allocate(method, list(strata), _count(n), power)
    if keys is not None:
        return dict(zip(keys, taken, strict=True))
    return wrap(np.array(taken, dtype=np.int64), "n")


def _strata(arguments: dict[str, Any], keys: list[Any] | None) -> tuple[Any, ...]:
    """The columns at the strata's length, checked, and what makes the answer like `population`."""
    if keys is not None:
        arguments = {name: _in_order(name, value, keys) for name, value in arguments.items()}
    columns, wrap = columns_and_wrap(arguments)
    shape = np.shape(columns[0])
    if len(shape) != 1:
        raise ValueError(f"population must be a column, one value a stratum; its shape is {shape}")
    checked = []
    for (name, _), column in zip(arguments.items(), columns, strict=True):
        values = np.asarray(column, dtype=np.float64)
        if values.ndim and values.shape != shape:
            msg = f"{name} must be one number, or one a stratum: {shape[0]}, not {values.shape}"
            raise ValueError(msg)
        values = np.broadcast_to(values, shape)
        checked.append(values)
        rule, holds = "whole and >= 0", (values >= 0) & (values == np.floor(values))
        if name == "sd":
            rule, holds = ">= 0 and finite", (values >= 0) & np.isfinite(values)
        elif name != "maximum":
            holds &= np.isfinite(values)
        must_be(name, values, rule, ~holds)
    must_be("minimum", checked[2], "<= maximum", ~(checked[2] <= checked[3]))
    return (*checked, wrap)


def _in_order(name: str, value: Any, keys: list[Any]) -> Any:
    if not isinstance(value, Mapping):
        return value
    lacking = [key for key in keys if key not in value]
    if lacking:
        msg = f"{name} lacks the stratum {lacking[0]!r} ({len(lacking)} of {len(keys)} lacking)"
        raise ValueError(msg)
    return [value[key] for key in keys]


def _count(n: Any) -> int:
    try:
        count = operator.index(n)
    except TypeError:
        count = int(n) if isinstance(n, float) and n.is_integer() else -1
    # More than any population is all of it; the core counts to 2^64.
    if not 0 <= count < 2**63:
        raise ValueError(f"n must be a whole number >= 0; got {shown(n)}")
    return count
