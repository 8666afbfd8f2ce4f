"""Every page starts with the display options that a reader's session starts with."""

from collections.abc import Iterator

import pandas as pd
import pytest


@pytest.fixture(autouse=True)
def _display_options() -> Iterator[None]:
    with pd.option_context("display.precision", 6):
        yield
