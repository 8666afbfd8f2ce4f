"""Score sheets with a column an item, read as scores with a row an item."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from callstats import kpi, qa
from callstats.errors import InvalidDataError, MissingColumnError

pytestmark = pytest.mark.frames


def sheet() -> pd.DataFrame:
    """Three evaluations as a form exports them, one item not scored."""
    return pd.DataFrame(
        {
            "Recording ID": ["a", "a", "b"],
            "Evaluator": ["Ana", "Bo", "Ana"],
            "坐席": ["x", "x", "y"],
            "Evaluation Date": ["2024-03-05", "2024-03-06", "2024-03-07"],
            "greeting": ["9", "7,5", "N/A"],
            "needs": [4, 5, 6],
            "Total": [13.0, 12.5, 6.0],
            "note": ["p", "q", "r"],
        },
        index=[5, 6, 7],
    )


ITEMS = {
    "needs": {"max_score": 10, "critical": True, "category": "solution"},
    "greeting": {"max_score": 12, "weight": 2, "critical": False},
}


def libraries():
    polars = pytest.importorskip("polars")
    return {
        "pandas": lambda frame: frame,
        "polars": polars.from_pandas,
        "pyarrow": lambda frame: polars.from_pandas(frame).to_arrow(),
    }


def lists(frame) -> dict[str, list]:
    """The columns as lists, None where a value is missing."""
    columns = frame.columns if isinstance(frame, pd.DataFrame) else frame.to_dict(as_series=False)
    return {
        name: [None if pd.isna(value) else value for value in frame[name].to_list()]
        for name in columns
    }


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_each_row_gives_a_row_an_item(library):
    polars = pytest.importorskip("polars")
    given = libraries()[library](sheet())
    read = kpi.canonical(given, "scores", items=ITEMS)
    assert type(read) is type(given)
    found = lists(polars.from_arrow(read) if library == "pyarrow" else read)
    assert list(found) == [
        "call_id", "rater", "item", "score", "agent", "max_score", "weight", "critical",
        "category", "date", "Total", "note",
    ]  # fmt: skip
    assert found["call_id"] == ["a", "a", "a", "a", "b", "b"]
    assert found["rater"] == ["Ana", "Ana", "Bo", "Bo", "Ana", "Ana"]
    assert found["agent"] == ["x", "x", "x", "x", "y", "y"]
    assert found["item"] == ["needs", "greeting"] * 3
    assert found["score"] == [4.0, 9.0, 5.0, 7.5, 6.0, None]
    assert found["max_score"] == [10.0, 12.0] * 3
    assert found["weight"] == [None, 2.0] * 3
    assert found["critical"] == [True, False] * 3
    assert found["category"] == ["solution", None] * 3
    assert [str(date)[:10] for date in found["date"]] == [
        "2024-03-05", "2024-03-05", "2024-03-06", "2024-03-06", "2024-03-07", "2024-03-07",
    ]  # fmt: skip
    assert found["note"] == ["p", "p", "q", "q", "r", "r"]


def test_a_total_is_no_item_unless_it_is_named():
    read = kpi.canonical(sheet(), "scores", items=["greeting", "needs"])
    assert read["score"].sum() == 9 + 4 + 7.5 + 5 + 6
    about = read.attrs["callstats"]
    assert about["not_used"] == ["Total"]
    assert json.loads(json.dumps(about)) == about
    named = kpi.canonical(sheet(), "scores", items=["Total"])
    assert named["item"].tolist() == ["Total"] * 3
    assert named["score"].tolist() == [13.0, 12.5, 6.0]
    assert named.attrs["callstats"]["not_used"] == ["greeting", "needs"]


def test_a_total_called_score_makes_way_for_the_scores():
    read = kpi.canonical(sheet().rename(columns={"Total": "score"}), "scores", items=["needs"])
    assert read["score"].tolist() == [4.0, 5.0, 6.0]
    assert read["score_export"].tolist() == [13.0, 12.5, 6.0]
    assert read.attrs["callstats"]["left_aside"] == {"score": "score"}


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_frame_of_items_is_the_mapping(library):
    made = pd.DataFrame(
        {
            "item": ["needs", "greeting"],
            "max_score": [10, 12],
            "weight": [np.nan, 2.0],
            "critical": [True, False],
            "category": ["solution", None],
        }
    )
    expected = kpi.canonical(sheet(), "scores", items=ITEMS)
    read = kpi.canonical(sheet(), "scores", items=libraries()[library](made))
    pd.testing.assert_frame_equal(read, expected)


def test_rows_and_names_are_chosen_as_of_every_export():
    given = sheet().rename(columns={"Evaluator": "Who scored"})
    read = kpi.canonical(
        given, "scores", items=["needs"], columns={"rater": "Who scored"}, where="rater=Ana"
    )
    assert read["call_id"].tolist() == ["a", "b"]
    assert read["score"].tolist() == [4.0, 6.0]
    none = kpi.canonical(sheet().iloc[:0], "scores", items=["needs", "Total"])
    assert none.shape == (0, 8)


def test_what_the_sheet_gives_is_read_by_the_functions_of_quality():
    read = kpi.canonical(sheet(), "scores", items=["needs", "greeting"])
    bias = qa.rater_bias(read, by="item").set_index(["item", "rater"])["bias"]
    # Call a alone has two raters: 4 against 5, and 9 against 7.5.
    assert bias["needs", "Ana"] == -1.0
    assert bias["greeting", "Ana"] == 1.5


def test_a_bad_score_is_told_by_its_row_of_the_sheet():
    given = sheet()
    given["greeting"] = ["9", "good", "7"]
    with pytest.raises(InvalidDataError, match=r"greeting must be a number .*'good' at position 1"):
        kpi.canonical(given, "scores", items=["greeting", "needs"])
    kept = kpi.canonical(given, "scores", items=["greeting", "needs"], on_error="drop")
    assert kept["score"].tolist() == [9.0, 4.0, 7.0, 6.0]


def test_without_items_the_columns_that_may_be_are_listed():
    with pytest.raises(MissingColumnError, match=r"items=\['greeting', 'needs'\]"):
        kpi.canonical(sheet(), "scores")
    with pytest.raises(MissingColumnError, match=r"items=\['greeting', 'needs'\]"):
        kpi.canonical(sheet().rename(columns={"Total": "总分"}), "scores")


def test_scores_with_a_row_an_item_are_read_as_before():
    rows = pd.DataFrame(
        {
            "call": ["a", "a"],
            "rater": ["Ana", "Ana"],
            "项目": ["g", "n"],
            "得分": [1, 2],
            "x": [3, 4],
        }
    )
    read = kpi.canonical(rows, "scores")
    assert read["item"].tolist() == ["g", "n"]
    assert read["score"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("items", "error", "message"),
    [
        ("needs", TypeError, "a list of columns, such as"),
        (5, TypeError, "a list of columns, such as"),
        ([1, 2], TypeError, "name columns by text; got 1"),
        ({"needs": 5}, TypeError, "settings as .*; got 5 of 'needs'"),
        ([], ValueError, "at least one column"),
        (["needs", "needs"], ValueError, "'needs' more than once"),
        (["need"], MissingColumnError, "nearest: 'needs'"),
        ({"needs": {"maximum": 5}}, ValueError, "items may have max_score, .*'maximum' of 'needs'"),
        ({"needs": {"max_score": 0}}, ValueError, "max_score must be a number > 0; got 0"),
        ({"needs": {"weight": "2"}}, ValueError, "weight must be a number >= 0; got '2'"),
        ({"needs": {"critical": "no"}}, ValueError, "critical must be True or False; got 'no'"),
        ({"needs": {"category": 3}}, ValueError, "category must be text; got 3"),
    ],
)
def test_items_that_are_not_valid_are_refused(items, error, message):
    with pytest.raises(error, match=message):
        kpi.canonical(sheet(), "scores", items=items)


def test_contradictions_between_items_and_the_rest_are_refused():
    with pytest.raises(ValueError, match="items are columns of a sheet of 'scores'"):
        kpi.canonical(sheet(), "ratings", items=["needs"])
    with pytest.raises(ValueError, match="both name 'needs'"):
        kpi.canonical(sheet(), "scores", items=["needs"], columns={"weight": "needs"})
    doubled = sheet().assign(score=1, score_export=2)
    with pytest.raises(InvalidDataError, match="columns 'score' and 'score_export'"):
        kpi.canonical(doubled, "scores", items=["needs"])
    # The weight of a drawn call is not that of an item.
    drawn = sheet().assign(weight=40.0)
    with pytest.raises(InvalidDataError, match="export has a column 'weight'"):
        kpi.canonical(drawn, "scores", items={"needs": {"weight": 2}})
    assert kpi.canonical(drawn, "scores", items=["needs"])["weight"].tolist() == [40.0] * 3


def test_validate_lists_what_is_wrong_with_a_sheet():
    given = sheet().rename(columns={"Recording ID": "call_id", "Evaluator": "rater"})
    assert kpi.validate(given, "scores", items=ITEMS).empty
    given["greeting"] = ["9", "good", "7"]
    given["needs"] = [4.0, np.inf, 6.0]
    found = kpi.validate(given, "scores", items=ITEMS)
    assert found["rule"].tolist() == [
        "greeting must be a number such as 12 or 1,250", "needs must be finite",
    ]  # fmt: skip
    assert found["count"].tolist() == [1, 1]
    assert found["example"].str.contains("position 1").all()
    renamed = kpi.validate(sheet(), "scores", items=ITEMS)
    assert renamed["rule"].tolist() == [
        "calls must have a column 'call_id'", "calls must have a column 'rater'",
    ]  # fmt: skip
    with pytest.raises(MissingColumnError, match=r"items=\['greeting', 'needs'\]"):
        kpi.validate(sheet(), "scores")
