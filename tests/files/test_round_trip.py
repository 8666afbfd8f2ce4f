"""Any text comes back from a text file as it went in."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from callstats import files
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.frames

# Half of a surrogate pair is no character and has no bytes in UTF-8. A NUL ends a field for pandas.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
ROWS = st.lists(st.tuples(TEXT, st.one_of(st.none(), TEXT), TEXT), min_size=1, max_size=20)


@settings(max_examples=100)
@given(ROWS, st.sampled_from(["csv", "tsv", "csv.gz"]))
def test_text_comes_back(tmp_path_factory, rows, ending):
    frame = pd.DataFrame(rows, columns=["call_id", "queue", "agent"], dtype=object)
    stream = io.BytesIO()
    files.write(frame, stream, files.named(f"t.{ending}"))
    path = tmp_path_factory.mktemp("t", numbered=True) / f"t.{ending}"
    path.write_bytes(stream.getvalue())
    back = files.read(str(path)).frame
    assert back.astype(object).where(back.notna(), None).to_numpy().tolist() == [
        list(row) for row in rows
    ]
