"""``callstats forecast``: from a file of intervals to a file of intervals to come."""

from __future__ import annotations

import pandas as pd
import pytest
from callstats import forecast


@pytest.fixture
def history(tmp_path):
    starts = [
        day + pd.Timedelta(hours=hour)
        for day in pd.date_range("2025-01-06", periods=28, freq="D")
        for hour in (9, 10, 11)
    ]
    table = pd.DataFrame({"queue": "sales", "start": starts, "volume": range(40, 124)})
    table.to_csv(tmp_path / "history.csv", index=False)
    return table


def test_a_file_becomes_a_forecast(run, tmp_path, history):
    days = "date,kind,like,closed\n2025-02-04,fair,sunday,false\n2025-02-05,holiday,,true\n"
    (tmp_path / "days.csv").write_text(days, encoding="utf-8")
    code, out, err = run(
        "forecast", "history.csv", "-o", "out.csv", "--horizon", "7D", "--special", "days.csv",
        "--level", "0.8,0.95",
    )  # fmt: skip
    assert (code, out, err) == (0, "", "")
    found = pd.read_csv(tmp_path / "out.csv", parse_dates=["start"], keep_default_na=False)
    special = pd.DataFrame(
        {
            "date": ["2025-02-04", "2025-02-05"],
            "kind": ["fair", "holiday"],
            "like": ["sunday", None],
            "closed": [False, True],
        }
    )
    expected = forecast.fit_predict(history, "7D", special=special, level=[0.8, 0.95])
    assert found["start"].tolist() == expected["start"].tolist()
    assert found["kind"].tolist() == expected["kind"].tolist()
    assert found["volume"].astype(float).tolist() == pytest.approx(expected["volume"].tolist())
    assert found["upper_95"].astype(float).tolist() == expected["upper_95"].tolist()


def test_totals_are_shown(run, history):
    code, out, _ = run("forecast", "history.csv", "--horizon", "2025-02-09", "--totals", "W")
    assert code == 0
    assert "sales" in out
    assert "calls" in out


def test_bad_rows_are_named_by_their_line(run, tmp_path, history):
    history.assign(volume=[-1, *history["volume"][1:]]).to_csv(
        tmp_path / "history.csv", index=False
    )
    code, _, err = run("forecast", "history.csv")
    assert code == 2
    assert "volume must be a finite number >= 0" in err
    assert "line 2" in err
