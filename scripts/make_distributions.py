"""Writes tests/reference/distributions.csv: gamma and beta tails at 17 digits, by mpmath.

Inputs are exact binary64 numbers. Run from the root: python scripts/make_distributions.py
"""

import csv
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import mpmath as mp

mp.mp.dps = 40
OUT = Path("tests/reference/distributions.csv")
Row = tuple[str, float, float, float, mp.mpf]


# Shapes up to here go through mpmath's own functions; beyond, those take minutes a row.
SERIES_UP_TO = 100


def integral(log_density: Callable[[mp.mpf], mp.mpf], spread: float, *, upper: bool) -> mp.mpf:
    """A tail over the density at its edge, on a scale where the density is log-concave."""
    sign = 1 if upper else -1
    edge = log_density(mp.mpf(0))
    cuts = [mp.mpf(spread) * c for c in (0, 0.05, 0.2, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)]
    return mp.quad(lambda s: mp.exp(log_density(sign * s) - edge), cuts)


def gamma_tail(shape: mp.mpf, x: mp.mpf, *, upper: bool) -> mp.mpf:
    """One side of the gamma distribution."""
    if shape <= SERIES_UP_TO:
        limits = (x, mp.inf) if upper else (0, x)
        return mp.gammainc(shape, *limits, regularized=True)
    if upper != (x > shape):
        return 1 - gamma_tail(shape, x, upper=not upper)
    front = shape * mp.log(x) - x - mp.loggamma(shape)
    ratio = integral(lambda s: shape * s - x * mp.expm1(s), 1 / mp.sqrt(shape), upper=upper)
    return mp.exp(front) * ratio


def beta_tail(a: mp.mpf, b: mp.mpf, x: mp.mpf, *, upper: bool) -> mp.mpf:
    """One side of the beta distribution."""
    if a + b <= SERIES_UP_TO:
        # Always from 0, as one minus the other side has no digits left far out.
        return (
            mp.betainc(b, a, 0, 1 - x, regularized=True)
            if upper
            else mp.betainc(a, b, 0, x, regularized=True)
        )
    if upper != (x > a / (a + b)):
        return 1 - beta_tail(a, b, x, upper=not upper)
    front = a * mp.log(x) + b * mp.log(1 - x)
    front += mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    ratio = integral(
        lambda s: a * s - (a + b) * mp.log1p(x * mp.expm1(s)), mp.sqrt(1 / a + 1 / b), upper=upper
    )
    return mp.exp(front) * ratio


def rows() -> Iterator[Row]:
    """All rows: function, two parameters, the argument, the value."""
    spreads = [-12.0, -5.0, -2.0, -0.5, -0.01, 0.01, 0.7, 2.0, 6.0, 15.0]
    for shape in [0.5, 0.75, 1.0, 3.0, 7.0, 26.5, 180.0, 5000.0, 250000.0, 1e9]:
        for spread in spreads:
            x = shape * math.exp(spread / math.sqrt(shape))
            for side, upper in (("gamma_lower", False), ("gamma_upper", True)):
                value = gamma_tail(mp.mpf(shape), mp.mpf(x), upper=upper)
                if value > mp.mpf("1e-290"):
                    yield side, shape, math.nan, x, value
    shapes = [0.5, 1.0, 8.0, 60.5, 900.0, 40000.0]
    for a in shapes:
        for b in shapes:
            for spread in [-12.0, -2.0, -0.01, 0.7, 4.0]:
                odds = a / b * math.exp(spread * math.sqrt(1 / a + 1 / b))
                x = odds / (1 + odds)
                # The table gives x alone, so one minus it must keep its digits.
                if 1 - x < 1e-3:
                    continue
                for side, upper in (("beta_lower", False), ("beta_upper", True)):
                    value = beta_tail(mp.mpf(a), mp.mpf(b), mp.mpf(x), upper=upper)
                    if value > mp.mpf("1e-290"):
                        yield side, a, b, x, value


def main() -> None:
    """Writes the table."""
    with OUT.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["function", "a", "b", "x", "value"])
        for function, a, b, x, value in rows():
            shown = "" if math.isnan(b) else repr(b)
            writer.writerow([function, repr(a), shown, repr(x), mp.nstr(value, 17)])


if __name__ == "__main__":
    main()
