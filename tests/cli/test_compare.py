"""`callstats compare` and `callstats pilot`."""

from __future__ import annotations

import comparisons
import pandas as pd
import pytest
from callstats import compare


@pytest.fixture
def files(tmp_path):
    comparisons.team_days().to_csv(tmp_path / "days.csv", index=False)
    comparisons.team_history().to_csv(tmp_path / "history.csv", index=False)
    comparisons.daily().to_csv(tmp_path / "series.csv", index=False)
    return tmp_path


def test_power_says_what_can_be_seen(run):
    ask = ["compare", "power", "--sd", "10.3", "--treated", "4", "--control", "4"]
    code, out, err = run(*ask, "--effect", "1.6")
    assert (code, err) == (0, "")
    assert "4 against 4 teams see an effect of 24.52 or more, 80% of the time" in out
    assert "seen 5.4% of the time; 652 teams in each arm would be needed" in out


PERIODS = ["--before", ",".join(comparisons.BEFORE), "--after", ",".join(comparisons.AFTER)]
MEASURES = ["--measures", "aht=handle/answered,fcr=resolved/answered,score"]


@pytest.mark.parametrize("command", [["pilot"], ["compare", "pilot"]])
def test_a_pilot_is_judged(run, files, command):
    ask = [*command, "days.csv", "--treated", "A,B,C,D", *PERIODS, *MEASURES]
    code, out, err = run(*ask, "--better", "aht=lower", "--primary", "score")
    assert (code, err) == (0, "")
    assert "You may not say" in out
    assert "the exact p holds only if chance chose them" in out
    assert run(*ask, "-o", "effects.csv")[0] == 0
    written = pd.read_csv(files / "effects.csv")
    found = compare.pilot(
        comparisons.team_days(),
        treated=comparisons.TREATED,
        before=comparisons.BEFORE,
        after=comparisons.AFTER,
        measures=comparisons.MEASURES,
    )
    assert written["p_max_t"].tolist() == found.effects["p_max_t"].tolist()
    assert "可以说" in run(*ask, "--language", "zh")[1]


@pytest.mark.usefixtures("files")
def test_teams_are_chosen_by_a_seed(run):
    ask = ["compare", "choose", "history.csv", "--on", "aht,fcr", "--teams", "8", "--treated", "4"]
    code, out, err = run(*ask, "--seed", "7")
    assert (code, err) == (0, "")
    plan = compare.choose_teams(
        comparisons.team_history(), on=["aht", "fcr"], teams=8, treated=4, seed=7
    )
    assert out.startswith(f"treated: {', '.join(plan.treated)}\n")
    assert run(*ask)[0] == 2


@pytest.mark.usefixtures("files")
def test_a_series_and_two_periods(run):
    code, out, err = run(
        "compare", "series", "series.csv", "--change", "2025-03-24", "--value", "aht", "--placebo"
    )
    assert (code, err) == (0, "")
    assert out.startswith("2025-03-24")
    assert "21 days before and 19 after" in out
    code, out, err = run("compare", "periods", "days.csv", *PERIODS, *MEASURES)
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 4
    code, _, err = run("compare", "periods", "days.csv", *PERIODS, "--measures", "csat")
    assert code == 2
    assert "csat" in err
