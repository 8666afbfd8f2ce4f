"""Ctrl-C ends every public function within a second, and other threads go on meanwhile.

All is counted in processor time of this process: a busy machine makes nothing late.
"""

from __future__ import annotations

import gc
import itertools
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import worst
from registry import ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [
    pytest.mark.frames,
    pytest.mark.skipif(os.name != "posix", reason="needs signals of POSIX"),
]

#: Seconds of processor time that a person waits at most, and between two Ctrl-C.
WITHIN = 1.0
EVERY = 0.01
every = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


@contextmanager
def signals(handler: Callable[..., None]) -> Iterator[None]:
    """Calls `handler` after every so much processor time, as soon as Python handles signals."""
    before = signal.signal(signal.SIGPROF, handler)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def another_thread(beats: list[float]) -> Iterator[None]:
    """A thread that notes the processor time whenever it has the interpreter."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(0.002):
            beats.append(time.process_time())

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def longest(times: list[float]) -> float:
    return max(after - before for before, after in itertools.pairwise(times))


def interrupted(call: Callable[[], Any], at: int) -> float | None:
    """Seconds from the Ctrl-C at a signal to the end of the call; None where it ended before.

    Python drops what is raised in a finalizer, and before 3.13 in a C library's question whether
    an object has an attribute. A person presses again: the second signal is the last.
    """
    sent: list[float] = []
    seen = 0
    running = True

    def press(*_: object) -> None:
        nonlocal seen
        seen += 1
        if at <= seen < at + 2 and running:
            sent.append(time.process_time())
            raise KeyboardInterrupt

    try:
        with signals(press):
            call()
            running = False
    except KeyboardInterrupt:
        return time.process_time() - sent[0]
    # A call that ended right after the first had no time to hear the second.
    assert len(sent) < 2, "the call went on after Ctrl-C"
    return None


@pytest.fixture(autouse=True)
def drawing_is_imported():
    """An import that a Ctrl-C leaves half done is no matter of the call."""
    pytest.importorskip("matplotlib").use("agg")
    pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(scope="module")
def earlier_objects_are_set_aside():
    """To look through what other tests left, a second of garbage collection, is not the call's."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@every
@pytest.mark.usefixtures("earlier_objects_are_set_aside")
def test_every_call_hears_ctrl_c_and_lets_others_run(row):
    call = worst.long_call(row)
    heard, beats = [time.process_time()], [time.process_time()]
    with another_thread(beats), signals(lambda *_: heard.append(time.process_time())):
        call()
    end = time.process_time()
    assert longest([*heard, end]) < WITHIN
    assert longest([*beats, end]) < WITHIN
    # In the middle, if the call lasts until then; the first call may have been the longer one.
    at = len(heard) // 2
    while at > 0:
        seconds = interrupted(call, at)
        if seconds is not None:
            assert seconds < WITHIN
            break
        at //= 2


@every
def test_the_core_calls_no_python(row):
    # What a Ctrl-C raises in there is lost where an argument is tried as one type after another: it
    # counts as the answer that this type is wrong.
    call = worst.short_call(row)
    call()
    inside: list[str] = []
    met: list[str] = []

    def look(frame: Any, event: str, argument: Any) -> None:
        if event == "c_call" and getattr(argument, "__module__", "") == "callstats._core":
            inside.append(argument.__qualname__)
        elif event in {"c_return", "c_exception"} and inside:
            inside.clear()
        elif event == "call" and inside:
            met.append(f"{frame.f_code.co_qualname} in {inside[-1]}")

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        call()
    finally:
        sys.setprofile(before)
    assert not met
