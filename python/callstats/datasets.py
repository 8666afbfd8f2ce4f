"""Real calls to try the package on: one month that comes along, and a reader for the others.

The source is a table of clock times with known damage. It is read into the canonical table of
calls, and what was mended, left out or taken with care is listed in ``attrs["report"]``.
"""

from __future__ import annotations

import lzma
import os
import zlib
from importlib import resources
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, overload

from callstats import _anonymous_bank
from callstats._tables.checks import shown

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["anonymous_bank", "read_anonymous_bank"]


def __dir__() -> list[str]:
    return __all__


OnError = Literal["raise", "drop", "flag"]
Rows = Literal["queue", "all"]
Backend = Literal["pandas", "polars"]

SOURCE = (
    "Anonymous Bank, 1999: every call to the telephone centre of an Israeli bank. Technion, "
    "Faculty of Industrial Engineering and Management; data organised by Ilan Guedj and "
    "Avishai Mandelbaum, documentation of 9 February 2000."
)
TERMS = "Free for use; users are asked to tell Avi Mandelbaum and to acknowledge the source."
CLOCK = "Local clock time of Israel as recorded, without a zone."

PACKAGED_MONTH = "anonymous_bank_1999-02.tsv.xz"


@overload
def anonymous_bank(*, rows: Rows = ..., backend: Literal["pandas"] = ...) -> pd.DataFrame: ...
@overload
def anonymous_bank(*, rows: Rows = ..., backend: Literal["polars"]) -> pl.DataFrame: ...
def anonymous_bank(
    *, rows: Rows = "queue", backend: Backend = "pandas"
) -> pd.DataFrame | pl.DataFrame:
    """Return a month of real calls to a bank: February 1999, a row for each call for an agent.

    The month has four whole weeks, no missing day and no holiday. It is the original text, read
    by `read_anonymous_bank`, whose notes give the columns and how each is made.

    Source: Anonymous Bank, 1999: every call to the telephone centre of an Israeli bank. Technion,
    Faculty of Industrial Engineering and Management; data organised by Ilan Guedj and
    Avishai Mandelbaum, documentation of 9 February 2000.

    Terms: Free for use; users are asked to tell Avi Mandelbaum and to acknowledge the source.

    Parameters
    ----------
    rows : {"queue", "all"}
        As in `read_anonymous_bank`.
    backend : {"pandas", "polars"}
        As in `read_anonymous_bank`.

    Returns
    -------
    DataFrame
        31,125 calls in the order of their arrival. ``attrs`` (pandas) holds `source`, `terms`,
        `clock`, `rows` and `report`.

    References
    ----------
    Mandelbaum, Sakov, Zeltyn (2000), Empirical Analysis of a Call Center, Technion.
    Brown, Gans, Mandelbaum, Sakov, Shen, Zeltyn, Zhao (2005), Statistical Analysis of a Telephone
    Call Center: A Queueing-Science Perspective, JASA 100(469), 36-50.

    Examples
    --------
    >>> from callstats.datasets import anonymous_bank
    >>> calls = anonymous_bank()
    >>> calls["outcome"].value_counts().to_dict()
    {'answered': 27162, 'abandoned': 3963}
    >>> calls.attrs["rows"]["read"], calls.attrs["rows"]["vru_only"]
    (33344, 1941)
    """
    packaged = resources.files("callstats") / "data" / PACKAGED_MONTH
    return _frame(
        packaged.read_bytes(), PACKAGED_MONTH, on_error="raise", rows=rows, backend=backend
    )


@overload
def read_anonymous_bank(
    path: str | os.PathLike[str] | IO[Any],
    *,
    on_error: OnError = ...,
    rows: Rows = ...,
    backend: Literal["pandas"] = ...,
) -> pd.DataFrame: ...
@overload
def read_anonymous_bank(
    path: str | os.PathLike[str] | IO[Any],
    *,
    on_error: OnError = ...,
    rows: Rows = ...,
    backend: Literal["polars"],
) -> pl.DataFrame: ...
def read_anonymous_bank(
    path: str | os.PathLike[str] | IO[Any],
    *,
    on_error: OnError = "raise",
    rows: Rows = "queue",
    backend: Backend = "pandas",
) -> pd.DataFrame | pl.DataFrame:
    r"""Return the calls of one month of the Anonymous Bank, read from the original text.

    Source: Technion, Faculty of Industrial Engineering and Management; data organised by
    Ilan Guedj and Avishai Mandelbaum. Terms: free for use; users are asked to tell Avi Mandelbaum
    and to acknowledge the source.

    Parameters
    ----------
    path : str, path or file object
        A month of the year in the original format: text with a header, 17 fields separated by
        tabs. May be packed with gzip, xz or bzip2, whatever its name. A file object may be open
        for text or for bytes.
    on_error : {"raise", "drop", "flag"}
        What becomes of rows that cannot be read (fields missing, no clock time, no whole number,
        a negative wait, an outcome that is none of AGENT, HANG, PHANTOM): ``"raise"`` refuses the
        file, ``"drop"`` leaves the rows out, ``"flag"`` keeps them, what could not be read
        missing and the reason in a column `problem`. The report counts them.
    rows : {"queue", "all"}
        ``"queue"``: the calls that asked for an agent, answered or abandoned. ``"all"``: also
        those that ended in the voice unit (outcome ``vru_only``) and the records that the
        documentation says to ignore (``phantom``).
    backend : {"pandas", "polars"}
        Kind of frame. Polars frames have no ``attrs``; read with pandas to see the report.

    Returns
    -------
    DataFrame
        One row a call, by arrival, then as in the file; columns under Notes. ``attrs`` (pandas)
        holds `source`, `terms`, `clock`, `rows` (rows read and what they are; the parts add up)
        and `report`: `rule`, `count`, `example`, `effect` of everything found in the file.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file cannot be read or unpacked, is empty, is not UTF-8 text, has another header or
        no rows.
    InvalidDataError
        A ValueError: rows cannot be read and `on_error` is ``"raise"``. The message names the
        file, the first bad line, the rule and how many rows are bad.

    Notes
    -----
    `call_id` is line and call number (``AA0101-34536``), as the numbers repeat over the lines.

    `arrival` is the moment the call asked for an agent: its entry to the queue, or the exit from
    the voice unit where it did not queue. `wait` is the time in the queue, 0 without one.
    `queued` tells who queued. A HANG that queued, were it for 0 s, is ``abandoned``; a HANG
    without a record of the queue left in the voice unit and is no call of the queue.

    `answer` is arrival + wait; `end` is answer + talk, or for an abandoned call arrival + wait.
    The service clock runs up to 3 s ahead of the queue clock, so its time is kept apart in
    `service_start`. `talk` is the service time of answered calls, `service_time` the recorded one
    of any row. All durations are seconds.

    `queue` is ``internet`` for type IN and ``bank`` for the others; the two shared agents until
    the summer of 1999. `customer` is missing where the caller was not identified.

    Times are naive ``datetime64[us]``: the local clock of Israel; the source records no zone. A
    call has the date on which it entered the voice unit; times past midnight carry the next.

    Examples
    --------
    >>> import io
    >>> from callstats.datasets import read_anonymous_bank
    >>> header = (
    ...     "vru+line call_id customer_id priority type date vru_entry vru_exit vru_time "
    ...     "q_start q_exit q_time outcome ser_start ser_exit ser_time server"
    ... )
    >>> row = (
    ...     "AA0101 33118 27997683 2 PS 990101 6:55:20 6:55:26 6 "
    ...     "6:55:26 6:55:43 17 AGENT 6:55:43 6:56:37 54 MICHAL"
    ... )
    >>> month = io.StringIO("\n".join([header, row]).replace(" ", "\t"))
    >>> calls = read_anonymous_bank(month)
    >>> calls[["call_id", "wait", "outcome", "talk"]].to_dict("records")
    [{'call_id': 'AA0101-33118', 'wait': 17.0, 'outcome': 'answered', 'talk': 54.0}]
    """
    data, name = _contents(path)
    return _frame(data, name, on_error=on_error, rows=rows, backend=backend)


def _frame(
    data: bytes | str, name: str, *, on_error: OnError, rows: Rows, backend: Backend
) -> pd.DataFrame | pl.DataFrame:
    _choice("on_error", on_error, ("raise", "drop", "flag"))
    _choice("rows", rows, ("queue", "all"))
    _choice("backend", backend, ("pandas", "polars"))
    columns, counts, report = _anonymous_bank.read(data, name, on_error=on_error, rows=rows)
    if backend == "polars":
        return _polars_frame(columns)
    frame = _pandas_frame(columns)
    frame.attrs = {
        "source": SOURCE,
        "terms": TERMS,
        "clock": CLOCK,
        "rows": counts,
        "report": report,
    }
    return frame


def _choice(argument: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        choices = ", ".join(repr(each) for each in allowed)
        raise ValueError(f"{argument} must be one of {choices}; got {value!r}")


def _contents(path: str | os.PathLike[str] | IO[Any]) -> tuple[bytes | str, str]:
    """Contents of a path or an open file, and the name to use in messages."""
    if isinstance(path, (str, os.PathLike)):
        name = os.fsdecode(path)
        try:
            return Path(name).read_bytes(), name
        except FileNotFoundError:
            raise
        except UnicodeEncodeError:
            raise ValueError(f"path must be that of a file; got {shown(path)}") from None
        except (OSError, ValueError) as error:
            raise ValueError(f"{name} cannot be read: {error}") from error
    if not hasattr(path, "read"):
        raise TypeError(f"path must be a path or a file object; got {type(path).__name__}")
    name = str(getattr(path, "name", "the file object"))
    try:
        data = path.read()
    except (OSError, ValueError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ValueError(f"{name} cannot be read: {error}") from error
    if not isinstance(data, (bytes, str)):
        raise TypeError(
            f"path must be a file object that gives text or bytes; got {type(data).__name__}"
        )
    return data, name


def _pandas_frame(columns: dict[str, NDArray[Any]]) -> pd.DataFrame:
    import pandas as pd

    text = pd.Series(["text"]).dtype  # object in pandas 2, str in pandas 3
    data: dict[str, Any] = {}
    for name, values in columns.items():
        if values.dtype != object:
            data[name] = values
        elif name in _anonymous_bank.WHOLE_COLUMNS:
            data[name] = pd.array(values, dtype="Int64")
        else:
            data[name] = pd.Series(values, dtype=text)
    return pd.DataFrame(data)


def _polars_frame(columns: dict[str, NDArray[Any]]) -> pl.DataFrame:
    import polars as pl

    data: dict[str, pl.Series] = {}
    for name, values in columns.items():
        if values.dtype != object:
            data[name] = pl.Series(name, values, nan_to_null=True)
        else:
            data[name] = pl.Series(
                name,
                values.tolist(),
                dtype=pl.Int64 if name in _anonymous_bank.WHOLE_COLUMNS else pl.String,
            )
    return pl.DataFrame(data)
