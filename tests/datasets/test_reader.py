"""The reader on small months, spelled out, with the damage of the real ones and worse."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma

import pandas as pd
import pytest
from callstats.datasets import read_anonymous_bank
from callstats.errors import InvalidDataError

pytestmark = pytest.mark.frames

SERVED = {
    "vru+line": "AA0101",
    "call_id": "33118",
    "customer_id": "27997683",
    "priority": "2",
    "type": "PS",
    "date": "990101",
    "vru_entry": "6:55:20",
    "vru_exit": "6:55:26",
    "vru_time": "6",
    "q_start": "6:55:26",
    "q_exit": "6:55:43",
    "q_time": "17",
    "outcome": "AGENT",
    "ser_start": "6:55:43",
    "ser_exit": "6:56:37",
    "ser_time": "54",
    "server": "MICHAL",
}
HEADER = "\t".join(SERVED)
AT_ONCE = {"q_start": "0:00:00", "q_exit": "0:00:00", "q_time": "0"}
UNSERVED = {
    "outcome": "HANG",
    "ser_start": "0:00:00",
    "ser_exit": "0:00:00",
    "ser_time": "0",
    "server": "NO_SERVER",
}
NUMBERS = iter(range(10**6))


def row(**changes):
    """A served call with some fields changed; calls get numbers of their own."""
    fields = SERVED | {"call_id": str(next(NUMBERS))} | changes
    assert list(fields) == list(SERVED)
    return "\t".join(fields.values())


def month(*rows):
    return "\n".join([HEADER, *rows, ""])


def read(*rows, **options):
    return read_anonymous_bank(io.StringIO(month(*rows)), **options)


def report(frame):
    return {entry["rule"]: entry for entry in frame.attrs["report"]}


def only(frame):
    assert len(frame) == 1
    return frame.iloc[0]


def test_served_call():
    call = only(read(row(call_id="33118")))
    assert call["call_id"] == "AA0101-33118"
    assert call["call_number"] == 33118
    assert call["arrival"] == pd.Timestamp("1999-01-01 06:55:26")
    assert call["answer"] == pd.Timestamp("1999-01-01 06:55:43")
    assert call["end"] == pd.Timestamp("1999-01-01 06:56:37")
    assert call["vru_entry"] == pd.Timestamp("1999-01-01 06:55:20")
    assert (call["wait"], call["talk"], call["vru_time"]) == (17, 54, 6)
    assert (call["agent"], call["customer"], call["priority"]) == ("MICHAL", "27997683", 2)
    assert call["queued"]


def test_call_served_at_once_arrives_when_it_leaves_the_voice_unit():
    call = only(read(row(**AT_ONCE, ser_start="6:55:25", ser_exit="6:56:19")))
    assert call["arrival"] == call["answer"] == pd.Timestamp("1999-01-01 06:55:26")
    assert call["service_start"] == pd.Timestamp("1999-01-01 06:55:25")
    assert call["wait"] == 0
    assert not call["queued"]


def test_hang_is_an_abandonment_only_with_a_record_of_the_queue():
    rows = [
        row(**UNSERVED),
        row(**UNSERVED, q_start="7:00:00", q_exit="7:00:00", q_time="0"),
        row(**UNSERVED, **AT_ONCE),
    ]
    frame = read(*rows)
    assert list(frame["outcome"]) == ["abandoned", "abandoned"]
    assert list(frame["wait"]) == [17, 0]
    assert frame.attrs["rows"]["vru_only"] == 1
    assert report(frame)["vru_only"]["count"] == 1
    everything = read(*rows, rows="all")
    assert sorted(everything["outcome"]) == ["abandoned", "abandoned", "vru_only"]


def test_phantom_is_left_out_and_counted():
    frame = read(row(outcome="PHANTOM"), row())
    assert list(frame["outcome"]) == ["answered"]
    assert report(frame)["phantom"]["count"] == 1
    assert frame.attrs["rows"]["phantom"] == 1


def test_month_without_a_call_of_the_queue_is_an_empty_frame_of_the_same_kind():
    empty, full = read(row(outcome="PHANTOM")), read(row())
    assert len(empty) == 0
    assert dict(empty.dtypes) == dict(full.dtypes)


def test_lost_tab_is_mended():
    damaged = row(priority="0", type="TT").replace("0\tTT", "0       TT")
    frame = read(row(), damaged)
    call = frame[frame["call_type"] == "TT"].iloc[0]
    assert (call["priority"], call["wait"], call["agent"]) == (0, 17, "MICHAL")
    entry = report(frame)["lost_tab"]
    assert entry["count"] == 1
    assert entry["example"] == "line 3: '0       TT'"


def test_blanks_are_taken_off():
    frame = read(row(type=" TT"), row(server="MICHAL "))
    assert sorted(frame["call_type"]) == ["PS", "TT"]
    assert set(frame["agent"]) == {"MICHAL"}
    assert report(frame)["blanks"]["count"] == 2


def test_line_ends_blank_lines_and_byte_order_mark():
    text = month(row(), "", row()).replace("\n", "\r\n") + "\r\n\r\n"
    frame = read_anonymous_bank(io.BytesIO(b"\xef\xbb\xbf" + text.encode()))
    assert len(frame) == 2
    assert set(frame["agent"]) == {"MICHAL"}
    assert report(frame)["blank_line"] == {
        "rule": "blank_line",
        "count": 1,
        "example": "line 3",
        "effect": "left out",
    }


@pytest.mark.parametrize(
    ("damaged", "name"), [("NO_SERVERAMA", "NAAMA"), ("ANO_SERVERT", "ANAT"), ("ANAT", "ANAT")]
)
def test_damaged_names_are_mended(damaged, name):
    frame = read(row(server=damaged))
    assert only(frame)["agent"] == name
    assert ("agent_name_damaged" in report(frame)) == (damaged != name)


def test_answered_without_a_name_has_no_agent():
    frame = read(row(server="NO_SERVER"))
    assert pd.isna(only(frame)["agent"])
    assert only(frame)["outcome"] == "answered"
    assert report(frame)["answered_without_agent"]["count"] == 1


def test_hang_with_service_and_agent_stays_abandoned():
    frame = read(row(outcome="HANG"))
    call = only(frame)
    assert call["outcome"] == "abandoned"
    assert pd.isna(call["talk"])
    assert pd.isna(call["agent"])
    assert call["service_time"] == 54
    assert call["end"] == pd.Timestamp("1999-01-01 06:55:43")
    assert {"hang_with_service", "hang_with_agent"} <= set(report(frame))


def test_answered_without_service():
    frame = read(row(ser_start="0:00:00", ser_exit="0:00:00", ser_time="0"))
    call = only(frame)
    assert call["talk"] == 0
    assert pd.isna(call["service_start"])
    assert report(frame)["answered_without_talk"]["count"] == 1


def test_negative_voice_unit_time_does_not_move_the_arrival():
    frame = read(
        row(vru_entry="6:57:26", vru_time="-120"),
        # Entered one second after midnight by its clock, left before: the day stays right.
        row(
            date="990102",
            vru_entry="0:00:01",
            vru_exit="23:59:50",
            vru_time="-11",
            q_start="23:59:50",
            q_exit="0:00:10",
            q_time="20",
            ser_start="0:00:10",
            ser_exit="0:01:00",
            ser_time="50",
        ),
    )
    assert list(frame["arrival"]) == [
        pd.Timestamp("1999-01-01 06:55:26"),
        pd.Timestamp("1999-01-01 23:59:50"),
    ]
    assert frame["vru_time"].isna().all()
    assert report(frame)["vru_time_negative"]["count"] == 2


def test_midnight_in_each_part():
    night = {"vru_entry": "23:58:00", "vru_exit": "23:58:10", "vru_time": "10"}
    in_service = row(
        **night,
        q_start="23:58:10",
        q_exit="23:58:20",
        q_time="10",
        ser_start="23:58:20",
        ser_exit="0:01:00",
        ser_time="160",
    )
    in_queue = row(
        **night,
        q_start="23:58:10",
        q_exit="0:00:30",
        q_time="140",
        ser_start="0:00:29",
        ser_exit="0:01:29",
        ser_time="60",
    )
    in_voice_unit = row(
        vru_entry="23:59:55",
        vru_exit="0:00:05",
        vru_time="10",
        q_start="0:00:05",
        q_exit="0:00:25",
        q_time="20",
        ser_start="0:00:25",
        ser_exit="0:00:35",
        ser_time="10",
    )
    at_midnight = row(
        vru_entry="23:59:54",
        vru_exit="23:59:54",
        vru_time="0",
        q_start="0:00:00",
        q_exit="0:00:27",
        q_time="27",
        ser_start="0:00:26",
        ser_exit="0:01:33",
        ser_time="67",
    )
    frame = read(in_service, in_queue, in_voice_unit, at_midnight)
    assert list(frame["arrival"]) == [
        pd.Timestamp("1999-01-01 23:58:10"),
        pd.Timestamp("1999-01-01 23:58:10"),
        pd.Timestamp("1999-01-02 00:00:00"),
        pd.Timestamp("1999-01-02 00:00:05"),
    ]
    assert list(frame["end"]) == [
        pd.Timestamp("1999-01-02 00:01:00"),
        pd.Timestamp("1999-01-02 00:01:30"),
        pd.Timestamp("1999-01-02 00:01:34"),
        pd.Timestamp("1999-01-02 00:00:35"),
    ]
    assert list(frame["service_start"])[1] == pd.Timestamp("1999-01-02 00:00:29")
    found = report(frame)
    assert found["ser_past_midnight"]["count"] == 1
    assert found["q_past_midnight"]["count"] == 1
    assert found["vru_past_midnight"]["count"] == 1


def test_new_year_and_leap_day():
    night = {"vru_entry": "23:59:58", "vru_exit": "0:00:02", "vru_time": "4"} | AT_ONCE
    frame = read(row(date="991231", **night), row(date="960229", **night))
    assert list(frame["arrival"]) == [
        pd.Timestamp("1996-03-01 00:00:02"),
        pd.Timestamp("2000-01-01 00:00:02"),
    ]


def test_impossible_durations_are_kept_and_reported():
    frame = read(row(ser_time="61437"), row(q_time="28693"))
    assert frame["talk"].max() == 61437
    assert frame["wait"].max() == 28693
    found = report(frame)
    assert found["service_over_hour"]["example"] == "line 2: ser_time 61437"
    assert found["queue_over_hour"]["example"] == "line 3: q_time 28693"
    assert found["ser_clocks_disagree"]["count"] == 1
    assert found["q_clocks_disagree"]["count"] == 1


def test_service_far_from_the_end_of_the_wait_is_reported():
    frame = read(row(ser_start="6:55:30", ser_exit="6:56:24"), row())
    assert report(frame)["service_clock_apart"]["count"] == 1
    assert (frame["answer"] == pd.Timestamp("1999-01-01 06:55:43")).all()


def test_rounded_and_unknown_customers_are_missing():
    frame = read(row(customer_id="6.02701E+11"), row(customer_id="0"), row(customer_id="302076518"))
    assert sorted(frame["customer"].dropna()) == ["302076518"]
    assert report(frame)["customer_rounded"]["count"] == 1


def test_undocumented_type_is_kept():
    frame = read(row(type="AA"))
    assert only(frame)["call_type"] == "AA"
    assert report(frame)["call_type_undocumented"]["count"] == 1


def test_internet_calls_have_their_queue():
    frame = read(row(type="IN"), row(type="NE"))
    assert dict(zip(frame["call_type"], frame["queue"], strict=True)) == {
        "IN": "internet",
        "NE": "bank",
    }


def test_call_ids_are_unique_even_where_a_row_stands_twice():
    twice = row(call_id="7")
    frame = read(twice, row(**{"vru+line": "AA0102"}, call_id="7"), twice)
    assert frame["call_id"].is_unique
    assert set(frame["call_id"]) == {"AA0101-7", "AA0102-7", "AA0101-7-row-4"}
    assert report(frame)["call_number_repeated"]["count"] == 2


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress, bz2.compress])
def test_packing_is_seen_from_the_contents(tmp_path, pack):
    path = tmp_path / "month.txt"
    path.write_bytes(pack(month(row(call_id="5")).encode()))
    by_path, by_name = read_anonymous_bank(path), read_anonymous_bank(str(path))
    with path.open("rb") as file:
        by_file = read_anonymous_bank(file)
    for frame in (by_path, by_name, by_file):
        assert only(frame)["call_id"] == "AA0101-5"


def test_order_is_by_arrival_then_as_in_the_file():
    early = {"vru_entry": "6:00:00", "vru_exit": "6:00:01", "vru_time": "1"} | AT_ONCE
    frame = read(row(call_id="1"), row(call_id="3"), row(call_id="2"), row(call_id="9", **early))
    assert list(frame["call_number"]) == [9, 1, 3, 2]


BAD = {
    "fields": ("only\tthree\tfields", "must have 17 fields separated by tabs; got 3"),
    "date": (row(date="990230"), "date must be a date yymmdd; got '990230'"),
    "vru_exit": (row(vru_exit="6:61:26"), "vru_exit must be a clock time h:mm:ss; got '6:61:26'"),
    "q_start": (row(q_start="24:00:00"), "q_start must be a clock time h:mm:ss; got '24:00:00'"),
    "ser_time": (row(ser_time=""), "ser_time must be a whole number; got ''"),
    "q_time": (row(q_time="-4"), "q_time must be >= 0 seconds; got '-4'"),
    "priority": (row(priority="two"), "priority must be a whole number; got 'two'"),
    "vru_time": (row(vru_time="9" * 20), f"vru_time must be a whole number; got '{'9' * 20}'"),
    "outcome": (row(outcome="AGENTS"), "outcome must be one of AGENT, HANG, PHANTOM; got 'AGENTS'"),
    # A full-width digit is a digit to Python and none to the source.
    "call_id": (row(call_id="\uff11"), "call_id must be a whole number; got '\uff11'"),
}


@pytest.mark.parametrize("rule", BAD)
def test_bad_rows_are_refused_with_file_line_and_count(tmp_path, rule):
    bad, message = BAD[rule]
    path = tmp_path / "month.tsv"
    path.write_text(month(row(), bad, row(), bad), encoding="utf-8")
    with pytest.raises(InvalidDataError) as raised:
        read_anonymous_bank(path)
    assert str(raised.value).startswith(f"{path}, line 3: {message} (2 bad of 4 rows; ")


@pytest.mark.parametrize("rule", BAD)
def test_bad_rows_are_dropped_and_counted(rule):
    bad, message = BAD[rule]
    frame = read(row(), bad, row(), on_error="drop")
    assert len(frame) == 2
    assert "problem" not in frame
    assert frame.attrs["rows"]["unreadable"] == 1
    assert frame.attrs["rows"]["read"] == 3
    entry = report(frame)[f"unreadable_{rule}"]
    assert (entry["count"], entry["effect"]) == (1, "left out")
    assert entry["example"] == f"line 3: {message}"
    json.dumps(frame.attrs)


@pytest.mark.parametrize("backend", ["pandas", "polars"])
@pytest.mark.parametrize("rule", BAD)
def test_bad_rows_are_flagged(rule, backend):
    pytest.importorskip(backend)
    bad, message = BAD[rule]
    frame = read(row(), bad, row(), on_error="flag", backend=backend)
    problems = list(frame["problem"])
    assert len(frame) == 3
    assert [each for each in problems if isinstance(each, str)] == [message]


def test_flagged_rows_keep_what_could_be_read():
    frame = read(row(call_id="1"), row(call_id="2", priority="two"), on_error="flag")
    flagged = frame[frame["problem"].notna()].iloc[0]
    assert (flagged["call_id"], flagged["wait"], flagged["outcome"]) == ("AA0101-2", 17, "answered")
    assert pd.isna(flagged["priority"])
    assert frame["priority"].dtype == "Int64"
    unknown = read(row(**UNSERVED | {"q_time": "x"}), on_error="flag").iloc[0]
    assert pd.isna(unknown["outcome"])
    assert pd.isna(unknown["arrival"])


def test_flag_on_good_rows_adds_an_empty_column():
    frame = read(row(), on_error="flag")
    assert frame["problem"].isna().all()


def test_missing_file_stays_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_anonymous_bank(tmp_path / "none.tsv")


def test_folder_is_no_month(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        read_anonymous_bank(tmp_path)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"", "is empty"),
        (b"\r\n \n", "is empty"),
        (HEADER.encode(), "has a header and no rows"),
        (HEADER.encode() + b"\n\n", "has a header and no rows"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (gzip.compress(month(row()).encode(), mtime=0)[:-20], "cannot be unpacked"),
        (b"\x1f\x8bnothing of the kind", "cannot be unpacked"),
        (lzma.compress(month(row()).encode())[:-9], "cannot be unpacked"),
        (
            month(row(), row(server="ZO\xeb")).encode("latin-1"),
            r"UTF-8 text; got the byte 0xeb at line 3",
        ),
        (month(row()).encode("utf-16"), "UTF-8 text; got the byte 0xff at line 1"),
        (
            month(row()).replace("\t", ",").encode(),
            "header of 17 names separated by tabs; got 'vru",
        ),
        (
            month(row()).replace("vru_exit", "vru_end", 1).encode(),
            "got 'vru_end' in place of 'vru_exit' at column 8",
        ),
        (
            month(row()).replace("\tserver", "", 1).encode(),
            r"got nothing in place of 'server' at column 17 \(16 names",
        ),
        (
            month(row()).replace("server", "server\tmore", 1).encode(),
            "got 'more' in place of nothing at column 18",
        ),
        (row().encode() + b"\n", "got 'AA0101' in place of 'vru.line' at column 1"),
    ],
)
def test_files_that_are_no_month(tmp_path, contents, message):
    path = tmp_path / "broken.tsv"
    path.write_bytes(contents)
    with pytest.raises(ValueError, match=message) as raised:
        read_anonymous_bank(path)
    assert str(path) in str(raised.value)


def test_closed_and_foreign_objects():
    closed = io.StringIO(month(row()))
    closed.close()
    with pytest.raises(ValueError, match="cannot be read"):
        read_anonymous_bank(closed)
    with pytest.raises(TypeError, match="path or a file object; got int"):
        read_anonymous_bank(3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on_error": "ignore"}, "on_error must be one of 'raise', 'drop', 'flag'; got 'ignore'"),
        ({"rows": "none"}, "rows must be one of 'queue', 'all'; got 'none'"),
        ({"backend": "dask"}, "backend must be one of 'pandas', 'polars'; got 'dask'"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        read(row(), **options)
