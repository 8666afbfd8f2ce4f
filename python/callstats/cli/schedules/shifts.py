"""Shifts and breaks that cover what each interval needs, or meet a goal over the whole day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats.cli import parser, screen
from callstats.cli.exchange import check_output, column_or_value, deliver, in_terms_of
from callstats.cli.parser import chosen
from callstats.cli.schedules.tables import limits_of, opened, read_beside, search_options, summary
from callstats.cli.screen import Column

if TYPE_CHECKING:
    import argparse

    import pandas as pd

    from callstats.files import Table

HELP = "shifts and breaks for a requirement"
EXAMPLES = """\
examples:
  callstats shifts plan.csv --starts 07:00,08:00,12:00 --lengths 4h,8h -o shifts.csv
  callstats shifts plan.csv --shifts types.csv --breaks breaks.csv --what schedule -o week.ics
  callstats shifts forecast.csv --shifts types.csv --service-level 80% --threshold 20 \\
      --patience 5min --share 20% -o shifts.xlsx
"""
WHAT = ("plan", "breaks", "cover", "schedule")


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    add = parsing.add_argument
    add("requirement", metavar="REQUIREMENT", help="a row an interval; - is standard input")
    types = parsing.add_argument_group("shift types").add_argument
    types("--shifts", metavar="FILE", help="start, length; shift, paid, cost, group")
    types("--starts", type=parser.names, metavar="TIME,...", help="instead of a file")
    types("--lengths", type=parser.names, metavar="TIME,...", help="with --starts")
    types("--breaks", metavar="FILE", help="earliest, latest, length; break, shift_length, paid")
    types("--share", type=parser.fraction, help="of part-timers at most")
    cover = parsing.add_argument_group("cover of each interval")
    cover.add_argument(
        "--agents",
        default="required_agents",
        metavar="COL",
        help="agents needed (default required_agents)",
    )
    cover.add_argument("--under", type=parser.number, help="price of an agent hour short")
    cover.add_argument("--over", type=parser.number, default=0.0, help="and of one too many")
    cover.add_argument("--seats", type=parser.whole, help="agents present at most")
    cover.add_argument("--days-off", metavar="N", help="of seven: a number, or consecutive")
    cover.add_argument("--cyclic", action="store_true", help="the first interval follows the last")
    cover.add_argument("--soften", action="store_true", help="plan even where some are missing")
    goal = parsing.add_argument_group("or a goal over the whole day, from calls and aht")
    goal.add_argument("--service-level", type=parser.fraction, help="of the day")
    goal.add_argument("--threshold", type=parser.duration, default=20.0, help="default 20 s")
    goal.add_argument("--patience", type=parser.duration, default=float("inf"), help="mean")
    goal.add_argument("--floor", type=parser.fraction, default=0.6, help="of each (default 0.6)")
    goal.add_argument("--calls", default="calls", metavar="COL", help="calls (default calls)")
    goal.add_argument("--aht", default="aht", metavar="COL", help="handle time (default aht)")
    goal.add_argument("--minimum", type=parser.whole, default=0, help="agents at least")
    add("--interval", type=parser.duration, help="length, default read off start")
    search_options(parsing)
    parser.input_options(parsing)
    parser.output_options(parsing)
    add("--what", choices=WHAT, default="plan", help="to write (default plan)")


def run(options: argparse.Namespace) -> int:
    """Find the shifts and show or write them."""
    if (options.shifts is None) == (options.starts is None):
        msg = "say which shifts there are: --shifts FILE, or --starts and --lengths"
        raise parser.UsageError(msg)
    if (options.starts is None) != (options.lengths is None):
        raise parser.UsageError("--starts needs --lengths, such as --lengths 4h,8h")
    check_output(options, *(p for p in (options.requirement, options.shifts, options.breaks) if p))
    from callstats import shifts

    with screen.progress() as show:
        show(f"reading {options.requirement}")
        wanted = opened(options.requirement, options, "start")
        types = read_beside(options.shifts, options, "start", "length", start="text", length="text")
        breaks = read_beside(options.breaks, options, "earliest", "latest", "length", paid="truth")
    if types is None:
        types = shifts.templates(starts=options.starts, lengths=options.lengths)
    given = {"shifts": types, "breaks": breaks, "share": options.share, "seats": options.seats}
    argument = "requirement" if options.service_level is None else "intervals"
    with in_terms_of(wanted, argument):
        found = _solved(wanted, given, options)
    result = found.schedule() if options.what == "schedule" else getattr(found, options.what)
    if not deliver(result, options):
        screen.say(f"{found.paid_hours:g} paid hours; cost {summary(found)}")
        if found.service is not None:
            screen.say(_service(found.service))
        screen.say()
        screen.say(screen.table(found.plan, _COLUMNS))
    short = int(found.cover["under"].sum())
    if short and options.service_level is None:
        screen.complain(f"callstats shifts: {short} agent slots are not covered")
    return 0


def _solved(wanted: Table, given: dict[str, Any], options: argparse.Namespace) -> Any:
    from callstats import shifts

    shared = {**given, **limits_of(options), "interval": options.interval}
    if options.service_level is not None:
        return shifts.cover_service(
            wanted.frame,
            aht=column_or_value(wanted, options.aht, parser.duration),
            **shared,
            **chosen(options, "service_level threshold patience floor minimum calls"),
        )
    off = options.days_off
    return shifts.cover(
        wanted.frame,
        days_off=int(off) if off is not None and off.isdecimal() else off,
        infeasible="soften" if options.soften else "raise",
        **shared,
        **chosen(options, "agents under over cyclic"),
    )


def _service(day: pd.DataFrame) -> str:
    """What callers meet: hours alone are half of the answer."""
    total = day["answered_within"].sum() / day["offered"].sum()
    return f"service level of the day {total:.1%}, {day['service_level'].min():.1%} at its worst"


_COLUMNS = [
    Column("shift", "shift"),
    Column("start", "start"),
    Column("end", "end"),
    Column("agents", "agents"),
    Column("paid_hours", "paid", "hours", 2),
]
