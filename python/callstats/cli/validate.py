"""What is wrong with the rows of a log of calls, one line a rule that is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callstats.cli import parser, screen
from callstats.cli.exchange import check_output, deliver, load, located
from callstats.cli.screen import Column

if TYPE_CHECKING:
    import argparse

HELP = "what is wrong with a log of calls"
EXAMPLES = """\
The exit code is 2 where a rule is broken, so that a job can stop there.

example:
  callstats validate calls.csv && callstats kpi calls.csv --freq 30min -o kpi.csv
"""


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    parsing.add_argument("calls", metavar="CALLS", help="a row a call; - is standard input")
    parser.input_options(parsing)
    parser.output_options(parsing)


def run(options: argparse.Namespace) -> int:
    """Try every rule and show or write which are broken."""
    check_output(options)
    from callstats import files, kpi

    # Values that cannot be read are faults to be listed like any other.
    options.on_error = "flag"
    with screen.progress() as show:
        show(f"reading {options.calls}")
        table = load(options.calls, options, files.CALLS)
        show("checking")
        broken = kpi.validate(table.frame)
    # The commands read an export's own names by themselves.
    named = broken["effect"].str.startswith("figures find it after")
    for line in broken[named].itertuples():
        name = str(line.rule).rpartition(" column ")[2]
        screen.complain(f"callstats validate: {table.name}: {name}: {line.example}")
    broken = broken[~named].reset_index(drop=True)
    broken["rule"] = [located(rule, table, "calls") for rule in broken["rule"]]
    broken["example"] = [located(example, table, "calls") for example in broken["example"]]
    if not deliver(broken, options):
        if len(broken):
            columns = [Column(name, name) for name in ("count", "rule", "example", "effect")]
            screen.say(screen.table(broken, columns))
        else:
            screen.say(f"{table.name}: nothing wrong in {len(table.frame)} rows")
    return 2 if len(broken) else 0
