"""Warnings that come with a comparison: a code, a sentence, and the figure that it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames
from callstats._tables.data_files import written_in

if TYPE_CHECKING:
    import narwhals as nw


def say(language: str, key: str, *parts: object) -> str:
    """The text of `key`, which is its own text where it has no other."""
    texts: dict[str, dict[str, str]] = written_in("callstats.compare", "words.toml")
    return texts.get(key, {}).get(language, key).format(*parts)


@dataclass(frozen=True)
class Caution:
    """Why a result says less than it seems to."""

    code: str
    #: The measure that it is about; None: all.
    measure: str | None
    figure: float
    #: What the sentence says.
    parts: tuple[Any, ...] = field(default=())
    #: The entry of `words.toml`, where a code has several sentences.
    key: str | None = None

    def text(self, language: str = "en") -> str:
        """The sentence."""
        return say(language, self.key or self.code, *self.parts)


def caution_frame(cautions: list[Caution], like: nw.DataFrame[Any] | None = None) -> Any:
    """The warnings as a frame: code, measure, text and figure."""
    texts: dict[str, Any] = {
        "code": [each.code for each in cautions],
        "measure": [each.measure for each in cautions],
        "text": [each.text() for each in cautions],
    }
    figures = np.array([each.figure for each in cautions], np.float64)
    if like is None:
        import pandas as pd

        made = {name: pd.Series(values, dtype=object) for name, values in texts.items()}
        return pd.DataFrame({**made, "figure": figures})
    return frames.result(like, {}, {**texts, "figure": figures})
