"""Output files that are there whole, or not at all.

Each file is written under a temporary name beside its target, brought to the disk, and put in the
target's place by one rename. An exception (an interrupt too) removes what was written. Only a
process killed outright leaves a file behind, and its name says what it is:
``.kpi.csv.0f3a5c7e9b1d2f48.partial``. The number in it is random: what was left behind never stands
in the way, and nobody can put a link there beforehand.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType


class Outputs:
    """Files that take their places together, when the block ends without an exception.

    The renames come after everything is on the disk, one after the other: what can fail (no room,
    no permission, bad data) has happened before the first.
    """

    def __init__(self) -> None:
        self._files: list[tuple[BinaryIO, Path, Path | None]] = []

    def open(self, path: str | Path) -> BinaryIO:
        """A binary file for the content of `path`."""
        # A link stays a link: what it points at is replaced.
        target = Path(path).resolve()
        mode = _mode(target)
        if mode is not None and not stat.S_ISREG(mode):
            if stat.S_ISDIR(mode):
                raise IsADirectoryError(21, "is a directory", str(path))
            # A device or a named pipe is written as it goes: there is nothing to replace.
            stream: BinaryIO = target.open("wb")
            self._files.append((stream, target, None))
            return stream
        if any(target == other for _, other, _ in self._files):
            raise ValueError(f"two results cannot both go to {path}")
        if mode is not None and not os.access(target, os.W_OK):
            # A rename does not ask; whoever took the right to write away meant it.
            raise PermissionError(13, "permission denied", str(path))
        partial = _beside(target)
        try:
            stream = _create(partial, mode)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from None
        self._files.append((stream, target, partial))
        return stream

    def __enter__(self) -> Outputs:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            for stream, _, partial in self._files:
                with contextlib.suppress(OSError):
                    stream.close()
                if partial is not None:
                    partial.unlink(missing_ok=True)

    def _finish(self) -> None:
        for stream, _, partial in self._files:
            stream.flush()
            if partial is not None:
                os.fsync(stream.fileno())
            stream.close()
        for _, target, partial in self._files:
            if partial is not None:
                partial.replace(target)
        for folder in {target.parent for _, target, partial in self._files if partial is not None}:
            _keep(folder)


@contextlib.contextmanager
def directory(path: str | Path) -> Iterator[Path]:
    """A new folder for the files of `path`, put in its place when the block ends well.

    Where `path` exists already each file replaces its namesake there; others stay.
    """
    target = Path(path).resolve()
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(20, "is not a directory", str(path))
    made = [folder for folder in target.parents if not folder.exists()]
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = _beside(target)
    try:
        partial.mkdir()
        yield partial
        for file in sorted(partial.rglob("*")):
            if file.is_file():
                with file.open("rb") as written:
                    os.fsync(written.fileno())
        if target.exists():
            _merge(partial, target)
        else:
            partial.replace(target)
        _keep(target.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        # The parents that were made for it go too, the nearest first, where nothing else came.
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
    shutil.rmtree(partial, ignore_errors=True)


def _merge(partial: Path, target: Path) -> None:
    """Put each new file in its place, once it is known that all of them can go there."""
    places = {file: target / file.relative_to(partial) for file in sorted(partial.rglob("*"))}
    if not os.access(target, os.W_OK):
        raise PermissionError(13, "permission denied", str(target))
    for file, place in places.items():
        if place.exists() and place.is_dir() != file.is_dir():
            kind = "is a directory" if place.is_dir() else "is not a directory"
            raise FileExistsError(17, kind, str(place))
    for file, place in places.items():
        if file.is_dir():
            place.mkdir(exist_ok=True)
        else:
            file.replace(place)


def _beside(target: Path) -> Path:
    """A new name in the target's folder; of a long name its beginning, as 255 bytes are all."""
    return target.with_name(f".{target.name[:40]}.{secrets.token_hex(8)}.partial")


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _create(partial: Path, mode: int | None) -> BinaryIO:
    """A new file, never one that is there, with the rights of the one that it will replace.

    ``x`` opens with O_EXCL, which follows no link. Without an old file the umask decides.
    """
    stream = partial.open("xb")
    if mode is not None:
        partial.chmod(stat.S_IMODE(mode))
    return stream


def _keep(folder: Path) -> None:
    """Bring the folder's new entries to the disk, where the system can."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
