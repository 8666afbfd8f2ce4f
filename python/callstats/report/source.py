"""Where a log comes from, on what terms, and what its reader did with odd rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Source"]


@dataclass(frozen=True)
class Source:
    """What a report says of its data; every part may be empty."""

    name: str = ""
    terms: str = ""
    clock: str = ""
    #: What became of the rows that were read, by name.
    rows: dict[str, int] = field(default_factory=dict)
    #: Oddities: dicts with `rule, count, example, effect`.
    report: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, given: str | Mapping[str, Any] | None, attrs: Mapping[str, Any]) -> Source:
        """From what the caller says, else from what the dataset's reader left in ``attrs``."""
        if isinstance(given, str):
            given = {"source": given}
        found = attrs if given is None else given
        if not isinstance(found, Mapping):
            msg = f"source must be text or a mapping; got {type(found).__name__}"
            raise TypeError(msg)
        return cls(
            name=str(found.get("source", "")),
            terms=str(found.get("terms", "")),
            clock=str(found.get("clock", "")),
            rows=dict(found.get("rows") or {}),
            report=[dict(row) for row in found.get("report") or []],
        )
