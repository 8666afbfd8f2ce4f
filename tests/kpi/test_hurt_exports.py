"""A week of a real log, hurt as exports are: its figures come out equal, or there is a question."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest
from callstats import kpi
from callstats.datasets import anonymous_bank
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.frames

FIGURES = ["offered", "answered", "abandoned", "service_level", "abandonment_rate", "asa", "aht"]
#: Figures that are missing where who hung up has no wait on record.
OF_WAITS = ["wait_p90", "mean_wait", "mean_time_to_abandon"]


@functools.cache
def week():
    bank = anonymous_bank()
    monday = pd.Timestamp("1999-02-08")
    log = bank[(bank["arrival"] >= monday) & (bank["arrival"] < monday + pd.Timedelta(days=7))]
    log = log[["arrival", "wait", "outcome", "talk"]].reset_index(drop=True)
    return log.assign(wait=log["wait"].round(), talk=log["talk"].round())


@functools.cache
def unhurt():
    return kpi.summarize(week()).iloc[0]


def read(export):
    """The figures of an export; or none, and the question that is asked."""
    try:
        return kpi.summarize(kpi.canonical(export)).iloc[0], ""
    except ValueError as question:
        return None, str(question)


def clock(seconds):
    """Seconds as h:mm:ss; an empty field where there are none."""
    whole = seconds.fillna(0).astype(int)
    text = [f"{s // 3600}:{s // 60 % 60:02d}:{s % 60:02d}" for s in whole]
    return pd.Series(text, index=seconds.index).where(seconds.notna())


def number(seconds, mark="."):
    return seconds.map(lambda s: f"{s:.1f}".replace(".", mark), na_action="ignore")


def in_words(log, words):
    return log.assign(Status=log["Status"].map(words))


ENGLISH = {"answered": "Handled", "abandoned": "Caller hung up"}
CHINESE = {"answered": "已接通", "abandoned": "主叫挂机"}
NEGATED = {"answered": "Connected", "abandoned": "Not connected"}


def with_legs(log, column, inbound, others):
    """Rows that are no queue entries beside the others, answered at once as such rows are."""
    legs = log.iloc[: len(log) // 5].copy()
    legs["Wait Time"], legs["Status"] = log["Wait Time"].iloc[0], log["Status"].iloc[0]
    kinds = np.resize(np.array(others, dtype=object), len(legs))
    return pd.concat([log.assign(**{column: inbound}), legs.assign(**{column: kinds})])


def chinese_names(log):
    names = {"Start Time": "来电时间", "Wait Time": "排队时长", "Status": "呼叫结果",
             "Talk Time": "通话时长"}  # fmt: skip
    return log.rename(columns=names)


#: How durations, words, rows, names and times may be hurt; one of each kind at a time.
DURATIONS = {
    "as they are": lambda log: log,
    "clocks": lambda log: log.assign(
        **{name: clock(log[name]) for name in ("Wait Time", "Talk Time")}
    ),
    "decimal points": lambda log: log.assign(
        **{name: number(log[name]) for name in ("Wait Time", "Talk Time")}
    ),
    "decimal commas": lambda log: log.assign(
        **{name: number(log[name], ",") for name in ("Wait Time", "Talk Time")}
    ),
    "milliseconds in the name": lambda log: log.assign(
        **{"Wait Time (ms)": log["Wait Time"] * 1000}
    ).drop(columns="Wait Time"),
    "minutes in the name": lambda log: log.assign(
        **{"Talk Time Minutes": log["Talk Time"] / 60}
    ).drop(columns="Talk Time"),
    "timedeltas": lambda log: log.assign(**{"Wait Time": pd.to_timedelta(log["Wait Time"], "s")}),
    "waits of the answered alone": lambda log: log.assign(
        **{"Wait Time": log["Wait Time"].where(log["Status"] == "answered")}
    ),
}
WORDS = {
    "as they are": lambda log: log,
    "English": lambda log: in_words(log, ENGLISH),
    "capitals": lambda log: log.assign(Status=log["Status"].str.upper()),
    "Chinese": lambda log: in_words(log, CHINESE),
    "a negation": lambda log: in_words(log, NEGATED),
    "yes and no": lambda log: log.assign(
        **{"Answered (Y/N)": log["Status"].map({"answered": "Y", "abandoned": "N"})}
    ).drop(columns="Status"),
}
ROWS = {
    "as they are": lambda log: log,
    "calls out": lambda log: with_legs(log, "Direction", "Inbound", ["Outbound"]),
    "legs under another name": lambda log: with_legs(
        log, "Kind of leg", "incoming", ["outgoing", "internal"]
    ),
    "directions nobody knows": lambda log: with_legs(log, "Direction", "Inbound", ["Leg 7"]),
    "Chinese directions": lambda log: with_legs(log, "呼叫方向", "呼入", ["呼出", "内部"]),
    "another order": lambda log: log.sample(frac=1, random_state=3),
    "other columns": lambda log: log.assign(**{"Wrap-up": "Resolved", "Abandon Time": "0"}),
}
TIMES = {
    "as they are": lambda log: log,
    "month first": lambda log: log.assign(
        **{"Start Time": log["Start Time"].dt.strftime("%m/%d/%Y %I:%M:%S %p")}
    ),
    "date and clock": lambda log: log.assign(
        Date=log["Start Time"].dt.strftime("%Y-%m-%d"),
        Time=log["Start Time"].dt.strftime("%H:%M:%S"),
    ).drop(columns="Start Time"),
}
NAMES = {
    "as they are": lambda log: log,
    "small letters": lambda log: log.rename(columns=str.lower),
    "underscores": lambda log: log.rename(columns=lambda name: name.replace(" ", "_")),
    "Chinese": chinese_names,
}


@settings(max_examples=25)
@given(
    durations=st.sampled_from(sorted(DURATIONS)),
    words=st.sampled_from(sorted(WORDS)),
    rows=st.sampled_from(sorted(ROWS)),
    times=st.sampled_from(sorted(TIMES)),
    names=st.sampled_from(sorted(NAMES)),
)
def test_figures_are_equal_or_asked_about(durations, words, rows, times, names):
    log = week().rename(
        columns={"arrival": "Start Time", "wait": "Wait Time", "outcome": "Status",
                 "talk": "Talk Time"}
    )  # fmt: skip
    log = DURATIONS[durations](log)
    for hurt in (WORDS[words], TIMES[times]):
        log = hurt(log)
    if rows != "as they are" and "Wait Time" in log and "Status" in log:
        log = ROWS[rows](log)
    export = NAMES[names](log).reset_index(drop=True)
    found, question = read(export)
    if found is None:
        options = ("words=", "columns=", "dates=", "units=", "decimal=")
        assert any(each in question for each in options), question
        return
    expected = unhurt()
    np.testing.assert_allclose(
        found[FIGURES].astype(float), expected[FIGURES].astype(float), rtol=1e-9
    )
    for name in OF_WAITS:
        assert np.isnan(found[name]) or found[name] == pytest.approx(expected[name], rel=1e-9)


def test_most_of_what_hurts_is_read_and_not_asked_about():
    """A question is right only where the export does not say it."""
    asked = set()
    for kind in (DURATIONS, WORDS, TIMES, ROWS):
        for name, hurt in kind.items():
            log = week().rename(
                columns={"arrival": "Start Time", "wait": "Wait Time", "outcome": "Status",
                         "talk": "Talk Time"}
            )  # fmt: skip
            found, _ = read(hurt(log).reset_index(drop=True))
            if found is None:
                asked.add(name)
                continue
            np.testing.assert_allclose(
                found[FIGURES].astype(float), unhurt()[FIGURES].astype(float), rtol=1e-9
            )
    assert asked == {"a negation", "directions nobody knows"}
