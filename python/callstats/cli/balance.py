"""How like its recordings a sample is: shares of each level in both, and their difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats.cli import parser, screen
from callstats.cli.exchange import check_output, deliver, in_terms_of, load
from callstats.cli.screen import Column

if TYPE_CHECKING:
    import argparse

    import pandas as pd

    from callstats.files import Content

HELP = "how like its recordings a sample is"
EXAMPLES = """\
example:
  callstats balance sample.csv recordings.csv --columns start,duration,call_type -o balance.csv
"""


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    add = parsing.add_argument
    add("sample", metavar="SAMPLE", help="the recordings drawn")
    add("recordings", metavar="RECORDINGS", help="those they were drawn from")
    add("--columns", type=parser.names, required=True, metavar="COL,...", help="to compare by")
    add("--by", type=parser.names, default=("agent",), metavar="COL,...", help="default agent")
    add("--timezone", metavar="ZONE", help="whose wall clock counts")
    parser.input_options(parsing)
    parser.output_options(parsing)


def run(options: argparse.Namespace) -> int:
    """Compare, and show or write the comparison."""
    check_output(options, options.sample, options.recordings)
    if options.sample == options.recordings == "-":
        raise parser.UsageError("only one of the two files can be standard input")
    from callstats import files, qa

    kinds: dict[str, Content] = {
        **{name: files.CALLS.get(name, "unknown") for name in options.columns},
        **dict.fromkeys(options.by, "text"),
    }
    added: dict[str, Content] = {"reserve": "truth", "weight": "number"}
    needed = (*options.columns, *options.by)
    with screen.progress() as show:
        show(f"reading {options.recordings}")
        recordings = load(options.recordings, options, kinds, needed=needed)
        show(f"reading {options.sample}")
        sample = load(options.sample, options, {**kinds, **added}, needed=needed)
        show("comparing")
        by: Any = options.by[0] if len(options.by) == 1 else list(options.by)
        with in_terms_of(recordings, "recordings"), in_terms_of(sample, "sample"):
            result = qa.balance(
                sample.frame,
                recordings.frame,
                by=by,
                columns=options.columns,
                timezone=options.timezone,
            )
    if not deliver(result, options):
        _show(result, options)
    return 0


def _show(result: pd.DataFrame, options: argparse.Namespace) -> None:
    """All groups together, level by level, and the groups farthest from their recordings."""
    groups = result[~result["pooled"]].drop_duplicates(list(options.by))
    worst = groups.nlargest(5, "overall_gap")
    screen.say("all groups together; the groups one by one with -o FILE")
    screen.say()
    levels = result[result["pooled"] & (result["margin"] != "mean")]
    screen.say(screen.table(levels, _LEVELS))
    means = result[result["pooled"] & (result["margin"] == "mean")]
    if len(means):
        screen.say()
        screen.say(screen.table(means, _MEANS))
    screen.say()
    screen.say(f"farthest from their recordings, of {len(groups)} groups")
    screen.say()
    named = [Column(name, name) for name in options.by]
    screen.say(screen.table(worst, [*named, Column("overall_gap", "overall gap", "", 3)]))


_LEVELS = [
    Column("column", "column"),
    Column("margin", "margin"),
    Column("level", "level"),
    Column("sample_share", "sample", "%", 1, 100),
    Column("population_share", "recordings", "%", 1, 100),
    Column("difference", "difference", "pp", 1, 100),
    Column("standardized_difference", "standardized", "", 3),
]
_MEANS = [
    Column("column", "column"),
    Column("sample_mean", "sample mean", "", 1),
    Column("population_mean", "recordings", "", 1),
    Column("sample_sd", "sample sd", "", 1),
    Column("population_sd", "recordings", "", 1),
]
