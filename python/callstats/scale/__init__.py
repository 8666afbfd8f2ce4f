"""The same answers beyond memory and beyond one machine.

A plan is a question with all its settings: `partial` makes a state of some of the rows, `merge` one
state of several, `finish` the frame that the ordinary function gives, to the last bit. `run` does
all three over files, streams and the frames of an engine.
"""

from callstats.scale.running import run
from callstats.scale.states import State
from callstats.scale.summaries import Summary
from callstats.scale.waits import Patience, PatienceCurve, PatienceHazard

__all__ = ["Patience", "PatienceCurve", "PatienceHazard", "State", "Summary", "run"]


def __dir__() -> list[str]:
    return __all__
