"""The rules of a roster in words, and rules that cannot be."""

from __future__ import annotations

import dataclasses

import pytest
from callstats import roster


def test_rules_are_immutable_and_printed_in_two_languages():
    rules = roster.Rules(
        weekends=2,
        week_hours=40,
        nights=3,
        min_hours=120,
        minimum_run=2,
        split=True,
        over_penalty=1,
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        rules.rest = 0
    english, chinese = rules.explain(), rules.explain("zh")
    assert len(english.splitlines()) == len(chinese.splitlines()) == 11
    assert "At least 120 paid hours in all; each hour less costs 10." in english
    assert "Several shifts a day, 1 to 5 h apart." in english
    assert "最多 2 个周末上班" in chinese
    with pytest.raises(ValueError, match="language must be 'en' or 'zh'"):
        rules.explain("de")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rest": "-1h"}, "rest must be >= 0 and < 31 days"),
        ({"consecutive_days": 2.5}, "consecutive_days must be a whole number"),
        ({"week_hours": -1}, "week_hours must be >= 0 and finite"),
        ({"minimum_run": 0}, "minimum_run must be a whole number from 1 to 31"),
        ({"under_penalty": -5}, "under_penalty must be >= 0 and finite"),
        ({"under_penalty": None}, "under_penalty must be a number"),
        ({"split": 1}, "split must be True or False"),
        ({"split_gap": ("5h", "1h")}, "split_gap must be the least and then the most pause"),
        ({"night_at": "26:00"}, "night_at must be times after midnight"),
    ],
)
def test_rules_that_cannot_be_are_named(given, message):
    with pytest.raises((ValueError, TypeError), match=message):
        roster.Rules(**given)
