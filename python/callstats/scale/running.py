"""One door: a plan over files, streams, and the frames of an engine."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from callstats._tables.checks import one_of, shown
from callstats.scale.plans import Plan, chosen

if TYPE_CHECKING:
    from callstats.scale.plans import Task
    from callstats.typing import Threads

#: Engines by the module that the types of their frames are of.
_ENGINES = {"dask": "dask", "pyspark": "spark"}


def run(
    plan: Plan,
    source: Any,
    *,
    how: Literal["two-pass", "frame"] | None = None,
    threads: Threads = None,
) -> Any:
    """What a plan answers over all rows of a source, wherever they are.

    Parameters
    ----------
    plan : Summary, Patience, Sample, ...
        The question.
    source : path, frame, stream or frame of an engine
        A file or a folder of CSV or Parquet files, whose columns have the names of a log of calls;
        a pandas or Polars frame, a Polars LazyFrame, a pyarrow table, dataset or record batch
        reader, anything with Arrow's stream interface such as a DuckDB relation; an iterator of
        frames, such as a Ray dataset's ``iter_batches(batch_format="pandas")``; a Dask or Spark
        DataFrame, whose parts stay where they are.
    how : {"two-pass", "frame"}, optional
        "two-pass": a draw counts first and carries few rows then. "frame": a Spark DataFrame comes
        back instead of a pandas one.
    threads : int, optional
        Threads to use at most; on one machine.

    Returns
    -------
    DataFrame
        What the ordinary function gives of all rows: in Polars from Polars, as a pyarrow table from
        Arrow, else in pandas.

    Raises
    ------
    ValueError
        As the ordinary function; the name of the part comes first.
    TypeError
        `source` is nothing that can be read.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import scale
    >>> calls = pd.DataFrame({"wait": [5.0, 50.0], "outcome": "answered"})
    >>> scale.run(scale.Summary(), iter([calls[:1], calls[1:]]))[["offered", "asa"]]
       offered   asa
    0        2  27.5
    """
    if not isinstance(plan, Plan):
        msg = f"plan must be a plan such as scale.Summary(); got {shown(plan)}"
        raise TypeError(msg)
    one_of("how", how, ("two-pass", "frame", None))
    package = type(source).__module__.partition(".")[0]
    if package == "ray":
        raise TypeError(
            "source is a Ray dataset, which has no adapter yet; pass its batches: "
            "iter(source.iter_batches(batch_format='pandas'))"
        )
    engine = _ENGINES.get(package)
    if engine is not None:
        adapter = importlib.import_module(f"callstats.scale.{engine}")
        return adapter.run(plan, source, how=how)
    if how == "frame":
        msg = "how='frame' is for Spark; other sources give frames of their own library"
        raise ValueError(msg)
    if how == "two-pass" and _read_once(source):
        msg = f"how={how!r} reads source several times; {type(source).__name__} is read once"
        raise ValueError(msg)
    with _threads(threads):
        frame = plan.local(lambda of: parts_of(source, of), how)
    return _like(frame, source)


def _read_once(source: Any) -> bool:
    return isinstance(source, Iterator) or type(source).__name__ == "RecordBatchReader"


def parts_of(source: Any, plan: Plan | Task) -> Iterator[tuple[str | None, Any]]:
    """The parts of a source on this machine, each with its name where it has one."""
    if isinstance(source, str | os.PathLike):
        from callstats.files.streaming import streamed

        yield from streamed(os.fspath(source), plan.columns(), plan.texts())
        return
    arrow, polars = sys.modules.get("pyarrow"), sys.modules.get("polars")
    if polars is not None and isinstance(source, polars.LazyFrame):
        names = source.collect_schema().names()
        source = source.select(chosen(names, plan))
        batches = getattr(source, "collect_batches", None)
        yield from ((None, part) for part in (batches() if batches else [source.collect()]))
        return
    if arrow is not None and hasattr(source, "to_batches") and hasattr(source, "scanner"):
        source = source.scanner(columns=chosen(source.schema.names, plan)).to_reader()
    if arrow is not None and isinstance(source, arrow.RecordBatchReader):
        yield from ((None, batch) for batch in source)
        return
    if _is_frame(source):
        yield None, source
    elif hasattr(source, "__arrow_c_stream__"):
        import pyarrow as pa

        yield from ((None, batch) for batch in pa.RecordBatchReader.from_stream(source))
    elif isinstance(source, Iterable):
        for number, part in enumerate(source):
            if not _is_part(part):
                msg = f"source must hold frames; got {shown(part)} at position {number}"
                raise TypeError(msg)
            yield None, part
    else:
        msg = (
            "source must be a path, a frame, a stream of Arrow, an iterator of frames or the frame "
            f"of an engine; got {type(source).__name__}"
        )
        raise TypeError(msg)


def _is_part(part: Any) -> bool:
    return (
        hasattr(part, "__arrow_c_stream__") or hasattr(part, "__arrow_c_array__") or _is_frame(part)
    )


def _is_frame(source: Any) -> bool:
    import narwhals as nw

    try:
        return isinstance(nw.from_native(source), nw.DataFrame)
    except TypeError:
        return False


@contextlib.contextmanager
def _threads(threads: Threads) -> Iterator[None]:
    """The core uses at most so many, in all functions."""
    if threads is None:
        yield
        return
    from callstats._tables.arrays import thread_count

    before = os.environ.get("CALLSTATS_THREADS")
    os.environ["CALLSTATS_THREADS"] = str(thread_count(threads))
    try:
        yield
    finally:
        if before is None:
            del os.environ["CALLSTATS_THREADS"]
        else:
            os.environ["CALLSTATS_THREADS"] = before


def _like(frame: Any, source: Any) -> Any:
    """A pandas result in the library of the source."""
    library = type(source).__module__.partition(".")[0]
    if not isinstance(frame, pd.DataFrame):
        return frame
    if library == "polars":
        import polars as pl

        return pl.from_pandas(frame)
    if library == "pyarrow":
        import pyarrow as pa

        return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    return frame
