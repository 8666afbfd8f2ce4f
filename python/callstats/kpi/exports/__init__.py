"""From the exports of telephone systems to the canonical tables."""

from callstats.kpi.exports.reading import canonical, read_export

__all__ = ["canonical", "read_export"]
