"""What real logs do to a sampler."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import qa
from recordings import DESIGNS, calls, every_design, key

pytestmark = pytest.mark.frames


@every_design
def test_empty_and_tiny_frames(design):
    frame = calls()
    empty = qa.sample(frame[:0], 5, design=design, seed=1)
    assert list(empty.columns) == [*frame.columns, *qa.samples.sampling.ADDED]
    assert len(empty) == 0
    assert qa.sample_report(empty).record["rows"] == 0
    one = qa.sample(frame[:1], 5, design=design, seed=1)
    assert one["weight"].tolist() == [1.0]
    assert len(qa.sample(frame, 0, design=design, seed=1)) == 0
    assert len(qa.sample(frame, 5, design=design, eligible=[False] * len(frame), seed=1)) == 0


def test_declared_categories_without_rows_are_no_groups():
    frame = calls()
    agents = pd.Categorical(frame["agent"], categories=[*sorted(set(frame["agent"])), "ghost"])
    report = qa.sample_report(qa.sample(frame.assign(agent=agents), 3, seed=1))
    assert report.record["groups"] == 4
    assert report.quotas_not_met == []


@every_design
def test_one_type_with_nearly_all_rows(design):
    frame = calls((400,))
    frame["call_type"] = np.where(np.arange(400) % 50 == 0, "rare", "usual")
    draws = [qa.sample(frame, 10, design=design, seed=seed) for seed in range(300)]
    rare = sum((drawn["call_type"] == "rare").sum() for drawn in draws)
    # 8 of 400 at 10/400 over 300 draws: 60 expected; a lottery has sd 7.7, the others less.
    assert abs(rare - 60) < 5 * 7.7


@every_design
def test_odd_values_form_levels(design):
    frame = calls((40, 30))
    odd = [np.nan, np.inf, -np.inf, 0.0, -0.0, -5.0, 1e300, 5e-324]
    frame["talk"] = (odd * 9)[:70]
    frame.loc[frame.index[::7], "arrival"] = pd.NaT
    frame["call_type"] = pd.Series((["投诉", "投诉 ", "", None, "a"] * 14), index=frame.index)
    drawn = qa.sample(frame, 5, design=design, seed=1)
    assert len(drawn) == 10
    everything = frame.assign(talk=np.nan, arrival=pd.NaT, call_type=None)
    assert len(qa.sample(everything, 5, design=design, seed=1)) == 10
    pl = pytest.importorskip("polars")
    assert key(qa.sample(pl.from_pandas(frame), 5, design=design, seed=1)) == key(drawn)


def test_labels_are_compared_as_they_are():
    frame = calls((40,))
    frame["call_type"] = ["投诉", "投诉 ", "", "a"] * 10
    drawn = qa.sample(frame, 4, balance="call_type", seed=1)
    assert sorted(drawn["call_type"]) == sorted(["投诉", "投诉 ", "", "a"])


def test_infinite_negative_zero_and_unknown_lengths_keep_their_shares():
    frame = calls((40,)).assign(talk=[np.nan, np.inf, -5.0, 0.0] * 10)
    drawn = qa.sample(frame, 8, balance="talk", design="stratified", seed=1)["talk"]
    # Below the first cut are -5 and 0 together.
    assert (drawn.isna().sum(), np.isinf(drawn).sum(), (drawn <= 0).sum()) == (2, 2, 4)


def test_agents_and_ids_are_compared_as_they_are():
    pl = pytest.importorskip("polars")
    names = ["张伟", "张伟 ", " 张伟", "", " ", "A", "a", "\u00e9", "e\u0301", "0"]
    frame = calls((200,)).assign(agent=names * 20)
    drawn = qa.sample(frame, 3, seed=1)
    assert drawn.groupby("agent").size().to_dict() == dict.fromkeys(names, 3)
    assert key(qa.sample(pl.from_pandas(frame), 3, seed=1)) == key(drawn)
    assert key(qa.sample(frame.astype({"agent": "category"}), 3, seed=1)) == key(drawn)
    some = qa.sample(frame, {"张伟": 2, "": 1}, seed=1)
    assert some.groupby("agent").size().to_dict() == {"": 1, "张伟": 2}
    ids = calls((10,)).assign(call_id=names)
    left = qa.sample(ids, 10, exclude=["张伟", "", "a"], seed=1)
    assert sorted(left["call_id"]) == sorted(set(names) - {"张伟", "", "a"})


@pytest.mark.parametrize(("column", "role"), [("agent", "by"), ("call_id", "id")])
def test_a_missing_group_or_id_is_refused(column, role):
    frame = calls().astype({column: object})
    frame.iloc[[3, 9], frame.columns.get_loc(column)] = None
    message = f"{role} column '{column}' .* position 3 .2 missing of 468."
    with pytest.raises(ValueError, match=message):
        qa.sample(frame, 5, seed=1)
    pl = pytest.importorskip("polars")
    with pytest.raises(ValueError, match=message):
        qa.sample(pl.from_pandas(frame), 5, seed=1)


def test_a_repeated_id_is_refused():
    frame = calls().assign(call_id=lambda f: np.arange(len(f)))
    frame.iloc[[5, 6, 400], 0] = [7, 7, 8]
    message = r"'call_id' must not repeat; '7' comes 3 times \(2 repeated, 5 rows of 468\)"
    with pytest.raises(ValueError, match=message):
        qa.sample(frame, 5, seed=1)


def test_numbers_draw_as_their_digits():
    frame = calls().assign(call_id=lambda f: np.arange(len(f)))
    drawn = qa.sample(frame, 5, seed=1)
    for kind in ("str", "int32", "uint64", "Int64", "float64", "category"):
        same = qa.sample(frame.assign(call_id=frame["call_id"].astype(kind)), 5, seed=1)
        assert same.index.tolist() == drawn.index.tolist()
    other = frame.assign(call_id=frame["call_id"].astype(str).str.zfill(6))
    assert qa.sample(other, 5, seed=1).index.tolist() != drawn.index.tolist()


def test_a_number_and_its_digits_are_one_id():
    ids = [7, "7", *"abcdefgh"]
    frame = calls((10,)).assign(call_id=pd.Series(ids, dtype=object).to_numpy())
    with pytest.raises(ValueError, match="'call_id' must not repeat; '7' comes 2 times"):
        qa.sample(frame, 5, seed=1)


def test_007_and_7_are_two_agents():
    frame = calls((30, 30)).assign(agent=["007"] * 30 + ["7"] * 30)
    drawn = qa.sample(frame, 5, seed=1)
    assert drawn.groupby("agent").size().to_dict() == {"007": 5, "7": 5}
    some = qa.sample(frame.astype({"agent": "category"}), {"007": 3, "7": 1}, seed=1)
    assert some["agent"].astype(str).value_counts().to_dict() == {"007": 3, "7": 1}


def test_007_and_7_are_two_recordings():
    frame = calls((10,)).assign(call_id=["007", "7", *"abcdefgh"])
    left = qa.sample(frame, 10, exclude=[7], seed=1)
    assert sorted(left["call_id"]) == ["007", *"abcdefgh"]


@pytest.mark.parametrize(("kind", "start"), [("int64", -(2**63)), ("uint64", 2**64 - 468)])
def test_ids_at_the_ends_of_the_integers(kind, start):
    pl = pytest.importorskip("polars")
    ids = np.array([start + i for i in range(468)], dtype=kind)
    frame = calls().assign(call_id=ids, agent=ids // ids.dtype.type(100))
    drawn = qa.sample(frame, 3, seed=1)
    as_text = qa.sample(frame.assign(call_id=frame["call_id"].astype(str)), 3, seed=1)
    assert as_text.index.tolist() == drawn.index.tolist()
    assert key(qa.sample(pl.from_pandas(frame), 3, seed=1)) == key(drawn)
    # A number of the other kind beside it must not turn the list into floats.
    for exclude in ([int(ids[0])], [int(ids[0]), -1, 2**63], ids[:1], pd.Series(ids[:1])):
        left = qa.sample(frame, 500, exclude=exclude, seed=1)
        assert set(frame["call_id"]) - set(left["call_id"]) == {ids[0]}


def test_sorted_input_with_a_period_does_no_harm():
    frame = calls((200,)).sort_values("arrival")
    frame["shift"] = [0, 0, 0, 1] * 50
    shares = [
        qa.sample(frame, 50, balance="arrival", design="systematic", seed=seed)["shift"].mean()
        for seed in range(40)
    ]
    # Every fourth row in time is of the other shift, so a systematic sample has all or nothing
    # of it; the expectation is right all the same: 40 draws of 0 or 1, five standard errors.
    assert abs(np.mean(shares) - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 40)
    balanced = [
        qa.sample(frame, 50, balance="arrival", seed=seed)["shift"].mean() for seed in range(40)
    ]
    assert np.std(balanced) < 0.1


def test_agents_of_very_different_sizes_are_served_in_one_frame():
    sizes = (1,) * 2_000 + (20_000,) * 2
    drawn = qa.sample(calls(sizes), 5, seed=1)
    assert len(drawn) == 2_010
    assert len(qa.sample_report(drawn).quotas_not_met) == 2_000


@pytest.mark.parametrize("design", DESIGNS)
def test_large_quotas_from_one_large_group(design):
    frame = calls((30_000,))
    drawn = qa.sample(frame, 2_000, design=design, seed=1)
    assert len(set(drawn["call_id"])) == 2_000


def test_unusual_columns_are_balanced_by_what_they_hold():
    import datetime
    import decimal

    frame = calls((40, 40))
    expected = key(qa.sample(frame, 5, seed=1))
    objects = frame.assign(
        arrival=pd.Series(
            [t.to_pydatetime() for t in frame["arrival"]], index=frame.index, dtype=object
        ),
        talk=pd.Series([decimal.Decimal(str(v)) for v in frame["talk"]], index=frame.index),
    )
    assert key(qa.sample(objects, 5, seed=1)) == expected
    spans = frame.assign(talk=pd.to_timedelta(frame["talk"], unit="s").dt.round("ms"))
    assert key(qa.sample(spans, 5, seed=1)) == expected
    days = frame.assign(day=[datetime.date(2024, 1, 1 + i % 30) for i in range(80)], flag=True)
    assert len(qa.sample(days, 5, balance=("day", "flag"), seed=1)) == 10


def test_columns_that_are_slices_of_something_larger_draw_the_same():
    frame = calls().assign(call_id=lambda f: np.arange(len(f)))
    frame["checked"] = frame["talk"] > 60
    drawn = qa.sample(frame, 5, eligible=frame["checked"], seed=1)
    twice = frame.loc[frame.index.repeat(2)]
    whole = pd.array(twice["call_id"], dtype="Int64")
    numbers = np.repeat(np.asfortranarray(frame[["call_id", "talk"]].to_numpy()), 2, axis=0)
    sliced = pd.DataFrame(
        {
            "call_id": pd.Series(whole[::2], index=frame.index),
            "agent": twice["agent"][::2],
            "arrival": twice["arrival"][::2],
            "talk": pd.DataFrame(numbers)[1].to_numpy()[::2],
            "call_type": twice["call_type"].astype("category")[::2],
        }
    )
    for allowed in (twice["checked"][::2], np.repeat(frame["checked"].to_numpy(), 2)[::2]):
        same = qa.sample(sliced, 5, eligible=allowed, seed=1)
        assert same.index.tolist() == drawn.index.tolist()
        assert qa.sample_report(same).record == qa.sample_report(drawn).record


def _one_recording_each(frame):
    return frame.assign(agent=[f"agent {i}" for i in range(len(frame))])


def _all_at_one_moment(frame):
    return frame.assign(arrival=pd.Timestamp("2024-03-04 10:00"), talk=60.0)


def _nearly_all_of_one_type(frame):
    return frame.assign(call_type=np.where(np.arange(len(frame)) == 7, "rare", "usual"))


def _nothing_known(frame):
    return frame.assign(arrival=pd.NaT, talk=np.nan, call_type=None)


def _ids_beyond_64_bits(frame):
    return frame.assign(call_id=[10**25 + i for i in range(len(frame))])


def _ids_with_an_infinite_one(frame):
    ids = np.arange(len(frame)) + 0.5
    ids[3] = np.inf
    return frame.assign(call_id=ids)


def _ids_in_all_scripts(frame):
    ids = ["é" + chr(0x4E00 + i) + "\U0001f600" for i in range(len(frame))]
    return frame.assign(call_id=ids, agent=frame["agent"].str.replace("agent", "坐席"))


def _categories_backwards_and_unused(frame):
    agents = ["ghost", *frame["agent"].unique()[::-1]]
    return frame.assign(
        agent=pd.Categorical(frame["agent"], categories=agents),
        call_type=pd.Categorical(frame["call_type"], categories=list("zyxdcba")),
    )


def _the_night_when_clocks_go_back(frame):
    minutes = pd.to_timedelta(np.arange(len(frame)), unit="min")
    return frame.assign(arrival=pd.Timestamp("2024-10-27", tz="Europe/Berlin") + minutes)


@pytest.mark.parametrize(
    ("day", "hours", "before_three"), [("2024-10-27", 25, 4), ("2024-03-31", 23, 2)]
)
def test_bands_of_the_night_when_clocks_change(day, hours, before_three):
    # Four recordings an hour, of which one is drawn: the night's band has as many as it had hours.
    start = pd.Timestamp(day, tz="Europe/Berlin").tz_convert("UTC")
    quarters = pd.timedelta_range(0, periods=4 * hours, freq="15min")
    frame = pd.DataFrame({"call_id": range(4 * hours), "agent": "a", "arrival": start + quarters})
    drawn = qa.sample(
        frame, hours, balance="arrival", design="stratified", timezone="Europe/Berlin", seed=1
    )
    local = drawn["arrival"].dt.tz_convert("Europe/Berlin").dt.hour // 3
    assert local.value_counts().sort_index().tolist() == [before_three, *[3] * 7]


@every_design
@pytest.mark.parametrize(
    "population",
    [
        _one_recording_each,
        _all_at_one_moment,
        _nearly_all_of_one_type,
        _nothing_known,
        _ids_beyond_64_bits,
        _ids_with_an_infinite_one,
        _ids_in_all_scripts,
        _categories_backwards_and_unused,
        _the_night_when_clocks_go_back,
    ],
)
def test_awkward_populations_give_whole_quotas(population, design):
    frame = population(calls())
    drawn = qa.sample(frame, 5, design=design, seed=3)
    sizes = frame.groupby("agent", observed=True).size()
    of_agent = drawn.groupby("agent", observed=True)
    assert of_agent.size().to_dict() == sizes.clip(upper=5).to_dict()
    assert of_agent["weight"].sum().to_dict() == pytest.approx(sizes.to_dict())
    assert not drawn["call_id"].duplicated().any()
    again = qa.sample(frame[::-1], 5, design=design, seed=3)
    assert again.index.tolist() == drawn.index.tolist()


@every_design
def test_quotas_and_exclusions_at_their_ends(design):
    frame = calls()
    everything = qa.sample(frame, 10**30, design=design, seed=1)
    assert sorted(everything["call_id"]) == sorted(frame["call_id"])
    assert set(everything["weight"]) == {1.0}
    nobody = qa.sample(frame, 5, design=design, exclude=frame["call_id"], seed=1)
    report = qa.sample_report(nobody)
    assert (len(nobody), report.left_out) == (0, {"excluded": len(frame)})
    assert [entry["drawn"] for entry in report.quotas_not_met] == [0] * 4
    strangers = qa.sample(frame, 5, design=design, exclude=["of another year"], seed=1)
    assert key(strangers) == key(qa.sample(frame, 5, design=design, seed=1))
