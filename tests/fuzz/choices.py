"""What a fuzzer's bytes stand for: numbers, words and counts, taken one after the other."""

from __future__ import annotations

import struct

#: Numbers at which arithmetic changes its ways; a byte chooses one.
EDGES = (
    0.0, -0.0, 5e-324, 1e-310, 2.3e-308, 1e-150, 1e-17, 1e-16, 1e-9, 1e-3, 0.05, 0.1, 0.25,
    1 / 3, 0.5, 0.95, 0.999999, 1 - 2**-53, 1.0, 1 + 2**-52, 1.5, 2.0, 3.0, 7.0, 10.0, 99.0,
    100.0, 1e3, 65535.0, 1e6, 2.0**31, 2.0**53, 1e16, 1e150, 1.7e308, float("inf"), float("nan"),
    -1.0, -1e-300, -1e300,
)  # fmt: skip


class Choices:
    """Values read off `data`; once it is used up every value is the first of its kind."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._next = 0

    def _bytes(self, count: int) -> bytes:
        begun, self._next = self._next, self._next + count
        return self._data[begun : self._next].ljust(count, b"\0")

    def whole(self, first: int, last: int) -> int:
        """A whole number from `first` to `last`."""
        count = 1 if last - first < 256 else 4
        return first + int.from_bytes(self._bytes(count), "little") % (last - first + 1)

    def one_of(self, options):
        return options[self.whole(0, len(options) - 1)]

    def number(self) -> float:
        """Any double: an edge, a count, a share or eight free bytes."""
        kind = self.whole(0, 3)
        if kind == 0:
            return self.one_of(EDGES)
        if kind == 1:
            return float(self.whole(0, 255))
        if kind == 2:
            return self.whole(0, 2**32 - 1) / 2**32
        return struct.unpack("<d", self._bytes(8))[0]

    def rest(self) -> bytes:
        """All that is left."""
        return self._data[self._next :]
