"""How many agents each interval needs to meet the goals, and what callers then meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats.cli import parser, screen
from callstats.cli.exchange import check_output, column_or_value, deliver, in_terms_of, load
from callstats.cli.screen import Column

if TYPE_CHECKING:
    import argparse

    import pandas as pd

HELP = "agents needed in each interval of a forecast"
EXAMPLES = """\
examples:
  callstats staff forecast.csv --service-level 0.8 --threshold 20 -o plan.csv
  callstats staff forecast.xlsx --calls volume --aht 210 --interval 30min \\
      --service-level 80% --threshold 20 --patience 3min --occupancy 0.85 \\
      --shrinkage 0.3 --minimum 2 -o plan.xlsx
"""
#: Goals as `staffing.plan` names them.
GOALS = ("service_level", "asa", "mean_wait", "abandonment", "occupancy", "wait_probability")


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    parsing.add_argument(
        "intervals", metavar="INTERVALS", help="a row an interval; - is standard input"
    )
    columns = parsing.add_argument_group(
        "what the file holds (a column, or one value for all rows)"
    )
    columns.add_argument("--calls", default="calls", metavar="COL", help="calls (default calls)")
    columns.add_argument(
        "--aht", default="aht", metavar="COL", help="mean handle time (default aht)"
    )
    columns.add_argument(
        "--patience",
        default="inf",
        metavar="COL",
        help="mean time before a caller hangs up (default: nobody does)",
    )
    columns.add_argument(
        "--interval",
        type=parser.duration,
        help="length of an interval (default: read off the column start)",
    )
    goals = parsing.add_argument_group("goals, of which all that are given must be met")
    goals.add_argument("--service-level", type=parser.fraction, help="at least; with --threshold")
    goals.add_argument("--threshold", type=parser.duration, help="answered within so many seconds")
    goals.add_argument(
        "--definition",
        choices=(*parser.DEFINITIONS[:4], "virtual"),
        default="offered",
        help="of service level (default offered)",
    )
    goals.add_argument("--asa", type=parser.duration, help="mean wait of answered calls, at most")
    goals.add_argument("--mean-wait", type=parser.duration, help="mean wait of all calls, at most")
    goals.add_argument("--abandonment", type=parser.fraction, help="at most; needs --patience")
    goals.add_argument("--occupancy", type=parser.fraction, help="at most")
    goals.add_argument("--wait-probability", type=parser.fraction, help="at most")
    roster = parsing.add_argument_group("from agents needed to agents scheduled")
    roster.add_argument(
        "--shrinkage", type=parser.fraction, default=0.0, help="share of paid time away"
    )
    roster.add_argument("--minimum", type=parser.whole, default=0, help="agents at least")
    roster.add_argument("--fractional", action="store_true", help="do not round up to whole agents")
    parser.input_options(parsing)
    parser.output_options(parsing)


def run(options: argparse.Namespace) -> int:
    """Make the plan and show or write it."""
    goals = {name: getattr(options, name) for name in GOALS if getattr(options, name) is not None}
    if not goals:
        msg = "say a goal, such as --service-level 0.8 --threshold 20"
        raise parser.UsageError(msg)
    if "service_level" in goals and options.threshold is None:
        msg = "--service-level needs --threshold, such as --threshold 20"
        raise parser.UsageError(msg)
    check_output(options)
    from callstats import files, staffing

    with screen.progress() as show:
        show(f"reading {options.intervals}")
        durations = dict.fromkeys((options.aht, options.patience), "seconds")
        kinds: dict[str, Any] = {**files.INTERVALS, **durations, options.calls: "number"}
        table = load(options.intervals, options, kinds)
        show("staffing")
        with in_terms_of(table, "intervals"):
            plan = staffing.plan(
                table.frame,
                calls=column_or_value(table, options.calls, parser.number),
                aht=column_or_value(table, options.aht, parser.duration),
                patience=column_or_value(table, options.patience, parser.duration),
                threshold=options.threshold,
                definition=options.definition,
                interval=options.interval,
                shrinkage=options.shrinkage,
                minimum=options.minimum,
                rounding=None if options.fractional else "ceil",
                **goals,
            )
    unmet = plan[plan["required_agents"].isna() & plan["load"].notna()]
    if len(unmet):
        screen.complain(
            f"callstats staff: {len(unmet)} of {len(plan)} intervals have no answer: "
            f"{unmet['reason'].iloc[0]}"
        )
    if not deliver(plan, options):
        screen.say(screen.table(plan, _columns(plan, options)))
    return 0


def _columns(plan: pd.DataFrame, options: argparse.Namespace) -> list[Column]:
    digits = 2 if options.fractional else 0
    shown = [
        Column("queue", "queue"),
        Column("start", "start"),
        Column(options.calls, "calls", "", 1),
        Column(options.aht, "AHT", "s", 1),
        Column("load", "load", "erlangs", 2),
        Column("required_agents", "required", "agents", digits),
        Column("scheduled_agents", "scheduled", "agents", digits),
        Column("service_level", "service level", "%", 1, 100),
        Column("asa", "ASA", "s", 1),
        Column("abandonment", "abandon", "%", 2, 100),
        Column("occupancy", "occupancy", "%", 0, 100),
        Column("binding_goal", "decided by"),
    ]
    present = [column for column in shown if column.name in plan]
    if not plan["abandonment"].gt(0).any():
        present = [column for column in present if column.name != "abandonment"]
    if options.threshold is None:
        present = [column for column in present if column.name != "service_level"]
    return present
