"""Distributions of times, and fitting them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from callstats import _core
from callstats._tables import durations
from callstats._tables.arrays import numbers
from callstats._tables.checks import must_be, number, one_of
from callstats._tables.truths import truths_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: A distribution as the core reads it: name, parameters, values, parts.
Form: TypeAlias = dict[str, Any]
Family = Literal["auto", "exponential", "lognormal", "weibull", "gamma", "empirical"]


def _form(
    name: str, parameters: list[float], *, values: Sequence[float] = (), parts: Sequence[Form] = ()
) -> Form:
    return {"name": name, "parameters": parameters, "values": values, "parts": parts}


def set_fields(thing: Any, **values: Any) -> None:
    """Fields of a frozen thing, in its making."""
    for name, value in values.items():
        object.__setattr__(thing, name, value)


def duration(name: str, value: Any, *, positive: bool = False, endless: bool = False) -> float:
    """A duration in seconds, checked: finite where it is not `endless`."""
    rule = f"{'>' if positive else '>='} 0 seconds{'' if endless else ' and finite'}"

    def holds(seconds: float) -> bool:
        return (seconds > 0 if positive else seconds >= 0) and (endless or seconds < math.inf)

    return durations.length(name, value, rule, holds)


def positive_number(name: str, value: Any) -> float:
    """A number > 0 that is finite."""
    return number(name, value, "> 0 and finite", lambda given: 0 < given < math.inf)


def _cumulated(weights: Sequence[float] | NDArray[Any] | None, count: int) -> list[float]:
    if weights is None:
        return [(k + 1) / count for k in range(count)]
    shares = np.asarray(weights, dtype=np.float64)
    bad = ~(np.isfinite(shares) & (shares >= 0))
    if shares.shape != (count,) or bad.any() or not shares.sum() > 0:
        raise ValueError(f"weights must be {count} numbers >= 0, not all 0; got {weights!r}")
    cumulated = np.cumsum(shares) / shares.sum()
    # Rounding may leave the end below 1, where a draw would find nothing.
    cumulated[np.flatnonzero(shares)[-1] :] = 1.0
    return [float(share) for share in cumulated]


def _values(name: str, values: Any, *, endless: bool = False) -> tuple[float, ...]:
    array = np.atleast_1d(np.asarray(durations.seconds(name, values), dtype=np.float64))
    bad = ~((array >= 0) & (endless | np.isfinite(array)))
    if array.ndim != 1 or not array.size:
        raise ValueError(f"{name} must be one or more durations; got {values!r}")
    must_be(name, array, ">= 0 seconds", bad)
    return tuple(array.tolist())


@dataclass(frozen=True)
class Deterministic:
    """Always `value` seconds; infinite: never.

    >>> Deterministic("1:30").mean
    90.0
    """

    value: float

    def __post_init__(self) -> None:
        set_fields(self, value=duration("value", self.value, endless=True))

    @property
    def mean(self) -> float:
        """Mean in seconds."""
        return self.value

    def form(self) -> Form:
        """As the core reads it."""
        return _form("deterministic", [self.value])


@dataclass(frozen=True)
class Exponential:
    """Exponential with `mean` seconds: what the Erlang formulas assume."""

    mean: float

    def __post_init__(self) -> None:
        set_fields(self, mean=duration("mean", self.mean, endless=True))

    def form(self) -> Form:
        """As the core reads it."""
        return _form("exponential", [self.mean])


@dataclass(frozen=True)
class Uniform:
    """Uniform between `low` and `high` seconds."""

    low: float
    high: float

    def __post_init__(self) -> None:
        set_fields(self, low=duration("low", self.low), high=duration("high", self.high))
        if self.high < self.low:
            raise ValueError(f"high must be >= low = {self.low!r}; got {self.high!r}")

    @property
    def mean(self) -> float:
        """Mean in seconds."""
        return 0.5 * (self.low + self.high)

    def form(self) -> Form:
        """As the core reads it."""
        return _form("uniform", [self.low, self.high])


@dataclass(frozen=True)
class LogNormal:
    """Lognormal: `mean` and `sd` of the time itself, in seconds. Usual for talk times."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        set_fields(
            self, mean=duration("mean", self.mean, positive=True), sd=duration("sd", self.sd)
        )

    def form(self) -> Form:
        """As the core reads it."""
        variance = math.log1p((self.sd / self.mean) ** 2)
        return _form("lognormal", [math.log(self.mean) - 0.5 * variance, math.sqrt(variance)])


@dataclass(frozen=True)
class Weibull:
    """Weibull with `shape` and `scale` (s): patience that grows (shape < 1) or runs out (> 1)."""

    shape: float
    scale: float

    def __post_init__(self) -> None:
        set_fields(
            self,
            shape=positive_number("shape", self.shape),
            scale=duration("scale", self.scale, positive=True),
        )

    @property
    def mean(self) -> float:
        """Mean in seconds."""
        return self.scale * math.gamma(1 + 1 / self.shape)

    def form(self) -> Form:
        """As the core reads it."""
        return _form("weibull", [self.shape, self.scale])


@dataclass(frozen=True)
class Gamma:
    """Gamma with `shape` and `scale` (s); with a whole shape the sum of exponential stages."""

    shape: float
    scale: float

    def __post_init__(self) -> None:
        set_fields(
            self,
            shape=positive_number("shape", self.shape),
            scale=duration("scale", self.scale, positive=True),
        )

    @property
    def mean(self) -> float:
        """Mean in seconds."""
        return self.shape * self.scale

    def form(self) -> Form:
        """As the core reads it."""
        return _form("gamma", [self.shape, self.scale])


@dataclass(frozen=True)
class Empirical:
    """One of `values` (s), drawn with replacement, as often as `weights` say (default: equally).

    An infinite value is a caller who never hangs up.
    """

    values: tuple[float, ...]
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        set_fields(self, values=_values("values", self.values, endless=True))
        if self.weights is not None:
            set_fields(self, weights=tuple(float(w) for w in self.weights))
        _cumulated(self.weights, len(self.values))

    def __repr__(self) -> str:
        return f"Empirical({len(self.values)} values, mean {self.mean:.6g} s)"

    @property
    def mean(self) -> float:
        """Mean in seconds."""
        weights = np.ones(len(self.values)) if self.weights is None else np.asarray(self.weights)
        used = weights > 0
        return float(np.average(np.asarray(self.values)[used], weights=weights[used]))

    def form(self) -> Form:
        """As the core reads it."""
        # Sorted, so that more patience of one caller in one model is more in the other too.
        order = np.argsort(np.asarray(self.values), kind="stable")
        weights = None if self.weights is None else np.asarray(self.weights)[order]
        values = np.asarray(self.values)[order].tolist()
        return _form("empirical", _cumulated(weights, len(values)), values=values)


@dataclass(frozen=True)
class Trace:
    """The n-th caller of a type has the n-th of `values` (s); after the last comes the first."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        set_fields(self, values=_values("values", self.values, endless=True))

    def __repr__(self) -> str:
        return f"Trace({len(self.values)} values, mean {self.mean:.6g} s)"

    @property
    def mean(self) -> float:
        """Mean in seconds."""
        return float(np.mean(self.values))

    def form(self) -> Form:
        """As the core reads it."""
        return _form("trace", [], values=list(self.values))


@dataclass(frozen=True)
class Mixture:
    """One of several distributions, as often as `weights` say.

    >>> Mixture([Exponential(60), Exponential(400)], weights=[0.7, 0.3]).mean
    162.0
    """

    parts: tuple[Distribution, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        set_fields(
            self,
            parts=tuple(as_distribution("parts", p) for p in self.parts),
            weights=tuple(float(w) for w in self.weights),
        )
        _cumulated(self.weights, len(self.parts))

    @property
    def mean(self) -> float:
        """Mean in seconds."""
        used = [(p.mean, w) for p, w in zip(self.parts, self.weights, strict=True) if w > 0]
        return math.fsum(m * w for m, w in used) / math.fsum(w for _, w in used)

    def form(self) -> Form:
        """As the core reads it."""
        shares = _cumulated(self.weights, len(self.parts))
        return _form("mixture", shares, parts=[part.form() for part in self.parts])


Distribution: TypeAlias = (
    Deterministic
    | Exponential
    | Uniform
    | LogNormal
    | Weibull
    | Gamma
    | Empirical
    | Trace
    | Mixture
)
KINDS = get_args(Distribution)


def as_distribution(name: str, value: Any, *, endless: bool = True) -> Distribution:
    """A distribution as it is; a duration as the mean of an exponential one."""
    if isinstance(value, KINDS):
        found: Distribution = value
    else:
        mean = duration(name, value, endless=True)
        found = Deterministic(mean) if mean in {0.0, math.inf} else Exponential(mean)
    if not endless and not found.mean < math.inf:
        raise ValueError(f"{name} must be finite; got {value!r}")
    return found


def fit(values: Any, *, censored: Any = None, family: Family = "auto") -> Distribution:
    """The distribution under which times are likeliest, some of them known only to be longer.

    Patience is such: who is answered after 30 s would have waited at least that long.

    Parameters
    ----------
    values : array_like of durations
        Seconds, >= 0. Missing ones are left out.
    censored : array_like of bool, optional
        True, or 1, where the time is known only to be longer than the value. Default: all are
        known.
    family : {"auto", "exponential", "lognormal", "weibull", "gamma", "empirical"}
        "auto" takes the one of the first four with the least AIC. "empirical" is the Kaplan-Meier
        estimate: the observed times with its steps as weights, and "never" with what is left.

    Returns
    -------
    Distribution
        `Exponential`, `LogNormal`, `Weibull`, `Gamma` or `Empirical`.

    Raises
    ------
    ValueError
        No time is known, values below 0, a time of 0 that is known for a family without zeros, or
        all times equal for a family with a spread.

    Notes
    -----
    Maximum likelihood; the exponential mean is total time over known times. With two parameters the
    search ends where the likelihood no longer tells two points apart (8 digits).

    Examples
    --------
    >>> waits = [12.0, 40.0, 75.0, 8.0, 130.0]
    >>> answered = [True, True, False, True, False]
    >>> fit(waits, censored=answered, family="exponential")
    Exponential(mean=132.5)
    """
    families = ("exponential", "lognormal", "weibull", "gamma")
    one_of("family", family, ("auto", *families, "empirical"))
    times = np.atleast_1d(
        np.asarray(numbers("values", durations.seconds("values", values)), dtype=np.float64)
    )
    hidden = (
        np.zeros(times.shape, bool)
        if censored is None
        else truths_of("censored", censored, missing=False)
    )
    if hidden.shape != times.shape or times.ndim != 1:
        msg = f"censored must be one truth a value; got {hidden.shape} for {times.shape}"
        raise ValueError(msg)
    known = ~np.isnan(times)
    times, hidden = np.ascontiguousarray(times[known]), np.ascontiguousarray(hidden[known])
    _values("values", times if times.size else [0.0])
    if not (~hidden).any():
        raise ValueError("values must hold at least one time that is not censored; got none")
    if family == "empirical":
        return _kaplan_meier(times, hidden)
    # To have waited longer than nothing says nothing.
    telling = ~(hidden & (times == 0))
    times, hidden = np.ascontiguousarray(times[telling]), np.ascontiguousarray(hidden[telling])
    zeros = bool((times == 0).any())
    if family not in {"auto", "exponential"}:
        must_be("values", times, f"> 0 seconds for family={family!r}", times == 0)
    plain = zeros or bool((times == times[0]).all())
    tried = (family,) if family != "auto" else families[:1] if plain else families
    found = [(name, _core.fit_times(name, times, hidden)) for name in tried]
    name, (first, second, _) = min(
        found, key=lambda each: 2 * (1 if each[0] == "exponential" else 2) - 2 * each[1][2]
    )
    if name == "exponential":
        return Exponential(first)
    if name == "lognormal":
        mean = math.exp(first + 0.5 * second**2)
        return LogNormal(mean, mean * math.sqrt(math.expm1(second**2)))
    return Weibull(first, second) if name == "weibull" else Gamma(first, second)


def _kaplan_meier(times: NDArray[np.float64], hidden: NDArray[np.bool_]) -> Empirical:
    steps = np.unique(times[~hidden])
    at_risk = times.size - np.searchsorted(np.sort(times), steps, side="left")
    ended = np.diff(np.searchsorted(np.sort(times[~hidden]), steps, side="left"), append=0)
    ended[-1] = int((~hidden).sum()) - int(ended[:-1].sum())
    survival = np.cumprod(1 - ended / at_risk)
    weights = -np.diff(survival, prepend=1.0)
    values = steps.tolist()
    left = float(survival[-1])
    if left > 0:
        values.append(math.inf)
        weights = np.append(weights, left)
    return Empirical(tuple(values), tuple(float(w) for w in weights))
