"""A requirement in slots of another length asks for no less at any time."""

from __future__ import annotations

import pandas as pd
import planning
import pytest
from callstats import shifts


def test_the_need_holds_in_every_part():
    need = planning.requirement((2, 5.5, 0))
    fine = shifts.resample(need, "20min")
    assert fine["required_agents"].tolist() == [2, 2, 2, 5.5, 5.5, 5.5, 0, 0, 0]
    assert (fine["start"].diff().dropna() == pd.Timedelta("20min")).all()
    assert fine["start"][0] == planning.MORNING
    # And back again it is what it was.
    back = shifts.resample(fine, "1h")
    assert back["required_agents"].tolist() == need["required_agents"].tolist()
    assert back["start"].tolist() == need["start"].tolist()


def test_longer_slots_begin_on_the_clock_and_need_the_most_of_their_parts():
    zone = "Asia/Kolkata"
    starts = pd.date_range("2026-03-02 08:30", periods=5, freq="30min", tz=zone)
    need = pd.DataFrame({"start": starts, "agents": [4, 7, 3, 1, 2]}).iloc[::-1]
    found = shifts.resample(need, "1h", agents="agents")
    assert found["start"].dt.strftime("%H:%M").tolist() == ["08:00", "09:00", "10:00"]
    assert found["agents"].tolist() == [4, 7, 2]
    assert str(found["start"].dt.tz) == zone


def test_breaks_off_the_grid_fit_the_finer_one():
    pytest.importorskip("highspy")
    quarter = planning.lunch().assign(length="15min")
    with pytest.raises(ValueError, match=r"shifts\.resample"):
        shifts.cover(planning.requirement(), planning.shift_types(), breaks=quarter)
    fine = shifts.resample(planning.requirement(), "15min")
    found = shifts.cover(fine, planning.shift_types(), breaks=quarter)
    assert (found.cover["scheduled"] >= fine["required_agents"]).all()


@pytest.mark.parametrize(
    ("slot", "message"),
    [
        ("7min", "slot must be whole seconds that divide a day; got '7min'"),
        ("25min", "slot must be whole seconds that divide a day"),
        ("45min", "slot must divide the slots of 3600 s of requirement, or they it; got '45min'"),
        (0, "slot must be whole seconds that divide a day; got 0"),
    ],
)
def test_lengths_must_divide_one_another(slot, message):
    with pytest.raises(ValueError, match=message):
        shifts.resample(planning.requirement(), slot)


def test_bad_requirements_are_named():
    need = planning.requirement()
    with pytest.raises(ValueError, match=r"required_agents must be known.*1 bad of 8"):
        shifts.resample(need.assign(required_agents=[1, None, 2, 3, 4, 5, 6, 7]), "30min")
    with pytest.raises(ValueError, match="no gaps and no repeats"):
        shifts.resample(need.drop(index=2), "30min")
