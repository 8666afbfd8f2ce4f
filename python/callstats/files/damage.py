"""What the readers of other libraries raise on damaged files, as one error that names the file."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes out for a byte in. Sheets of one repeated value reach 17, those of ids and labels 20, and
#: deflate itself ends at 1032.
_INFLATION = 100
#: What is unpacked without asking for the ratio: nothing that memory or time would notice.
_SMALL = 1 << 22


@contextlib.contextmanager
def readable(name: str, kind: str) -> Iterator[None]:
    """Turn whatever a damaged file makes its reader raise into InvalidDataError.

    One flipped bit makes openpyxl, zipfile, expat and pyarrow raise some fifteen types, from
    zlib.error to KeyError: no list of them stays whole. What the system says of a file (no such
    file, no permission) passes as it is; it alone has an errno.
    """
    try:
        yield
    except InvalidDataError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise InvalidDataError(f"{name} is not {kind} that can be read: {reason}") from None


def refuse_inflated(name: str, packed: int, unpacked: int) -> None:
    """Refuse a file that swells far beyond what tables of calls do, before it fills the memory."""
    if unpacked > max(_SMALL, _INFLATION * packed):
        raise InvalidDataError(
            f"{name} unpacks to more than {_INFLATION} times its {packed} bytes, which no table "
            "does; unpack it yourself if it is right"
        )
