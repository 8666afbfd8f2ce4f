"""Who evaluates which recording: even shares, changing pairs, calibration sets, replacements."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import categories
from callstats._tables.added_columns import names_beside
from callstats._tables.checks import MOST_NUMBERS, listed, shown, whole, written
from callstats._tables.frames import read, require, taken
from callstats.qa.samples import drawn_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame


def assign(
    sample: Frame,
    evaluators: Sequence[Any],
    *,
    by: str = "agent",
    id: str = "call_id",
    previous: Frame | None = None,
    calibration: int = 0,
    seed: int,
    suffix: str = "",
) -> Frame:
    """The sample with an evaluator for each recording: even shares, and pairs that change.

    Parameters
    ----------
    sample : DataFrame
        Recordings to be evaluated. Reserves get no evaluator: they wait. A row whose
        ``reserve`` is missing is none.
    evaluators : sequence
        Names of evaluators, each once.
    by : str
        The column of agents.
    id : str
        The column that names a recording.
    previous : DataFrame, optional
        Earlier assignments, with the columns `by` and ``evaluator``: an agent goes to the
        evaluators that they have met least often.
    calibration : int
        So many recordings go to every evaluator, so that their scores can be compared.
    seed : int
        Any whole number.
    suffix : str, default ""
        Put behind the names of the columns that are added, where the frame has some of them: an
        earlier assignment stays beside the new one.

    Returns
    -------
    DataFrame
        The rows of the sample with ``evaluator`` and ``calibration`` added, in its order; a
        recording for calibration has a row for each evaluator. Numbers of recordings differ by one
        at most between evaluators. Nobody evaluates their own recordings where that can be avoided.

    Raises
    ------
    InvalidDataError
        The sample has one of the columns that would be added.
    ValueError
        No evaluators, one named twice, a column that is not there, or more recordings for
        calibration than there are.

    Notes
    -----
    Agents are gone through in an order of chance, and each recording goes to the evaluator who has
    met the agent least often, then to the one with most places left, then by chance. Recordings
    change hands afterwards as long as that spreads pairs more evenly. It depends on the seed and on
    the names alone, not on the order of rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import qa
    >>> calls = pd.DataFrame({"call_id": range(60), "agent": ["anna", "ben", "cleo"] * 20})
    >>> drawn = qa.sample(calls, 4, seed=7)
    >>> given = assign(drawn, ["eva", "finn"], calibration=2, seed=7)
    >>> given.groupby("evaluator").size().to_dict()
    {'eva': 7, 'finn': 7}
    """
    frame = read(sample, "sample")
    require(frame, [by, id], "sample")
    names_added = names_beside(
        frame.columns, ["evaluator", "calibration"], argument="sample", suffix=suffix
    )
    evaluators = listed("evaluators", evaluators, "one or more names")
    people = categories.texts(evaluators)
    if not people or len(set(people)) < len(people):
        raise ValueError(f"evaluators must be one or more names, each once; got {evaluators!r}")
    if not written(str(seed)):
        msg = f"seed must be a whole number, or text that UTF-8 can write; got {shown(seed)}"
        raise ValueError(msg)
    spare = drawn_rows.reserves(frame, "sample")
    rows = np.flatnonzero(~spare)
    calibration = whole("calibration", calibration, 0, len(rows))
    agents, ids = (categories.texts(frame[name].to_list()) for name in (by, id))
    chance = dict(zip(rows.tolist(), _chance([ids[row] for row in rows], seed, "row"), strict=True))
    common = _spread(rows, agents, chance, int(calibration))
    met = _met(previous, by)
    for row in common:
        met.update((agents[row], person) for person in people)
    alone = [row for row in rows.tolist() if row not in common]
    chosen = _dealt(alone, agents, people, met, (chance, seed))
    lines: list[int] = []
    names: list[Any] = []
    together: list[bool] = []
    for row in range(len(frame)):
        given: list[Any] = [None if spare[row] else evaluators[chosen.get(row, 0)]]
        given = list(evaluators) if row in common else given
        lines += [row] * len(given)
        names += given
        together += [row in common] * len(given)
    return drawn_rows.with_columns(
        taken(frame, np.array(lines, dtype=np.int64)),
        dict(zip(names_added, [names, np.array(together, dtype=bool)], strict=True)),
        like=sample,
    )


def _chance(names: Sequence[str], seed: int, purpose: str) -> list[int]:
    """A place in an order of chance for each name."""
    hashes = categories.hash_texts([f"{seed}|{purpose}|{name}" for name in names])
    return [int(value) for value in hashes]


def _spread(rows: NDArray[np.int64], agents: list[str], chance: dict[int, int], n: int) -> set[int]:
    """Rows for calibration: of as many agents as can be, by chance."""
    turn: Counter[str] = Counter()
    order = []
    for row in sorted(rows.tolist(), key=chance.__getitem__):
        turn[agents[row]] += 1
        order.append((turn[agents[row]], chance[row], row))
    return {row for _, _, row in sorted(order)[:n]}


def _met(previous: Frame | None, by: str) -> Counter[tuple[str, str]]:
    """How often each pair of agent and evaluator has met."""
    if previous is None:
        return Counter()
    frame = read(previous, "previous")
    require(frame, [by, "evaluator"], "previous")
    pairs = zip(frame[by].to_list(), frame["evaluator"].to_list(), strict=True)
    # A missing name (a reserve's) differs from itself or is None.
    return Counter(
        (categories.text(agent), categories.text(person))
        for agent, person in pairs
        if person is not None and person == person  # noqa: PLR0124
    )


#: A pair that must not be: met more often than any other.
_NEVER = 1 << 40


def _dealt(
    rows: list[int],
    agents: list[str],
    people: list[str],
    met: Counter[tuple[str, str]],
    random: tuple[dict[int, int], int],
) -> dict[int, int]:
    """The evaluator of each row: even numbers, pairs as rare as can be."""
    chance, seed = random
    names = sorted({agents[row] for row in rows})
    turn = dict(zip(names, _chance(names, seed, "agent"), strict=True))
    luck = _chance(people, seed, "evaluator")
    # Who gets one more than the others is chance as well.
    order = sorted(range(len(people)), key=luck.__getitem__)
    room = dict.fromkeys(range(len(people)), len(rows) // len(people))
    for person in order[: len(rows) % len(people)]:
        room[person] += 1
    for person, name in enumerate(people):
        met[name, name] += _NEVER
        luck[person] = order.index(person)
    chosen: dict[int, int] = {}
    queue = sorted(rows, key=lambda row: (turn[agents[row]], agents[row], chance[row]))
    for place, row in enumerate(queue):
        agent = agents[row]
        person = min(
            (p for p in room if room[p]),
            key=lambda p: (met[agent, people[p]], -room[p], (luck[p] + place) % len(people)),
        )
        chosen[row] = person
        room[person] -= 1
        met[agent, people[person]] += 1
    _exchange(queue, agents, people, chosen, met)
    return chosen


def _exchange(
    rows: list[int],
    agents: list[str],
    people: list[str],
    chosen: dict[int, int],
    met: Counter[tuple[str, str]],
) -> None:
    """Lets rows change hands while that lowers the sum of squares of how often pairs meet."""

    def saved(agent: str, old: int, new: int) -> int:
        return met[agent, people[old]] - met[agent, people[new]] - 1

    # The last rows had the least choice: only rows of pairs above the least possible are looked at.
    for row in rows:
        agent, own = agents[row], chosen[row]
        if all(saved(agent, own, p) <= 0 for p in range(len(people))):
            continue
        best, partner = 0, None
        for other in rows:
            theirs = chosen[other]
            if theirs == own or agents[other] == agent:
                continue
            gain = saved(agent, own, theirs) + saved(agents[other], theirs, own)
            if gain > best:
                best, partner = gain, other
        if partner is not None:
            theirs = chosen[partner]
            for name, old, new in ((agent, own, theirs), (agents[partner], theirs, own)):
                met[name, people[old]] -= 1
                met[name, people[new]] += 1
            chosen[row], chosen[partner] = theirs, own


def replace_unusable(sample: Frame, unusable: Iterable[Any], *, id: str = "call_id") -> Frame:
    """The sample with reserves in the places of recordings that cannot be evaluated.

    Parameters
    ----------
    sample : DataFrame
        As :func:`callstats.qa.sample` returned it, drawn with ``reserve``.
    unusable : iterable of ids
        Recordings that turned out to be unusable: silent, wrong language, deleted. Reserves may be
        among them.
    id : str
        The column that names a recording.

    Returns
    -------
    DataFrame
        The rows left, in their order. Of each group the first usable reserves take the places: they
        are no reserve any more and have the probability and weight of the rows they stand for.
        The column ``replaces`` holds the id whose place they took; a sample that has it from
        replacements before keeps what it holds. Where reserves have run out
        the group is smaller than it was.

    Raises
    ------
    ValueError
        An id that is not in the sample, or columns that are not there.

    Notes
    -----
    Weights are right where being unusable has nothing to do with the score. Otherwise no
    replacement can repair the sample; report how many were replaced.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import qa
    >>> calls = pd.DataFrame({"call_id": range(60), "agent": ["anna", "ben"] * 30})
    >>> drawn = qa.sample(calls, 3, reserve=2, seed=7)
    >>> first = drawn["call_id"].iloc[0]
    >>> mended = replace_unusable(drawn, [first])
    >>> int((~mended["reserve"]).sum()), mended["replaces"].dropna().tolist() == [first]
    (6, True)
    """
    frame = read(sample, "sample")
    require(frame, [id, *drawn_rows.ADDED], "sample")
    given = frame[id].to_list()
    place = {name: row for row, name in enumerate(categories.texts(given))}
    unusable = listed("unusable", unusable, "ids of the sample", MOST_NUMBERS)
    wrong = [name for name in unusable if categories.text(name) not in place]
    if wrong:
        msg = f"unusable must be ids of the sample; {wrong[0]!r} is not in it ({len(wrong)} such)"
        raise ValueError(msg)
    bad = {place[categories.text(name)] for name in unusable}
    columns: dict[str, list[Any]] = {name: frame[name].to_list() for name in drawn_rows.ADDED}
    columns["reserve"] = drawn_rows.reserves(frame, "sample").tolist()
    # Rows come group by group: a group begins where its first draw is.
    group = np.cumsum(np.array(columns["draw"]) == 1).tolist()
    replaces: list[Any] = [None] * len(given)
    if "replaces" in frame.columns:
        replaces = frame["replaces"].to_list()
    spare = [row for row in range(len(given)) if columns["reserve"][row] and row not in bad]
    for row in sorted(bad):
        if columns["reserve"][row]:
            continue
        own = next((other for other in spare if group[other] == group[row]), None)
        if own is None:
            continue
        spare.remove(own)
        columns["reserve"][own] = False
        for name in ("inclusion_probability", "weight"):
            columns[name][own] = columns[name][row]
        replaces[own] = given[row]
    left = [row for row in range(len(given)) if row not in bad]
    kept = {
        name: np.array([columns[name][row] for row in left], dtype=kind)
        for name, kind in (("inclusion_probability", float), ("weight", float), ("reserve", bool))
    }
    return drawn_rows.with_columns(
        taken(frame, np.array(left, dtype=np.int64)),
        {**kept, "replaces": [replaces[row] for row in left]},
        like=sample,
    )
