"""Tables in files: CSV, TSV, Parquet and Excel by the name's ending, read with care, written whole.

Reading names the file, the row and the line of whatever cannot be read. Writing goes to a
temporary file beside the target, which takes the target's place only when it is complete.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from callstats.files.columns import CALLS, INTERVALS, Content, is_ratio, settled, typed
    from callstats.files.formats import FORMATS, STANDARD, Format, named
    from callstats.files.partitions import parts
    from callstats.files.reading import Table, read
    from callstats.files.streaming import columns_of, streamed
    from callstats.files.text import visible
    from callstats.files.whole import Outputs, directory
    from callstats.files.writing import write

__all__ = [
    "CALLS",
    "FORMATS",
    "INTERVALS",
    "STANDARD",
    "Content",
    "Format",
    "Outputs",
    "Table",
    "columns_of",
    "directory",
    "is_ratio",
    "named",
    "parts",
    "read",
    "settled",
    "streamed",
    "typed",
    "visible",
    "write",
]

#: Where each name lives; pandas is imported with the first that needs it, so that
#: ``callstats --help`` does not wait for it.
_HOMES = {
    "columns": ("CALLS", "INTERVALS", "Content", "is_ratio", "settled", "typed"),
    "formats": ("FORMATS", "STANDARD", "Format", "named"),
    "partitions": ("parts",),
    "reading": ("Table", "read"),
    "streaming": ("columns_of", "streamed"),
    "text": ("visible",),
    "whole": ("Outputs", "directory"),
    "writing": ("write",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'callstats.files' has no attribute {name!r}")
    return getattr(importlib.import_module(f"callstats.files.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
