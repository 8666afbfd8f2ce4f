"""From agents per interval to shifts and breaks: integer programmes with their bounds.

Needs HiGHS: ``pip install callstats[schedule]``. Every answer says how far from the best it may be.
"""

from callstats.shifts.covering import cover
from callstats.shifts.designs import design
from callstats.shifts.placements import breaks
from callstats.shifts.plans import Cover
from callstats.shifts.resampling import resample
from callstats.shifts.service import cover_service
from callstats.shifts.tables import templates

__all__ = ["Cover", "breaks", "cover", "cover_service", "design", "resample", "templates"]


def __dir__() -> list[str]:
    return __all__
