"""`callstats balance`: the library's comparison of two files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import files, qa

pytestmark = pytest.mark.frames

COLUMNS = ("--columns", "start,duration,call_type")


@pytest.fixture
def sample(run, recordings):
    path, _ = recordings
    words = ("--balance", "start,duration,call_type", "--reserve", 2, "--seed", 7)
    run("sample", path, "--n", 5, *words, "-o", "sample.csv")
    return "sample.csv"


def test_the_file_holds_the_librarys_comparison(run, recordings, sample):
    path, _ = recordings
    code, out, err = run("balance", sample, path, *COLUMNS, "-o", "balance.csv")
    assert (code, out, err) == (0, "", "")
    everything = files.typed(files.read(str(path)), files.CALLS).frame
    columns = ("start", "duration", "call_type")
    drawn = qa.sample(everything, 5, balance=columns, reserve=2, seed=7)
    expected = qa.balance(drawn, everything, columns=columns)
    got = pd.read_csv("balance.csv", dtype={"agent": str, "level": str})
    assert got.columns.tolist() == expected.columns.tolist()
    for name in ("agent", "column", "margin", "level"):
        assert got[name].fillna("").tolist() == expected[name].fillna("").tolist()
    for name in ("sample_share", "population_share", "standardized_difference", "overall_gap"):
        np.testing.assert_allclose(got[name], expected[name], rtol=1e-12, atol=1e-15)


def test_a_sample_in_parquet_compares_alike(run, recordings, sample):
    path, _ = recordings
    words = ("--balance", "start,duration,call_type", "--reserve", 2, "--seed", 7)
    run("sample", path, "--n", 5, *words, "-o", "sample.parquet")
    run("balance", sample, path, *COLUMNS, "-o", "a.csv")
    run("balance", "sample.parquet", path, *COLUMNS, "-o", "b.csv")
    pd.testing.assert_frame_equal(pd.read_csv("a.csv"), pd.read_csv("b.csv"))


def test_a_comparison_to_read(run, recordings, sample):
    path, _ = recordings
    code, out, err = run("balance", sample, path, *COLUMNS)
    assert (code, err) == (0, "")
    assert "three_hours" in out
    assert "=complaint" in out
    assert "farthest from their recordings, of 3 groups" in out


def test_wrong_columns_and_two_standard_inputs_are_refused(refused, recordings, sample):
    path, _ = recordings
    line = refused("balance", sample, path, "--columns", "durations")
    assert "recordings.csv has no column 'durations', nearest: 'duration'" in line
    assert "only one of the two" in refused("balance", "-", "-", "--columns", "start")
