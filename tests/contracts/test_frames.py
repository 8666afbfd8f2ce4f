"""What holds for every function of a frame alike."""

from __future__ import annotations

import os

import pandas as pd
import pytest
from registry import ROWS, OfFrame

every = pytest.mark.parametrize(
    "row", [row for row in ROWS if isinstance(row, OfFrame)], ids=lambda row: row.name
)
pytestmark = pytest.mark.frames


@every
def test_the_input_is_not_changed(row):
    frame = row.frame()
    before = frame.copy(deep=True)
    row.call(frame)
    pd.testing.assert_frame_equal(frame, before)


@every
def test_polars_in_polars_out_with_the_same_figures(row):
    pl = pytest.importorskip("polars")
    expected = row.call(row.frame())
    result = row.call(pl.from_pandas(row.frame()))
    if not isinstance(expected, pd.DataFrame):
        assert result == expected
        return
    assert isinstance(result, pl.DataFrame)
    assert list(result.columns) == list(expected.columns)
    for name in expected.columns:
        left, right = expected[name].tolist(), result[name].to_list()
        for a, b in zip(left, right, strict=True):
            assert (pd.isna(a) and pd.isna(b)) or a == b, (name, a, b)


@every
def test_something_that_is_no_frame_is_refused(row):
    for wrong in (None, 3, "calls.csv", [1, 2]):
        with pytest.raises(TypeError, match="must be a DataFrame"):
            row.call(wrong)


@every
def test_attrs_survive_a_round_trip_through_json(row):
    import json

    result = row.call(row.frame())
    if isinstance(result, pd.DataFrame):
        assert json.loads(json.dumps(result.attrs)) == result.attrs


@every
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_worker_answers_as_its_parent(row):
    row.call(row.frame())
    child = os.fork()
    if child == 0:
        try:
            row.call(row.frame())
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
