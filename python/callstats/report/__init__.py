"""From a log of calls to a folder: key figures, staffing, a sample, and one page that shows all."""

from callstats.report.writing import Summary, write

__all__ = ["Summary", "write"]


def __dir__() -> list[str]:
    return __all__
