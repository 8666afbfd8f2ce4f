"""Everything that a log of calls says, written into a folder."""

from __future__ import annotations

import importlib.util
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import files
from callstats._tables import durations
from callstats._tables.checks import number, shown, whole
from callstats.report import log, page
from callstats.report.chain import Settings, Steps, analyse
from callstats.report.drawing import plain
from callstats.report.findings import findings
from callstats.report.labels import Language, Words
from callstats.report.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from callstats.report.chain import Results
    from callstats.typing import Frame, OnError

__all__ = ["Summary", "write"]

#: All files that a report can have, in the order in which the page lists them.
FILES = (
    "index.html",
    "key_figures.csv",
    "profile.csv",
    "intervals.csv",
    "agents.csv",
    "patience.csv",
    "patience_curve.csv",
    "staffing.csv",
    "sample.csv",
    "balance.csv",
    "audit.json",
)
#: Columns that only serve the page.
_INNER = ("slot", "weekday", "date", "timed", "at_work")


#: Recordings that can be asked for of one agent: more than anybody takes calls in a lifetime.
_MOST_RECORDINGS = 10_000_000


@dataclass(frozen=True)
class Summary:
    """What a report says in brief, where it lies, and how long each step took."""

    title: str
    path: Path
    findings: tuple[str, ...]
    #: Seconds by step, in order.
    timings: Mapping[str, float]
    files: tuple[str, ...]
    words: Words

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """A few lines for a terminal."""
        words = self.words
        lines = [self.title, ""]
        for place, finding in enumerate(self.findings, 1):
            lines += _wrapped(f"{place}. {finding}")
        lines += ["", words("timings")]
        steps = {words(f"step_{step}"): took for step, took in self.timings.items()}
        steps[words("total_time")] = sum(self.timings.values())
        width = max(_columns(step) for step in steps)
        lines += [
            f"  {step}{' ' * (width - _columns(step))}  {took:6.2f} s"
            for step, took in steps.items()
        ]
        lines += ["", words("report_in", path=self.path / "index.html")]
        return "\n".join(plain(line) for line in lines)


#: Full-width marks (stop, comma, semicolon, colon, exclamation, question, bracket, quote).
_CLOSING = frozenset("\u3002\uff0c\u3001\uff1b\uff1a\uff01\uff1f\uff09\u201d%")


def _columns(text: str) -> int:
    """Columns of a terminal; a Chinese character takes two."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def _wrapped(text: str, width: int = 88) -> list[str]:
    """Lines of at most `width` columns, the later ones set in; Chinese breaks anywhere."""
    lines, line = [], ""
    for word in _pieces(text):
        if _columns(line) + _columns(word.rstrip()) > width and line.strip():
            lines.append(line.rstrip())
            line = "   "
        line += word
    return [*lines, line.rstrip()]


def _pieces(text: str) -> list[str]:
    """Where a line may end: after a blank or a Chinese character, not before a closing mark."""
    pieces, piece = [], ""
    for letter, following in zip(text, [*text[1:], ""], strict=True):
        piece += letter
        if (letter == " " or ord(letter) > 0x2E7F) and following not in _CLOSING:
            pieces.append(piece)
            piece = ""
    return [*pieces, piece]


def write(
    calls: Frame,
    directory: str | Path,
    *,
    title: str | None = None,
    language: Language = "en",
    seed: int = 1,
    source: str | Mapping[str, Any] | None = None,
    target: float = 0.8,
    threshold: Any = 20,
    recordings: int = 5,
    timezone: str | None = None,
    on_error: OnError = "raise",
    progress: Callable[[str], object] | None = None,
) -> Summary:
    """The whole chain from a log of calls to a folder with one readable page and its tables.

    Key figures by half hour and agent; how long callers are willing to wait; the agents that each
    half hour needed, by Erlang A with that patience and by Erlang C, beside those seen at work and
    the service level that callers got; and a balanced sample of each agent's recordings.

    Parameters
    ----------
    calls : DataFrame
        A log of calls, one row a queue entry: `call_id`, `arrival`, `wait` (s) and `outcome`. With
        `agent`, `talk` and `call_type` the report says more; what a log does not allow is left out
        with a sentence saying so. Never changed.
    directory : path
        Where the files go; made if need be. The page is ``index.html``. Files of an earlier report
        are replaced, others left alone.
    title : str, optional
        Head of the page.
    language : {"en", "zh"}
        English or Chinese.
    seed : int
        Of the sample. The same log and seed give the same recordings.
    source : str or mapping, optional
        Where the log comes from: text, or a mapping with any of `source, terms, clock, rows,
        report`. Default: what the dataset's reader left in ``calls.attrs``.
    target : float
        Share of calls to be answered within `threshold`; between 0 and 1.
    threshold : duration
        Seconds, or text such as ``"20s"``.
    recordings : int
        Recordings to draw from each agent; >= 1.
    timezone : str, optional
        The zone of the centre's clock. Default: that of the arrivals.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule (see `callstats.kpi.validate`). With "drop" and
        "flag" alike the report leaves them out of every figure, and lists them.
    progress : callable, optional
        Told the name of each step as it begins.

    Returns
    -------
    Summary
        ``text()`` is a short summary with the time that each step took; ``path``, ``files``,
        ``findings`` and ``timings`` hold its parts.

    Raises
    ------
    ValueError
        A column is missing, rows break a rule, an argument is out of range.
    ImportError
        Matplotlib or Jinja2 is not installed.

    Notes
    -----
    The service level is answered within the threshold / (answered + abandoned). The requirement
    uses stationary Erlang formulas half hour by half hour; the page shows how far they are off for
    this log. Files are written beside the folder and moved into place when all are complete. In the
    tables an apostrophe stands before text that a spreadsheet would take for a formula.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "call_id": [1, 2],
    ...     "arrival": pd.to_datetime(["2024-03-04 09:00:00", "2024-03-04 09:01:00"]),
    ...     "wait": [5.0, 40.0],
    ...     "outcome": ["answered", "abandoned"],
    ... })
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     summary = write(calls, folder, title="Two calls")
    >>> "index.html" in summary.files
    True
    """
    words = Words(language)
    seconds = durations.length("threshold", threshold, ">= 0 seconds", lambda t: 0 <= t < np.inf)
    settings = Settings(
        goal=number("target", target, "between 0 and 1", lambda share: 0 < share < 1),
        threshold=seconds,
        recordings=whole("recordings", recordings, 1, _MOST_RECORDINGS),
        seed=seed,
        timezone=timezone,
        on_error=on_error,
    )
    place = _folder(directory)
    if progress is not None and not callable(progress):
        msg = f"progress must be a function of a text; got {shown(progress)}"
        raise TypeError(msg)
    _require_extras()
    frame = log.in_pandas(calls)
    log.refuse_dates_alone(frame)
    known_source = Source.of(source, getattr(calls, "attrs", {}))
    steps = Steps(words, progress)
    results = analyse(frame, settings, steps)
    with steps("pictures"):
        drawn = page.pictures(results, words)
    with steps("write"):
        tables = _tables(results, words)
        names = tuple(name for name in FILES if name in {"index.html", *tables})
        html = page.render(results, drawn, words, title=title, source=known_source, files=names)
        path = _place(place, html, tables)
    return Summary(
        title=title or words("title"),
        path=path,
        findings=tuple(findings(results, words)),
        timings=steps.seconds,
        files=names,
        words=words,
    )


def _folder(directory: Any) -> Path:
    try:
        return Path(os.fsdecode(os.fsencode(directory)))
    except (TypeError, ValueError):
        msg = f"directory must be the path of a folder; got {shown(directory)}"
        raise TypeError(msg) from None


def _require_extras() -> None:
    for name in ("matplotlib", "jinja2"):
        if importlib.util.find_spec(name) is None:
            msg = f"the report needs {name}: pip install 'callstats[report]'"
            raise ImportError(msg, name=name)


def _tables(results: Results, words: Words) -> dict[str, pd.DataFrame | str]:
    """Content by file name: frames as CSV, text as it is."""
    found: dict[str, pd.DataFrame | str | None] = {}
    if results.figures is not None:
        figures = results.figures
        found["key_figures.csv"] = figures.whole
        half_hour = figures.profile["slot"].map(words.clock)
        profile = figures.profile.assign(half_hour=half_hour)
        found["profile.csv"] = profile[["half_hour", *profile.columns[:-1]]]
        found["intervals.csv"] = figures.intervals
        found["agents.csv"] = figures.agents
        found["patience.csv"] = results.patience_found
        found["patience_curve.csv"] = results.patience_curve
    if results.requirement is not None:
        found["staffing.csv"] = results.requirement.by_interval
    if results.quality is not None:
        found["sample.csv"] = results.quality.sample
        found["balance.csv"] = results.quality.balance
        found["audit.json"] = json.dumps(
            results.quality.report.record, ensure_ascii=False, indent=2
        )
    return {
        name: content
        if isinstance(content, str)
        else content.drop(columns=[column for column in _INNER if column in content.columns])
        for name, content in found.items()
        if content is not None
    }


def _place(target: Path, html: str, tables: Mapping[str, pd.DataFrame | str]) -> Path:
    with files.directory(target) as folder:
        for name, content in tables.items():
            with (folder / name).open("wb") as stream:
                if isinstance(content, str):
                    stream.write(content.encode("utf-8"))
                else:
                    # These tables are there to be opened in a spreadsheet.
                    files.write(content, stream, files.named(name), safe=True)
        (folder / "index.html").write_text(html, encoding="utf-8")
    # A table of an earlier report must not stand beside a page that does not know it.
    for name in FILES:
        if name != "index.html" and name not in tables:
            (target / name).unlink(missing_ok=True)
    return target
