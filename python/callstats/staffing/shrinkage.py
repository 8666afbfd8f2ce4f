"""From agents at work to people on the schedule."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Literal

from callstats import _core
from callstats._tables.arrays import elementwise
from callstats._tables.checks import one_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.typing import Invalid, Numbers, Result, Threads


def gross_up(
    agents: Numbers,
    shrinkage: Numbers,
    *,
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """People to schedule so that `agents` of them are at work: ``agents / (1 - shrinkage)``.

    Multiplying by ``1 + shrinkage`` falls short: of 91 people with 30 % away 63.7 are there, not
    70.

    Parameters
    ----------
    agents : array_like
        Agents needed at work; >= 0, broadcastable.
    shrinkage : array_like
        Share of paid time away from contacts; >= 0 and < 1, broadcastable.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        >= agents; not rounded.

    Raises
    ------
    ValueError
        A value outside its domain, shapes that do not broadcast, or Series of different indexes.

    Notes
    -----
    Agents at work = scheduled x (1 - shrinkage): a convention of the trade. Absence is taken to
    come as expected, in every interval.

    Examples
    --------
    >>> round(gross_up(70, 0.3), 9)
    100.0
    >>> gross_up([34, 36], 0.25).round(3)
    array([45.333, 48.   ])
    """
    return elementwise(_core.gross_up, agents, shrinkage, options=(invalid, threads, out))


def combine_shrinkage(
    *parts: Numbers,
    method: Literal["compound", "additive"] = "compound",
    invalid: Invalid = "raise",
    threads: Threads = None,
    out: NDArray[Any] | None = None,
) -> Result:
    """One shrinkage from several.

    Parameters
    ----------
    *parts : array_like
        Shares of time away, such as leave, training and breaks; >= 0 and < 1, broadcastable.
    method : {"compound", "additive"}
        ``"compound"``: 1 - product of (1 - part), each part a share of what the others leave.
        ``"additive"``: the sum, each part a share of all paid time; it must stay below 1.
    invalid, threads, out
        As for every elementwise function: see ``help(callstats)``.

    Returns
    -------
    float, array or Series
        >= 0 and < 1; 0 without parts.

    Raises
    ------
    ValueError
        "shrinkage must be >= 0 and < 1", with the first bad value; an unknown method.

    Notes
    -----
    Conventions of the trade. Compound where each part is taken from those whom the others leave,
    such as breaks of those who are not on leave; additive where all parts are shares of the same
    paid time.

    Examples
    --------
    >>> round(combine_shrinkage(0.1, 0.2), 9)
    0.28
    >>> combine_shrinkage([0.1, 0.15], 0.2, method="additive").round(9)
    array([0.3 , 0.35])
    """
    one_of("method", method, ("compound", "additive"))
    kernel = _core.combine_shrinkage if method == "compound" else _core.add_shrinkage

    names = ("shrinkage", "parts")

    def both(first: Numbers, second: Numbers) -> Result:
        return elementwise(kernel, first, second, names=names, options=(invalid, threads, None))

    # What comes out is checked as what went in was: a sum of 1 leaves nobody.
    result = reduce(both, parts, 0.0)
    options = (invalid, threads, out)
    return elementwise(_core.combine_shrinkage, result, 0.0, names=names, options=options)
