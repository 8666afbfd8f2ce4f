"""Key figures of a log of calls, by group and interval: service level, waits, handle time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from callstats.cli import parser, screen
from callstats.cli.exchange import check_output, deliver, in_terms_of, load, tell_left_out
from callstats.cli.screen import Column
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    import argparse

    import pandas as pd

HELP = "key figures of a log of calls"
#: Bytes of a file that is not read whole, where that can be told from its columns.
_LARGE = 1 << 28
#: Options that say how one file is read.
_OF_ONE_FILE = {
    "rename": "--rename",
    "words": "--words",
    "where": "--where",
    "units": "--units",
    "separator": "--separator",
    "sheet": "--sheet",
}
EXAMPLES = """\
examples:
  callstats kpi calls.csv --by queue --freq 30min -o kpi.csv
  callstats kpi calls.parquet --threshold 20,30 --definition answered
  zcat calls.csv.gz | callstats kpi - --by agent --format csv > agents.csv
"""


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    add = parsing.add_argument
    add("calls", metavar="CALLS", help="a row a call; - is standard input; or a folder")
    add("--by", type=parser.names, default=(), metavar="COL,...", help="columns to group by")
    add("--freq", metavar="LENGTH", help="length of the intervals: 30min, 1h, day, week, month")
    add(
        "--threshold",
        type=parser.durations,
        default=(20.0,),
        metavar="T,...",
        help="of service level, one or several (default 20 s)",
    )
    add("--definition", choices=parser.DEFINITIONS, help="of service level (default offered)")
    add(
        "--short-abandon",
        type=parser.duration,
        default=5.0,
        help="an abandoned wait up to this is a short one (default 5 s)",
    )
    add("--timezone", metavar="ZONE", help="zone of the intervals, such as Asia/Shanghai")
    add(
        "--attribute-to",
        choices=("arrival", "answer", "end"),
        default="arrival",
        help="which moment decides the interval of a call (default arrival)",
    )
    parser.on_error_option(parsing)
    parser.input_options(parsing)
    parser.export_options(parsing)
    parser.output_options(parsing)


def run(options: argparse.Namespace) -> int:
    """Make the key figures and show or write them."""
    check_output(options, options.calls)
    result = _of_folder(options) if _in_blocks(options) else _of_file(options)
    if not deliver(result, options):
        screen.say(
            "service level: "
            + (options.definition or "offered")
            + ", within "
            + ", ".join(f"{threshold:g}" for threshold in options.threshold)
            + " s; all columns with -o FILE"
        )
        screen.say()
        screen.say(screen.table(result, _columns(result, options)))
    return 0


def _in_blocks(options: argparse.Namespace) -> bool:
    """Whether the calls are read block by block: a folder, or a large file under our names."""
    path = Path(options.calls)
    if path.is_dir() or not path.is_file() or path.stat().st_size < _LARGE:
        return path.is_dir()
    from callstats import files

    # What cannot be read is an error in a block, and left out of a file that is read whole.
    asked = [options.on_error != "raise", *(getattr(options, n, None) for n in _OF_ONE_FILE)]
    return not any((*asked, options.text)) and {"wait", "outcome", *options.by} <= set(
        files.columns_of(str(path))
    )


def _of_file(options: argparse.Namespace) -> pd.DataFrame:
    from callstats import files, kpi

    with screen.progress() as show:
        show(f"reading {options.calls}")
        kinds: dict[str, Any] = {**files.CALLS, **dict.fromkeys(options.by, "text")}
        needed = ("wait", "outcome", *(("arrival",) if options.freq else ()), *options.by)
        table = load(options.calls, options, kinds, needed=needed)
        show("counting")
        with in_terms_of(table, "calls"):
            result: pd.DataFrame = kpi.summarize(table.frame, **_arguments(options))
    tell_left_out(result, table, "kpi")
    return result


def _of_folder(options: argparse.Namespace) -> pd.DataFrame:
    """The key figures of all files of a folder, a block of rows in memory at a time."""
    from callstats import files, scale

    for name, option in _OF_ONE_FILE.items():
        if getattr(options, name, None):
            msg = f"{options.calls}: {option} is for one file; a folder has canonical names"
            raise InvalidDataError(msg)
    plan = scale.Summary(**_arguments(options))
    with screen.progress() as show:
        blocks = files.streamed(options.calls, plan.columns(), plan.texts(), show)
        state = plan.merge(plan.partial(frame, where=name) for name, frame in blocks)
        show("counting")
        result = plan.finish(state)
    about = result.attrs["callstats"]
    for problem in about["problems"]:
        screen.complain(
            f"callstats kpi: {options.calls}: left out of {problem['left_out_of']}: "
            f"{problem['count']} of {about['rows']} rows: {problem['rule']}; "
            f"such as {problem['example']}"
        )
    return result


def _arguments(options: argparse.Namespace) -> dict[str, Any]:
    """The arguments of the summary."""
    names = "by freq threshold definition short_abandon timezone attribute_to on_error"
    return parser.chosen(options, names)


def _columns(result: pd.DataFrame, options: argparse.Namespace) -> list[Column]:
    several = len(options.threshold) > 1
    endings = [f"_{threshold:.12g}" if several else "" for threshold in options.threshold]
    shown = [
        *(Column(name, name) for name in options.by),
        Column("start", "start"),
        Column("offered", "offered"),
        Column("answered", "answered"),
        Column("abandoned", "abandoned"),
        *(
            Column(f"service_level{ending}", f"SL{ending.replace('_', ' ')}", "%", 1, 100)
            for ending in endings
        ),
        Column("abandonment_rate", "abandon", "%", 1, 100),
        Column("asa", "ASA", "s", 1),
        Column("wait_p90", "wait P90", "s", 1),
        Column("aht", "AHT", "s", 1),
        Column("flagged", "flagged"),
    ]
    return [column for column in shown if column.name in result]
