"""A result never takes the place of a file that the command reads."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_STANDARD = "-"


def refuse_overwriting(inputs: Iterable[str], outputs: Iterable[str]) -> None:
    """Raise ValueError where an output is one of the inputs, or lies in a folder of them.

    Files are compared by device and number, so that other spellings of a path, symbolic and hard
    links, standard input and a redirected standard output are seen through. A file written into a
    folder of recordings would be one of them at the next draw.
    """
    read = [(path, found) for path in inputs if (found := _status(path, sys.stdin))]
    for output in outputs:
        written = _status(output, sys.stdout)
        folders = [] if output == _STANDARD else [_status(str(f), None) for f in _above(output)]
        for path, status in read:
            if written is not None and os.path.samestat(written, status):
                msg = f"{output} is {_named(path)}, which it would replace; name another file"
                raise ValueError(msg)
            if any(folder is not None and os.path.samestat(folder, status) for folder in folders):
                msg = f"{output} lies in {path}, whose files are read; name another folder"
                raise ValueError(msg)


def _named(path: str) -> str:
    return "standard input" if path == _STANDARD else f"the input {path}"


def _above(path: str) -> tuple[Path, ...]:
    """The folders that a file is in."""
    return tuple(Path(path).resolve().parents)


def _status(path: str, standard: object) -> os.stat_result | None:
    """What the system knows of a file or folder; None where there is none to lose."""
    try:
        if path == _STANDARD:
            number = standard.fileno()  # type: ignore[attr-defined] # ValueError where it has none
            status = os.fstat(number)
        else:
            status = Path(path).stat()
    except (OSError, ValueError, AttributeError):
        return None
    # Terminals, pipes and /dev/null lose nothing by being read and written.
    kept = stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)
    return status if kept else None
