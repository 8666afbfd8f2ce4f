"""What each number of agents brings: service level and its gain, wait, occupancy, trunk load."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from callstats.cli import parser, screen
from callstats.cli.exchange import check_output, deliver
from callstats.cli.parser import chosen
from callstats.cli.screen import Column

if TYPE_CHECKING:
    import argparse

HELP = "what each number of agents brings for one load"
EXAMPLES = """\
examples:
  callstats table --calls 250 --interval 1800 --aht 210 --threshold 20 --agents 30:42
  callstats table --calls 250 --aht 3:30 --threshold 20 --agents 28:40 \\
      --patience 3min -o table.xlsx
"""


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    add = parsing.add_argument
    add("--calls", type=parser.number, required=True, help="calls in the interval")
    add("--aht", type=parser.duration, required=True, help="mean handle time: seconds, 3:30, 5min")
    add("--agents", type=parser.agents, required=True, help="30:42 (both included), or 30,34,38")
    add("--interval", type=parser.duration, default=1800.0, help="length (default 1800 s)")
    add("--threshold", type=parser.duration, required=True, help="of service level: seconds, 20s")
    add(
        "--patience",
        type=parser.duration,
        default=math.inf,
        help="mean time before a caller hangs up (default: nobody does)",
    )
    add(
        "--hold-time",
        type=parser.duration,
        help="time a call holds its line once answered (default the handle time)",
    )
    parser.output_options(parsing)


def run(options: argparse.Namespace) -> int:
    """Make the table and show or write it."""
    check_output(options)
    import numpy as np

    from callstats import erlang

    frame = erlang.table(
        agents=np.array(options.agents, dtype=float),
        **chosen(options, "calls aht threshold interval patience hold_time"),
    )
    if not deliver(frame, options):
        screen.say(
            _heading(
                options, float(erlang.load(options.calls, options.aht, interval=options.interval))
            )
        )
        screen.say()
        screen.say(screen.table(frame, _columns(leaving=math.isfinite(options.patience))))
    return 0


def _heading(options: argparse.Namespace, load: float) -> str:
    leaving = (
        f", mean patience {options.patience:g} s (Erlang A)"
        if math.isfinite(options.patience)
        else " (Erlang C)"
    )
    return (
        f"{options.calls:g} calls in {options.interval:g} s, mean handle time {options.aht:g} s: "
        f"load {load:.2f} erlangs{leaving}\n"
        f"service level: share of all calls answered within {options.threshold:g} s\n"
        "gain: by how much it is higher than in the row above, in percentage points"
    )


def _columns(*, leaving: bool) -> list[Column]:
    columns = [
        Column("agents", "agents"),
        Column("service_level", "service level", "%", 1, 100),
        Column("marginal_service_level", "gain", "pp", 2, 100),
        Column("asa", "ASA", "s", 1),
        Column("occupancy", "occupancy", "%", 0, 100),
        Column("wait_probability", "must wait", "%", 1, 100),
        Column("trunk_load", "trunk load", "erlangs", 1),
    ]
    if leaving:
        columns.insert(3, Column("abandonment", "abandon", "%", 2, 100))
    return columns
