"""How far long work is, told on a terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How often a terminal is told, seconds.
_TELL_EVERY = 0.5


def in_parts(pieces: int, doing: str) -> Iterator[tuple[int, int]]:
    """First and end of all pieces at once, or of parts between which a terminal is told.

    Parts follow the clock: what work on them finds may not depend on how the pieces are parted.
    `doing` is what is told, with ``{done}`` and ``{pieces}``.
    """
    if pieces == 0 or not (sys.stderr is not None and sys.stderr.isatty()):
        yield 0, pieces
        return
    done, part, written = 0, 1, False
    try:
        while done < pieces:
            end = min(done + part, pieces)
            begun = time.monotonic()
            yield done, end
            took = max(time.monotonic() - begun, 1e-6)
            done, part = end, max(1, round((end - done) * min(8.0, _TELL_EVERY / took)))
            if done < pieces and took >= 0.5 * _TELL_EVERY:
                written = True
                sys.stderr.write("\r" + doing.format(done=f"{done:,}", pieces=f"{pieces:,}"))
                sys.stderr.flush()
    finally:
        if written:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
