"""A folder with one readable page and its tables: key figures, waiting, staffing, a sample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from callstats.cli import parser, screen
from callstats.cli.exchange import in_terms_of, load
from callstats.cli.overwriting import refuse_overwriting
from callstats.cli.parser import chosen

if TYPE_CHECKING:
    import argparse

HELP = "a page with key figures, staffing and a sample"
EXAMPLES = """\
example:
  callstats report calls.csv -o report --service-level 0.8 --threshold 20 --recordings 5 --seed 7
"""


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    parsing.add_argument("calls", metavar="CALLS", help="a row a call; - is standard input")
    parsing.add_argument("-o", "--output", metavar="DIR", required=True, help="folder to write")
    parser.format_option(parsing)
    parsing.add_argument("--title", help="head of the page")
    parsing.add_argument("--timezone", metavar="ZONE", help="zone of the centre's clock")
    report_options(parsing)
    parser.on_error_option(parsing)
    parser.input_options(parsing)
    parser.export_options(parsing)


def report_options(parsing: parser.Parser) -> None:
    """What `report` and `demo` both let their user choose."""
    add = parsing.add_argument
    add("--language", choices=("en", "zh"), default="en")
    add("--service-level", type=parser.fraction, default=0.8, help="goal (default 0.8)")
    add("--threshold", type=parser.duration, default=20.0, help="of service level (default 20 s)")
    add("--recordings", type=parser.whole, default=5, help="to draw of each agent (default 5)")
    add("--seed", type=parser.whole, default=1, help="of the sample (default 1)")


def run(options: argparse.Namespace) -> int:
    """Read the log and write its report."""
    from callstats import files
    from callstats.report.writing import FILES

    folder = Path(options.output)
    refuse_overwriting(
        [options.calls], [options.output, *(str(folder / name) for name in FILES), files.STANDARD]
    )
    with screen.progress() as show:
        show(f"reading {options.calls}")
        needed = ("call_id", "arrival", "wait", "outcome")
        table = load(options.calls, options, files.CALLS, needed=needed)
    with in_terms_of(table, "calls"):
        return write(
            table.frame, options, source=table.name, **chosen(options, "title timezone on_error")
        )


def write(calls: Any, options: argparse.Namespace, **more: Any) -> int:
    """Write the report of `calls` and show its summary."""
    from callstats import report

    with screen.progress() as show:
        summary = report.write(
            calls,
            options.output,
            target=options.service_level,
            progress=show,
            **more,
            **chosen(options, "language threshold recordings seed"),
        )
    screen.say(summary.text())
    return 0
