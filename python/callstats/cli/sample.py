"""Recordings drawn for evaluation: so many of each agent, as like the rest as can be."""

from __future__ import annotations

import copy
import glob
import json
import os
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from callstats.cli import parser, screen
from callstats.cli.call_log import with_known_names, without_groups
from callstats.cli.exchange import (
    check_output,
    column_or_value,
    deliver,
    in_terms_of,
    load,
    parts,
    understood,
)
from callstats.cli.overwriting import refuse_overwriting
from callstats.cli.parser import chosen
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    import pandas as pd

    from callstats.files import Content, Table
    from callstats.qa import PartialSample

#: Before the name of a column that holds the file's own cells of another.
_AS_IT_STOOD = "\0"
HELP = "recordings for quality evaluation, balanced"
EXAMPLES = """\
The record of the draw (seed, design, counts, digests, what was asked for and could not be had) goes
beside the sample, into FILE.audit.json.

examples:
  callstats sample recordings.csv --n 5 --by agent --id call_id \\
      --balance start,duration,call_type --exclude past/*.csv --reserve 2 --seed 7 -o sample.csv
  callstats sample recordings.csv --n 5 --at-most customer=1 --at-least call_type:complaint=1 \\
      --seed 7 -o sample.csv
  callstats sample warehouse/recordings --n 5 --seed 7 -o sample.parquet
"""


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    add = parsing.add_argument
    add(
        "recordings",
        metavar="RECORDINGS",
        help="a row a recording, or a log of calls, of which those are drawn from that can have "
        "one (answered, by an agent, with a talk): a file, a folder of files, or - for standard "
        "input",
    )
    add(
        "--n",
        required=True,
        metavar="N",
        help="of each group: a number, a share such as 5%%, or a column that has it",
    )
    add("--minimum", type=parser.whole, default=0, help="with a share: no fewer of each group")
    add("--by", type=parser.names, default=("agent",), metavar="COL,...", help="default agent")
    add("--id", default="call_id", metavar="COL", help="default call_id")
    _design_options(parsing)
    add("--eligible", metavar="COL", help="true for recordings that may be drawn")
    add(
        "--exclude",
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="earlier samples, whose ids are not drawn again; patterns such as 'past/*.csv'",
    )
    add("--reserve", type=parser.whole, default=0, help="so many more of each, as replacements")
    add("--timezone", metavar="ZONE", help="whose wall clock counts")
    add("--seed", type=parser.whole, help="a whole number; without it one is drawn and recorded")
    add("--audit", metavar="FILE", help="another place for the record of the draw")
    add(
        "--on-error",
        # Cells that cannot be read are refused whatever this says.
        dest="incomplete",
        choices=("raise", "drop"),
        default="raise",
        help="a row without a group or an id: stop, or leave it out (default raise)",
    )
    parser.input_options(parsing)
    parser.export_options(parsing)
    parser.output_options(parsing, required=True)


def _design_options(parsing: parser.Parser) -> None:
    """In what the sample is to be like the recordings, and within which bounds."""
    parsing.add_argument(
        "--balance",
        type=parser.names,
        metavar="COL,...",
        help="times, lengths and categories in which sample and recordings are to be alike",
    )
    parsing.add_argument(
        "--design",
        choices=("balanced", "simple", "stratified", "systematic", "cube"),
        default="balanced",
        help="default balanced",
    )
    parsing.add_argument(
        "--inclusion",
        metavar="COL",
        help="for cube: what the chance of a recording is to be proportional to",
    )
    for option, what in (("--at-most", "no more"), ("--at-least", "no fewer")):
        parsing.add_argument(
            option,
            type=parser.bound,
            action="append",
            default=[],
            metavar="COL[:LEVEL]=K",
            help=f"{what} than so many of a level in each group; may come again",
        )


def run(options: argparse.Namespace) -> int:
    """Draw, and write the sample and its record, both or neither."""
    inputs = (options.recordings, *_matching(options.exclude))
    check_output(options, *inputs)
    if (audit := _audit(options)) is not None:
        refuse_overwriting(inputs, [audit])
    from callstats import files, qa

    seed = secrets.randbits(32) if options.seed is None else options.seed
    form = files.named(options.output, otherwise=options.format)
    digests: dict[str, str] = {}
    with screen.progress() as show:
        drawn = _partial_samples(options, seed, digests, show, as_text=form.is_text)
        sample = qa.merge_samples(drawn)
        found = qa.sample_report(sample)
        record = {
            "command": "callstats sample",
            "recordings": _files_read(options.recordings, digests),
            "excluded_ids_from": _matching(options.exclude),
            **found.record,
        }
        show(f"writing {options.output}")
        _write(_as_it_stood(sample), record, options)
    if options.eligible is None and (silent := found.left_out.get("not eligible", 0)):
        screen.complain(
            f"callstats sample: not drawn from: {silent} of {found.record['rows']} rows, which can "
            "have no recording (not answered, no agent or no talk)"
            + (" or no chance" if options.inclusion else "")
            + "; --eligible names a column that says otherwise"
        )
    _tell(sample, found.quotas_not_met, seed, audit, options)
    return 0


def _partial_samples(
    options: argparse.Namespace, seed: int, digests: dict[str, str], show: Any, *, as_text: bool
) -> Iterator[PartialSample]:
    """What the draw has to know of each part of the recordings; `digests` tells what was read."""
    from callstats import files, qa

    contents = _contents(options)
    by = options.by[0] if len(options.by) == 1 else list(options.by)
    n: float | str = options.n
    exclude = None
    zones: dict[str, tuple[str, str]] = {}
    rows = left_out = 0
    show(f"reading {options.recordings}")
    for number, file in enumerate(parts(options.recordings, options)):
        raw, read = with_known_names(file, _needed(options), options, tell=number == 0)
        raw.require(_needed(options))
        if number == 0:
            if "outcome" in raw.frame:
                contents.setdefault("talk", files.CALLS["talk"])
            contents = files.settled(raw, contents)
            if not options.n.endswith("%"):
                n = column_or_value(raw, options.n, parser.whole)
            exclude = _drawn_before(options)
        table = _in_one_zone(understood(read, options, contents), zones, options.timezone)
        if options.incomplete == "drop":
            table, missing = without_groups(table, [*options.by, options.id])
            left_out += missing
        own = _own_cells(raw, read, contents) if as_text else []
        frame = table.frame.assign(**{_AS_IT_STOOD + name: raw.frame[name] for name in own})
        with in_terms_of(table, "recordings"):
            part = qa.partial_sample(
                frame,
                n,
                by=by,
                exclude=exclude,
                at_most=_bounds(options.at_most),
                at_least=_bounds(options.at_least),
                seed=seed,
                **chosen(options, "id balance design eligible inclusion reserve timezone minimum"),
            )
        digests[file.name] = file.sha256
        rows += len(frame)
        show(f"reading {file.name}: {rows} rows so far")
        yield part
    if left_out:
        screen.complain(
            f"callstats sample: left out {left_out} rows without a value in "
            f"{' or '.join((*options.by, options.id))}"
        )
    show("drawing")


def _is_zone(name: str) -> bool:
    """Whether there is such a zone; the library tells what is wrong with another."""
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _files_read(path: str, digests: dict[str, str]) -> dict[str, Any]:
    """Which files were read."""
    if not os.path.isdir(path):  # noqa: PTH112
        ((name, digest),) = digests.items()
        return {"name": name, "sha256": digest}
    return {
        "name": path,
        "files": [{"name": name, "sha256": digest} for name, digest in digests.items()],
    }


def _in_one_zone(table: Table, zones: dict[str, tuple[str, str]], timezone: str | None) -> Table:
    """Times with zones on the clock of `timezone`; all parts must go by one clock."""
    import pandas as pd

    frame = table.frame
    for name in frame.columns:
        times = frame[name]
        if not pd.api.types.is_datetime64_any_dtype(times.dtype) or times.isna().all():
            continue
        if times.dt.tz is not None and timezone is not None and _is_zone(timezone):
            frame = frame.assign(**{name: times.dt.tz_convert(timezone)})
        zone = "no zone" if times.dt.tz is None else str(frame[name].dt.tz)
        first, where = zones.setdefault(name, (zone, table.name))
        if zone != first:
            raise InvalidDataError(
                f"{table.name}: column {name!r} has times with {zone}, {where} with "
                f"{first}; --timezone names the clock that counts"
            )
    return replace(table, frame=frame)


def _needed(options: argparse.Namespace) -> list[str]:
    """Columns that the options name."""
    single = [
        name for name in (options.id, options.eligible, options.inclusion) if name is not None
    ]
    bounded = [column for column, _, _ in (*options.at_most, *options.at_least)]
    return [*options.by, *single, *(options.balance or ()), *bounded]


def _bounds(spoken: list[tuple[str, str | None, int]]) -> dict[str, Any] | None:
    """Bounds as the library takes them: of every level of a column, or of levels by name."""
    bounds: dict[str, Any] = {}
    for column, level, count in spoken:
        if level is None:
            twice = column in bounds
            bounds[column] = count
        else:
            twice = not isinstance(bounds.setdefault(column, {}), dict) or level in bounds[column]
            if not twice:
                bounds[column][level] = count
        if twice:
            raise parser.UsageError(f"two bounds on {column!r} say different things")
    return bounds or None


def _contents(options: argparse.Namespace) -> dict[str, Content]:
    from callstats import files

    kinds: dict[str, Content] = {
        name: files.CALLS.get(name, "unknown") for name in options.balance or files.CALLS
    }
    for column, _, _ in (*options.at_most, *options.at_least):
        kinds.setdefault(column, "text")
    kinds |= dict.fromkeys((*options.by, options.id), "text")
    kinds[options.n] = "number"
    if options.inclusion is not None:
        kinds[options.inclusion] = "number"
    if options.eligible is not None:
        kinds[options.eligible] = "truth"
    return kinds


def _drawn_before(options: argparse.Namespace) -> list[Any] | None:
    """Ids in earlier samples; a replacement that was not needed was not evaluated."""
    ids: list[Any] = []
    reading = copy.copy(options)
    # Of the other columns an earlier sample may have none.
    reading.rename = {name: old for name, old in options.rename.items() if name == options.id}
    reading.where = []
    for path in _matching(options.exclude):
        earlier = load(path, reading, {options.id: "text"}, needed=(options.id,))
        ids += earlier.frame[options.id].dropna().tolist()
    # An apostrophe that --safe-csv or a report put before an id is none of the id.
    ids += [drawn[1:] for drawn in ids if drawn.startswith("'")]
    return ids or None


def _matching(patterns: list[str]) -> list[str]:
    """Files by name, and those that a pattern in quotes (or on Windows) stands for."""
    paths: list[str] = []
    for pattern in patterns:
        if os.path.lexists(pattern) or not glob.has_magic(pattern):
            paths.append(pattern)
            continue
        # Path.glob takes no absolute patterns.
        found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207
        if not found:
            raise InvalidDataError(f"no file matches {pattern}")
        paths += found
    return paths


def _own_cells(raw: Table, read: Table, contents: dict[str, Content]) -> list[str]:
    """Columns that are understood otherwise than they stand in the file, letter for letter."""
    if read is not raw:
        return [str(name) for name in raw.frame if name in read.frame]
    return [name for name, kind in contents.items() if name in raw.frame and kind != "text"]


def _as_it_stood(sample: pd.DataFrame) -> pd.DataFrame:
    """The sample with the file's own cells in their places."""
    cells = [name for name in sample.columns if name.startswith(_AS_IT_STOOD)]
    own = {name.removeprefix(_AS_IT_STOOD): sample[name] for name in cells}
    return sample.assign(**own).drop(columns=cells)


def _audit(options: argparse.Namespace) -> str | None:
    """Where the record of the draw goes; nowhere beside standard output."""
    beside = None if options.output == "-" else f"{options.output}.audit.json"
    return options.audit or beside


def _write(sample: pd.DataFrame, record: dict[str, Any], options: argparse.Namespace) -> None:
    """Both files take their places together."""
    from callstats import files

    audit = _audit(options)
    with files.Outputs() as outputs:
        if audit is not None:
            text = json.dumps(record, ensure_ascii=False, indent=2)
            outputs.open(audit).write(text.encode() + b"\n")
        deliver(sample, options, outputs)


def _tell(
    sample: pd.DataFrame,
    unmet: list[dict[str, Any]],
    seed: int,
    audit: str | None,
    options: argparse.Namespace,
) -> None:
    if unmet:
        first = unmet[0]
        screen.complain(
            f"callstats sample: {len(unmet)} groups gave fewer than asked; "
            f"first {first['group']!r}: {first['drawn']} of {first['wanted']} ({first['reason']})"
        )
    if audit is not None and options.output != "-":
        reserves = int(sample["reserve"].sum())
        screen.say(
            f"{len(sample) - reserves} recordings"
            + (f" and {reserves} reserves" if reserves else "")
            + f" drawn with seed {seed}: {options.output}, record in {audit}"
        )
