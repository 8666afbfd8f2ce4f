"""What a file is, by the ending of its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

#: The name that stands for standard input or standard output.
STANDARD = "-"

Kind = Literal["csv", "tsv", "parquet", "excel", "calendar"]

_ENDINGS: dict[str, Kind] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".xlsx": "excel",
    ".xlsm": "excel",
    # Written only.
    ".ics": "calendar",
}
FORMATS = ("csv", "tsv", "parquet", "excel", "csv.gz", "tsv.gz")


@dataclass(frozen=True)
class Format:
    """The kind of a table file, and whether gzip is around it."""

    kind: Kind
    gzip: bool = False

    @property
    def separator(self) -> str:
        """What stands between two fields of a text file."""
        return "\t" if self.kind == "tsv" else ","

    @property
    def is_text(self) -> bool:
        """Whether a text editor shows it."""
        return self.kind in {"csv", "tsv"}


def named(path: str, *, otherwise: str | None = None) -> Format:
    """The format that `path` says by its ending; `otherwise` where it says none.

    >>> named("Calls.CSV.gz")
    Format(kind='csv', gzip=True)
    >>> named("-", otherwise="parquet")
    Format(kind='parquet', gzip=False)
    """
    if path == STANDARD:
        return _spoken(otherwise or "csv")
    plain = path.lower().removesuffix(".gz")
    gzip = plain != path.lower()
    ending = PurePath(plain).suffix
    kind = _ENDINGS.get(ending)
    if kind is None and otherwise is not None:
        return _spoken(otherwise)
    if kind is None:
        hint = "; save it as .xlsx" if ending == ".xls" else ""
        raise ValueError(
            f"{path}: cannot tell the format from {ending or 'a name without ending'}{hint}; known "
            "are .csv, .tsv (both also with .gz), .parquet and .xlsx; or say --format"
        )
    if gzip and kind not in {"csv", "tsv"}:
        msg = f"{path}: gzip goes around .csv and .tsv only; {ending} is compressed in itself"
        raise ValueError(msg)
    return Format(kind, gzip)


def _spoken(word: str) -> Format:
    kind, _, packed = word.partition(".")
    if word not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}; got {word!r}")
    return Format(kind, packed == "gz")  # type: ignore[arg-type] # one of FORMATS
