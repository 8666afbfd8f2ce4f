"""The counters to open in each slot of a day, so that late customers and changes cost least."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callstats.cli import parser, screen
from callstats.cli.exchange import check_output, column_or_value, deliver, in_terms_of
from callstats.cli.parser import chosen
from callstats.cli.schedules.tables import opened
from callstats.cli.screen import Column

if TYPE_CHECKING:
    import argparse

HELP = "counters to open in each slot of a day"
EXAMPLES = """\
examples:
  callstats counters hall.csv --aht 8min --minimum 2 --maximum 10 --total 120
  callstats counters hall.csv --minimum 2 --maximum 8 --change-cost 0.5 --dwell 2 -o counters.xlsx
"""


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    add = parsing.add_argument
    add("intervals", metavar="INTERVALS", help="a row a slot; - is standard input")
    add("--calls", default="calls", metavar="COL", help="customers")
    add("--aht", default="aht", metavar="COL", help="mean service time")
    add("--patience", type=parser.duration, default=float("inf"), help="mean")
    add("--threshold", type=parser.duration, default=600.0, help="a wait that is late (10min)")
    add("--interval", type=parser.duration, help="of a slot")
    rules = parsing.add_argument_group("rules")
    rules.add_argument("--minimum", type=parser.whole, required=True, help="open at least")
    rules.add_argument("--maximum", type=parser.whole, required=True, help="open at most")
    rules.add_argument("--total", type=parser.whole, help="staff slots that there are")
    rules.add_argument("--change-cost", type=parser.number, default=0.0, help="in late customers")
    rules.add_argument("--dwell", type=parser.whole, default=1, help="slots that a change holds")
    rules.add_argument("--step", type=parser.whole, help="counters that change at a time")
    rules.add_argument("--open", type=parser.whole, help="counters open before the first slot")
    parser.input_options(parsing)
    parser.output_options(parsing)


def run(options: argparse.Namespace) -> int:
    """Make the plan and show or write it."""
    check_output(options, options.intervals)
    from callstats import counters

    table = opened(options.intervals, options)
    with in_terms_of(table, "intervals"):
        plan = counters.plan(
            table.frame,
            aht=column_or_value(table, options.aht, parser.duration),
            start=options.open,
            **chosen(
                options,
                "calls patience threshold interval minimum maximum total change_cost dwell step",
            ),
        )
    about = plan.attrs.pop("callstats")
    if not deliver(plan, options):
        screen.say(f"{about['staff_slots']} staff slots, losses and changes {about['objective']:g}")
        screen.say()
        shown = [
            Column("start", "start"),
            Column(options.calls, "customers", "", 1),
            Column("open", "open"),
            Column("change", "change"),
            Column("loss", "late", "each slot", 2),
            Column("late", "late", "carried", 2),
        ]
        screen.say(screen.table(plan, [each for each in shown if each.name in plan]))
    return 0
