"""Levels before and after, and what a pilot of so many teams can see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from callstats import _core
from callstats._tables.arrays import elementwise, elementwise_many

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.typing import Invalid, Numbers, Result, Threads


class Change(NamedTuple):
    """A change in the measure's own units, and as a share of the level before."""

    absolute: Result
    relative: Result


def change(
    before: Numbers, after: Numbers, *, invalid: Invalid = "raise", threads: Threads = None
) -> Change:
    """Change from one level to another: absolute and relative, kept apart.

    A service level from 0.80 to 0.84 rose by 0.04 (four points) and by 0.05 (five percent). Two
    points say that the level moved, not why: see :func:`periods`.

    Parameters
    ----------
    before, after : array_like
        Levels; finite, broadcastable.
    invalid, threads
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    Change
        ``absolute`` = after - before and ``relative`` = after / before - 1; ``relative`` is NaN
        from a level of 0.

    Examples
    --------
    >>> found = change(31.85, 15.68)
    >>> round(found.absolute, 2), round(found.relative, 4)
    (-16.17, -0.5077)
    """
    options = (invalid, threads, None)
    found, wrap = elementwise_many(_core.change, before, after, options=options)
    absolute, relative = (
        wrap(each, name) for each, name in zip(found, Change._fields, strict=True)
    )
    return Change(absolute, relative)


def power(
    *,
    effect: Numbers,
    sd: Numbers,
    treated: Numbers,
    control: Numbers,
    confidence: Numbers = 0.95,
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Probability that a pilot finds an effect that is there.

    Parameters
    ----------
    effect : array_like
        The effect, in units of the measure; finite.
    sd : array_like
        Standard deviation of a *team's change* between two periods, from :func:`spread` or
        :func:`change_sd`; >= 0. Not that of calls.
    treated, control : array_like
        Teams in each arm; >= 1.
    confidence : array_like, default 0.95
        One minus the probability of a false alarm, two-sided; > 0 and < 1.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        Between ``1 - confidence`` and 1; NaN with fewer than three teams, whose spread is unknown.

    Notes
    -----
    Noncentral t with treated + control - 2 degrees of freedom and both tails, by an integral of our
    own over chi. Changes are taken as normal and of one spread. Accuracy: 1e-10, against 40-digit
    values. With four against four the exact permutation test sees less: 49 % where t has 66 %.

    Examples
    --------
    >>> round(power(effect=2, sd=1, treated=4, control=4), 3)
    0.657
    >>> round(power(effect=1.6, sd=10.3, treated=4, control=4), 3)
    0.054
    """
    options = (invalid, threads, out)
    return elementwise(_core.power, effect, sd, treated, control, confidence, options=options)


def smallest_effect(
    *,
    sd: Numbers,
    treated: Numbers,
    control: Numbers,
    power: Numbers = 0.8,
    confidence: Numbers = 0.95,
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Smallest effect that a pilot finds with a given probability: ask before the pilot.

    Parameters
    ----------
    sd, treated, control, confidence
        As for :func:`power`.
    power : array_like, default 0.8
        Probability to find the effect; > 0 and < 1.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        In the units of `sd`; 0 where chance alone alarms as often as `power` asks, NaN with fewer
        than three teams.

    Examples
    --------
    Handle time, where a team's monthly mean changes by 10.3 s (sd) with nothing done:

    >>> round(smallest_effect(sd=10.3, treated=4, control=4), 1)
    24.5
    >>> smallest_effect(sd=1, treated=[3, 4, 6], control=[3, 4, 6]).round(2)
    array([3.07, 2.38, 1.8 ])
    """
    options = (invalid, threads, out)
    return elementwise(
        _core.smallest_effect, sd, treated, control, power, confidence, options=options
    )


def teams_needed(
    *,
    effect: Numbers,
    sd: Numbers,
    power: Numbers = 0.8,
    confidence: Numbers = 0.95,
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Teams in each of two equal arms that are needed to see an effect.

    Parameters
    ----------
    effect : array_like
        The effect worth seeing; finite and not 0.
    sd, confidence
        As for :func:`power`.
    power : array_like, default 0.8
        Probability to find it; > 0 and < 1.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        A whole number >= 2.

    Raises
    ------
    ValueError
        An effect so small that 2^52 teams do not see it.

    Examples
    --------
    >>> teams_needed(effect=-1.6, sd=10.3)
    652.0
    """
    options = (invalid, threads, out)
    return elementwise(_core.teams_needed, effect, sd, power, confidence, options=options)


def change_sd(
    *,
    sd: Numbers,
    icc: Numbers,
    size: Numbers,
    team_correlation: Numbers = 0.0,
    call_correlation: Numbers = 0.0,
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """Standard deviation of a team's change without history, from how much calls and teams vary.

    With history, :func:`spread` measures it, which is better: teams drift.

    Parameters
    ----------
    sd : array_like
        Standard deviation of a call; >= 0.
    icc : array_like
        Share of the variance that lies between teams, as from :func:`cluster_icc`; 0 to 1.
    size : array_like
        Calls of a team in a period; > 0.
    team_correlation : array_like, default 0
        Correlation of a team's level in the two periods; -1 to 1.
    call_correlation : array_like, default 0
        Correlation of the calls themselves, where the same customers call; -1 to 1.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        In units of `sd`.

    Notes
    -----
    sqrt(2 sd² (icc (1 - team_correlation) + (1 - icc) (1 - call_correlation) / size)).

    Examples
    --------
    >>> round(change_sd(sd=190, icc=0.045, size=3000, team_correlation=0.6), 1)
    36.4
    """
    options = (invalid, threads, out)
    values = (sd, icc, size, team_correlation, call_correlation)
    return elementwise(_core.change_sd, *values, options=options)
