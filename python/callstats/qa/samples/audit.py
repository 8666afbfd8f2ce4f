"""A draw made again from its record, to show that it was what it claims to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats._core import __version__
from callstats._tables import categories
from callstats._tables.checks import mapping
from callstats._tables.frames import read, require
from callstats.qa.samples import drawn_rows
from callstats.qa.samples.plan import BY_ROW
from callstats.qa.samples.sampling import SampleReport, sample, sample_report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callstats.typing import Frame, Threads


def redraw(
    recordings: Frame,
    record: Mapping[str, Any] | SampleReport,
    *,
    eligible: Any = None,
    exclude: Iterable[Any] | None = None,
    inclusion: Any = None,
    threads: Threads = None,
) -> Frame:
    """The sample that a record tells of, drawn again from the same recordings.

    Parameters
    ----------
    recordings : DataFrame
        Those of the first draw, in any order and any kind of frame.
    record : mapping or SampleReport
        What :func:`callstats.qa.sample_report` gave, or the JSON file beside the sample.
    eligible, inclusion : array_like, optional
        Where the first draw had them row by row; names of columns are in the record.
    exclude : iterable of ids, optional
        As in the first draw.
    threads : int, optional
        Threads to use at most.

    Returns
    -------
    DataFrame
        The same sample.

    Raises
    ------
    ValueError
        The recordings, or which of them could be drawn, are not those of the record: their
        digests differ. Or the record is of another version, whose draws may differ.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import qa
    >>> calls = pd.DataFrame({"call_id": range(40), "agent": ["anna", "ben"] * 20})
    >>> drawn = qa.sample(calls, 3, seed=7)
    >>> again = qa.redraw(calls[::-1], qa.sample_report(drawn))
    >>> again["call_id"].tolist() == drawn["call_id"].tolist()
    True
    """
    plan = record.record if isinstance(record, SampleReport) else record
    plan = mapping("record", plan, "what was drawn, as a sample report has it")
    needed = ("version", "seed", "design", "by", "id", "n", "balance", "digest")
    if missing := [name for name in needed if name not in plan]:
        msg = f"record must be that of a draw; it has no {', '.join(map(repr, missing))}"
        raise ValueError(msg)
    if plan["version"] != __version__:
        raise ValueError(
            f"record is of callstats {plan['version']}, whose draws may differ from those of"
            f" {__version__}: install that version"
        )
    by_row = {"eligible": eligible, "inclusion": inclusion}
    for name, given in by_row.items():
        if plan.get(name) == BY_ROW and given is None:
            msg = f"{name} was given row by row when the sample was drawn: give it again"
            raise ValueError(msg)
    cuts = plan.get("cuts", {})
    drawn = sample(
        recordings,
        plan["n"],
        by=plan["by"],
        id=plan["id"],
        balance={name: cuts.get(name) for name in plan["balance"]},
        design=plan["design"],
        eligible=plan.get("eligible") if eligible is None else eligible,
        exclude=exclude,
        at_most=plan.get("at_most") or None,
        at_least=plan.get("at_least") or None,
        inclusion=plan.get("inclusion") if inclusion is None else inclusion,
        reserve=plan.get("reserve", 0),
        timezone=plan.get("timezone"),
        minimum=plan.get("minimum", 0),
        seed=plan["seed"],
        threads=threads,
    )
    found = sample_report(drawn).record
    if found["digest"] != plan["digest"]:
        hint = (
            "" if found["rows"] == plan["rows"] else f" ({found['rows']} rows, not {plan['rows']})"
        )
        if plan.get("left_out", {}).get("excluded") and exclude is None:
            hint = " (the first draw excluded recordings: give exclude)"
        raise ValueError(f"recordings are not those of the record: their digests differ{hint}")
    return drawn


def verify_sample(
    sample: Frame,
    recordings: Frame,
    record: Mapping[str, Any] | SampleReport | None = None,
    *,
    eligible: Any = None,
    exclude: Iterable[Any] | None = None,
    inclusion: Any = None,
    threads: Threads = None,
) -> bool:
    """Whether a sample is the one that its record, drawn again, gives.

    Parameters
    ----------
    sample : DataFrame
        The sample in question: its ids are compared.
    recordings : DataFrame
        What it was drawn from.
    record : mapping or SampleReport, optional
        The record of the draw; default: the one that the sample has with it.
    eligible, exclude, inclusion, threads
        As :func:`redraw` takes them.

    Returns
    -------
    bool
        True where the same recordings come in the same places. Rows taken away, added or changed
        for others make it False.

    Raises
    ------
    ValueError
        As :func:`redraw`.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import qa
    >>> calls = pd.DataFrame({"call_id": range(40), "agent": ["anna", "ben"] * 20})
    >>> drawn = qa.sample(calls, 3, seed=7)
    >>> verify_sample(drawn, calls), verify_sample(drawn[1:], calls, qa.sample_report(drawn))
    (True, False)
    """
    claimed = read(sample, "sample")
    plan = sample_report(sample) if record is None else record
    again = redraw(
        recordings, plan, eligible=eligible, exclude=exclude, inclusion=inclusion, threads=threads
    )
    name = (plan.record if isinstance(plan, SampleReport) else plan)["id"]
    require(claimed, [name, "draw", "reserve"], "sample")
    return _drawn(claimed, name) == _drawn(read(again, "recordings"), name)


def _drawn(frame: Any, id: str) -> list[tuple[str, int, bool]]:
    columns = [frame[id].to_list(), frame["draw"].to_list(), drawn_rows.reserves(frame, "sample")]
    return sorted(
        (categories.text(name), int(draw), bool(spare))
        for name, draw, spare in zip(*columns, strict=True)
    )
