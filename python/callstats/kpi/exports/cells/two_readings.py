"""The error of what can be read in two ways."""

from __future__ import annotations

from callstats.errors import InvalidDataError

__all__ = ["TwoReadingsError"]


class TwoReadingsError(InvalidDataError):
    """Values can be read in two ways; the message says what to pass for each."""
