"""Draws of recordings in parts: the rows, the record and the columns are those of one pass."""

from __future__ import annotations

import pickle

import pandas as pd
import pytest
from callstats import qa, scale
from callstats.qa.samples import partial
from cut_logs import cut, merged_anyhow, recordings
from pandas.testing import assert_frame_equal

DRAWS = {
    "balanced": {"n": 5},
    "simple": {"n": 7, "design": "simple", "reserve": 2, "by": ("agent", "queue")},
    "one category": {"n": 5, "balance": "call_type"},
    "a share": {"n": "1%", "minimum": 2},
    "bounds": {"n": 4, "at_most": {"queue": 3}, "at_least": {"call_type": {"complaint": 2}}},
    "cube": {"n": 6, "design": "cube", "inclusion": "talk"},
    "stratified": {"n": 9, "design": "stratified", "balance": ["queue", "talk"]},
    "some of them": {
        "n": {"anna": 9, "dora": 20},
        "eligible": "usable",
        "exclude": range(0, 6_000, 7),
        "timezone": "Asia/Shanghai",
    },
}


def the_same(found, wanted):
    assert_frame_equal(found, wanted, check_exact=True)
    assert qa.sample_report(found) == qa.sample_report(wanted)


@pytest.mark.parametrize("case", DRAWS)
def test_draws_from_parts_are_those_of_one_pass(case):
    frame, arguments = recordings(), DRAWS[case]
    frame = frame[frame["queue"].notna() & frame["talk"].notna()]
    wanted = qa.sample(frame, seed=7, **arguments)
    plan = scale.Sample(seed=7, **arguments)
    the_same(plan.finish(plan.partial(frame)), wanted)
    the_same(plan.finish(merged_anyhow(plan, frame, 6, 1)), wanted)
    parts = cut(frame, 9, 3)
    the_same(scale.run(plan, parts), wanted)
    the_same(scale.run(plan, parts, how="two-pass"), wanted)


@pytest.mark.parametrize("slack", [-2.0, -1.0, 0.0])
def test_limits_that_leave_too_few_rows_are_lifted(slack, monkeypatch):
    frame = recordings()
    monkeypatch.setattr(partial, "_SLACK", slack)
    for design in ("balanced", "simple"):
        plan = scale.Sample(5, seed=3, design=design)
        found = scale.run(plan, cut(frame, 4, 2), how="two-pass")
        the_same(found, qa.sample(frame, 5, seed=3, design=design))


def test_two_passes_carry_hardly_more_than_the_draw_is_made_from():
    frame = recordings()
    plan = scale.Sample(5, seed=3)
    seen = []

    def ask(task):
        for part in cut(frame, 40, 2):
            found = pickle.loads(pickle.dumps(task))([(None, part)])  # noqa: S301 - our own bytes
            if isinstance(found, qa.PartialSample):
                seen.append(found.rows)
            yield found

    the_same(plan.over(ask, "two-pass"), qa.sample(frame, 5, seed=3))
    kept = pd.concat(seen)
    assert "note" not in kept.columns
    agents = frame["agent"].value_counts()
    assert len(kept) < sum(min(size, 80 + 16 * 80**0.5) for size in agents)


def test_polars_and_arrow_parts_draw_the_same_rows():
    import polars as pl
    import pyarrow as pa

    frame = recordings().reset_index(drop=True)
    wanted = qa.sample(frame, 5, seed=7)
    plan = scale.Sample(5, seed=7)
    polars = pl.from_pandas(frame)
    for how in (None, "two-pass"):
        found = scale.run(plan, [polars[:1000], polars[1000:]], how=how)
        assert isinstance(found, pl.DataFrame)
        assert found.equals(qa.sample(polars, 5, seed=7))
        assert found["call_id"].to_list() == wanted["call_id"].tolist()
        arrow = pa.Table.from_pandas(frame, preserve_index=False)
        table = scale.run(plan, arrow, how=how)
        assert isinstance(table, pa.Table)
        assert table["call_id"].to_pylist() == wanted["call_id"].tolist()
    state = plan.partial(polars)
    assert plan.finish(scale.State.from_bytes(state.to_bytes())).equals(
        qa.sample(polars, 5, seed=7)
    )


def test_folders_of_files(tmp_path):
    frame = recordings().reset_index(drop=True)
    frame["arrival"] = frame["arrival"].dt.tz_convert("UTC").dt.tz_localize(None)
    wanted = qa.sample(frame, 5, seed=7)
    for ending in ("parquet", "csv"):
        folder = tmp_path / ending
        folder.mkdir()
        for number, part in enumerate(cut(frame, 4, 1)):
            if ending == "csv":
                part.to_csv(folder / f"{number}.csv", index=False)
            else:
                part.to_parquet(folder / f"{number}.parquet")
        for how in (None, "two-pass"):
            found = scale.run(scale.Sample(5, seed=7), folder, how=how)
            # In text files ids are text, whatever they look like.
            assert found["call_id"].map(str).tolist() == wanted["call_id"].map(str).tolist()
            assert found["weight"].tolist() == wanted["weight"].tolist()
            assert list(found.columns) == list(wanted.columns)


def test_what_is_no_plan_or_no_source_for_two_passes_is_refused():
    frame = recordings(200)
    with pytest.raises(ValueError, match="design must be"):
        scale.Sample(5, seed=1, design="fair")
    with pytest.raises(TypeError, match="eligible must be the name of a column"):
        scale.Sample(5, seed=1, eligible=[True])
    plan = scale.Sample(5, seed=1)
    with pytest.raises(ValueError, match=r"reads source several times; .* is read once"):
        scale.run(plan, iter([frame]), how="two-pass")
    with pytest.raises(ValueError, match="its seed is 2, that of this plan is 1"):
        plan.merge([scale.Sample(5, seed=2).partial(frame)])
    with pytest.raises(ValueError, match="its exclude is"):
        plan.merge([scale.Sample(5, seed=1, exclude=[3]).partial(frame)])
    with pytest.raises(ValueError, match=r"part-3: .*'call_id'"):
        plan.partial(frame.drop(columns="call_id"), where="part-3")
    assert pickle.loads(pickle.dumps(plan)) == plan  # noqa: S301 - our own bytes
