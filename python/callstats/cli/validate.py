"""What is wrong with the rows of a log of calls, one line a rule that is broken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callstats.cli import parser, screen
from callstats.cli.exchange import (
    as_it_stands,
    as_written_here,
    beside,
    check_output,
    deliver,
    in_terms_of,
    located,
    parts,
    reading_options,
    tell_read,
    understood,
)
from callstats.cli.screen import Column

if TYPE_CHECKING:
    import argparse

    import pandas as pd

HELP = "what is wrong with a log of calls"
EXAMPLES = """\
The exit code is 2 where a rule is broken, so that a job can stop there.

example:
  callstats validate calls.csv && callstats kpi calls.csv --freq 30min -o kpi.csv
"""


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    parsing.add_argument(
        "calls", metavar="CALLS", help="a row a call: a file, a folder of files, or - for input"
    )
    parser.input_options(parsing)
    parser.export_options(parsing)
    parser.output_options(parsing)


def run(options: argparse.Namespace) -> int:
    """Try every rule and show or write which are broken."""
    check_output(options, options.calls)
    if Path(options.calls).is_dir():
        broken, rows = _of_folder(options)
        return _told(broken, options, options.calls, rows)
    from callstats import files, kpi

    with screen.progress() as show:
        show(f"reading {options.calls}")
        table = as_it_stands(options.calls, options)
        show("checking")
        if as_written_here(table, options):
            # Values that cannot be read are faults to be listed like any other.
            options.on_error = "flag"
            broken = kpi.validate(understood(table, options, files.CALLS).frame)
        else:
            reading = reading_options(table, options)
            table = beside(table, options, reading["columns"])
            with in_terms_of(table, "export"):
                broken = kpi.validate(table.frame, **reading)
    about = broken.attrs.pop("callstats", None)
    if about is not None:
        tell_read(table, about, options)
    # The commands read an export's own names by themselves.
    named = broken["effect"].str.startswith("figures find it after")
    broken = broken[~named].reset_index(drop=True)
    broken["rule"] = [located(rule, table, "calls") for rule in broken["rule"]]
    for column in ("example", "effect"):
        broken[column] = [located(text, table, "calls") for text in broken[column]]
    return _told(broken, options, table.name, len(table.frame))


def _told(broken: pd.DataFrame, options: argparse.Namespace, name: str, rows: int) -> int:
    """Show or write the broken rules; what the command gives back."""
    if not deliver(broken, options):
        if len(broken):
            columns = [Column(name, name) for name in ("count", "rule", "example", "effect")]
            screen.say(screen.table(broken, columns))
        else:
            screen.say(f"{name}: nothing wrong in {rows} rows")
    return 2 if len(broken) else 0


def _of_folder(options: argparse.Namespace) -> tuple[pd.DataFrame, int]:
    """The rules that rows of the folder's files break, and how many rows there are.

    A file, or a batch of a Parquet file, is in memory at a time: ids that repeat in another file
    are not found.
    """
    import pandas as pd

    from callstats import files, kpi

    options.on_error = "flag"
    found: dict[tuple[str, str], list[Any]] = {}
    rows = 0
    with screen.progress() as show:
        for part in parts(options.calls, options):
            table = understood(part, options, files.CALLS)
            rows += len(table.frame)
            show(f"checking {part.name}: {rows} rows so far")
            whole = replace(table, name=options.calls)
            for line in kpi.validate(table.frame).itertuples():
                rule, effect = (located(text, whole, "calls") for text in (line.rule, line.effect))
                example = f"{part.name}: {located(line.example, table, 'calls')}"
                first = found.setdefault((rule, effect), [0, example])
                first[0] += line.count
    lines = [(rule, count, example, effect) for (rule, effect), (count, example) in found.items()]
    return pd.DataFrame(lines, columns=["rule", "count", "example", "effect"]), rows
