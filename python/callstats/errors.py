"""What callstats raises beyond Python's own exceptions."""

__all__ = ["InfeasibleError", "InvalidDataError", "MissingColumnError", "NotConverged"]


def __dir__() -> list[str]:
    return __all__


class MissingColumnError(ValueError):
    """A frame lacks a column that was asked for."""


class InvalidDataError(ValueError):
    """Rows of a frame break a rule; the message names column, rule, first bad row and count."""


class InfeasibleError(ValueError):
    """No number of agents can meet the goals, and the caller asked to be told so."""


class NotConverged(ArithmeticError):  # noqa: N818 - the core's word for it, and the field's
    """An iteration met its bound; the message holds the arguments. Please report it."""
