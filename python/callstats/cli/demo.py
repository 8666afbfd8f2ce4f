"""The whole chain on a month of a real bank's calls that comes with the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callstats.cli import parser, screen
from callstats.cli.report import report_options, write

if TYPE_CHECKING:
    import argparse

HELP = "the whole chain on a month of real calls"
EXAMPLES = """\
example:
  callstats demo -o demo-output
"""


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    parsing.add_argument(
        "-o", "--output", metavar="DIR", default="demo-output", help="default demo-output"
    )
    report_options(parsing)


def run(options: argparse.Namespace) -> int:
    """Write the report of the packaged month."""
    from callstats import datasets

    with screen.progress() as show:
        show("reading a month of calls")
        calls = datasets.anonymous_bank()
    return write(calls, options)
