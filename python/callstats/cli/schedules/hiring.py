"""The people of the coming periods, and the classes to hire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callstats.cli import parser, screen
from callstats.cli.exchange import check_output, deliver, in_terms_of
from callstats.cli.parser import chosen
from callstats.cli.schedules.tables import opened
from callstats.cli.screen import Column

if TYPE_CHECKING:
    import argparse

HELP = "people to come, and the classes to hire"
EXAMPLES = """\
examples:
  callstats hiring staff.csv --attrition 0.08,0.05,0.03 --effectiveness 0,0.5,0.8 \\
      --periods 12 --need 45
  callstats hiring staff.csv --attrition 0.05 --effectiveness 0,0.5,0.8 --periods 12 --need 45 \\
      --class-size 8 --most-classes 2 --period-cost 1 --shortage-cost 20 -o path.xlsx
"""


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    add = parsing.add_argument
    add("staff", metavar="STAFF", help="agents, tenure; - is standard input")
    add("--attrition", type=_numbers, required=True, metavar="SHARE,...", help="by tenure")
    add("--effectiveness", type=_numbers, required=True, metavar="SHARE,...", help="by tenure")
    add("--periods", type=parser.whole, required=True, help="how many")
    add("--need", type=_numbers, metavar="N,...", help="effective people")
    add("--hires", type=_numbers, metavar="N,...", help="people in each period")
    plan = parsing.add_argument_group("classes, where they are to be chosen")
    plan.add_argument("--class-size", type=parser.whole, help="people of a class")
    plan.add_argument("--most-classes", type=parser.whole, default=1, help="in a period")
    plan.add_argument("--period-cost", type=parser.number, default=1.0, help="of a hired person")
    plan.add_argument("--shortage-cost", type=parser.number, default=10.0, help="of one lacking")
    plan.add_argument("--lead", type=parser.whole, default=0, help="periods without a class")
    parser.input_options(parsing)
    parser.output_options(parsing)


def _numbers(text: str) -> list[float]:
    """Numbers with commas between."""
    return [parser.number(part) for part in parser.names(text)]


def run(options: argparse.Namespace) -> int:
    """Make the path or the plan and show or write it."""
    if options.class_size is not None and options.need is None:
        raise parser.UsageError("--class-size needs --need, such as --need 45")
    if options.class_size is not None and options.hires is not None:
        raise parser.UsageError("--hires says who comes, --class-size asks: give one of them")
    check_output(options, options.staff)
    from callstats import hiring

    table = opened(options.staff, options, "agents", "tenure")
    need = options.need
    if need is not None and len(need) == 1:
        need = need[0]
    career = {"attrition": options.attrition, "effectiveness": options.effectiveness}
    with in_terms_of(table, "staff"):
        if options.class_size is None:
            found = hiring.path(
                table.frame, **career, periods=options.periods, hires=options.hires, need=need
            )
        else:
            found = hiring.plan(
                table.frame,
                **career,
                need=need,
                **chosen(options, "periods class_size most_classes period_cost shortage_cost lead"),
            )
    about = found.attrs.pop("callstats")
    if not deliver(found, options):
        if "objective" in about:
            screen.say(f"cost {about['objective']:,.6g}, {about['status']}")
            screen.say()
        screen.say(screen.table(found, [each for each in _COLUMNS if each.name in found]))
    return 0


_COLUMNS = [
    Column("period", "period"),
    Column("classes", "classes"),
    Column("heads", "heads", "", 1),
    Column("effective", "effective", "", 1),
    Column("need", "need", "", 1),
    Column("short_probability", "short", "%", 1, 100),
    Column("shortfall", "shortfall", "", 2),
]
