"""What the rates mean: which calls are counted, and out of which."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from callstats._tables.checks import confidence_level, one_of
from callstats._tables.data_files import written_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

ServiceLevel = Literal[
    "offered",
    "answered",
    "exclude_abandoned_within",
    "count_abandoned_within",
    "count_short_abandoned",
    "exclude_short_abandoned",
]
Base = Literal["answered+abandoned", "answered+abandoned+flow_out", "all"]
Language = Literal["en", "zh"]
Limits = Literal["wilson", "clopper_pearson", "jeffreys", "agresti_coull"]


@dataclass(frozen=True)
class Ratio:
    """A sum of counts or seconds over another; a term with "-" before it is taken away."""

    numerator: tuple[str, ...]
    denominator: tuple[str, ...]

    def sides(self, columns: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Both sides from the columns that the terms name."""
        return added(self.numerator, columns), added(self.denominator, columns)

    def formula(self, words: Mapping[str, str]) -> str:
        """The ratio in words."""
        return f"{_written(self.numerator, words)} / {_written(self.denominator, words)}"


def added(terms: tuple[str, ...], columns: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """The sum of the columns that the terms name; a term with "-" before it is taken away."""
    first, *others = terms
    total = columns[first]
    for term in others:
        name = term.removeprefix("-")
        total = total - columns[name] if name != term else total + columns[name]
    return total


def _written(terms: tuple[str, ...], words: Mapping[str, str]) -> str:
    first, *others = terms
    text = words[first]
    for term in others:
        name = term.removeprefix("-")
        text += f" {'-' if name != term else '+'} {words[name]}"
    return f"({text})" if others else text


_QUEUED = ("answered", "abandoned")

#: The service-level variants: each counts something within the threshold, out of some denominator.
SERVICE_LEVELS: dict[str, Ratio] = {
    "offered": Ratio(("answered_within",), _QUEUED),
    "answered": Ratio(("answered_within",), ("answered",)),
    "exclude_abandoned_within": Ratio(("answered_within",), (*_QUEUED, "-abandoned_within")),
    "count_abandoned_within": Ratio(("answered_within", "abandoned_within"), _QUEUED),
    "count_short_abandoned": Ratio(("answered_within", "short_abandoned"), _QUEUED),
    "exclude_short_abandoned": Ratio(("answered_within",), (*_QUEUED, "-short_abandoned")),
}
_BASES: dict[str, tuple[str, ...]] = {
    "answered+abandoned": _QUEUED,
    "answered+abandoned+flow_out": (*_QUEUED, "flow_out"),
    "all": ("offered",),
}
_ABANDONMENT = {
    **{name: Ratio(("abandoned",), base) for name, base in _BASES.items()},
    "drop_short": Ratio(("abandoned", "-short_abandoned"), (*_QUEUED, "-short_abandoned")),
    "short_not_counted": Ratio(("abandoned", "-short_abandoned"), _QUEUED),
}
_ASA = {
    "answered": Ratio(("wait_sum_answered",), ("answered",)),
    "all_waits": Ratio(("wait_sum_all",), ("answered",)),
}
# The parts of handle time, by whether the recorded talk time leaves hold out or holds it already.
_HANDLE: dict[bool, dict[str, tuple[str, ...]]] = {
    False: {
        "talk+hold+acw": ("talk_sum", "hold_sum", "acw_sum"),
        "talk+acw": ("talk_sum", "acw_sum"),
        "talk+hold": ("talk_sum", "hold_sum"),
        "talk": ("talk_sum",),
    },
    True: {
        "talk+hold+acw": ("talk_sum", "acw_sum"),
        "talk+acw": ("talk_sum", "-hold_sum", "acw_sum"),
        "talk+hold": ("talk_sum",),
        "talk": ("talk_sum", "-hold_sum"),
    },
}
_RING: dict[str, Ratio] = {
    "excluded": Ratio(("handle",), ("handle", "available")),
    "busy": Ratio(("handle", "ring"), ("handle", "ring", "available")),
    "idle": Ratio(("handle",), ("handle", "ring", "available")),
}


@dataclass(frozen=True)
class Definitions:
    """A frozen, named set of definitions; ``print`` shows every formula.

    Parameters
    ----------
    name : str
        What reports call the set.
    service_level : str
        ``"offered"``: answered within T / (answered + abandoned). ``"answered"``: / answered.
        ``"exclude_abandoned_within"``: who hung up within T leaves the denominator.
        ``"count_abandoned_within"``: they count as served in time. ``"count_short_abandoned"`` and
        ``"exclude_short_abandoned"``: the same with the short-abandon limit in place of T.
    include_flowout : bool
        Add flow-outs to the denominator of the service level.
    inclusive : bool
        Whether a wait equal to T is within T. The limit of a short abandon is always inclusive.
    answer_rate, abandonment_rate : str
        The denominator: ``"answered+abandoned"``, ``"answered+abandoned+flow_out"`` or ``"all"``
        rows. For abandonment also ``"drop_short"``, short abandons leave both sides, and
        ``"short_not_counted"``, they leave the numerator alone.
    asa : str
        ``"answered"``: wait of the answered / answered; ``"all_waits"``: wait of all / answered.
    aht : str
        The parts: ``"talk+hold+acw"``, ``"talk+acw"``, ``"talk+hold"`` or ``"talk"``.
    hold_in_talk : bool
        Whether the recorded talk time holds the hold time already.
    ring : str
        In occupancy, ringing is ``"excluded"``, ``"busy"`` or ``"idle"`` time.
    confidence : float
        Of the limits of rates; between 0 and 1.
    limits : str
        Their method, as in `intervals.proportion`: ``"wilson"``, ``"clopper_pearson"``,
        ``"jeffreys"`` or ``"agresti_coull"``.

    Examples
    --------
    >>> definitions = Definitions(name="contract", service_level="exclude_short_abandoned")
    >>> print(definitions.explain().splitlines()[1])
    service level = answered within T / (answered + abandoned - short abandons)
    >>> print(definitions.explain("zh").splitlines()[1])
    服务水平 = T 秒内应答量 / (应答量 + 放弃量 - 短放弃量)
    """

    name: str = "default"
    service_level: ServiceLevel = "offered"
    include_flowout: bool = False
    inclusive: bool = True
    answer_rate: Base = "answered+abandoned"
    abandonment_rate: Base | Literal["drop_short", "short_not_counted"] = "answered+abandoned"
    asa: Literal["answered", "all_waits"] = "answered"
    aht: Literal["talk+hold+acw", "talk+acw", "talk+hold", "talk"] = "talk+hold+acw"
    hold_in_talk: bool = False
    ring: Literal["excluded", "busy", "idle"] = "excluded"
    confidence: float = 0.95
    limits: Limits = "wilson"

    def __post_init__(self) -> None:
        choices: dict[str, Iterable[str]] = {
            "service_level": SERVICE_LEVELS,
            "answer_rate": _BASES,
            "abandonment_rate": _ABANDONMENT,
            "asa": _ASA,
            "aht": _HANDLE[False],
            "ring": _RING,
            "limits": get_args(Limits),
        }
        for field, allowed in choices.items():
            one_of(field, getattr(self, field), allowed)
        for field in ("include_flowout", "inclusive", "hold_in_talk"):
            if not isinstance(getattr(self, field), bool):
                raise TypeError(f"{field} must be True or False; got {getattr(self, field)!r}")
        if not self.name or not isinstance(self.name, str):
            raise ValueError(f"name must be a text; got {self.name!r}")
        confidence_level(self.confidence)

    def __str__(self) -> str:
        return self.explain()

    def rates(self) -> dict[str, Ratio]:
        """The ratios of counts, each of which gets limits."""
        level = SERVICE_LEVELS[self.service_level]
        if self.include_flowout:
            level = Ratio(level.numerator, (*level.denominator, "flow_out"))
        return {
            "service_level": level,
            "answer_rate": Ratio(("answered",), _BASES[self.answer_rate]),
            "abandonment_rate": _ABANDONMENT[self.abandonment_rate],
            "transfer_rate": Ratio(("transferred",), ("answered",)),
        }

    def means(self) -> dict[str, Ratio]:
        """The ratios of seconds to counts."""
        handle = _HANDLE[self.hold_in_talk]
        return {
            "asa": _ASA[self.asa],
            "mean_wait": Ratio(("wait_sum_all",), ("offered",)),
            "mean_time_to_abandon": Ratio(("wait_sum_abandoned",), ("abandoned",)),
            "att": Ratio(handle["talk"], ("handled_timed",)),
            "aht": Ratio(handle[self.aht], ("handled_timed",)),
        }

    def occupancies(self) -> dict[str, Ratio]:
        """The ratios of agents' time."""
        return {
            "occupancy": _RING[self.ring],
            "logged_in_occupancy": Ratio(("handle",), ("logged_in",)),
        }

    def explain(self, language: Language = "en") -> str:
        """Every formula in words, a line each.

        Parameters
        ----------
        language : {"en", "zh"}
            English or Chinese.

        Returns
        -------
        str
            The name of the set, then the formulas, then what "within T" means and the limits.
        """
        if language not in get_args(Language):
            raise ValueError(f"language must be 'en' or 'zh'; got {language!r}")
        words = written_in("callstats.kpi.calls", "definitions.toml")[language]
        ratios = {**self.rates(), **self.means(), **self.occupancies()}
        method, sign = words["limits"][self.limits], "<=" if self.inclusive else "<"
        lines = [
            words["head"].format(name=self.name),
            *(f"{words['figures'][n]} = {r.formula(words['columns'])}" for n, r in ratios.items()),
            *([words["hold_in_talk"]] if self.hold_in_talk else []),
            words["within"].format(sign=sign),
            words["limits_of_rates"].format(method=method, confidence=self.confidence),
        ]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The fields, as JSON can hold them."""
        return asdict(self)


def as_definitions(definition: Definitions | str | None) -> Definitions:
    """A set from a set, from the name of a service-level variant, or the default one."""
    if definition is None:
        return Definitions()
    if isinstance(definition, Definitions):
        return definition
    if isinstance(definition, str) and definition in SERVICE_LEVELS:
        return Definitions(name=definition, service_level=definition)  # type: ignore[arg-type]
    listed = ", ".join(repr(name) for name in SERVICE_LEVELS)
    raise ValueError(f"definition must be a Definitions or one of {listed}; got {definition!r}")
