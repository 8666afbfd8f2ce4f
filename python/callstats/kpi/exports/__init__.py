"""From the exports of telephone systems to the canonical tables."""

from callstats.kpi.exports.reading import (
    Reading,
    canonical,
    is_canonical,
    match_columns,
    read_export,
)

__all__ = ["Reading", "canonical", "is_canonical", "match_columns", "read_export"]
