"""What all plans share: settings, the parts that they read, what logs say of themselves."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import __version__
from callstats.errors import InvalidDataError, MissingColumnError
from callstats.scale.states import Layout, Merging, State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    import narwhals as nw

#: Problems of logs that are kept by rule: counts add up, and the first example stays.
_EXAMPLE = ("position", "example")


class Plan:
    """A question as every engine can ask it: `partial`, `merge`, `finish`."""

    #: What to do with rows that break a rule.
    on_error: Any
    #: Whether the tables of its states merge by SUM and MAX.
    adds = True

    def settings(self) -> dict[str, Any]:
        """What the plan rests on, as JSON can hold it; states of equal settings merge."""
        raise NotImplementedError

    def layouts(self) -> dict[str, Layout]:
        """The columns of the tables of its states."""
        raise NotImplementedError

    def columns(self) -> tuple[str, ...] | None:
        """The columns of the log that it reads, as far as the log has them; None for all."""
        raise NotImplementedError

    def texts(self) -> tuple[str, ...]:
        """Those of its columns that may be read as categories."""
        raise NotImplementedError

    def partial(self, frame: Any, *, where: str | None = None) -> State:
        """The state of some of the rows."""
        raise NotImplementedError

    def finish(self, state: State) -> pd.DataFrame:
        """The answer of all rows of a state."""
        raise NotImplementedError

    def local(
        self, parts: Callable[[Plan | Task], Iterator[tuple[str | None, Any]]], how: str | None
    ) -> Any:
        """The answer of parts on this machine, which `parts` gives as often as it is called."""
        if not self.adds:
            return self.over(lambda task: iter([task(parts(task))]), how)
        self.one_pass(how)
        states = (self.partial(part, where=name) for name, part in parts(self))
        return self.finish(self.merge(states))

    def over(self, ask: Callable[[Task], Iterator[Any]], how: str | None) -> Any:
        """The answer of parts that lie anywhere, where states do not add up.

        `ask` gives what a task makes of each place's parts; with its key, of all rows of a key.
        """
        raise NotImplementedError

    def one_pass(self, how: str | None) -> None:
        """Raise where two passes are asked for."""
        if how == "two-pass":
            msg = f"how={how!r} is for draws; a {type(self).__name__} takes one pass"
            raise ValueError(msg)

    def _state(self, tables: Mapping[str, pd.DataFrame], log: Mapping[str, Any]) -> State:
        layouts = {
            name: {
                part: list(names) for part, names in vars(each).items() if names or part == "keys"
            }
            for name, each in self.layouts().items()
        }
        return State(tables, {"plan": self.settings(), "layouts": layouts, "log": dict(log)})

    def state(self, tables: Mapping[str, pd.DataFrame], logs: Sequence[Mapping[str, Any]]) -> State:
        """The state of tables that an engine merged, and of what logs say of themselves."""
        if not logs:
            return self.partial(pd.DataFrame())
        return self._state(tables, merged_logs(logs))

    def idle(self) -> State:
        """The state of no rows, of which not even the columns are known."""
        return self._state(
            {name: each.empty() for name, each in self.layouts().items()},
            {"rows": 0, "left_out": 0, "on_error": self.on_error, "problems": []},
        )

    def check(self, state: State) -> None:
        """Raise where a state is of another plan."""
        if not isinstance(state, State):
            msg = f"states must be states; got {type(state).__name__}"
            raise TypeError(msg)
        theirs, ours = state.about.get("plan", {}), as_json(self.settings())
        for name in dict.fromkeys([*ours, *theirs]):
            if theirs.get(name) != ours.get(name):
                msg = (
                    f"the state is of another plan: its {name} is {theirs.get(name)!r}, that of "
                    f"this plan is {ours.get(name)!r}"
                )
                raise ValueError(msg)

    def merge(self, states: Iterable[State]) -> State:
        """One state of several, in any order and grouping.

        Parameters
        ----------
        states : iterable of State
            A generator is taken state by state, so that few of them are held at a time.

        Raises
        ------
        ValueError
            No states, or a state of another plan: the first setting that differs is named.
        """
        merging = Merging(self.layouts())
        logs = []
        for state in states:
            self.check(state)
            merging.take(state.frames())
            logs.append(state.about["log"])
            if len(logs) > _LOGS:
                logs = [merged_logs(logs)]
        if not logs:
            msg = "states must hold at least one state; got none"
            raise ValueError(msg)
        return self._state(merging.finish(), merged_logs(logs))

    def __reduce__(self) -> Any:
        return _remade, (type(self), {name: getattr(self, name) for name in self._fields()})

    def _fields(self) -> Sequence[str]:
        return tuple(self.__dataclass_fields__)  # type: ignore[attr-defined]


class Task:
    """What a worker makes of the parts in its place; pickles, as does what it gives."""

    #: The columns whose equal rows must be in one place; none where any place will do.
    key: tuple[str, ...] = ()

    def columns(self) -> tuple[str, ...] | None:
        """The columns that it reads, as far as there are such; None for all."""
        raise NotImplementedError

    def texts(self) -> tuple[str, ...]:
        """Those of its columns that may be read as categories."""
        return ()

    def __call__(self, parts: Iterable[tuple[str | None, Any]]) -> Any:
        """The result over all parts, each with its name where it has one."""
        raise NotImplementedError


def chosen(names: Iterable[str], of: Plan | Task) -> list[str]:
    """Those of the columns that a plan or a task reads."""
    wanted = of.columns()
    return [name for name in names if wanted is None or name in set(wanted)]


#: Logs' words about themselves that are held before they are put together.
_LOGS = 1000


def _remade(kind: Any, arguments: dict[str, Any]) -> Any:
    return kind(**arguments)


def as_json(value: Any) -> Any:
    """What comes back of a value that goes through JSON."""
    if isinstance(value, dict):
        return {str(key): as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    if value is None or isinstance(value, str | int | float):
        return value
    return value.item() if isinstance(value, np.generic) else str(value)


def merged_logs(logs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What several logs say of themselves, together; the order does not show."""
    found: dict[str, Any] = {}
    # Where times have no zone, or another, is a matter of logs with rows, if any has rows.
    known = [log for log in logs if log["rows"]] or list(logs)
    zones = {log["zone"]: None for log in known if "zone" in log}
    if len(zones) > 1:
        named = " and ".join(sorted("no zone" if zone is None else zone for zone in zones))
        msg = f"parts must have times in one zone; got {named}: pass timezone="
        raise ValueError(msg)
    if zones:
        (found["zone"],) = zones
    for name in ("thresholds", "in_progress"):
        given = [log[name] for log in known if log.get(name) is not None]
        if any(each != given[0] for each in given):
            msg = f"parts must be made with the same {name}; got {given}"
            raise ValueError(msg)
        if given:
            found[name] = given[0]
    for name in ("rows", "left_out"):
        found[name] = sum(log[name] for log in logs)
    found["on_error"] = logs[0]["on_error"]
    found["transferred"] = any(log.get("transferred", False) for log in logs)
    reached = [log["reach"] for log in logs if log.get("reach") is not None]
    if reached:
        found["reach"] = [min(low for low, _ in reached), max(high for _, high in reached)]
    unrecorded: dict[str, int] = {}
    for log in logs:
        for outcome, count in log.get("unrecorded", {}).items():
            unrecorded[outcome] = unrecorded.get(outcome, 0) + count
    found["unrecorded"] = dict(sorted(unrecorded.items()))
    found["problems"] = merged_problems([each for log in logs for each in log["problems"]])
    return found


def merged_problems(problems: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows left out by rule; of the examples the first by position."""
    by_rule: dict[tuple[str, str], dict[str, Any]] = {}
    for each in problems:
        rule = (each["rule"], each["left_out_of"])
        if rule not in by_rule:
            by_rule[rule] = dict(each)
            continue
        kept = by_rule[rule]
        kept["count"] += each["count"]
        first = min(tuple(one[name] for name in _EXAMPLE) for one in (kept, each))
        kept |= dict(zip(_EXAMPLE, first, strict=True))
    if len(problems) == len(by_rule):
        return list(by_rule.values())
    return [by_rule[rule] for rule in sorted(by_rule)]


@contextlib.contextmanager
def named_part(where: str | None) -> Iterator[None]:
    """Puts the name of a part in front of what is wrong in it."""
    try:
        yield
    except (InvalidDataError, MissingColumnError) as error:
        if where is not None:
            error.args = (f"{where}: {error}", *error.args[1:])
        raise


def part_frame(part: Any, columns: Sequence[str], texts: Sequence[str]) -> Any:
    """A part as the topics read it: frames as they are, Arrow by way of pandas.

    Of Arrow only the `columns` are taken, `texts` of them as categories: pandas counts those three
    times as fast as texts, and narwhals reads Arrow slowest.
    """
    if not hasattr(part, "__arrow_c_stream__") and not hasattr(part, "__arrow_c_array__"):
        return part
    library = type(part).__module__.partition(".")[0]
    if library != "pyarrow" and _is_frame(part):
        return part
    import pyarrow as pa

    if isinstance(part, pa.RecordBatch):
        table = pa.Table.from_batches([part])
    elif isinstance(part, pa.RecordBatchReader):
        table = part.read_all()
    else:
        table = part if isinstance(part, pa.Table) else pa.table(part)
    table = table.select([name for name in table.column_names if name in set(columns)])
    kinds = {name: table.schema.field(name).type for name in texts if name in table.column_names}
    plain = [
        name
        for name, kind in kinds.items()
        if pa.types.is_string(kind) or pa.types.is_large_string(kind)
    ]
    return table.to_pandas(categories=plain, ignore_metadata=True)


def whole_frame(part: Any, columns: Collection[str] | None = None) -> Any:
    """A part with all its columns, or those of some names: frames as they are, Arrow in pandas."""
    library = type(part).__module__.partition(".")[0]
    arrow = hasattr(part, "__arrow_c_stream__") or hasattr(part, "__arrow_c_array__")
    if arrow and (library == "pyarrow" or not _is_frame(part)):
        import pyarrow as pa

        if isinstance(part, pa.RecordBatchReader):
            part = part.read_all()
        elif isinstance(part, pa.RecordBatch):
            part = pa.Table.from_batches([part])
        elif not isinstance(part, pa.Table):
            part = pa.table(part)
        part = part.to_pandas()
    if columns is None:
        return part
    return part[[name for name in part.columns if name in set(columns)]]


def _is_frame(part: Any) -> bool:
    """Whether narwhals knows it: then it goes the way of all frames."""
    import narwhals as nw

    try:
        nw.from_native(part)
    except TypeError:
        return False
    return True


def plain_key(series: nw.Series[Any]) -> Any:
    """A key as every part has it: texts as texts, whatever the library held them as."""
    import narwhals as nw

    kind = series.dtype
    if kind in (nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Unknown):
        values = series.to_list()
        values = [None if pd.isna(each) else each for each in values]
        if not any(each is not None for each in values):
            return pd.Series(values, dtype=object)
        if all(isinstance(each, str | None) for each in values):
            return pd.Series(values, dtype="str" if pd.__version__ >= "3" else object)
        return pd.Series(values, dtype=object)
    found = series.to_pandas()
    return found.reset_index(drop=True)


def key_series(values: pd.Series[Any]) -> nw.Series[Any]:
    """A key as the topics take it."""
    import narwhals as nw

    return nw.from_native(values, series_only=True)


def pandas_like() -> nw.DataFrame[Any]:
    """A frame whose library results are of."""
    import narwhals as nw

    return nw.from_native(pd.DataFrame(), eager_only=True)


def same_version(version: str) -> None:
    """Raise on a worker whose callstats is not that of the caller."""
    if version != __version__:
        msg = f"a worker has callstats {__version__}, the caller {version}: install one version"
        raise RuntimeError(msg)


def key_types(kinds: Mapping[str, Any]) -> dict[str, Any]:
    """The types of Arrow that keys have in a state: texts are plain."""
    import pyarrow as pa

    def plain(kind: Any) -> Any:
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        return pa.string() if pa.types.is_large_string(kind) else kind

    return {name: plain(kind) for name, kind in kinds.items()}
