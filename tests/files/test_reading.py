"""What a file holds comes back as it stands; what cannot be read is named by row and line."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest
from callstats import files
from callstats.errors import InvalidDataError, MissingColumnError

pytestmark = pytest.mark.frames

CALLS = """call_id,arrival,wait,outcome
007,2024-01-31 09:00:00,12.5,answered
7,2024-01-31T09:00:30,0:01:30,abandoned
008,2024-01-31 09:01,3:05,answered
"""


@pytest.fixture
def write(tmp_path):
    def write(content, name="calls.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_ids_stay_text_and_times_and_durations_are_read(write):
    frame = files.typed(files.read(write(CALLS)), files.CALLS).frame
    assert frame["call_id"].tolist() == ["007", "7", "008"]
    assert frame["wait"].tolist() == [12.5, 90.0, 185.0]
    assert frame["arrival"].tolist() == [
        pd.Timestamp("2024-01-31 09:00:00"),
        pd.Timestamp("2024-01-31 09:00:30"),
        pd.Timestamp("2024-01-31 09:01:00"),
    ]


@pytest.mark.parametrize("name", ["calls.CSV", "calls.csv.gz", "Calls.Csv.GZ"])
def test_the_ending_decides_in_any_case(write, name):
    content = CALLS.encode()
    path = write(gzip.compress(content) if name.lower().endswith("gz") else content, name)
    assert files.read(path).frame.shape == (3, 4)


def test_tabs_separate_in_tsv(write):
    assert files.read(write(CALLS.replace(",", "\t"), "calls.tsv")).frame.shape == (3, 4)


def test_a_byte_order_mark_and_windows_line_ends_are_no_content(write):
    path = write(b"\xef\xbb\xbf" + CALLS.replace("\n", "\r\n").encode())
    assert list(files.read(path).frame) == ["call_id", "arrival", "wait", "outcome"]


def test_other_encodings_on_request(write):
    path = write("agent,queue\n王,投诉\n".encode("gb18030"))
    with pytest.raises(InvalidDataError, match=r"is not utf-8: byte 0x\w\w in line 2"):
        files.read(path)
    assert files.read(path, encoding="gb18030").frame["queue"].tolist() == ["投诉"]
    with pytest.raises(ValueError, match="encoding 'klingon' is not known"):
        files.read(path, encoding="klingon")


@pytest.mark.parametrize(
    ("content", "name", "what"),
    [
        ("", "a.csv", "is empty"),
        (" \n\n", "a.csv", "is empty"),
        (b"\xef\xbb\xbf", "a.csv", "is empty"),
        ("a,b\n", "a.csv", "has a header but no rows"),
        ("a;b\n1;2\n", "a.csv", "';' between its fields; say --separator"),
        ("a\tb\n1\t2\n", "a.csv", "a tab between its fields; say --separator"),
        ("a,b\n1,2\n1,2,3\n", "a.csv", r"has 3 fields in row 2 \(line 3\); its header has 2"),
        ("a,b\n1,2,3\n1,2\n", "a.csv", r"has 3 fields in row 1 \(line 2\); its header has 2"),
        ("a,b\n1,2,3\n1\n", "a.csv", r"has 3 fields in row 1 \(line 2\); its header has 2"),
        ("a,b\n1,\n\n1\n", "a.csv", r"has 1 fields in row 2 \(line 4\); its header has 2"),
        ('a,b\n"x\ny",2\n1\n', "a.csv", r"has 1 fields in row 2 \(line 4\); its header has 2"),
        ("\r,\x00\x00 ", "a.csv", "has a header of 2 fields that reads as 1"),
        ("\n \nx\t\n", "a.tsv", r"has 2 fields in row 1 \(line 3\); its header has 1"),
        ('a,b\n"1,2\n', "a.csv", "has a quote that is opened and never closed"),
        ("a,b\n1,2\n".encode("utf-16"), "a.csv", "is in UTF-16; say --encoding utf-16"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "a.csv", "is compressed; name it .csv.gz"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "a.csv.gz", "is not a whole gzip file"),
        ("a,b\n1,2\n", "a.csv.gz", "is not a whole gzip file"),
        (b"PK\x03\x04rest", "a.csv", "is an Excel file; name it so"),
        ("a,b\n1,2\n", "a.parquet", "is not a Parquet file"),
        ("a,b\n1,2\n", "a.xlsx", "is not an Excel file"),
    ],
)
def test_files_that_cannot_be_read_say_why(write, content, name, what):
    with pytest.raises(InvalidDataError, match=what):
        files.read(write(content, name))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("calls.txt", r"cannot tell the format from \.txt; known are \.csv"),
        ("calls", "cannot tell the format from a name without ending"),
        ("calls.xls", r"\.xls; save it as \.xlsx"),
        ("calls.parquet.gz", r"gzip goes around \.csv and \.tsv only"),
    ],
)
def test_unknown_endings_are_refused(write, name, what):
    with pytest.raises(ValueError, match=what):
        files.read(write(CALLS, name))


def test_a_format_said_serves_names_without_one(write):
    assert files.read(write(CALLS, "calls.txt"), otherwise="csv").frame.shape == (3, 4)


def test_utf_16_is_read_when_said(write):
    path = write("a,b\n1,2\n".encode("utf-16"))
    assert files.read(path, encoding="utf-16").frame.to_dict("list") == {"a": ["1"], "b": ["2"]}


def test_a_missing_column_names_the_nearest_and_the_file(write):
    path = write(CALLS)
    with pytest.raises(
        MissingColumnError, match=r"calls\.csv has no column 'waits', nearest: 'wait'"
    ):
        files.read(path).require(["waits"])


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("arrival", "31.01.2024", "is not a time"),
        ("arrival", "2024-02-30 10:00:00", "is not a time"),
        ("arrival", "20240131", "is not a time"),
        ("arrival", "2024-01-31 10:00:00+01:00", "has a zone where most times have none"),
        ("wait", "1,5", "is not a duration"),
        ("wait", "True", "is not a duration"),
        ("wait", "soon", "is not a duration"),
        ("talk", "=1+1", "is not a duration"),
    ],
)
def test_an_unreadable_value_is_named_with_row_line_and_count(write, column, value, what):
    good = {"arrival": "2024-01-31 10:00:00", "wait": "1", "talk": "2"}
    rows = [good] * 4 + [{**good, column: value}] + [good] * 3 + [{**good, column: value}]
    path = write(pd.DataFrame(rows).to_csv(index=False))
    with pytest.raises(InvalidDataError) as error:
        files.typed(files.read(path), files.CALLS)
    assert f"column {column!r}, row 5 (line 6): {value!r} {what}" in str(error.value)
    assert str(error.value).endswith("(2 bad of 9)")


def test_lines_are_counted_past_quoted_breaks_and_blank_lines(write):
    path = write('call_id,wait\n"a\nb",1\n\nc,x\n')
    with pytest.raises(InvalidDataError, match=r"row 2 \(line 5\): 'x'"):
        files.typed(files.read(path), files.CALLS)


def test_the_bad_row_of_a_long_log_is_found(write):
    rows = ["call_id,arrival,wait"]
    rows += [f"{k},2024-01-31 10:00:{k % 60:02d},{k % 90}" for k in range(200_000)]
    rows[123_457] = "x,2024-01-31 1O:00:00,5"
    with pytest.raises(
        InvalidDataError, match=r"row 123457 \(line 123458\): .* \(1 bad of 200000\)"
    ):
        files.typed(files.read(write("\n".join(rows))), files.CALLS)


def test_a_column_with_bad_rows_stays_text_on_request(write):
    table = files.read(write("call_id,wait,talk\na,1,2\nb,x,3\nc,NULL,4\n"))
    frame = files.typed(table, files.CALLS, unreadable="leave").frame
    assert frame["wait"].tolist()[:2] == ["1", "x"]
    assert pd.isna(frame["wait"].iloc[2])
    assert frame["talk"].tolist() == [2.0, 3.0, 4.0]
    assert table.frame["wait"].tolist() == ["1", "x", "NULL"]


def test_words_for_missing_are_missing_numbers_and_agents_all_the_same(write):
    frame = files.typed(files.read(write("agent,wait\nNA,NA\nNone,\n,n/a\n")), files.CALLS).frame
    assert frame["wait"].isna().all()
    assert frame["agent"].tolist()[:2] == ["NA", "None"]
    assert pd.isna(frame["agent"].iloc[2])


def test_zones_are_kept_where_one_and_utc_where_several(write):
    one = files.typed(
        files.read(write("arrival\n2024-01-31 10:00:00+01:00\n2024-02-01 10:00:00+01:00\n")),
        files.CALLS,
    ).frame["arrival"]
    assert str(one.iloc[0]) == "2024-01-31 10:00:00+01:00"
    two = files.typed(
        files.read(write("arrival\n2024-03-31 01:30:00+01:00\n2024-03-31 03:30:00+02:00\nnull\n")),
        files.CALLS,
    ).frame["arrival"]
    assert [str(time) for time in two[:2]] == [
        "2024-03-31 00:30:00+00:00",
        "2024-03-31 01:30:00+00:00",
    ]
    assert pd.isna(two[2])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2.5", "-3", ""], "f"),
        (["007", "012"], "text"),
        (["2024-01-31", "2024-02-01"], "M"),
        (["3:30", "0:03:30"], "f"),
        (["true", "FALSE"], "b"),
        (["a", "1"], "text"),
        (["", ""], "text"),
    ],
)
def test_a_column_nobody_told_of_is_read_as_its_values_say(write, values, kind):
    path = write(pd.DataFrame({"k": range(len(values)), "x": values}).to_csv(index=False))
    column = files.typed(files.read(path), {"x": "unknown"}).frame["x"]
    got = "text" if not isinstance(column.dtype, np.dtype) else column.dtype.kind
    assert got.replace("O", "text") == kind


def test_a_stray_among_numbers_is_told_with_the_way_out(write):
    values = [str(k) for k in range(30)] + ["x9"]
    path = write("level\n" + "\n".join(values) + "\n")
    with pytest.raises(
        InvalidDataError, match=r"'x9' is unlike .*; --text level .*\(1 bad of 31\)"
    ):
        files.typed(files.read(path), {"level": "unknown"})
    assert files.typed(files.read(path), {"level": "text"}).frame["level"].tolist() == values


def test_a_name_that_comes_twice(write):
    table = files.read(write("a,b,a\n1,x,2\n,y,2\n"))
    assert table.frame.columns.tolist() == ["a #1", "b", "a #2"]
    assert table.frame["a #2"].tolist() == ["2", "2"]
    assert "'a' comes 2 times with different values" in table.again[0]
    table = files.read(write("a,b,a\n1,x,1\n,y,\n"))
    assert table.frame.columns.tolist() == ["a", "b"]
    assert table.again == ("'a' comes 2 times with the same values: read as one",)
    assert files.read(write("a,b\n1,1\n")).again == ()
