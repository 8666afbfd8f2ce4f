"""How many agents each interval needs to meet the goals, and what callers then meet."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from callstats.cli import parser, screen
from callstats.cli.exchange import (
    as_it_stands,
    check_output,
    column_or_value,
    deliver,
    in_terms_of,
    load,
    of_export,
    tell_columns,
    understood,
)
from callstats.cli.parser import chosen
from callstats.cli.screen import Column

if TYPE_CHECKING:
    import pandas as pd

    from callstats.files import Table

HELP = "agents needed in each interval of a forecast"
EXAMPLES = """\
examples:
  callstats staff forecast.csv --service-level 0.8 --threshold 20 -o plan.csv
  callstats staff forecast.xlsx --calls volume --aht 210 --interval 30min \\
      --service-level 80% --threshold 20 --patience 3min --occupancy 0.85 \\
      --shrinkage 0.3 --minimum 2 -o plan.xlsx
  callstats staff interval_report.csv --calls Offered --aht AvgHandleTime \\
      --service-level 80% --threshold 20
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
    ).add_argument
    columns("--calls", default="calls", metavar="COL", help="calls (default calls)")
    columns("--aht", default="aht", metavar="COL", help="mean handle time (default aht)")
    columns(
        "--patience",
        default="inf",
        metavar="COL",
        help="mean time before a caller hangs up (default: nobody does)",
    )
    columns(
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
    roster = parsing.add_argument_group("from agents needed to agents scheduled").add_argument
    roster("--shrinkage", type=parser.fraction, default=0.0, help="share of paid time away")
    roster("--minimum", type=parser.whole, default=0, help="agents at least")
    roster(
        "--suffix",
        default="",
        help="put behind the names of added columns where the file has some of them",
    )
    roster("--fractional", action="store_true", help="do not round up to whole agents")
    parser.input_options(parsing)
    parser.export_options(parsing, words=False)
    parser.output_options(parsing)


def run(options: argparse.Namespace) -> int:
    """Make the plan and show or write it."""
    goals = {name: getattr(options, name) for name in GOALS if getattr(options, name) is not None}
    if not goals:
        raise parser.UsageError("say a goal, such as --service-level 0.8 --threshold 20")
    if "service_level" in goals and options.threshold is None:
        raise parser.UsageError("--service-level needs --threshold, such as --threshold 20")
    check_output(options, options.intervals)
    from callstats import staffing

    with screen.progress() as show:
        show(f"reading {options.intervals}")
        table = _intervals(options)
        show("staffing")
        with in_terms_of(table, "intervals"):
            plan = staffing.plan(
                table.frame,
                calls=column_or_value(table, options.calls, parser.number),
                aht=column_or_value(table, options.aht, parser.duration),
                patience=column_or_value(table, options.patience, parser.duration),
                rounding=None if options.fractional else "ceil",
                **goals,
                **chosen(options, "threshold definition interval shrinkage minimum suffix"),
            )
    end = options.suffix
    unmet = plan[plan["required_agents" + end].isna() & plan["load" + end].notna()]
    if len(unmet):
        screen.complain(
            f"callstats staff: {len(unmet)} of {len(plan)} intervals have no answer: "
            f"{unmet['reason' + end].iloc[0]}"
        )
    if not deliver(plan, options):
        screen.say(screen.table(plan, _columns(plan, options)))
    return 0


def _intervals(options: argparse.Namespace) -> Table:
    """The forecast under its own names, or an interval report under those of a system."""
    from callstats import files
    from callstats.errors import InvalidDataError, MissingColumnError
    from callstats.kpi.exports.cells.numbers import TwoReadingsError

    durations = dict.fromkeys((options.aht, options.patience), "seconds")
    kinds: dict[str, Any] = {**files.INTERVALS, **durations, options.calls: "number"}
    table = as_it_stands(options.intervals, options)
    try:
        known = load(table, options, kinds)
    except InvalidDataError as error:
        try:
            return understood(_canonical(table, options), options, kinds)
        except TwoReadingsError:
            raise
        except (InvalidDataError, MissingColumnError):
            raise error from None
    if _is_written_here(known, table, options):
        return known
    return understood(_canonical(table, options), options, kinds)


def _is_written_here(known: Table, table: Table, options: argparse.Namespace) -> bool:
    """Whether all that is needed stands in the file as this program writes it."""
    from callstats._tables import frames
    from callstats.kpi.exports.cells.looks import Looks

    if options.units or options.decimal is not None or options.dates is not None:
        return False
    present = set(known.frame.columns)
    if not all(_is_value(text, present) for text in (options.calls, options.aht)):
        return False
    looks = Looks(frames.read(table.frame, table.name))
    if "start" in present:
        return looks(options.rename.get("start") or "start").kind == "moment"
    return not any(looks(name).kind in {"date", "moment", "range"} for name in table.frame.columns)


def _is_value(text: str, present: set[str]) -> bool:
    """Whether an option is a column or else a number or a duration for all rows."""
    if text in present:
        return True
    try:
        parser.duration(text)
    except argparse.ArgumentTypeError:
        return False
    return True


def _canonical(table: Table, options: argparse.Namespace) -> Table:
    """An interval report as a forecast: calls, aht in seconds, and the start of each interval."""
    from callstats import kpi
    from callstats.kpi.exports.tables import schema_named

    schema = schema_named("forecast")
    frame = table.frame
    columns = {name: column for name, column in options.rename.items() if name in schema.columns}
    for name in ("calls", "aht"):
        column, text = ("volume" if name == "calls" else name), getattr(options, name)
        if text in frame.columns or options.rename.get(text):
            columns[column] = options.rename.get(text) or text
        elif text != name:
            if not _is_value(text, set()):
                table.require([text])
            convert = parser.number if name == "calls" else parser.duration
            frame = frame.assign(**{column: convert(text)})
            columns[column] = column
    with of_export(table):
        made = kpi.canonical(
            frame,
            "forecast",
            columns=columns,
            where=options.where or None,
            units=options.units or None,
            decimal=options.decimal,
            dates=options.dates,
        )
    tell_columns(table, made.attrs.pop("callstats"), options)
    options.calls, options.aht = "calls", "aht"
    return replace(table, frame=made.rename(columns={"volume": "calls"}))


def _columns(plan: pd.DataFrame, options: argparse.Namespace) -> list[Column]:
    end = options.suffix
    digits = 2 if options.fractional else 0
    shown = [
        Column("queue", "queue"),
        Column("start", "start"),
        Column(options.calls, "calls", "", 1),
        Column(options.aht, "AHT", "s", 1),
        Column("load" + end, "load", "erlangs", 2),
        Column("required_agents" + end, "required", "agents", digits),
        Column("scheduled_agents" + end, "scheduled", "agents", digits),
        Column("service_level" + end, "service level", "%", 1, 100),
        Column("asa" + end, "ASA", "s", 1),
        Column("abandonment" + end, "abandon", "%", 2, 100),
        Column("occupancy" + end, "occupancy", "%", 0, 100),
        Column("binding_goal" + end, "decided by"),
    ]
    present = [column for column in shown if column.name in plan]
    if not plan["abandonment" + end].gt(0).any():
        present = [column for column in present if column.name != "abandonment" + end]
    if options.threshold is None:
        present = [column for column in present if column.name != "service_level" + end]
    return present
