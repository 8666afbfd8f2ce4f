"""A damaged, lying or swelling file is invalid data, told with its name; nothing else comes out."""

from __future__ import annotations

import gzip
import io
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from callstats import files
from callstats.errors import InvalidDataError

pytestmark = pytest.mark.frames

SHEET = "xl/worksheets/sheet1.xml"
LAST_ROW = 1_048_576


def log(rows=25):
    return pd.DataFrame(
        {
            "call_id": [f"{k:04d}" for k in range(rows)],
            "arrival": pd.date_range("2024-03-04", periods=rows, freq="min"),
            "wait": [float(k) for k in range(rows)],
            "outcome": "answered",
        }
    )


def packed(frame, ending):
    buffer = io.BytesIO()
    if ending == "csv.gz":
        buffer.write(gzip.compress(frame.to_csv(index=False).encode(), mtime=0))
    else:
        {"xlsx": frame.to_excel, "parquet": frame.to_parquet}[ending](buffer, index=False)
    return buffer.getvalue()


def edited(path, edit, *, part=SHEET):
    """An Excel file of `log` with the text of one part changed."""
    given = zipfile.ZipFile(io.BytesIO(packed(log(), "xlsx")))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name in given.namelist():
            text = given.read(name).decode()
            book.writestr(name, edit(text) if name == part else text)
    return str(path)


@pytest.mark.parametrize(
    "dimension", ['ref="A1:D26"', 'ref="A1:D11"', 'ref="A1"', 'ref="A1:C26"', 'ref="A1:XFD1048576"']
)
def test_the_dimension_of_a_sheet_is_a_hint(tmp_path, dimension):
    path = edited(
        tmp_path / "calls.xlsx", lambda text: re.sub('(?<=<dimension )ref="[^"]*"', dimension, text)
    )
    assert dimension in zipfile.ZipFile(path).read(SHEET).decode()
    frame = files.read(path).frame
    assert frame.columns.tolist() == ["call_id", "arrival", "wait", "outcome"]
    assert frame["call_id"].tolist() == log()["call_id"].tolist()


def test_a_sheet_without_a_dimension_is_read(tmp_path):
    path = edited(tmp_path / "calls.xlsx", lambda text: re.sub("<dimension [^>]*>", "", text))
    assert len(files.read(path).frame) == 25


def far_row(number):
    return lambda text: text.replace(
        "</sheetData>", f'<row r="{number}"><c r="A{number}"><v>7</v></c></row></sheetData>'
    )


def test_a_cell_in_the_last_row_of_a_sheet_is_a_row_with_its_number(tmp_path):
    table = files.read(edited(tmp_path / "calls.xlsx", far_row(LAST_ROW)))
    assert table.frame["call_id"].tolist()[-1] == 7
    assert table.place(25) == f"row 26 (line {LAST_ROW})"


def test_rows_that_no_sheet_has_are_refused(tmp_path):
    path = edited(tmp_path / "calls.xlsx", far_row(4_000_000_000))
    with pytest.raises(InvalidDataError, match=r"calls\.xlsx spans more than 1048576 rows"):
        files.read(path)


def test_cells_far_to_the_right_are_read_past(tmp_path):
    edit = "".join(f'<row r="{row}"><c r="XFD{row}"><v>7</v></c></row>' for row in range(27, 400))
    path = edited(
        tmp_path / "calls.xlsx", lambda text: text.replace("</sheetData>", edit + "</sheetData>")
    )
    assert files.read(path).frame.shape == (25 + 373, 4)


def test_a_sheet_that_spans_too_many_cells_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("callstats.files.workbooks._CELLS", 50)
    with pytest.raises(InvalidDataError, match=r"calls\.xlsx spans more than 50 cells in row 13"):
        files.read(edited(tmp_path / "calls.xlsx", str))


@pytest.mark.parametrize("part", [SHEET, "xl/styles.xml", "docProps/app.xml"])
def test_a_workbook_that_swells_is_refused(tmp_path, part):
    path = edited(tmp_path / "calls.xlsx", lambda text: text + " " * (1 << 25), part=part)
    with pytest.raises(InvalidDataError, match=r"calls\.xlsx unpacks to more than 100 times its"):
        files.read(path)


def test_a_gzip_file_that_swells_is_refused(tmp_path):
    path = tmp_path / "calls.csv.gz"
    path.write_bytes(gzip.compress(b"call_id,wait\n" + b"1,2\n" * (1 << 23)))
    with pytest.raises(InvalidDataError, match=r"calls\.csv\.gz unpacks to more than 100 times"):
        files.read(str(path))


def test_entities_and_broken_xml_are_damage(tmp_path):
    entity = '<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&c;</worksheet>'
    for text in (entity, "<worksheet>", ""):
        path = edited(tmp_path / "calls.xlsx", lambda _, text=text: text)
        with pytest.raises(InvalidDataError, match=r"calls\.xlsx (is not an|has an empty)"):
            files.read(path)


def mutants(whole, count, seed):
    """`whole` with one to four bits flipped, every other one cut off somewhere as well."""
    chance = np.random.default_rng(seed)
    for number in range(count):
        data = bytearray(whole)
        for place in chance.integers(0, len(data), chance.choice([1, 2, 4])):
            data[place] ^= 1 << chance.integers(0, 8)
        yield bytes(data[: len(data) if number % 2 else chance.integers(0, len(data))])


def complaint(read, path):
    """What reading says of a file; None where it could be read."""
    try:
        read(str(path))
    except InvalidDataError as error:
        return str(error)
    return None


@pytest.mark.parametrize("ending", ["xlsx", "parquet", "csv.gz"])
def test_flipped_bits_are_read_or_told_with_the_name_of_the_file(tmp_path, ending):
    path = tmp_path / f"mutant.{ending}"
    told = []
    for data in mutants(packed(log(), ending), 400, seed=1):
        path.write_bytes(data)
        told.append(complaint(files.read, path))
    told = [words for words in told if words is not None]
    assert len(told) > 200
    assert [words for words in told if str(path) not in words] == []


def test_a_damaged_file_in_a_folder_is_told_with_its_own_name(tmp_path):
    whole = packed(log(), "parquet")
    (tmp_path / "a.parquet").write_bytes(whole)
    told = []
    for data in mutants(whole, 200, seed=2):
        (tmp_path / "b.parquet").write_bytes(data)
        told.append(complaint(lambda path: list(files.parts(path)), tmp_path))
    told = [words for words in told if words is not None]
    assert len(told) > 100
    assert [words for words in told if "b.parquet" not in words] == []


def test_what_the_system_says_of_a_file_is_no_damage(tmp_path):
    for ending in ("csv", "xlsx", "parquet"):
        with pytest.raises(FileNotFoundError):
            files.read(str(tmp_path / f"none.{ending}"))
        with pytest.raises(FileNotFoundError):
            list(files.parts(str(tmp_path / f"none.{ending}")))


def test_many_columns_are_read_at_once(tmp_path):
    """Twins are found by counting once: 20,000 columns against each other took five seconds."""
    names = [f"c{k}" for k in range(20_000)]
    path = tmp_path / "wide.csv"
    path.write_text("\n".join([",".join(names), ",".join(["1"] * len(names))]))
    frame = files.read(str(path)).frame
    assert frame.columns.tolist() == names
    path.write_text("\n".join([",".join([*names, "c7"]), ",".join(["1"] * (len(names) + 1))]))
    assert files.read(str(path)).frame.columns.tolist() == names
