"""What callstats raises beyond Python's own exceptions."""

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
    """Rows of a frame break a rule; the message names column, rule, first bad row and count."""


class InfeasibleError(ValueError):
    """No number of agents can meet the goals, and the caller asked to be told so."""


class NotConverged(ArithmeticError):  # noqa: N818 - the core's word for it, and the field's
    """An iteration met its bound; the message holds the arguments. Please report it."""
