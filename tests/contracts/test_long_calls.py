"""Long calls end at Ctrl-C, and leave the interpreter to others meanwhile."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from callstats import erlang, staffing

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
