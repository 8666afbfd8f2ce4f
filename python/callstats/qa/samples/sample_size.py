"""How many recordings an answer needs, and how precise the ones at hand are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables.arrays import elementwise
from callstats._tables.checks import one_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from callstats.typing import Invalid, Numbers, Result, Threads


def sample_size(
    *,
    margin: Numbers,
    sd: Numbers | None = None,
    proportion: Numbers | None = None,
    confidence: Numbers = 0.95,
    z: Numbers | None = None,
    population: Numbers | None = None,
    fpc: Literal["S", "sigma"] = "S",
    design_effect: Numbers = 1.0,
    response: Numbers = 1.0,
    method: Literal["normal", "t", "wilson"] = "normal",
    rounding: Literal["ceil"] | None = "ceil",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Number of recordings whose mean, or share, is known to within a margin.

    Parameters
    ----------
    margin : array_like
        Half the width of the wanted interval, in units of the value (shares: 0.05 is five points);
        > 0, broadcastable.
    sd : array_like, optional
        Standard deviation of the value, for a mean; >= 0. Give either `sd` or `proportion`.
    proportion : array_like, optional
        Share expected, for a share; 0 to 1, worst at 0.5.
    confidence : array_like, default 0.95
        Two-sided confidence; > 0 and < 1.
    z : array_like, optional
        Normal quantile to use instead of that of `confidence`; > 0.
    population : array_like, optional
        Recordings there are to draw from; 0 or >= 1. Without it there is no end to them.
    fpc : {"S", "sigma"}
        What the deviation of a finite population was divided by: N - 1 ("S") or N ("sigma"). For
        shares always "sigma".
    design_effect : array_like, default 1
        Variance of the design over that of a simple random sample; > 0.
    response : array_like, default 1
        Share of the drawn recordings that give a value; > 0 and <= 1.
    method : {"normal", "t", "wilson"}
        "normal": deviation known. "t": deviation to be estimated from the sample itself (for `sd`).
        "wilson": half width of Wilson's interval at the expected share (for `proportion`).
    rounding : {"ceil", None}
        Up to a whole number, once, at the end; None leaves the number as it comes.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        Recordings to draw; 0 where nothing varies or the population is empty.

    Raises
    ------
    ValueError
        Neither or both of `sd` and `proportion`; a method that does not go with them; a value
        outside its domain.

    Notes
    -----
    With s² the variance (sd², or p(1 - p)) and d the margin:

    - base size: z² s² / d²; times the design effect: m;
    - finite population N: m / (1 + m/N) for "S", m N / (m + N - 1) for "sigma";
    - divided by the response share; rounded up. Within 1e-9 of a whole number it is that number, so
      that (2 * 0.3 / 0.1)² is 36.

    "t" is the smallest whole n >= 2 with t(n - 1) s sqrt(deff (1/n - 1/N)) <= d; "wilson" the
    smallest n >= 1 with z / (1 + z²/n) sqrt(p(1 - p)/n + z²/(4n²)) <= d.

    References
    ----------
    W. G. Cochran, Sampling Techniques, 3rd edition, Wiley (1977), chapter 4.

    Examples
    --------
    >>> sample_size(margin=0.05, proportion=0.5)
    385.0
    >>> sample_size(margin=0.05, proportion=0.5, population=1000)
    278.0
    >>> sample_size(margin=2, sd=[8, 12], population=[60, 5000])
    array([ 31., 135.])
    """
    one_of("rounding", rounding, ("ceil", None))
    names, surroundings = _question(
        sd=sd,
        proportion=proportion,
        confidence=confidence,
        z=z,
        population=population,
        fpc=fpc,
        method=method,
    )
    arguments = {
        "margin": margin,
        **surroundings,
        "design_effect": design_effect,
        "response": response,
    }
    values, choices = arguments.values(), (names, rounding == "ceil")
    options = (invalid, threads, out)
    return elementwise(
        _core.sample_size, *values, names=arguments, choices=choices, options=options
    )


def margin_of_error(
    n: Numbers,
    *,
    sd: Numbers | None = None,
    proportion: Numbers | None = None,
    confidence: Numbers = 0.95,
    z: Numbers | None = None,
    population: Numbers | None = None,
    fpc: Literal["S", "sigma"] = "S",
    design_effect: Numbers = 1.0,
    response: Numbers = 1.0,
    method: Literal["normal", "t", "wilson"] = "normal",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Half the width of the interval that so many recordings give: the inverse of `sample_size`.

    Parameters
    ----------
    n : array_like
        Recordings drawn; >= 0, broadcastable.
    sd, proportion, confidence, z, population, fpc, design_effect, response, method
        As for :func:`sample_size`.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        In units of the value; 0 once the whole population has answered, infinite for n = 0 (with
        "wilson" 0.5), NaN for fewer than two values with "t".

    Examples
    --------
    >>> round(margin_of_error(400, proportion=0.5), 4)
    0.049
    >>> round(margin_of_error(5, sd=8, method="t"), 3)
    9.933
    """
    names, surroundings = _question(
        sd=sd,
        proportion=proportion,
        confidence=confidence,
        z=z,
        population=population,
        fpc=fpc,
        method=method,
    )
    arguments = {"n": n, **surroundings, "design_effect": design_effect, "response": response}
    options = (invalid, threads, out)
    values, choices = arguments.values(), (names,)
    return elementwise(
        _core.margin_of_error, *values, names=arguments, choices=choices, options=options
    )


def power_sample_size(
    *,
    difference: Numbers | None = None,
    sd: Numbers | None = None,
    proportions: tuple[Numbers, Numbers] | None = None,
    power: Numbers = 0.8,
    confidence: Numbers = 0.95,
    groups: Literal[1, 2] = 2,
    rounding: Literal["ceil"] | None = "ceil",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Recordings per group needed to see a difference that is there.

    Parameters
    ----------
    difference : array_like, optional
        Difference of means worth seeing, in units of the value; finite and not 0. Needs `sd`.
    sd : array_like, optional
        Standard deviation of the value within a group; >= 0.
    proportions : pair of array_like, optional
        Instead of `difference` and `sd`: the two shares to be told apart; 0 to 1 each.
    power : array_like, default 0.8
        Probability to see the difference if it is there; > 0 and < 1.
    confidence : array_like, default 0.95
        One minus the probability of a false alarm, two-sided; > 0 and < 1.
    groups : {2, 1}
        Two groups of one size, or one group against a fixed mean.
    rounding : {"ceil", None}
        Up to a whole number, or as it comes.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        Recordings in each group; NaN where both shares are the same, as no number tells them apart.

    Raises
    ------
    ValueError
        Neither or both of `difference` and `proportions`; `difference` without `sd`; a value
        outside its domain.

    Notes
    -----
    With z_a the quantile of the confidence and z_b that of the power:

    - one mean: (z_a + z_b)² sd² / difference²; two means: twice that;
    - two shares: (z_a + z_b)² (p(1 - p) + q(1 - q)) / (p - q)².

    Normal theory, two-sided, the far tail ignored; shares without pooling or continuity correction.

    Examples
    --------
    >>> power_sample_size(difference=3, sd=10)
    175.0
    >>> power_sample_size(proportions=(0.85, 0.90))
    683.0
    """
    one_of("rounding", rounding, ("ceil", None))
    one_of("groups", groups, (1, 2))
    if (difference is None) == (proportions is None):
        raise ValueError("give exactly one of difference (with sd) and proportions")
    rounded, levels = rounding == "ceil", {"power": power, "confidence": confidence}
    kernel: Callable[..., Any]
    choices: tuple[Any, ...]
    if proportions is None:
        if sd is None:
            raise ValueError("difference needs sd, the standard deviation within a group")
        kernel, choices = _core.power_of_means, (float(groups), rounded)
        arguments = {"difference": difference, "sd": sd, **levels}
    else:
        if sd is not None or groups != 2:
            raise ValueError("proportions compare two groups and need no sd")
        first, second = _pair(proportions)
        kernel, choices = _core.power_of_proportions, (rounded,)
        arguments = {"proportions[0]": first, "proportions[1]": second, **levels}
    options = (invalid, threads, out)
    values = arguments.values()
    return elementwise(kernel, *values, names=arguments, choices=choices, options=options)


def _pair(proportions: Any) -> tuple[Any, Any]:
    try:
        first, second = proportions
    except (TypeError, ValueError):
        msg = f"proportions must be a pair (before, after); got {proportions!r}"
        raise ValueError(msg) from None
    return first, second


def _question(
    *,
    sd: Numbers | None,
    proportion: Numbers | None,
    confidence: Numbers,
    z: Numbers | None,
    population: Numbers | None,
    fpc: str,
    method: str,
) -> tuple[tuple[str, str, str, str], dict[str, Any]]:
    """The names that choose the formula, and the columns that they have in common."""
    if (sd is None) == (proportion is None):
        raise ValueError("give exactly one of sd (for a mean) and proportion (for a share)")
    spread, deviation = ("sd", sd) if proportion is None else ("proportion", proportion)
    level, certainty = ("confidence", confidence) if z is None else ("z", z)
    columns = {
        spread: deviation,
        level: certainty,
        "population": np.inf if population is None else population,
    }
    return (spread, level, str(fpc), str(method)), columns
