"""The examples run, and what they print is what was published, to the digits that were printed."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.frames

EXAMPLES = Path(__file__).parents[2] / "examples"
DATA = Path(__file__).parent / "data"


@pytest.fixture
def script(monkeypatch):
    """Give a script of the examples as a module."""
    monkeypatch.syspath_prepend(str(EXAMPLES))

    def load(name):
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    yield load
    sys.modules.pop("comparing", None)


def folder(tmp_path, file):
    shutil.copy(DATA / file, tmp_path)
    return tmp_path


def test_the_half_hour_report_of_2000(script, tmp_path):
    insurer = script("insurer_2000")
    rows = {
        row.what: row
        for row in insurer.rows(insurer.read(folder(tmp_path, "acd_halfhour_20000613.csv")))
    }
    for what in ("received", "answered"):
        assert rows[what].ours == rows[what].published
    assert rows["abandoned"].ours == "3.5%"
    assert rows["average speed of answer"].ours == "30.3 s"
    assert rows["average handle time"].ours == "307.2 s"
    assert rows["occupancy"].ours == "95.1 %"
    model = next(row for what, row in rows.items() if "Erlang A" in what)
    # The birth-death equations give 32.6 s and 1.81 %.
    assert model.ours == "32.6 s, 1.81%"


def test_a_month_of_nhs_111(script, tmp_path):
    nhs = script("nhs111_2015")
    rows = nhs.rows(nhs.read(folder(tmp_path, "nhs111_2015-04.csv")))
    assert [row.what.partition(":")[0] for row in rows] == ["Apr-15"] * 6
    assert rows[0].ours == rows[0].published == "1,130,894"
    for row in rows[1:]:
        digits = len(row.published.rstrip(" %").partition(".")[2])
        ours = float(row.ours.partition("%")[0])
        assert f"{ours:.{digits}f} %" == row.published, row.what


def test_five_minute_calls(script, tmp_path):
    bank = script("bank_calls_2003")
    rows = {
        row.what: row for row in bank.rows(bank.read(folder(tmp_path, "bank_calls_2003-03.csv")))
    }
    assert rows["values"].ours == "338"
    assert rows["slots a day"].ours == "169"
    assert rows["busiest weekday"].ours.startswith("Monday")


def test_the_packaged_month_of_the_bank(script, capsys):
    bank = script("bank_1999")
    bank.main()
    printed = capsys.readouterr().out
    # The figures of this month in the documentation of the data.
    assert "174.9, 213.5 s" in printed
    assert "7.2%" in printed
    assert "12.7%, of who queued 21.9%" in printed
    assert "where they differ" in printed


def test_the_script_runs_on_a_folder_and_tells_what_is_missing(tmp_path):
    target = tmp_path / "acd_halfhour_2000"
    target.mkdir()
    shutil.copy(DATA / "acd_halfhour_20000613.csv", target)
    run = [sys.executable, str(EXAMPLES / "published_results.py")]
    done = subprocess.run([*run, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "20,577" in done.stdout
    empty = subprocess.run([*run, str(target)], capture_output=True, text=True, check=False)
    assert empty.returncode == 1
    assert "holds none of anonymous_bank_1999" in empty.stderr


def test_agents_are_at_work_between_calls_that_are_close(script):
    example = script("when_is_erlang_enough")
    calls = pd.DataFrame(
        {
            "agent": ["b", "a", "a", "a", None],
            "answer": pd.to_datetime(
                "1999-02-07 " + pd.Series(["10:00", "10:00", "10:20", "10:50", "10:10"])
            ),
            "talk": [900.0, 600.0, 300.0, 600.0, 60.0],
        }
    )
    found = example.at_work(calls)
    # a from 10:00 to 10:25, as 10 minutes are no absence, and from 10:50, as 25 are; b to 10:15.
    assert found.to_dict() == {
        pd.Timestamp("1999-02-07 10:00"): pytest.approx((25 + 15) / 30),
        pd.Timestamp("1999-02-07 10:30"): pytest.approx(10 / 30),
    }


def test_two_claims_and_a_pilot_read_honestly(script):
    module = script("did_it_help")
    row = module.two_points().iloc[0]
    assert f"{row['absolute']:.2f} {row['relative']:.4f}" == "-16.17 -0.5077"
    assert row["codes"] == "few_periods"
    seen = module.what_eight_teams_see()
    assert round(seen["smallest effect"]) == 25
    assert seen["teams in each arm"] == 652
    calls = module.bank()
    _, plan, none = module.pilot(calls)
    assert len(none.effects) == 30
    assert (none.effects["verdict"] == "not shown").all()
    assert "not_random" not in set(none.warnings["code"])
    _, _, faster = module.pilot(calls, 0.5)
    found = faster.effects.set_index("measure")
    assert found.loc["aht", "effect"] < 0
    # Of so few splits the exact p is the least that the plan leaves.
    assert found.loc["aht", "p_permutation"] == pytest.approx(plan.smallest_p)


def test_another_simulators_example_gives_its_printed_results(script):
    peer = script("peer_simulator")
    about = json.loads((DATA / "peer_simulator.json").read_text())
    found, queue = peer.ours(about, 120, 1)
    for name, measures in about["results"]["by_type"].items():
        for measure, printed in measures.items():
            distance, far = peer.far(measure, printed["mean"], found[name][measure])
            assert not far, (name, measure, distance)
    printed = about["results"]["queue_length"]
    assert sum(queue) / 48 == pytest.approx(printed["average"], rel=0.05)
    # A single half hour of some hundred days is known to no more than this.
    assert queue == pytest.approx(printed["by_half_hour"], rel=0.25, abs=0.2)


def test_another_simulators_example_prints_json(script, capsys, tmp_path):
    peer = script("peer_simulator")
    picture = tmp_path / "queue.png"
    peer.main(
        [str(DATA / "peer_simulator.json"), "--json", "--days", "2", "--picture", str(picture)]
    )
    found = json.loads(capsys.readouterr().out)
    about = json.loads((DATA / "peer_simulator.json").read_text())
    assert found.keys() == about["results"]["by_type"].keys()
    assert all(found[name].keys() == about["results"]["by_type"][name].keys() for name in found)
    assert picture.stat().st_size > 1000
    peer.main([str(DATA / "peer_simulator.json"), "--days", "2"])
    assert "of the day: theirs 2.580" in capsys.readouterr().out


def test_shifts_cover_the_numbers_and_last_no_longer(script):
    peer = script("peer_simulator")
    numbers = [2.0, 2.0, 3.0, 1.0, 1.0, 4.0]
    spells = peer.shifts(numbers, 3, open_ended=False)
    for place, number in enumerate(numbers):
        at = (place + 0.5) * peer.HALF_HOUR
        assert sum(spell.agents for spell in spells if spell.start <= at < spell.end) == number
    ends = [spell.end for spell in spells]
    assert all(
        spell.end - spell.start <= 3 * peer.HALF_HOUR for spell in spells if spell.end < peer.DAY
    )
    assert max(ends) == peer.DAY
