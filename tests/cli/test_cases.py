"""Exports as people have them: the figures that are right, or a question, never another figure."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.frames

CASES = Path(__file__).parents[1] / "kpi" / "cases"


@pytest.fixture
def figures(run, tmp_path, monkeypatch):
    """The one row of key figures of a case, and what was said beside it."""
    monkeypatch.chdir(tmp_path)

    def made(name, *options):
        shutil.copy(CASES / f"{name}.csv", tmp_path / f"{name}.csv")
        code, _, err = run("kpi", f"{name}.csv", *options, "-o", "out.csv")
        assert code == 0, err
        return pd.read_csv("out.csv").iloc[0], err

    return made


@pytest.fixture
def asked(refused, tmp_path, monkeypatch):
    """What a command says that does not answer."""
    monkeypatch.chdir(tmp_path)

    def made(name, *options, command="kpi"):
        shutil.copy(CASES / f"{name}.csv", tmp_path / f"{name}.csv")
        return refused(command, f"{name}.csv", *options)

    return made


def check(row, **expected):
    assert {name: row[name] for name in expected} == pytest.approx(expected, nan_ok=True)


QUEUE = {
    "offered": 2, "answered": 1, "abandoned": 1, "service_level": 0.5, "abandonment_rate": 0.5,
    "asa": 12, "aht": 180,
}  # fmt: skip


def test_rows_that_are_no_queue_entries_are_left_out_and_counted(figures):
    row, said = figures("outbound-in-the-log")
    check(row, **QUEUE)
    assert "left out 3 of 6 rows that are no queue entries: direction outbound" in said
    assert "left out 1 of 6 rows that are no queue entries: direction internal" in said
    row, said = figures("outbound-in-the-log", "--where", "direction=inbound")
    check(row, **QUEUE)
    assert "--where leaves out 4 of 6 rows" in said
    check(figures("outbound-in-the-log", "--where", "Direction!=Outbound,internal")[0], **QUEUE)
    # Who wants them all can have them.
    check(figures("outbound-in-the-log", "--rename", "direction=")[0], offered=6)
    meant = "Outbound=inbound,Internal=inbound"
    check(figures("outbound-in-the-log", "--words", meant)[0], offered=6)


def test_a_column_called_direction(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log = pd.read_csv(CASES / "outbound-in-the-log.csv").rename(columns={"Direction": "direction"})
    log.to_csv("calls.csv", index=False)

    def figures(*options):
        code, _, said = run("kpi", "calls.csv", *options, "-o", "out.csv")
        assert code == 0, said
        return pd.read_csv("out.csv"), said

    check(figures()[0].iloc[0], **QUEUE)
    check(figures("--rename", "direction=")[0].iloc[0], offered=6)
    by = figures("--rename", "direction=", "--by", "direction")[0].set_index("direction")
    assert by["offered"].to_dict() == {"Inbound": 2, "Internal": 1, "Outbound": 3}
    some = ("--rename", "direction=", "--where", "direction=outbound")
    check(figures(*some)[0].iloc[0], offered=3)
    log["direction"] = log["direction"].replace("Internal", "Leg 2")
    log.to_csv("calls.csv", index=False)
    for way in ("drop", "flag"):
        row, said = figures("--on-error", way)
        check(row.iloc[0], **QUEUE)
        assert "left out 1 of 6 rows whose direction is not known" in said
        assert "pass --words 'Leg 2=inbound|outbound|internal'" in said


def test_directions_under_another_name_and_in_unknown_words(run, refused, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log = pd.read_csv(CASES / "outbound-in-the-log.csv")
    log.rename(columns={"Direction": "Kind"}).to_csv("kind.csv", index=False)
    assert run("kpi", "kind.csv", "-o", "out.csv")[0] == 0
    check(pd.read_csv("out.csv").iloc[0], **QUEUE)
    log["Direction"] = log["Direction"].replace("Internal", "Leg 2")
    log.to_csv("legs.csv", index=False)
    said = refused("kpi", "legs.csv")
    assert "direction must be one of inbound, outbound, internal; got 'Leg 2'" in said
    assert "--words 'Leg 2=inbound|outbound|internal'" in said
    assert "--on-error" not in said
    for meaning in ("", "internal"):
        assert run("kpi", "legs.csv", "--words", f"Leg 2={meaning}", "-o", "out.csv")[0] == 0
        check(pd.read_csv("out.csv").iloc[0], **QUEUE)


@pytest.mark.parametrize("on_error", ["raise", "drop", "flag"])
def test_who_hung_up_is_counted_without_a_wait(figures, run, on_error):
    row, said = figures("abandoned-without-wait", "--on-error", on_error)
    check(row, offered=5, answered=3, abandoned=2, service_level=0.4, abandonment_rate=0.4)
    check(row, asa=33, aht=538 / 3)
    waits = ["mean_wait", "mean_time_to_abandon", "wait_p50", "wait_p80", "wait_p90", "wait_p95"]
    assert row[waits].isna().all()
    assert "the wait of 2 abandoned calls is not recorded: quantiles" in said
    for definition in ("count_abandoned_within", "exclude_short_abandoned"):
        row, _ = figures("abandoned-without-wait", "--definition", definition)
        check(row, abandoned=2, abandonment_rate=0.4, service_level=float("nan"))


@pytest.mark.parametrize("on_error", ["raise", "drop"])
def test_the_page_of_a_log_without_the_waits_of_who_hung_up(run, tmp_path, monkeypatch, on_error):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    shutil.copy(CASES / "abandoned-without-wait.csv", "calls.csv")
    code, _, err = run("report", "calls.csv", "-o", "page", "--on-error", on_error)
    assert code == 0, err
    row = pd.read_csv("page/key_figures.csv").iloc[0]
    check(row, offered=5, abandoned=2, service_level=0.4, abandonment_rate=0.4)
    page = next(Path("page").glob("*.html")).read_text(encoding="utf-8")
    assert "The waits of callers who hung up are not recorded" in page
    assert not Path("page/patience.csv").exists()


def test_three_names_given_keep_dates_words_and_other_names(figures):
    names = ("--rename", "arrival=Begin,wait=Queued,outcome=Res")
    check(figures("three-names-given", *names)[0], **QUEUE)
    check(figures("three-names-given-already")[0], **QUEUE)


def test_what_is_offered_for_words_is_right_or_left_open(asked, figures):
    said = asked("hint-says-the-opposite")
    option = said.partition("--words '")[2].partition("'")[0]
    offered = dict(pair.split("=") for pair in option.split(","))
    assert offered.pop("Inbound - Answered") == "answered"
    for word in ("Not connected", "Unhandled", "Failed", "Caller disconnected", "Canceled"):
        assert offered.pop(word) == "abandoned|flow_out|callback|blocked"
    assert not offered
    # As it stands it says nothing yet, and rows whose end nobody knows are not to be dropped.
    assert "choose the one that" in asked("hint-says-the-opposite", "--words", option)
    assert "--on-error" not in said
    row, _ = figures(
        "hint-says-the-opposite", "--words", option.replace("|flow_out|callback|blocked", "")
    )
    check(row, offered=6, answered=1, service_level=1 / 6)


def test_an_optional_column_of_another_kind_is_left_aside(figures):
    named = ("--rename", "arrival=start_at,outcome=type")
    row, said = figures("optional-column-of-another-kind", *named)
    check(row, offered=3, answered=2, abandoned=1, service_level=1 / 3, asa=20, aht=165)
    check(row, mean_time_to_abandon=60)
    # The end is end_at, so the seconds named abandon_time are no column's.
    assert "not used: total_time, abandon_time" in said
    row, said = figures("optional-column-of-another-kind-codes")
    check(row, offered=3, answered=2, abandoned=1, service_level=2 / 3, asa=10, aht=210)
    assert "Wrap-up is left aside" in said
    row, said = figures("optional-column-of-another-kind-codes", "--rename", "acw=")
    assert row["aht"] == 210
    assert "left aside" not in said


def test_names_with_notations_and_validate(figures, asked, run, tmp_path):
    row, _ = figures("validate-names-what-is-there")
    check(row, **QUEUE, mean_time_to_abandon=95)
    code, out, _ = run("validate", "validate-names-what-is-there.csv")
    assert (code, out) == (0, "validate-names-what-is-there.csv: nothing wrong in 2 rows\n")
    log = pd.read_csv("validate-names-what-is-there.csv")
    log.rename(columns={"Wait Time (hh:mm:ss)": "Total Wait Time spent"}).to_csv(
        "x.csv", index=False
    )
    for command in ("kpi", "validate"):
        code, out, err = run(command, "x.csv")
        assert code == 2
        assert "--rename 'wait=Total Wait Time spent'" in out + err
        assert "arrival'" not in out + err
        assert "outcome'" not in out + err


def test_validate_takes_what_kpi_takes(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(CASES / "hint-says-the-opposite.csv", "calls.csv")
    words = (
        "Not connected=abandoned,Unhandled=abandoned,Failed=blocked,Canceled=,Caller disconnected="
    )
    words = ("--words", words, "--words", "Inbound - Answered=answered")
    code, out, err = run("validate", "calls.csv", *words, "--where", "Status!=Failed")
    assert (code, out) == (0, "calls.csv: nothing wrong in 6 rows\n")
    assert "--where leaves out 1 of 6 rows" in err


def test_durations_that_are_not_used_are_told(figures):
    words = ("--words", "1=abandoned,2=answered")
    row, _ = figures("part-of-handle-time-not-known-contacts", *words)
    check(row, offered=3, answered=2, service_level=1 / 3, asa=18.5, aht=165)
    row, said = figures("part-of-handle-time-not-known-contacts", *words, "--rename", "acw=")
    assert row["aht"] == 150
    assert "not used: Work Time (--rename 'acw=...' with the one that it is)" in said


def test_rows_are_chosen_by_several_conditions(figures, asked):
    row, _ = figures(
        "outbound-in-the-log", "--where", "queue=sales,direction=in", "--where", "Status=answered"
    )
    check(row, offered=1, answered=1)
    said = asked("outbound-in-the-log", "--where", "direction=inbond")
    assert "no row meets 'direction=inbond'; 'direction' holds 'Inbound', 'Outbound'" in said
    assert "has no column 'way' to choose rows by" in asked(
        "outbound-in-the-log", "--where", "way=in"
    )
    assert "where must be conditions" in asked("outbound-in-the-log", "--where", "inbound")
