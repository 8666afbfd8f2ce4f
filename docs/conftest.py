"""Every page starts as a reader's session does: display options as usual, an empty folder."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from callstats import datasets

_bank = cache(datasets.anonymous_bank)


@pytest.fixture(autouse=True)
def _session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    # Reading the month takes longer than most pages.
    monkeypatch.setattr(datasets, "anonymous_bank", lambda: _bank().copy())
    with pd.option_context("display.precision", 6):
        yield
