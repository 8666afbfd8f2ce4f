"""Draws of parts, periods drawn ahead, draws made again, and who evaluates what."""

from __future__ import annotations

import itertools
import json
import pickle

import numpy as np
import pandas as pd
import pytest
from callstats import qa
from recordings import calls, every_design, key

pytestmark = pytest.mark.frames


def merged(parts, n=5, **options):
    return qa.merge_samples([qa.partial_sample(part, n, seed=3, **options) for part in parts])


def without_version(drawn):
    return qa.sample_report(drawn).record


@every_design
@pytest.mark.parametrize("chunks", [1, 7, 64])
def test_parts_draw_what_the_whole_does(design, chunks):
    frame = calls((220, 45, 400, 3, 1))
    whole = qa.sample(frame, 5, design=design, reserve=2, seed=3)
    mixed = frame.sample(frac=1, random_state=chunks)
    parts = [mixed.iloc[rows] for rows in np.array_split(np.arange(len(mixed)), chunks)]
    drawn = merged(parts, design=design, reserve=2)
    pd.testing.assert_frame_equal(drawn, whole)
    assert without_version(drawn) == without_version(whole)


def test_every_library_chunk_and_thread_draws_the_same(tmp_path):
    pl = pytest.importorskip("polars")
    pytest.importorskip("pyarrow")
    frame = calls((220, 45, 400, 3))
    expected = key(qa.sample(frame, 5, seed=3, threads=1))
    mixed = frame.sample(frac=1, random_state=5)
    mixed.to_parquet(tmp_path / "all.parquet")
    polars = pl.from_pandas(mixed)
    polars.write_parquet(tmp_path / "polars.parquet")
    frames = [mixed, polars, pd.read_parquet(tmp_path / "all.parquet")]
    frames += [pl.read_parquet(tmp_path / "polars.parquet"), mixed.convert_dtypes()]
    for other in frames:
        for threads in (1, 2):
            assert key(qa.sample(other, 5, seed=3, threads=threads)) == expected
        cuts = np.linspace(0, len(other), 8).astype(int)
        parts = [other[a:b] for a, b in itertools.pairwise(cuts)]
        assert key(merged(parts)) == expected


def test_parts_are_small_pickle_and_keep_counts():
    frame = calls((3000, 2500, 4))
    parts = [
        qa.partial_sample(
            frame[i::7], 5, exclude=frame["call_id"][:50], eligible=frame[i::7]["talk"] > 60, seed=3
        )
        for i in range(7)
    ]
    assert all(len(part.rows) <= 2 * 80 + 4 for part in parts)
    drawn = qa.merge_samples(pickle.loads(pickle.dumps(parts[::-1])))  # noqa: S301
    whole = qa.sample(frame, 5, exclude=frame["call_id"][:50], eligible=frame["talk"] > 60, seed=3)
    assert key(drawn) == key(whole)
    assert without_version(drawn) == without_version(whole)


@pytest.mark.parametrize(
    ("n", "options"),
    [
        ("2.5%", {"minimum": 3}),
        ({"agent 000": 7, "nobody": 2}, {}),
        (4, {"at_most": {"call_type": 2}, "at_least": {"call_type": {"d": 1}}}),
        (9, {"balance": "call_type"}),
        (3, {"by": ("agent", "call_type")}),
        (0, {}),
    ],
)
def test_all_kinds_of_quotas_merge(n, options):
    frame = calls()
    parts = [frame[i::5] for i in range(5)]
    whole = qa.sample(frame, n, seed=3, **options)
    drawn = merged(parts, n, **options)
    assert key(drawn) == key(whole)
    assert without_version(drawn) == without_version(whole)


def test_groups_without_eligible_rows_are_reported_by_parts_too():
    frame = calls()
    allowed = frame["agent"] != "agent 001"
    whole = qa.sample(frame, 5, eligible=allowed, seed=3)
    parts = [qa.partial_sample(frame[i::3], 5, eligible=allowed[i::3], seed=3) for i in range(3)]
    assert without_version(qa.merge_samples(parts)) == without_version(whole)


@pytest.mark.parametrize("design", ["balanced", "simple"])
def test_merging_a_stream_of_parts_lets_go_of_what_cannot_be_drawn(design, monkeypatch):
    frame = calls((3000, 2500, 4)).sample(frac=1, random_state=2)
    monkeypatch.setattr("callstats.qa.samples.partial._PENDING", 200)
    held = []
    combine = qa.samples.partial.combine

    def watched(parts):
        held.append(sum(len(part.rows) for part in parts))
        return combine(parts)

    monkeypatch.setattr("callstats.qa.samples.partial.combine", watched)
    parts = (qa.partial_sample(frame[i::50], 5, design=design, seed=3) for i in range(50))
    drawn = qa.merge_samples(parts)
    assert key(drawn) == key(qa.sample(frame, 5, design=design, seed=3))
    # 16 n of three groups at most, twice over before the next look, and the part that came last.
    assert max(held) <= 2 * 3 * 80 + 3 * 80
    assert sum(held) > len(held) * 100


def test_parts_of_different_plans_and_repeated_ids_are_refused():
    frame = calls()
    part = qa.partial_sample(frame, 5, seed=3)
    with pytest.raises(ValueError, match="of the same plan"):
        qa.merge_samples([part, qa.partial_sample(frame, 5, seed=4)])
    with pytest.raises(ValueError, match="must not repeat"):
        qa.merge_samples([part, part])
    with pytest.raises(ValueError, match="at least one"):
        qa.merge_samples([])


def test_a_share_is_rounded_up_and_has_a_minimum():
    frame = calls((120, 45, 300, 3))
    drawn = qa.sample(frame, "5%", seed=3)
    assert drawn.groupby("agent").size().tolist() == [6, 3, 15, 1]
    drawn = qa.sample(frame, "5 %", minimum=4, seed=3)
    assert drawn.groupby("agent").size().tolist() == [6, 4, 15, 3]
    assert len(qa.sample(frame, "0%", seed=3)) == 0
    assert len(qa.sample(frame, "100%", seed=3)) == len(frame)
    # 0.07 in doubles is a little above 7 / 100.
    assert len(qa.sample(calls((100,)), "7%", seed=3)) == 7
    eligible = frame["talk"] > 150
    drawn = qa.sample(frame, "10%", eligible=eligible, seed=3)
    sizes = np.ceil(frame[eligible].groupby("agent").size() / 10)
    assert drawn.groupby("agent").size().tolist() == sizes.tolist()
    for wrong in ("-1%", "101%", "five%", "%"):
        with pytest.raises(ValueError, match="n must be a share"):
            qa.sample(frame, wrong, seed=3)
    with pytest.raises(ValueError, match="minimum goes with a share"):
        qa.sample(frame, 5, minimum=3, seed=3)


@pytest.mark.parametrize("design", ["balanced", "simple", "stratified", "systematic"])
def test_periods_do_not_overlap_and_keep_probabilities(design):
    frame = calls((23, 40, 7))
    drawn = qa.sample_periods(frame, 5, periods=4, design=design, seed=3)
    assert not drawn["call_id"].duplicated().any()
    first = drawn[drawn["period"] == 1].drop(columns="period")
    assert key(first) == key(qa.sample(frame, 5, design=design, seed=3))
    sizes = drawn.groupby(["agent", "period"]).size()
    assert sizes.tolist() == [5, 5, 5, 5, 5, 5, 5, 5, 5, 2]
    assert drawn.groupby(["agent", "period"])["draw"].max().tolist() == sizes.tolist()
    assert not drawn["reserve"].any()
    weights = drawn[drawn["period"] == 3].groupby("agent")["weight"].sum()
    assert weights.tolist() == pytest.approx([23, 40])
    hits = pd.Series(0, index=frame.index)
    draws = 300
    for seed in range(draws):
        weeks = qa.sample_periods(frame[:23], 5, periods=4, design=design, seed=seed)
        hits[weeks.index[weeks["period"] == 3]] += 1
    p = 5 / 23
    z = (hits[:23] - draws * p) / np.sqrt(draws * p * (1 - p))
    # 23 rows in each of four designs: by the binomial tails of 300 draws |z| > 5 is a false
    # alarm in 8,000 runs of other seeds.
    assert z.abs().max() < 5


def test_periods_check_their_choices():
    frame = calls()
    with pytest.raises(ValueError, match="periods must be a whole number >= 1"):
        qa.sample_periods(frame, 5, periods=0, seed=3)
    with pytest.raises(ValueError, match="takes no at_most"):
        qa.sample_periods(frame, 5, periods=2, at_most={"call_type": 1}, seed=3)
    with pytest.raises(ValueError, match="must not be 'cube'"):
        qa.sample_periods(frame, 5, periods=2, design="cube", seed=3)
    empty = qa.sample_periods(frame[:0], 5, periods=2, seed=3)
    assert len(empty) == 0
    assert "period" in empty
    pl = pytest.importorskip("polars")
    weeks = qa.sample_periods(pl.from_pandas(frame), 5, periods=2, seed=3)
    assert key(weeks) == key(qa.sample_periods(frame, 5, periods=2, seed=3))


def test_a_draw_is_made_again_from_its_record():
    pl = pytest.importorskip("polars")
    frame = calls()
    options = {
        "balance": {"talk": [50, 100], "call_type": None},
        "reserve": 2,
        "at_least": {"call_type": {"c": 1}},
        "exclude": frame["call_id"][:20],
    }
    drawn = qa.sample(frame, {"agent 000": 6, "agent 002": 4}, seed=2**70, **options)
    record = json.loads(json.dumps(qa.sample_report(drawn).record))
    again = qa.redraw(pl.from_pandas(frame[::-1]), record, exclude=options["exclude"])
    assert key(again) == key(drawn)
    assert qa.verify_sample(drawn, frame, exclude=options["exclude"])
    changed = drawn.copy()
    changed.iloc[0, 0] = frame["call_id"].iloc[-1]
    assert not qa.verify_sample(changed, frame, record, exclude=options["exclude"])
    with pytest.raises(ValueError, match=r"digests differ.*give exclude"):
        qa.redraw(frame, record)
    with pytest.raises(ValueError, match=r"digests differ \(467 rows, not 468\)"):
        qa.redraw(frame[:-1], record, exclude=options["exclude"])
    with pytest.raises(ValueError, match="install that version"):
        qa.redraw(frame, record | {"version": "0.0.1"})
    with pytest.raises(ValueError, match="it has no 'digest'"):
        qa.redraw(frame, {name: value for name, value in record.items() if name != "digest"})


def test_values_by_row_have_to_be_given_again():
    frame = calls().assign(size=2.0)
    mask = (frame["talk"] > 60).to_numpy()
    record = qa.sample_report(qa.sample(frame, 3, eligible=mask, seed=1)).record
    with pytest.raises(ValueError, match="eligible was given row by row"):
        qa.redraw(frame, record)
    assert len(qa.redraw(frame, record, eligible=mask)) == 12
    drawn = qa.sample(frame, 3, inclusion="size", design="cube", seed=1)
    assert qa.verify_sample(drawn, frame)


def test_shares_of_evaluators_are_even_and_pairs_change():
    frame = calls((40,) * 12)
    months = []
    people = ["eva", "finn", "gus", "ida", "jan"]
    for month in range(4):
        drawn = qa.sample(frame, 5, reserve=1, seed=month)
        past = pd.concat(months) if months else None
        given = qa.assign(drawn, people, previous=past, seed=month)
        assert given["evaluator"].isna().tolist() == given["reserve"].tolist()
        shares = given["evaluator"].value_counts()
        assert len(shares) == 5
        assert shares.max() - shares.min() <= 1
        months.append(given)
    pairs = pd.concat(months).groupby(["agent", "evaluator"]).size()
    # Five of each agent a month and five evaluators: everybody meets everybody, four times.
    assert pairs.min() >= 3
    assert pairs.max() <= 5
    first = months[0].sort_values("call_id")
    mixed = qa.sample(frame, 5, reserve=1, seed=0).sample(frac=1, random_state=1)
    again = qa.assign(mixed, people, seed=0).sort_values("call_id")
    assert again["evaluator"].tolist() == first["evaluator"].tolist()


def test_few_recordings_of_many_agents_rotate():
    frame = calls((9,) * 10)
    drawn = qa.sample(frame, 1, seed=1)
    met = qa.assign(drawn, ["eva", "finn"], seed=1)
    after = qa.assign(drawn, ["eva", "finn"], previous=met, seed=2)
    assert (met["evaluator"].to_numpy() != after["evaluator"].to_numpy()).all()


def test_nobody_evaluates_himself_and_calibration_sets_are_shared():
    frame = calls((40, 40, 40))
    people = ["agent 000", "agent 001", "eva", "finn"]
    drawn = qa.sample(frame, 4, seed=1)
    given = qa.assign(drawn, people, calibration=2, seed=1)
    together = given[given["calibration"]]
    assert together.groupby("call_id")["evaluator"].nunique().tolist() == [4, 4]
    assert len(given) == 10 + 2 * 4
    shares = given["evaluator"].value_counts()
    assert shares.max() - shares.min() <= 1
    alone = given[~given["calibration"]]
    assert (alone["agent"] != alone["evaluator"]).all()
    pl = pytest.importorskip("polars")
    polars = qa.assign(pl.from_pandas(drawn), people, calibration=2, seed=1)
    assert polars["evaluator"].to_list() == given["evaluator"].tolist()
    for wrong in ([], ["eva", "eva"]):
        with pytest.raises(ValueError, match="evaluators must be"):
            qa.assign(drawn, wrong, seed=1)
    with pytest.raises(ValueError, match="calibration must be a whole number from 0 to 12"):
        qa.assign(drawn, people, calibration=13, seed=1)


def test_reserves_take_the_places_of_the_unusable():
    frame = calls((60, 40, 3))
    drawn = qa.sample(frame, 5, reserve=2, seed=3)
    mine = drawn[drawn["agent"] == "agent 000"]["call_id"].tolist()
    # Two picks and the first reserve: one place can be filled.
    mended = qa.replace_unusable(drawn, [mine[1], mine[3], mine[5]])
    left = mended[mended["agent"] == "agent 000"]
    assert left["call_id"].tolist() == [mine[0], mine[2], mine[4], mine[6]]
    assert not left["reserve"].any()
    assert left["replaces"].tolist()[:3] == [None] * 3 or left["replaces"].isna().sum() == 3
    assert left["replaces"].iloc[3] == mine[1]
    assert left["weight"].tolist() == [12.0] * 4
    assert len(mended) == len(drawn) - 3
    assert qa.sample_report(mended).record == qa.sample_report(drawn).record
    pd.testing.assert_frame_equal(qa.replace_unusable(drawn, []).drop(columns="replaces"), drawn)
    with pytest.raises(ValueError, match="'x' is not in it"):
        qa.replace_unusable(drawn, ["x"])
