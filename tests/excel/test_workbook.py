"""The workbook, opened again by others."""

from __future__ import annotations

import datetime
import shutil
import subprocess

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pytest
from callstats import kpi, show
from logs import calls

pytestmark = pytest.mark.frames
OFFICE = [shutil.which(name) for name in ("soffice", "pdftotext")]


@pytest.fixture(scope="module")
def summary():
    return kpi.summarize(calls(), by="queue", freq="30min", threshold=20)


@pytest.fixture(scope="module")
def written(summary, tmp_path_factory):
    path = tmp_path_factory.mktemp("excel") / "k.xlsx"
    show(summary, goal=0.8).to_excel(path)
    return path


def test_pandas_reads_durations_as_durations_and_names_of_the_api(written, summary):
    sheets = pd.read_excel(written, sheet_name=None)
    assert list(sheets) == ["Key figures", "All columns", "Definitions", "About"]
    machine = sheets["All columns"]
    assert [name.partition(" (")[0] for name in machine] == list(summary.columns)
    np.testing.assert_allclose(machine["service_level"], summary["service_level"])
    np.testing.assert_allclose(machine["aht"], summary["aht"])
    figures = sheets["Key figures"]
    known = summary["asa"].notna().to_numpy()
    seconds = [
        each.total_seconds()
        if isinstance(each, datetime.timedelta)
        else datetime.timedelta(
            hours=each.hour, minutes=each.minute, seconds=each.second, microseconds=each.microsecond
        ).total_seconds()
        for each in figures["average speed of answer"][known]
    ]
    np.testing.assert_allclose(seconds, summary["asa"][known], atol=1e-3)


def test_cells_have_their_formats_and_columns_their_room(written, summary):
    sheet = openpyxl.load_workbook(written)["Key figures"]
    heads = {cell.value.partition(" (")[0]: cell for cell in sheet[1]}
    assert all(cell.font.bold for cell in sheet[1])
    below = {name: sheet.cell(2, cell.column) for name, cell in heads.items()}
    assert below["service level"].number_format == "0.0%"
    assert below["offered"].number_format == "#,##0"
    assert below["average speed of answer"].number_format == "[h]:mm:ss"
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref.startswith("A1:")
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"
    assert len(sheet.conditional_formatting) == 1


def test_the_same_table_gives_the_same_bytes_and_chinese_headings(written, summary, tmp_path):
    again = tmp_path / "again.xlsx"
    show(summary, goal=0.8).to_excel(again)
    assert again.read_bytes() == written.read_bytes()
    show(summary, language="zh").to_excel(again)
    assert "服务水平" in pd.read_excel(again, sheet_name="关键指标").columns
    assert [each.name for each in tmp_path.iterdir()] == ["again.xlsx"]


def test_polars_frames_and_text_that_looks_like_a_formula(tmp_path):
    path = tmp_path / "t.xlsx"
    frame = pl.DataFrame({"queue": ["=1+1", None], "asa": [12.0, float("inf")]})
    show(frame).to_excel(path)
    sheet = openpyxl.load_workbook(path)["Key figures"]
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")
    assert sheet["B3"].value == "inf"
    assert sheet["A3"].value is None


@pytest.mark.skipif(not all(OFFICE), reason="LibreOffice or pdftotext is not installed")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_libreoffice_prints_no_hashes(summary, tmp_path, language):
    path = tmp_path / "k.xlsx"
    show(summary, language=language).to_excel(path)
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    told = [OFFICE[0], "--headless", home, "--convert-to", "pdf", "--outdir", tmp_path, path]
    subprocess.run(told, check=True, capture_output=True, timeout=300)
    pdf = [OFFICE[1], "-layout", tmp_path / "k.pdf", "-"]
    text = subprocess.run(pdf, check=True, capture_output=True, timeout=60).stdout.decode()
    assert "##" not in text
    assert ("服务水平" if language == "zh" else "service level") in text
