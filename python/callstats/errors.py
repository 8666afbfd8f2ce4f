"""What callstats raises beyond Python's own exceptions."""

from __future__ import annotations

from typing import Any

__all__ = ["InfeasibleError", "InvalidDataError", "MissingColumnError", "NotConverged"]


def __dir__() -> list[str]:
    return __all__


class MissingColumnError(ValueError):
    """A frame lacks a column that was asked for."""

    def __init__(self, message: str, likely: dict[str, str | None] | None = None) -> None:
        super().__init__(message)
        #: Of an export: the names that no column is known by, with one that holds such a name.
        self.likely = {} if likely is None else likely


class InvalidDataError(ValueError):
    """Values break a rule; the message names column, rule, first bad value, position and count.

    The fields hold the same for programs. Those that do not apply are None: an argument that is
    one value has no position, a file that cannot be read no column.
    """

    def __init__(
        self,
        message: str | None = None,
        *,
        argument: str | None = None,
        column: str | None = None,
        rule: str | None = None,
        value: Any = None,
        got: str | None = None,
        position: int | list[int] | None = None,
        label: Any = None,
        place: str | None = None,
        bad: int | None = None,
        total: int | None = None,
        remedy: str | None = None,
        ending: str = "",
    ) -> None:
        """`rule` is read after "must". `got`, `place` and `ending` are parts of the message.

        They are the value as text, the words for its position, and what follows the count.
        """
        #: What was handed over, or the frame that the column is of.
        self.argument = argument
        self.column = column
        self.rule = rule
        #: The first value that breaks the rule, its position and the label of its row, if another.
        self.value = value
        self.position = position
        self.label = label
        #: How many values break the rule, of how many.
        self.bad = bad
        self.total = total
        #: The argument that lets the call go on in spite of them.
        self.remedy = remedy
        self._got = got
        self._place = place or f"position {position}"
        self._ending = ending
        super().__init__(self.sentence() if message is None else message)

    def sentence(self, place: str | None = None) -> str:
        """The fields as a message, where `place` tells the position in other words."""
        text = f"{self.column or self.argument} must {self.rule}; got {self._got}"
        if self.position is not None:
            text += f" at {place or self._place} ({self.bad} bad of {self.total})"
        return text + self._ending


class InfeasibleError(ValueError):
    """No number of agents can meet the goals, and the caller asked to be told so."""


class NotConverged(ArithmeticError):  # noqa: N818 - the core's word for it, and the field's
    """An iteration met its bound; the message holds the arguments. Please report it."""
