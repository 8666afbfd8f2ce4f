"""Every sentence exists in both languages, with the same figures in it."""

from __future__ import annotations

import datetime
import math
import re
import string
from pathlib import Path

import callstats.report
import pytest
from callstats.report.labels import LANGUAGES, Words, texts

FOLDER = Path(callstats.report.__file__).parent


def figures(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", texts())
def test_both_languages_tell_the_same_figures(key):
    text = texts()[key]
    assert set(text) == set(LANGUAGES)
    assert figures(text["en"]) == figures(text["zh"])


def test_every_word_is_used_and_known():
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in FOLDER.glob("*.*")
        if path.suffix in {".py", ".html"}
    )
    composed = ("step_", "file_", "dimension_", "margin_", "erlang_")
    unused = [
        key
        for key in texts()
        if not key.startswith(composed) and not re.search(f"[\"']{key}[\"']", code)
    ]
    assert not unused
    named = set(re.findall(r"\bwords\(\s*\"(\w+)\"", code))
    assert named <= set(texts())


def test_numbers_read_as_people_write_them():
    words = Words("en")
    assert words.count(31125.0) == "31,125"
    assert words.share(0.65341) == "65.3%"
    assert words.points(-0.1466) == "14.7"
    assert words.number(2.345, 1) == "2.3"
    assert words.share(math.nan) == "n/a"
    assert words.duration(math.inf) == "unlimited"


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0, "0 s", "0秒"),
        (4.25, "4.2 s", "4.2秒"),
        (99.4, "99 s", "99秒"),
        (99.6, "1 min 40 s", "1分40秒"),
        (300, "5 min", "5分钟"),
        (3599.7, "1 h", "1小时"),
        (7260, "2 h 1 min", "2小时1分"),
    ],
)
def test_durations(seconds, english, chinese):
    assert Words("en").duration(seconds) == english
    assert Words("zh").duration(seconds) == chinese


def test_dates():
    day = datetime.date(1999, 2, 1)
    assert Words("en").full_date(day) == "1 Feb 1999"
    assert Words("zh").full_date(day) == "1999年2月1日"
    assert Words("zh").weekday(day.weekday()) == "星期一"


def test_unknown_language_is_named():
    with pytest.raises(ValueError, match=re.escape("language must be one of 'en', 'zh'; got 'fr'")):
        Words("fr")
