"""Confidence intervals of shares and rates, from counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from callstats import _core
from callstats._tables.arrays import elementwise, elementwise_many, require_at_most
from callstats._tables.checks import one_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from callstats.typing import Invalid, Numbers, Result, Threads

__all__ = [
    "Interval",
    "difference",
    "difference_test",
    "paired_difference",
    "proportion",
    "rate",
    "rate_ratio",
    "rate_ratio_test",
]


def __dir__() -> list[str]:
    return __all__


class Interval(NamedTuple):
    """Both limits of an interval: floats, arrays or Series, like the arguments."""

    low: Result
    high: Result


def proportion(
    successes: Numbers,
    trials: Numbers,
    *,
    confidence: Numbers = 0.95,
    method: Literal["wilson", "clopper_pearson", "jeffreys", "agresti_coull"] = "wilson",
    population: Numbers | None = None,
    invalid: Invalid = "raise",
    threads: Threads = None,
) -> Interval:
    """Interval of a share, from the successes among so many trials.

    Wilson's is the one to use: its coverage is near the confidence on average, even for small
    counts. Clopper and Pearson's never covers less, and is wider for it; Jeffreys' lies between.

    Parameters
    ----------
    successes : array_like
        Trials with the outcome; 0 <= successes <= trials, broadcastable.
    trials : array_like
        Trials in all; >= 0, broadcastable.
    confidence : array_like, default 0.95
        Two-sided confidence; > 0 and < 1, broadcastable.
    method : {"wilson", "clopper_pearson", "jeffreys", "agresti_coull"}
        How the interval is made.
    population : array_like, optional
        Number that the trials were drawn from without replacement; >= trials. Without it there is
        no end to what could be drawn.
    invalid, threads
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    Interval
        ``low`` and ``high`` between 0 and 1; NaN where there are no trials.

    Raises
    ------
    ValueError
        "successes must be <= trials", "trials must be <= population", or a value outside its
        domain, with its position.

    Notes
    -----
    Wilson: score interval without continuity correction. Clopper-Pearson: beta quantiles with
    equal tails. Jeffreys: quantiles of beta(x + 1/2, n - x + 1/2); the outer limit is 0 or 1 where
    nothing or everything is a success. Agresti-Coull: n + z² trials and x + z²/2
    successes, cut to [0, 1].
    With a population of N, n trials count as n (N - 1) / (N - n); Clopper-Pearson inverts the
    hypergeometric distribution instead and gives multiples of 1 / N. Accuracy: 1e-13 relative,
    checked against 40-digit values, near 0 too; of Agresti and Coull's limits near 0 and 1, which
    are differences, of the distance to the share. Counts need not be whole; the accuracy of exact
    limits falls in proportion to a count below 1/2.

    References
    ----------
    Brown, Cai & DasGupta, Interval estimation for a binomial proportion, Statistical Science 16
    (2001).

    Examples
    --------
    >>> low, high = proportion(9, 10)
    >>> round(low, 4), round(high, 4)
    (0.5958, 0.9821)
    >>> proportion([0, 5], [5, 5]).high.round(4)
    array([0.4345, 1.    ])
    """
    limit = np.inf if population is None else population
    counts = (successes, trials, limit, confidence)
    options = (invalid, threads, None)
    interval = _interval(_core.proportion_interval, *counts, choices=(method,), options=options)
    if invalid == "raise":
        require_at_most(("successes", successes), ("trials", trials))
        require_at_most(("trials", trials), ("population", limit))
    return interval


def rate(
    events: Numbers,
    exposure: Numbers,
    *,
    confidence: Numbers = 0.95,
    invalid: Invalid = "raise",
    threads: Threads = None,
) -> Interval:
    """Exact interval of a rate, from the events counted over an exposure (Garwood's).

    Parameters
    ----------
    events : array_like
        Events counted; >= 0, broadcastable.
    exposure : array_like
        Time or volume they were counted over, in any unit; >= 0, broadcastable.
    confidence : array_like, default 0.95
        Two-sided confidence; > 0 and < 1, broadcastable.
    invalid, threads
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    Interval
        ``low`` and ``high`` in events per unit of exposure; NaN where there is no exposure.

    Notes
    -----
    Equal tails of the Poisson count, inverted: half the quantiles of chi-square with 2x and 2x + 2
    degrees of freedom. The lower limit is 0 where nothing happened. Events are taken as
    independent. Accuracy: 1e-13 relative, checked against 40-digit values.

    References
    ----------
    F. Garwood, Fiducial limits for the Poisson distribution, Biometrika 28 (1936).

    Examples
    --------
    >>> low, high = rate(5, 100.0)
    >>> round(low, 6), round(high, 6)
    (0.016235, 0.116683)
    """
    options = (invalid, threads, None)
    return _interval(_core.rate_interval, events, exposure, confidence, options=options)


def difference(
    first: tuple[Numbers, Numbers],
    second: tuple[Numbers, Numbers],
    *,
    confidence: Numbers = 0.95,
    invalid: Invalid = "raise",
    threads: Threads = None,
) -> Interval:
    """Interval of one share minus another, from separate units (Newcombe's hybrid score).

    Parameters
    ----------
    first, second : pair of array_like
        (successes, trials) of each share; 0 <= successes <= trials, broadcastable.
    confidence : array_like, default 0.95
        Two-sided confidence; > 0 and < 1.
    invalid, threads
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    Interval
        ``low`` and ``high`` between -1 and 1; NaN where a share has no trials.

    References
    ----------
    R. G. Newcombe, Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17 (1998) 873-890, method 10.

    Examples
    --------
    >>> low, high = difference((56, 70), (48, 80))
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    arguments = _shares(first, second) | {"confidence": confidence}
    options = (invalid, threads, None)
    interval = _interval(
        _core.difference_interval, *arguments.values(), names=arguments, options=options
    )
    if invalid == "raise":
        _require_shares(arguments)
    return interval


def paired_difference(
    *,
    both: Numbers,
    first_only: Numbers,
    second_only: Numbers,
    neither: Numbers,
    confidence: Numbers = 0.95,
    invalid: Invalid = "raise",
    threads: Threads = None,
) -> Interval:
    """Interval of one share minus another of the same units (Newcombe's paired score).

    Parameters
    ----------
    both, first_only, second_only, neither : array_like
        Units with the outcome on both occasions, on one of them, on none; >= 0, broadcastable.
    confidence : array_like, default 0.95
        Two-sided confidence; > 0 and < 1.
    invalid, threads
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    Interval
        ``low`` and ``high`` of the first share minus the second; NaN where there are no units.

    References
    ----------
    R. G. Newcombe, Improved confidence intervals for the difference between binomial proportions
    based on paired data, Statistics in Medicine 17 (1998) 2635-2650, method 10.

    Examples
    --------
    >>> low, high = paired_difference(both=36, first_only=12, second_only=2, neither=0)
    >>> round(low, 4), round(high, 4)
    (0.0569, 0.3404)
    """
    units = (both, first_only, second_only, neither)
    return _interval(_core.paired_interval, *units, confidence, options=(invalid, threads, None))


def rate_ratio(
    first: tuple[Numbers, Numbers],
    second: tuple[Numbers, Numbers],
    *,
    confidence: Numbers = 0.95,
    invalid: Invalid = "raise",
    threads: Threads = None,
) -> Interval:
    """Exact interval of one rate over another, from events and exposures.

    Parameters
    ----------
    first, second : pair of array_like
        (events, exposure) of each rate; >= 0, broadcastable.
    confidence : array_like, default 0.95
        Two-sided confidence; > 0 and < 1.
    invalid, threads
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    Interval
        ``low`` from 0, ``high`` infinite where the second has no events; NaN where neither has, or
        an exposure is 0.

    Notes
    -----
    Given the sum of events the first count is binomial: Clopper and Pearson's interval of its
    share, as odds over the exposures. Events are taken as independent.

    Examples
    --------
    >>> low, high = rate_ratio((30, 1200.5), (12, 900))
    >>> round(low, 4), round(high, 4)
    (0.9318, 4.0196)
    """
    arguments = _rates(first, second) | {"confidence": confidence}
    options = (invalid, threads, None)
    return _interval(
        _core.rate_ratio_interval, *arguments.values(), names=arguments, options=options
    )


def difference_test(
    first: tuple[Numbers, Numbers],
    second: tuple[Numbers, Numbers],
    *,
    method: Literal["fisher", "pooled_z"] = "fisher",
    invalid: Invalid = "raise",
    threads: Threads = None,
) -> Result:
    """Probability, were both shares the same, of counts at least as far apart as those seen.

    Parameters
    ----------
    first, second : pair of array_like
        (successes, trials) of each share; 0 <= successes <= trials, broadcastable.
    method : {"fisher", "pooled_z"}
        Fisher's exact test, by all tables no likelier; or the normal test with pooled share,
        without continuity correction.
    invalid, threads
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        Two-sided p value; NaN without trials, and for "pooled_z" where all or none succeed.

    Examples
    --------
    >>> round(difference_test((15, 25), (5, 25)), 5)
    0.00858
    """
    kernels = {"fisher": _core.fisher_test, "pooled_z": _core.pooled_test}
    one_of("method", method, kernels)
    arguments = _shares(first, second)
    options = (invalid, threads, None)
    result = elementwise(kernels[method], *arguments.values(), names=arguments, options=options)
    if invalid == "raise":
        _require_shares(arguments)
    return result


def rate_ratio_test(
    first: tuple[Numbers, Numbers],
    second: tuple[Numbers, Numbers],
    *,
    method: Literal["central", "minlike"] = "central",
    invalid: Invalid = "raise",
    threads: Threads = None,
) -> Result:
    """Probability, were both rates the same, of counts at least as far apart as those seen.

    Parameters
    ----------
    first, second : pair of array_like
        (events, exposure) of each rate; whole events >= 0, broadcastable.
    method : {"central", "minlike"}
        Twice the smaller tail, which agrees with :func:`rate_ratio`; or all outcomes no likelier
        than the one seen.
    invalid, threads
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        Two-sided p value; NaN where nothing happened or an exposure is 0.

    Examples
    --------
    >>> round(rate_ratio_test((30, 1200.5), (12, 900)), 5)
    0.08257
    """
    arguments = _rates(first, second)
    return elementwise(
        _core.rate_ratio_test,
        *arguments.values(),
        names=arguments,
        choices=(str(method),),
        options=(invalid, threads, None),
    )


def _shares(first: Any, second: Any) -> dict[str, Any]:
    return _two(first, second, "successes", "trials")


def _rates(first: Any, second: Any) -> dict[str, Any]:
    return _two(first, second, "events", "exposure")


def _two(first: Any, second: Any, count: str, base: str) -> dict[str, Any]:
    columns = {}
    for name, given in (("first", first), ("second", second)):
        try:
            columns[f"{name} {count}"], columns[f"{name} {base}"] = given
        except (TypeError, ValueError):
            raise ValueError(f"{name} must be a pair ({count}, {base}); got {given!r}") from None
    return columns


def _require_shares(arguments: dict[str, Any]) -> None:
    for name in ("first", "second"):
        successes, trials = f"{name} successes", f"{name} trials"
        require_at_most((successes, arguments[successes]), (trials, arguments[trials]))


def _interval(kernel: Callable[..., Any], *values: Any, **how: Any) -> Interval:
    (low, high), wrap = elementwise_many(kernel, *values, **how)
    return Interval(wrap(low, "low"), wrap(high, "high"))
