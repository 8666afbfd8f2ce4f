"""Calls and handle times of the days to come, with intervals, from a history of intervals."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from callstats.cli import parser, screen
from callstats.cli.exchange import check_output, deliver, in_terms_of, load
from callstats.cli.parser import chosen
from callstats.cli.screen import Column

if TYPE_CHECKING:
    import pandas as pd

HELP = "calls to come in each interval, from a history"
EXAMPLES = """\
examples:
  callstats forecast history.csv -o forecast.csv --horizon 28D --special days.csv
  callstats forecast history.xlsx --volume offered --level 0.8,0.95 -o forecast.parquet
  callstats forecast history.csv --horizon 2025-12-31 --totals W
"""
_TIMES = {"start": "time", "date": "time", "end": "time"}
_NUMBERS = ("volume", "handled", "factor")


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    parsing.add_argument(
        "history", metavar="HISTORY", help="a row a queue and interval; - is standard input"
    )
    columns = parsing.add_argument_group("what the file holds").add_argument
    columns("--queue", metavar="COL", help="queue (default queue, if it is there)")
    columns("--start", default="start", metavar="COL", help="start of the interval")
    columns("--volume", default="volume", metavar="COL", help="calls that came")
    columns("--aht", metavar="COL", help="mean handle time (default aht, if there)")
    columns("--interval", type=parser.duration, help="its length (default: read off the starts)")
    columns("--timezone", metavar="ZONE", help="by whose clock days are told apart")
    columns(
        "--special",
        metavar="DAYS",
        help="a file of special days: date, kind; queue, like, factor, closed, end",
    )
    asked = parsing.add_argument_group("the forecast").add_argument
    asked("--horizon", default="28D", help="days, or the last date (default 28D)")
    asked(
        "--level", type=_levels, default=[0.8], metavar="SHARE,...", help="of bounds (default 0.8)"
    )
    asked("--no-month", action="store_true", help="days do not differ by the month")
    asked("--totals", choices=("D", "W", "M"), help="days, weeks or months in place of intervals")
    parser.input_options(parsing)
    parser.output_options(parsing)


def _levels(text: str) -> list[float]:
    """Shares with commas between."""
    return [parser.fraction(part) for part in parser.names(text)]


def run(options: argparse.Namespace) -> int:
    """Make the forecast and show or write it."""
    read = [options.history] + ([options.special] if options.special else [])
    check_output(options, *read)
    from callstats import forecast

    with screen.progress() as show:
        show(f"reading {options.history}")
        kinds: dict[str, Any] = {**_TIMES, **dict.fromkeys(_NUMBERS, "number")}
        kinds |= {options.start: "time", options.volume: "number", "queue": "text"}
        kinds |= dict.fromkeys(
            ("aht", "handle_time", *([options.aht] if options.aht else [])), "seconds"
        )
        if options.queue:
            kinds[options.queue] = "text"
        table = load(options.history, options, kinds)
        special = _special(options)
        queue = options.queue or ("queue" if "queue" in table.frame.columns else None)
        show("forecasting")
        with in_terms_of(table, "history"):
            found = forecast.fit_predict(
                table.frame,
                options.horizon,
                queue=queue,
                special=special,
                month=not options.no_month,
                **chosen(options, "start volume aht interval timezone level"),
            )
        if options.totals:
            found = forecast.totals(found, freq=options.totals, level=options.level)
    if not deliver(found, options):
        screen.say(screen.table(found, _columns(found)))
    return 0


def _special(options: argparse.Namespace) -> pd.DataFrame | None:
    """The special days, whose columns have their own names."""
    if not options.special:
        return None
    plain = argparse.Namespace(**{**vars(options), "rename": {}, "where": [], "text": ()})
    kinds: dict[str, Any] = {**_TIMES, "factor": "number", "closed": "truth"}
    kinds |= dict.fromkeys(("kind", "like", "queue"), "text")
    return load(options.special, plain, kinds, needed=("date", "kind")).frame


def _columns(found: pd.DataFrame) -> list[Column]:
    bounds = [name for name in found.columns if name.startswith(("lower", "upper"))]
    shown = [
        Column("queue", "queue"),
        Column("start", "start"),
        Column("volume", "calls", "", 1),
        *(Column(name, name.replace("_", " ")) for name in bounds),
        Column("aht", "AHT", "s", 0),
        Column("kind", "kind"),
    ]
    if "aht" in found and not found["aht"].notna().any():
        shown = [column for column in shown if column.name != "aht"]
    if "kind" in found and not (found["kind"] != "").any():
        shown = [column for column in shown if column.name != "kind"]
    return [column for column in shown if column.name in found]
