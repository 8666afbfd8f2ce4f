"""What came of a pilot: how much more the treated teams changed than the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats.cli import parser, screen
from callstats.cli.exchange import check_output, deliver, in_terms_of, load
from callstats.cli.parser import chosen

if TYPE_CHECKING:
    import argparse

    from callstats.cli.parser import Parser
    from callstats.files import Content

HELP = "what came of a pilot by team"
EXAMPLES = """\
example:
  callstats pilot days.csv --treated north,south,east,west \\
      --before 2025-03-01,2025-04-01 --after 2025-04-01,2025-05-01 \\
      --measures aht=handle/answered,fcr=resolved/contacts --better aht=lower -o effects.csv
"""


def arguments(parsing: Parser) -> None:
    """The options of this command."""
    add = parsing.add_argument
    add("frame", metavar="FILE", help="a row a call or a day of a team")
    add("--treated", type=parser.names, required=True, metavar="TEAM,...", help="who was treated")
    period_options(parsing)
    add("--unit", default="team", metavar="COL", help="default team")
    add(
        "--better",
        type=parser.renamings,
        default={},
        metavar="NAME=lower,...",
        help="higher or lower, for the words of the verdict",
    )
    add("--primary", type=parser.names, default=(), help="measures named before the pilot")
    add("--confidence", type=parser.fraction, default=0.95, help="default 0.95")
    language_option(parsing)
    parser.input_options(parsing)
    parser.output_options(parsing)


def period_options(parsing: Parser) -> None:
    """The periods, the measures, and the column of times."""
    for name in ("before", "after"):
        parsing.add_argument(
            f"--{name}",
            type=parser.names,
            required=True,
            metavar="FIRST,END",
            help="the period, to which END does not belong",
        )
    parsing.add_argument(
        "--measures",
        type=parser.names,
        required=True,
        metavar="NAME=COL/COL,...",
        help="a column (mean of the rows), or one over another (sum over sum)",
    )
    parsing.add_argument("--time", default="start", metavar="COL", help="default start")


def language_option(parsing: Parser) -> None:
    """The language of what is printed."""
    parsing.add_argument("--language", choices=("en", "zh"), default="en", help="default en")


def measured(texts: tuple[str, ...]) -> dict[str, Any]:
    """``aht=handle/answered,score`` as the measures of `compare`."""
    found: dict[str, Any] = {}
    for text in texts:
        name, sign, columns = text.partition("=")
        top, over, bottom = (columns if sign else name).partition("/")
        found[name] = (top, bottom) if over else top
    return found


def contents(measures: dict[str, Any], time: str, unit: str | None) -> dict[str, Content]:
    """What the columns hold."""
    kinds: dict[str, Content] = {time: "time"}
    if unit is not None:
        kinds[unit] = "text"
    for columns in measures.values():
        for column in columns if isinstance(columns, tuple) else (columns,):
            kinds[column] = "unknown"
    return kinds


def run(options: argparse.Namespace) -> int:
    """Judge the pilot, and show or write its effects."""
    check_output(options, options.frame)
    from callstats import compare

    measures = measured(options.measures)
    kinds = contents(measures, options.time, options.unit)
    with screen.progress() as show:
        show(f"reading {options.frame}")
        table = load(options.frame, options, kinds, needed=tuple(kinds))
        show("comparing")
        with in_terms_of(table, "frame"):
            found = compare.pilot(
                table.frame,
                measures=measures,
                primary=options.primary or None,
                **chosen(options, "treated before after unit time better confidence"),
            )
    if not deliver(found.effects, options):
        screen.say(found.explain(options.language))
    return 0
