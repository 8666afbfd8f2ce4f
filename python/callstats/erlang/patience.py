"""Patience as it was measured: a hazard of hanging up that is constant by pieces."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from callstats._tables import frames
from callstats._tables.arrays import numbers
from callstats._tables.checks import shown
from callstats._tables.durations import seconds

if TYPE_CHECKING:
    from callstats.typing import Durations, Frame, Numbers, Result

#: Starts shown before the rest are counted.
_SHOWN = 12


@dataclass(frozen=True, init=False, repr=False)
class Patience:
    """How long callers are willing to wait, by the rate at which they hang up after each wait.

    The rate is constant from one start to the next, and the last rate holds for ever. Pass it as
    ``patience=`` to the functions of `callstats.erlang` and `callstats.staffing`: it is one for all
    cells. Erlang A is the special case of one rate.

    Parameters
    ----------
    starts : sequence of durations
        Seconds since the caller began to wait from which each rate holds; ascending from 0.
    hazard : sequence of numbers
        Callers who hang up per second and caller still waiting; >= 0, one for each start.

    Raises
    ------
    ValueError
        Starts that do not ascend from 0; a rate below 0; different numbers of the two.

    Notes
    -----
    A last rate of 0 says that so many callers never hang up. They alone then decide whether the
    queue is stable: measure far enough, or close the curve with a rate above 0.

    Examples
    --------
    >>> measured = Patience(starts=[0, 10, 30], hazard=[0.004, 0.003, 0.0016])
    >>> round(measured.mean, 1)
    594.0
    >>> from callstats import erlang
    >>> round(erlang.service_level(100, 105.0, aht=200, threshold=20, patience=measured), 4)
    0.5254
    """

    #: Seconds from which each rate holds, and the rates per second.
    starts: tuple[float, ...]
    rates: tuple[float, ...]

    def __init__(self, starts: Durations, hazard: Numbers) -> None:
        begun = tuple(
            float(each) for each in np.atleast_1d(numbers("starts", seconds("starts", starts)))
        )
        rates = tuple(float(each) for each in np.atleast_1d(numbers("hazard", hazard)))
        ascends = all(low < high for low, high in itertools.pairwise(begun))
        if not begun or begun[0] != 0 or not ascends or not math.isfinite(begun[-1]):
            raise ValueError(f"starts must ascend from 0 and be finite; got {shown(list(begun))}")
        if len(rates) != len(begun):
            msg = f"hazard must be one rate for each start; got {len(rates)} for {len(begun)}"
            raise ValueError(msg)
        for place, rate in enumerate(rates):
            if not 0 <= rate < math.inf:
                msg = f"hazard must be >= 0 per second and finite; got {rate!r} at position {place}"
                raise ValueError(msg)
        object.__setattr__(self, "starts", begun)
        object.__setattr__(self, "rates", rates)

    @classmethod
    def from_hazard(cls, frame: Frame) -> Patience:
        """Read one group of `callstats.kpi.patience_hazard`.

        A bin in which nobody waited has no rate of its own and continues the one before. A last bin
        in which nobody hung up has the upper limit of its rate: a rate of 0 would hold for ever.

        Parameters
        ----------
        frame : DataFrame
            Rows of one group, with ``from``, ``hazard`` and ``hazard_high``.

        Returns
        -------
        Patience
            With a start for each bin in which anybody waited.

        Raises
        ------
        MissingColumnError
            A column that is not there.
        ValueError
            Rows of several groups; a first bin without anybody.

        Examples
        --------
        >>> from callstats import datasets, kpi
        >>> hazard = kpi.patience_hazard(datasets.anonymous_bank())
        >>> measured = Patience.from_hazard(hazard)
        >>> [round(1 / rate) for rate in measured.rates[:4]]
        [262, 251, 344, 336]
        """
        table = frames.read(frame, "frame")
        frames.require(table, ["from", "hazard", "hazard_high"], "frame")
        starts, rates, highs = (
            np.asarray(table[name].to_numpy(), dtype=np.float64)
            for name in ("from", "hazard", "hazard_high")
        )
        if (np.diff(starts) <= 0).any():
            msg = "frame must be the bins of one group, ascending; select one group's rows"
            raise ValueError(msg)
        known = ~np.isnan(rates)
        if not known.any() or not known[0]:
            raise ValueError("frame must have a hazard in its first bin; nobody waited there")
        starts, rates, highs = starts[known], rates[known].copy(), highs[known]
        if rates[-1] == 0:
            rates[-1] = highs[-1]
        return cls(starts, rates)

    @property
    def mean(self) -> float:
        """Mean patience in seconds; inf where some callers never hang up."""
        last, rate = self.starts[-1], self.rates[-1]
        left = float(self.survival(last))
        waited = 0.0
        for start, end, each in zip(self.starts, self.starts[1:], self.rates, strict=False):
            width = end - start
            share = -math.expm1(-each * width) / each if each else width
            waited += float(self.survival(start)) * share
        if left == 0:
            return waited
        return waited + left / rate if rate else math.inf

    def survival(self, time: Durations) -> Result:
        """Share of callers whose patience is longer than `time` seconds.

        >>> Patience([0, 60], [0.01, 0.0]).survival([0, 30, 90]).round(4)
        array([1.    , 0.7408, 0.5488])
        """
        at = np.asarray(numbers("time", seconds("time", time)), dtype=np.float64)
        starts, rates = np.array(self.starts), np.array(self.rates)
        before = np.concatenate([[0.0], np.cumsum(rates[:-1] * np.diff(starts))])
        piece = np.clip(np.searchsorted(starts, at, side="right") - 1, 0, None)
        with np.errstate(invalid="ignore"):
            spent = np.where(rates[piece] == 0, 0.0, rates[piece] * (at - starts[piece]))
        left = np.where(np.isnan(at), np.nan, np.exp(-(before[piece] + spent)))
        return float(left) if left.ndim == 0 else left

    def hazard(self, time: Durations) -> Result:
        """Rate of hanging up per second of those who have waited `time` seconds.

        >>> Patience([0, 60], [0.01, 0.0]).hazard([0, 59, 60])
        array([0.01, 0.01, 0.  ])
        """
        at = np.asarray(numbers("time", seconds("time", time)), dtype=np.float64)
        piece = np.clip(np.searchsorted(self.starts, at, side="right") - 1, 0, None)
        rate = np.where(np.isnan(at), np.nan, np.array(self.rates)[piece])
        return float(rate) if rate.ndim == 0 else rate

    def __repr__(self) -> str:
        """The call that makes it."""
        return f"Patience(starts={list(self.starts)}, hazard={list(self.rates)})"

    def __str__(self) -> str:
        """One line a rate."""
        lines = []
        ends = (*self.starts[1:], math.inf)
        rows = list(zip(self.starts, ends, self.rates, strict=True))
        for start, end, rate in rows[:_SHOWN]:
            until = "on" if end == math.inf else f"to {end:g} s"
            mean = f"one in {1 / rate:.4g} s of waiting" if rate else "nobody"
            lines.append(f"from {start:g} s {until}: {mean} hangs up")
        if len(rows) > _SHOWN:
            lines.append(f"and {len(rows) - _SHOWN} more")
        return "\n".join(lines)
