"""Exports of telephone systems under their own names, in Python and by the page's commands."""

from __future__ import annotations

import io
import re
import shlex
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import kpi
from callstats.cli import main
from system_exports import LANGUAGES, STATES, SYSTEMS

PAGE = Path(__file__).parents[2] / "docs" / "exports.md"
ROWS = dict(
    re.findall(
        r"^\| ([^|]+) \| .* \| `callstats (kpi [^`]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE
    )
)
FIGURES = ("offered", "answered", "abandoned", "service_level", "asa", "aht")


@pytest.mark.parametrize(
    ("system", "given", "export", "figures"), SYSTEMS, ids=[each[0] for each in SYSTEMS]
)
def test_an_export_of_each_system_gives_its_figures(system, given, export, figures):
    log = kpi.canonical(pd.read_csv(io.StringIO(export), dtype=str), **given)
    row = kpi.summarize(log).iloc[0]
    np.testing.assert_allclose([float(row[name]) for name in FIGURES], figures, rtol=1e-12)


def test_the_page_has_each_system():
    assert set(ROWS) == {each[0] for each in SYSTEMS}


@pytest.mark.parametrize(
    ("system", "export", "figures"),
    [(system, export, figures) for system, _, export, figures in SYSTEMS],
    ids=[each[0] for each in SYSTEMS],
)
def test_the_pages_command_gives_its_figures(system, export, figures, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = shlex.split(ROWS[system])
    Path(command[1]).write_text(export, encoding="utf-8")
    assert main([*command, "-o", "kpi.csv"]) == 0
    row = pd.read_csv("kpi.csv").iloc[0]
    np.testing.assert_allclose([float(row[name]) for name in FIGURES], figures, rtol=1e-12)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ascii", [False, True], ids=["as it is", "capitals without accents"])
def test_a_log_in_another_language_gives_its_figures(language, ascii):
    text = LANGUAGES[language]
    if ascii:
        plain = unicodedata.normalize("NFD", text).upper()
        text = "".join(each for each in plain if not unicodedata.combining(each))
    log = kpi.canonical(pd.read_csv(io.StringIO(text), dtype=str), dates="dmy")
    assert log["outcome"].tolist() == ["answered", "abandoned", "abandoned"]
    assert log["queue"].notna().all()
    assert log["arrival"].dt.strftime("%F %T").tolist() == [
        f"2024-03-04 09:0{minute}:00" for minute in range(3)
    ]
    row = kpi.summarize(log).iloc[0]
    np.testing.assert_allclose(
        [float(row[name]) for name in FIGURES], (3, 1, 2, 1 / 3, 12, 185), rtol=1e-12
    )


@pytest.mark.parametrize(
    "word",
    [
        "no contestada", "No atendidas", "sin respuesta", "nicht angenommen", "Unbeantwortet",
        "Keine Antwort", "non répondu", "NON REPONDUE", "sans réponse", "não atendida",
        "NAO ATENDIDA", "Sem resposta", "未接通", "无应答",
    ],
)  # fmt: skip
def test_a_denial_in_another_language_is_not_answered(word):
    log = pd.DataFrame({"arrival": ["2024-03-04 09:00"], "wait": [30], "outcome": [word]})
    assert kpi.canonical(log)["outcome"].tolist() == ["abandoned"]


@pytest.mark.parametrize(
    "phrase",
    [
        "Call not answered by agent", "No contestada por el agente", "用户未接听电话",
        "Anruf nicht angenommen vom Agent", "Appel non répondu par agent",
        "Chamada não atendida pelo agente", "Not answered, no voicemail",
    ],
)  # fmt: skip
def test_a_longer_denial_is_asked_about_and_answered_is_not_offered(phrase):
    log = pd.DataFrame({"arrival": ["2024-03-04 09:00"], "wait": [30], "outcome": [phrase]})
    with pytest.raises(ValueError, match="outcome must be one of") as error:
        kpi.canonical(log)
    (offered,) = re.findall(r"pass words=\{'outcome': \{'[^']+': '([a-z_|]+)'", str(error.value))
    assert "abandoned" in offered
    assert "answered" not in offered


@pytest.mark.parametrize(
    ("name", "yes", "no"),
    [
        ("Answered", "TRUE", "FALSE"),
        ("Respondida", "Sí", "No"),
        ("Beantwortet", "WAHR", "FALSCH"),
        ("Répondu", "Oui", "Non"),
        ("Atendida", "VERDADEIRO", "Não"),
        ("是否接通", "是", "否"),
    ],
)
def test_yes_and_no_in_other_languages(name, yes, no):
    log = pd.DataFrame({"arrival": ["2024-03-04 09:00"] * 2, "wait": [5, 9], name: [yes, no]})
    assert kpi.canonical(log)["outcome"].tolist() == ["answered", "abandoned"]


@pytest.mark.parametrize(
    "header",
    [
        "Fecha,Hora,Cola,Llamadas,Atendidas,Abandonadas",
        "Datum,Uhrzeit,Warteschlange,Eingehende Anrufe,Angenommene Anrufe,Abgebrochene Anrufe",
        "Date,Heure,File d'attente,Appels,Appels répondus,Appels abandonnés",
        "Data,Hora,Fila,Chamadas,Chamadas atendidas,Chamadas abandonadas",
    ],
)
def test_interval_reports_in_other_languages(header):
    export = pd.read_csv(io.StringIO(f"{header}\n2024-03-04,09:00,x,12,10,2"), dtype=str)
    report = kpi.canonical(export, "intervals")
    assert report["start"].tolist() == [pd.Timestamp("2024-03-04 09:00")]
    assert report.loc[0, ["offered", "answered", "abandoned"]].tolist() == [12, 10, 2]


@pytest.mark.parametrize(
    ("words", "states"),
    [
        ("Disponible Hablando En-descanso No-disponible", "available talk break aux"),
        ("Frei Klingelt Sprechend In-Nachbearbeitung Pausiert", "available ring talk acw aux"),
        ("Disponible En-communication Indisponible Hors-ligne", "available talk aux offline"),
        ("Disponível Conversando Intervalo Indisponível", "available talk break aux"),
    ],
)
def test_states_of_agents_in_other_languages(words, states):
    spells = spells_of([word.replace("-", " ") for word in words.split()])
    assert kpi.canonical(spells, "states")["state"].tolist() == states.split()


def spells_of(words):
    start = pd.date_range("2024-03-04 08:00", periods=len(words), freq="h")
    return pd.DataFrame(
        {
            "Agent": "ann",
            "Start Time": start,
            "End Time": start + pd.Timedelta("1h"),
            "State": words,
        }
    )


@pytest.mark.parametrize("system", STATES)
def test_states_of_agents_are_read_as_each_system_calls_them(system):
    read, asked = STATES[system]
    states = dict(pair.replace("-", " ").split("=") for pair in read.split())
    spells = kpi.canonical(spells_of(list(states)), "states")
    assert spells["state"].tolist() == list(states.values())
    if asked:
        unknown = [word.replace("-", " ") for word in asked.split()]
        with pytest.raises(ValueError, match="state must be one of available") as error:
            kpi.canonical(spells_of([*states, *unknown]), "states")
        assert all(f"{word!r} (1 rows)" in str(error.value) for word in unknown)
        assert f"({len(unknown)} bad of" in str(error.value)
        # One meaning is offered for none of them.
        assert "': 'available'" not in str(error.value)
        given = {"state": dict.fromkeys(unknown, "aux")}
        spells = kpi.canonical(spells_of([*states, *unknown]), "states", words=given)
        assert spells["state"].tolist() == [*states.values(), *["aux"] * len(unknown)]


def test_the_page_has_the_states_of_each_system():
    table = PAGE.read_text("utf-8").partition("### States of agents")[2].partition("\n## ")[0]
    assert re.findall(r"^\| ([^|]+) \| .* \|$", table, re.MULTILINE)[2:] == list(STATES)


def test_the_page_has_each_language():
    table = PAGE.read_text("utf-8").partition("\n## Languages")[2]
    assert re.findall(r"^\| ([^|]+) \| .* \|$", table, re.MULTILINE)[2:] == list(LANGUAGES)


def test_words_that_one_system_tells_apart_are_no_two_words_for_one_state():
    assert kpi.canonical(spells_of(["Idle"]), "states")["state"].tolist() == ["available"]
    assert kpi.canonical(spells_of(["Available"]), "states")["state"].tolist() == ["available"]
    with pytest.raises(ValueError, match="unknown: 'Available'") as error:
        kpi.canonical(spells_of(["Available", "Idle", "Talking"]), "states")
    assert "(2 bad of 3)" in str(error.value)
    webex = {"state": {"Available": "available", "Idle": "aux"}}
    spells = kpi.canonical(spells_of(["Available", "Idle", "Talking"]), "states", words=webex)
    assert spells["state"].tolist() == ["available", "aux", "talk"]


def test_a_whole_length_with_hold_or_work_in_it_is_not_taken_for_the_wait():
    # Cisco's Duration is the sum of queue, ring, talk, work, hold and delay: waits of 15 and 40 s.
    log = pd.DataFrame(
        {
            "DateTime": ["2024-03-04 09:02:25", "2024-03-04 09:02:40"],
            "CallDisposition": ["Handled", "Abandoned"],
            "Duration": [145, 40],
            "HoldTime": [10, 0],
            "TalkTime": [100, 0],
            "WorkTime": [20, 0],
            "LocalQTime": [15, 40],
        }
    )
    with pytest.raises(ValueError, match=r"'Duration' may hold 'HoldTime' and 'WorkTime' or not"):
        kpi.canonical(log)
    read = kpi.canonical(log, columns={"wait": "LocalQTime"})
    assert read["wait"].tolist() == [15, 40]
    # A row is dated when its call is over: the first came 145 s before.
    assert read["arrival"].tolist() == [
        pd.Timestamp("2024-03-04 09:00:00"), pd.Timestamp("2024-03-04 09:02:00"),
    ]  # fmt: skip


def test_a_disposition_code_is_the_agents_reason_and_no_outcome():
    log = pd.DataFrame(
        {
            "start_time": ["2024-03-04 09:00:00", "2024-03-04 09:01:00"],
            "wait_time": [15, 30],
            "talk_time": [100, 200],
            "disposition_code": ["Completed", "Voicemail"],
        }
    )
    with pytest.raises(ValueError, match="no column that is known to be 'outcome'") as error:
        kpi.canonical(log)
    assert "outcome': 'disposition_code'" not in str(error.value)


def test_who_did_not_abandon_and_has_no_talk_is_asked_about():
    log = pd.DataFrame(
        {
            "TIMESTAMP": ["Mon, 04 Mar 2024 09:00:00", "Mon, 4 Mar 2024 09:01:00"] * 2,
            "QUEUE WAIT TIME": ["00:00:15.235", "00:00:40", "00:00:00", "00:00:25"],
            "TALK TIME": ["00:01:40", "00:00:00", None, "00:03:20"],
            "DISPOSITION": ["Sale", "No Disposition", "Transferred To 3rd Party", "Voicemail"],
            "ABANDONED": [0, 1, 0, 0],
        }
    )
    with pytest.raises(ValueError, match=r"where ABANDONED says no and there is no talk.*1 bad of"):
        kpi.canonical(log)
    read = kpi.canonical(log, on_error="drop")
    assert read["outcome"].tolist() == ["answered", "abandoned", "answered"]
    assert read["arrival"].iloc[1] == pd.Timestamp("2024-03-04 09:01:00")
    # Without any talk the column of lengths says nothing of who was answered.
    assert len(kpi.canonical(log.assign(**{"TALK TIME": 0}))) == 4


def test_a_call_time_of_calls_without_an_answer_is_no_talk():
    log = pd.DataFrame(
        {
            "Start Time": ["2024-03-04 09:00:00", "2024-03-04 09:01:00"],
            "Queue Time": [15, 40],
            "Call Time": ["0:01:55", "0:00:40"],
            "Status": ["Answered", "Abandoned"],
        }
    )
    assert kpi.canonical(log)["talk"].dropna().tolist() == [100]
    menu = kpi.canonical(log.assign(**{"Call Time": ["0:02:00", "0:00:45"]}))
    assert "talk" not in menu
    assert "Call Time may hold the wait" in menu.attrs["callstats"]["not_made"]["talk"]
    said = kpi.canonical(log, columns={"talk": "Call Time"})
    assert said["talk"].tolist() == [115, 40]


def test_the_time_of_entering_the_queue_goes_before_that_of_entering_the_menu():
    log = pd.DataFrame(
        {
            "InitiationTimestamp": ["2024-03-04T08:59:00Z"] * 3,
            "Queue.EnqueueTimestamp": ["2024-03-04T09:00:00Z", "2024-03-04T09:00:30Z", None],
            "Agent.ConnectedToAgentTimestamp": ["2024-03-04T09:00:15Z", None, None],
            "DisconnectTimestamp": ["2024-03-04T09:02:00Z", "2024-03-04T09:01:00Z", None],
        }
    )
    # Who left the menu entered no queue.
    with pytest.raises(ValueError, match=r"arrival must be known in 'Queue.EnqueueTimestamp'"):
        kpi.canonical(log)
    read = kpi.canonical(log, on_error="drop")
    assert read["outcome"].tolist() == ["answered", "abandoned"]
    assert read["wait"].tolist() == [15, 30]
