"""Which rows of a log of calls can have a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.checks import must_be
from callstats._tables.columns import to_pandas

if TYPE_CHECKING:
    import narwhals as nw
    from numpy.typing import NDArray

#: The outcomes of the canonical table of calls.
_OUTCOMES = ("answered", "abandoned", "flow_out", "callback", "blocked")


def recorded(frame: nw.DataFrame[Any], *, strict: bool = True) -> NDArray[np.bool_] | None:
    """Rows of a log that can have a recording: answered, by an agent, with a talk.

    None where the frame is no log of calls: it has no column `outcome`, or one of other words.

    Raises
    ------
    InvalidDataError
        It is a log, and some of its outcomes are other words; where not `strict`, None.
    """
    if "outcome" not in frame.columns:
        return None
    outcome = to_pandas(frame["outcome"])
    known = outcome.isin(_OUTCOMES).to_numpy(dtype=bool)
    missing = outcome.isna().to_numpy(dtype=bool)
    strange = ~known & ~missing
    if not known.any() and "wait" not in frame.columns:
        return None
    if strange.any() and not strict:
        return None
    must_be(
        "outcome",
        outcome,
        f"one of {', '.join(_OUTCOMES)} for it to be known which calls can have a recording",
        strange,
        ending="; pass the log through kpi.canonical first, or say which by eligible=",
    )
    possible = (outcome == "answered").to_numpy(dtype=bool, na_value=False)
    if "agent" in frame.columns:
        possible = possible & to_pandas(frame["agent"]).notna().to_numpy(dtype=bool)
    if "talk" in frame.columns:
        # A talk of 0 s was recorded all the same; a missing one was not a talk.
        possible = possible & to_pandas(frame["talk"]).notna().to_numpy(dtype=bool)
    return np.ascontiguousarray(possible)
