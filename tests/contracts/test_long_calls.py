"""Long calls end at Ctrl-C, let others have the interpreter, and tell a terminal where they are."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from callstats import day, erlang, simulate, staffing
from callstats._tables import progress

if TYPE_CHECKING:
    from collections.abc import Callable

#: What cells not yet computed hold; no answer is below 0.
EMPTY = -1.0
LONG: dict[str, Callable[..., Any]] = {
    "required_agents": lambda loads, out: staffing.required_agents(
        loads, aht=180, patience=120, service_level=0.8, threshold=20, rounding=None, out=out
    ),
    "max_load": lambda loads, out: staffing.max_load(
        loads, aht=180, patience=120, service_level=0.8, threshold=20, out=out
    ),
    "max_line_load": lambda loads, out: staffing.max_line_load(loads, blocking=0.01, out=out),
    "load_with_redials": lambda loads, out: erlang.load_with_redials(
        loads, loads, aht=180, patience=120, redial=0.9, out=out
    ),
}
every = pytest.mark.parametrize("call", LONG.values(), ids=LONG)


def arguments(cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Loads at some microseconds each, and what holds the answers."""
    return np.linspace(3, 400, cells), np.full(cells, EMPTY)


@every
@pytest.mark.skipif(os.name != "posix", reason="needs signals of POSIX")
def test_ctrl_c_ends_a_call_before_it_is_done(call):
    loads, out = arguments(2_000_000)
    # Where tests run in the background, SIGINT is ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    over = threading.Event()

    def interrupt() -> None:
        while (out == EMPTY).all() and not over.wait(0.001):
            pass
        if not over.is_set():
            os.kill(os.getpid(), signal.SIGINT)

    presser = threading.Thread(target=interrupt)
    presser.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            call(loads, out)
    finally:
        over.set()
        presser.join()
        signal.signal(signal.SIGINT, before)
    assert (out != EMPTY).any()
    assert (out == EMPTY).any()
    # The next call knows nothing of it.
    assert (call(loads[:5], np.full(5, EMPTY)) != EMPTY).all()


@every
def test_others_run_while_a_call_computes(call):
    loads, out = arguments(100_000)
    worker = threading.Thread(target=call, args=(loads, out))
    worker.start()
    seen_half_done = False
    while worker.is_alive() and not seen_half_done:
        # Only a thread that has the interpreter while the other computes can see this.
        seen_half_done = bool((out != EMPTY).any() and (out == EMPTY).any())
    worker.join()
    assert seen_half_done
    assert (out != EMPTY).all()


class Terminal(io.StringIO):
    def isatty(self):
        return True


DAYS = pd.DataFrame(
    {"calls": 90.0, "aht": 300.0, "agents": [15, 16] * 60, "date": np.repeat(range(60), 2)}
)
TOLD: dict[str, Callable[[], Any]] = {
    "of 60 replications": lambda: simulate.run(
        simulate.Model(simulate.CallType("calls", 0.05, 1, talk=200, patience=180), 13),
        horizon="20h",
        replications=60,
        seed=1,
    ),
    "days: 1 of 60": lambda: day.evaluate(DAYS, interval=1800, by="date", start=3),
    "of 60": lambda: day.required_agents(DAYS, interval=1800, by="date", service_level=0.8),
}


@pytest.mark.parametrize("told", TOLD)
def test_a_terminal_alone_is_told_how_far_it_is(told, capsys, monkeypatch):
    quiet = TOLD[told]()
    assert capsys.readouterr().err == ""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "_TELL_EVERY", 1e-4)
    beside = TOLD[told]()
    # The line is wiped in the end, and telling of it changes no figure.
    assert told in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")
    pd.testing.assert_frame_equal(quiet, beside, check_exact=True)
