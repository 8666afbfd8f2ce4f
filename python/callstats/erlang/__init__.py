"""Erlang B, C and A: what callers meet at given agents and load.

One family for three models, told apart by ``patience``, the mean time before a caller hangs up:

- infinite (the default): nobody hangs up, Erlang C. At ``agents <= load`` the queue grows without
  end, and the answer says so: everybody waits, for ever.
- finite: callers hang up after an exponentially distributed time, Erlang A. Always stable.
- 0: who finds all agents busy is lost at once, Erlang B.

All assume Poisson arrivals, exponential handle times, agents who are all alike, first come first
served, and an interval long enough for the steady state. Bursty arrivals wait longer than told
here, and what waits at the end of an interval is not carried into the next.

The same functions go beyond these models, by arguments that may be combined:

- ``patience=Patience(...)``: callers hang up at the measured rate for each wait, as
  `callstats.kpi.patience_hazard` gives it. One patience for all cells.
- ``lines`` (default inf): waiting and served callers share so many lines; who finds all taken is
  blocked, an offered call that waits 0 s and is in no service level. Whole numbers or inf,
  broadcastable. A line is held for the handle time; after-call work keeps an agent and no line.
- ``slowdown``: chats. Mean handle times of a contact while its agent has 1, 2, ... of them, in any
  unit; ``aht`` and ``load`` are those of a contact alone. Contacts are spread evenly; agents are
  whole. ``wait_probability`` is that of finding every place taken, ``occupancy`` the share of
  agents with at least one contact.
- ``load_cv`` (default 0): the load is uncertain, Gamma distributed with this coefficient of
  variation; broadcastable. ``average="calls"`` counts every call alike, as the figure of a month
  does; ``"intervals"`` counts every interval alike. Occupancy and queue length are means over time.

`blend` fills idle agents with a backlog of jobs; `redials` has lost callers call again.

Every value is within 1e-12, relative, of the exact one for the given binary64 numbers, at a cost
that does not grow with the agents; where a result is ill-conditioned (load next to agents), within
what rounding the inputs costs. Checked against 658 systems known to 25 digits. Beyond Erlang A it
is 1e-11, and 1e-9 for uncertain loads, delayed redials and jobs of another length; checked against
268 more.

References
----------
Palm, Research on telephone traffic carried by full availability groups, Tele 1 (1957). Garnett,
Mandelbaum & Reiman, Designing a call center with impatient customers, M&SOM 4 (2002). Mandelbaum &
Zeltyn, Service engineering in action: the Palm/Erlang-A queue (2007). Baccelli & Hebuterne, On
queues with impatient customers, Performance (1981). Movaghar, On queueing with customer impatience
until the beginning of service, Queueing Systems 29 (1998).
"""

from callstats.erlang.blending import blend
from callstats.erlang.patience import Patience
from callstats.erlang.redials import load_with_redials, redials
from callstats.erlang.shares import (
    abandonment,
    blocking,
    occupancy,
    service_level,
    wait_probability,
)
from callstats.erlang.tables import load, measures, table
from callstats.erlang.waits import (
    asa,
    mean_wait,
    mean_wait_abandoned,
    queue_length,
    trunk_load,
    wait_quantile,
    wait_survival,
)

__all__ = [
    "Patience",
    "abandonment",
    "asa",
    "blend",
    "blocking",
    "load",
    "load_with_redials",
    "mean_wait",
    "mean_wait_abandoned",
    "measures",
    "occupancy",
    "queue_length",
    "redials",
    "service_level",
    "table",
    "trunk_load",
    "wait_probability",
    "wait_quantile",
    "wait_survival",
]


def __dir__() -> list[str]:
    return __all__
