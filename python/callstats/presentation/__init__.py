"""How results are shown: a dictionary of all their columns, and tables that people read."""

from __future__ import annotations

from callstats.presentation.columns import Column, column
from callstats.presentation.shown import Shown, show

__all__ = ["Column", "Shown", "column", "show"]
