"""Which queue model fits a log, and what the others would get wrong in agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from callstats import _core, erlang
from callstats._tables import frames
from callstats._tables.arrays import elementwise
from callstats._tables.checks import number
from callstats._tables.groups import divided
from callstats.erlang.beyond import Beyond
from callstats.kpi.calls.log import waits_not_known
from callstats.kpi.calls.thresholds import plain
from callstats.kpi.service.erlang_comparison import OPTIONS, Comparison, given_patience

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.kpi.service.erlang_comparison import Definition
    from callstats.typing import Frame, OnError

#: The models and the patience that each takes, the simplest first.
_MODELS: Final[dict[str, Any]] = {"erlang_c": np.inf, "erlang_a": None, "measured": "measured"}
_SHARES = ("service_level", "abandonment_rate")
_FIGURES = (*_SHARES, "asa")


def compare_models(
    calls: Frame,
    *,
    service_level: float = 0.8,
    threshold: Any = 20,
    freq: Any = "30min",
    by: str | Sequence[str] = (),
    agents: float | Frame | None = None,
    definition: Definition = "offered",
    inclusive: bool = True,
    agent: str = "agent",
    timezone: str | datetime.tzinfo | None = None,
    on_error: OnError = "raise",
) -> Frame:
    """Erlang C, Erlang A and patience as it was measured beside what was seen, and in agents.

    One row a group and model. Staff by the one that fits: the last column but one says what another
    would cost or lack in agents.

    Parameters
    ----------
    calls : DataFrame
        A log of calls, as `compare_with_erlang` takes it.
    service_level : float
        Goal for which agents are counted: at least this share within `threshold`; > 0 and < 1.
    threshold : duration
        T of "within T"; >= 0 s.
    freq, by, agents, definition, inclusive, agent, timezone, on_error
        As `compare_with_erlang`.

    Returns
    -------
    DataFrame
        Sorted by the keys, the simplest model first.

        - `model`: "erlang_c", nobody hangs up; "erlang_a", the group's mean patience; "measured",
          its hazard of hanging up by time waited (`callstats.erlang.Patience`).
        - `intervals`, `calls`, `agents` and `patience` (mean, s), as the totals of
          `compare_with_erlang`.
        - For `service_level`, `abandonment_rate` and `asa` (s): what was seen, `expected_…`,
          `…_difference` (seen - expected) and `…_absolute_difference` over the intervals.
        - `required_agents`: mean over the intervals of the fewest agents that meet the goal by the
          model; `agents_difference`: that less the one of "measured".
        - `fits`: whether the model's absolute differences in service level and abandonment are
          together the least of the group's; of equal ones the simplest.

    Raises
    ------
    ValueError
        As `compare_with_erlang`; a goal out of range.

    Notes
    -----
    All three are held against the calls from which the patience was taken. The differences include
    what no model of an interval knows: agents who are away, bursts, a backlog from before. Where
    `agents` are too many, as those seen often are, every model expects too much, and the one that
    fits is the most pessimistic: give the agents of a roster.

    Examples
    --------
    >>> from callstats.datasets import anonymous_bank
    >>> bank = anonymous_bank()
    >>> shift = bank[(bank["queue"] == "bank") & (bank["arrival"].dt.hour.between(9, 16))]
    >>> table = compare_models(shift, freq="1h", threshold=30)
    >>> table[["model", "service_level", "expected_service_level", "required_agents"]].round(3)
          model  service_level  expected_service_level  required_agents
    0  erlang_c          0.514                   0.788            8.011
    1  erlang_a          0.514                   0.868            7.500
    2  measured          0.514                   0.870            7.489
    """
    goal = number("service_level", service_level, "> 0 and < 1", lambda share: 0 < share < 1)
    arguments: dict[str, Any] = {"confidence": 0.95, **locals()}
    compared = Comparison.of(calls, {name: arguments[name] for name in OPTIONS})
    parts = [_figures(compared, patience, goal, definition) for patience in _MODELS.values()]
    count, models = len(compared.whole), len(_MODELS)
    # Each group's models together, the simplest first.
    columns = {name: np.stack([part[name] for part in parts], axis=1) for name in parts[0]}
    needed = columns["required_agents"]
    columns["agents_difference"] = needed - needed[:, -1:]
    apart = sum(columns[f"{name}_absolute_difference"] for name in _SHARES)
    least = np.where(np.isnan(apart), np.inf, apart).argmin(axis=1)
    fits = (np.arange(models) == least[:, None]) & ~np.isnan(apart)
    found: dict[str, Any] = {"model": [*_MODELS] * count}
    found |= {name: values.ravel() for name, values in columns.items()}
    for name in ("intervals", "calls"):
        found[name] = found[name].astype(np.int64)
    found["fits"] = fits.ravel()
    log = compared.log
    about = {
        "function": "compare_models",
        "definitions": compared.meaning.to_dict(),
        "threshold": plain(compared.threshold),
        "service_level": goal,
        "freq": compared.label,
        "timezone": log.zone.name,
        **log.summary(compared.valid),
        **waits_not_known(compared.columns, compared.valid),
        **compared.system("measured").willing.about(),
    }
    keys = log.at(compared.keys, np.repeat(compared.whole.example, models))
    return frames.result(log.frame, keys, found, about)


def _figures(
    compared: Comparison, patience: Any, goal: float, definition: str
) -> dict[str, NDArray[np.float64]]:
    """The figures of each group as a whole by one model, and the agents that it asks for."""
    system = compared.system(given_patience(patience))
    rows = compared.rows(system)
    columns = rows.columns()
    totals = rows.order >= len(compared.cells)
    names = ["intervals", "calls", "agents", "patience"]
    for name in _FIGURES:
        names += [name, f"expected_{name}", f"{name}_difference", f"{name}_absolute_difference"]
    found = {name: np.asarray(columns[name][totals], np.float64) for name in names}
    given = {
        "load": np.where(system.known, system.load, np.nan),
        "aht": np.where(system.known, system.aht, np.nan),
    }
    needed = system.willing.measure(
        _required, given, goal=goal, threshold=compared.threshold, definition=definition
    )
    counted = ~np.isnan(needed)
    group, count = system.willing.group[counted], len(compared.whole)
    sums = np.bincount(group, weights=needed[counted], minlength=count)
    found["required_agents"] = divided(sums, np.bincount(group, minlength=count))
    return found


def _required(
    *, load: Any, aht: Any, patience: Any, goal: float, threshold: float, definition: str
) -> Any:
    """The fewest agents of each interval for a service level."""
    only = (definition, True, (True, False, False, False, False, False))
    targets = (threshold, goal, 0.0, 0.0, 0.0, 0.0, 0.0)
    options: Any = ("raise", None, None)
    if not isinstance(patience, erlang.Patience):
        mean = (load, aht, patience, *targets)
        return elementwise(_core.required_agents, *mean, choices=(only,), options=options)
    model = Beyond.of(patience, np.inf, None, 0.0, "calls").model
    measured = (load, aht, np.inf, np.inf, 0.0, np.inf, *targets)
    return elementwise(
        _core.wide_required_agents, *measured, choices=(only, model), options=options
    )
