"""The month that comes with the package has the facts that its source states."""

from __future__ import annotations

import hashlib
import inspect
import json
import lzma
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from callstats import datasets
from callstats.datasets import anonymous_bank

pytestmark = pytest.mark.frames


@pytest.fixture(scope="module")
def calls():
    return anonymous_bank()


@pytest.fixture(scope="module")
def everything():
    return anonymous_bank(rows="all")


def packed():
    return (resources.files("callstats") / "data" / datasets.PACKAGED_MONTH).read_bytes()


def test_text_is_the_published_one():
    digest = hashlib.sha256(lzma.decompress(packed())).hexdigest()
    assert digest == "30ab4eb9e02a4f89fbd468964ef76367969d8205462a660329478aed938b44c9"
    assert len(packed()) < 1_000_000


def test_rows_by_outcome_add_up_to_the_published_counts(calls, everything):
    rows = calls.attrs["rows"]
    assert rows["read"] == 33_344 == len(everything)
    assert rows["answered"] == 27_162
    assert rows["abandoned"] + rows["vru_only"] == 5_904
    assert rows["phantom"] == 278
    assert sum(rows.values()) == 2 * rows["read"]
    assert len(calls) == rows["answered"] + rows["abandoned"]
    assert everything["outcome"].value_counts().to_dict() == {
        name: rows[name] for name in ("answered", "abandoned", "vru_only", "phantom")
    }
    assert everything.attrs["rows"] == rows
    # 14,096 AGENT and 3,963 HANG rows with a queue clock, counted with another program.
    assert calls["queued"].sum() == 14_096 + 3_963
    assert rows["abandoned"] == 3_963


def test_service_times_agree_with_the_known_shape(everything):
    # Mean 174.93, deviation 213.49: read off the text with another program.
    served = everything["service_time"]
    served = served[(served > 0) & (served <= 3600)]
    assert served.mean() == pytest.approx(174.92757213640337, rel=1e-12)
    assert served.std() == pytest.approx(213.48756453839064, rel=1e-12)
    assert (served < 10).mean() == pytest.approx(0.07166278053045759, rel=1e-12)


def test_month_is_whole(calls):
    days = calls.loc[calls["outcome"] == "answered", "arrival"].dt.strftime("%Y-%m-%d")
    counts = days.value_counts()
    assert sorted(counts.index) == [f"1999-02-{day:02}" for day in range(1, 29)]
    # Days of the source's own date; a call entering the voice unit before midnight may move.
    assert counts["1999-02-01"] == 1354
    assert counts["1999-02-27"] == 153


def test_columns_are_canonical_and_of_one_kind_in_any_pandas(calls):
    text = pd.Series(["text"]).dtype
    for name in ("call_id", "outcome", "queue", "agent", "call_type", "customer", "line"):
        assert calls[name].dtype == text, name
    for name in ("arrival", "answer", "end", "vru_entry", "service_start"):
        assert calls[name].dtype == np.dtype("datetime64[us]"), name
    for name in ("wait", "talk", "vru_time", "service_time"):
        assert calls[name].dtype == np.float64, name
    for name in ("priority", "call_number"):
        assert calls[name].dtype == np.int64, name
    assert calls["queued"].dtype == np.bool_
    assert list(calls.columns[:4]) == ["call_id", "arrival", "wait", "outcome"]


def test_calls_are_consistent(calls):
    assert calls["call_id"].is_unique
    assert calls["arrival"].is_monotonic_increasing
    assert list(calls.index) == list(range(len(calls)))
    answered = calls["outcome"] == "answered"
    wait = pd.to_timedelta(calls["wait"], unit="s")
    talk = pd.to_timedelta(calls["talk"], unit="s")
    left = calls["arrival"] + wait
    assert calls["wait"].min() == 0
    assert (calls["answer"][answered] == left[answered]).all()
    assert (calls["end"][answered] == (left + talk)[answered]).all()
    assert (calls["end"][~answered] == left[~answered]).all()
    for name in ("answer", "talk", "agent"):
        assert calls.loc[~answered, name].isna().all()
    assert calls.loc[answered, ["answer", "talk"]].notna().all(axis=None)
    assert calls.loc[~calls["queued"], "wait"].eq(0).all()
    assert calls.loc[~answered, "queued"].all()


def test_rows_outside_the_queue_ask_for_no_agent(calls, everything):
    vru_only = everything[everything["outcome"] == "vru_only"]
    assert vru_only["wait"].isna().all()
    assert vru_only["answer"].isna().all()
    assert (vru_only["end"] == vru_only["arrival"]).all()
    inside = everything[everything["outcome"].isin(["answered", "abandoned"])]
    pd.testing.assert_frame_equal(inside.reset_index(drop=True), calls, check_dtype=True)


def test_source_and_terms_are_shown(calls):
    said = " ".join(inspect.getdoc(anonymous_bank).split())
    assert calls.attrs["source"] in said
    assert calls.attrs["terms"] in said
    assert "Mandelbaum" in calls.attrs["source"]
    assert "acknowledge" in calls.attrs["terms"]


def test_attrs_survive_what_users_do(calls, tmp_path):
    assert json.loads(json.dumps(calls.attrs)) == calls.attrs
    joined = pd.concat([calls, calls])
    assert joined.attrs == calls.attrs
    calls.to_parquet(tmp_path / "calls.parquet")
    back = pd.read_parquet(tmp_path / "calls.parquet")
    assert back["arrival"].iloc[0] == calls["arrival"].iloc[0]


def test_report_has_the_words_of_validate(calls):
    report = calls.attrs["report"]
    assert all(list(entry) == ["rule", "count", "example", "effect"] for entry in report)
    counts = {entry["rule"]: entry["count"] for entry in report}
    assert counts["vru_only"] == 1_941
    assert counts["phantom"] == 278
    # Counted on the text with another program.
    assert counts["hang_with_service"] == 97
    assert counts["answered_without_agent"] == 491
    assert counts["service_over_hour"] == 3
    assert counts["call_number_repeated"] == 17_828


def test_each_call_gives_a_frame_of_its_own(calls):
    other = anonymous_bank()
    other["wait"] = -1.0
    other.attrs["rows"]["read"] = 0
    assert calls["wait"].min() == 0
    assert anonymous_bank().attrs["rows"]["read"] == 33_344


def test_polars_has_the_same_calls(calls):
    polars = pytest.importorskip("polars")
    frame = anonymous_bank(backend="polars")
    assert frame.columns == list(calls.columns)
    assert frame.schema["arrival"] == polars.Datetime("us")
    for name in frame.columns:
        theirs = frame[name].to_list()
        ours = [None if pd.isna(value) else value for value in calls[name].tolist()]
        assert theirs == ours, name
