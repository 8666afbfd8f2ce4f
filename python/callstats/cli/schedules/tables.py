"""Several tables in, frames out: what these commands share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from callstats.cli import parser
from callstats.cli.exchange import load

if TYPE_CHECKING:
    import argparse

    import pandas as pd

    from callstats.files import Content, Table

#: What columns hold, whichever table they are in.
_CONTENTS: dict[str, Content] = {
    "start": "time",
    "end": "time",
    "date": "time",
    "agent": "text",
    "shift": "text",
    "group": "text",
    "skill": "text",
    "skills": "text",
    "activity": "text",
    "break": "text",
    "paid": "unknown",
    "calls": "number",
    "aht": "seconds",
    "agents": "number",
    "tenure": "number",
    "contract": "number",
    "need": "number",
    "hires": "number",
    "penalty": "number",
    "cost": "number",
    "minimum": "number",
    "maximum": "number",
    "required_agents": "number",
    "paid_hours": "number",
    "week_hours": "number",
    "week_days": "number",
    "hours": "number",
    "min_hours": "number",
    "weekends": "number",
    "nights": "number",
    "consecutive_days": "number",
}


def opened(path: str, options: argparse.Namespace, *columns: str, **others: Content) -> Table:
    """A table whose columns hold what they are called; `columns` must be there."""
    return load(path, options, {**_CONTENTS, **others}, needed=columns)


def read_beside(
    path: str | None, options: argparse.Namespace, *columns: str, **others: Content
) -> pd.DataFrame | None:
    """The frame of a table that may not be given."""
    return None if path is None else opened(path, options, *columns, **others).frame


def search_options(parsing: parser.Parser) -> None:
    """When a search ends."""
    add = parsing.add_argument_group("search").add_argument
    add("--time-limit", type=parser.duration, default=60.0, help="seconds at most (default 60)")
    add(
        "--gap", type=parser.fraction, default=1e-4, help="distance from the bound (default 0.0001)"
    )
    add("--seed", type=parser.whole, default=0, help="of the solver (default 0)")


def limits_of(options: argparse.Namespace) -> dict[str, Any]:
    """The search options as arguments."""
    return parser.chosen(options, "time_limit gap seed")


def summary(found: Any) -> str:
    """Objective, bound and how the search ended, in a line."""
    bound = "not proven" if math.isnan(found.bound) else f"{found.bound:,.6g}"
    return f"{found.objective:,.6g}, bound {bound}, gap {found.gap:.2%}: {found.status}"
