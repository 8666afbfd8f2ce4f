"""Tables in files: CSV, TSV, Parquet and Excel by the name's ending, read with care, written whole.

Reading names the file, the row and the line of whatever cannot be read. Writing goes to a
temporary file beside the target, which takes the target's place only when it is complete.
"""

from __future__ import annotations

from callstats.files.columns import CALLS, INTERVALS, Content, typed
from callstats.files.formats import FORMATS, STANDARD, Format, named
from callstats.files.reading import Table, read
from callstats.files.whole import Outputs, directory
from callstats.files.writing import visible, write

__all__ = [
    "CALLS",
    "FORMATS",
    "INTERVALS",
    "STANDARD",
    "Content",
    "Format",
    "Outputs",
    "Table",
    "directory",
    "named",
    "read",
    "typed",
    "visible",
    "write",
]
