"""A table comes back from a file as it went in, and text stays text in every kind of file."""

from __future__ import annotations

import io
import os
import stat

import numpy as np
import pandas as pd
import pytest
from callstats import files

pytestmark = pytest.mark.frames

NASTY = [
    "007",
    "=1+1",
    "+4989",
    "-5",
    "@SUM(A1)",
    "a,b",
    'c"d',
    "e\nf",
    "g\rh",
    "王",
    "#N/A",
    " x ",
]


def frame():
    return pd.DataFrame(
        {
            "call_id": NASTY,
            "start": pd.date_range("2024-03-30 23:30:00.25", periods=len(NASTY), freq="30min"),
            "wait": [0.1 + 0.2, np.nan, 1e-300, 1 / 3, 5.0, 2.0**53, 0.0, 1.5, 2.5, 3.5, 4.5, 5.5],
            "count": range(len(NASTY)),
        }
    )


def saved(table, path, **options):
    with files.Outputs() as outputs:
        files.write(table, outputs.open(path), files.named(str(path)), **options)
    return files.read(str(path))


@pytest.mark.parametrize("ending", ["csv", "tsv", "csv.gz", "tsv.gz", "parquet", "xlsx"])
def test_what_is_written_is_read_back(tmp_path, ending):
    contents = {**files.CALLS, "count": "number"}
    back = files.typed(saved(frame(), tmp_path / f"t.{ending}"), contents).frame
    shown = [text.replace("\r", "\\r") for text in NASTY] if ending == "xlsx" else NASTY
    assert back["call_id"].tolist() == shown
    # openpyxl writes numbers with 16 digits.
    rtol = 1e-15 if ending == "xlsx" else 0
    np.testing.assert_allclose(back["wait"], frame()["wait"], rtol=rtol)
    assert back["count"].tolist() == list(range(len(NASTY)))
    assert (back["start"] == frame()["start"]).all()


def test_the_same_table_gives_the_same_bytes(tmp_path):
    saved(frame(), tmp_path / "a.csv.gz")
    saved(frame(), tmp_path / "b.csv.gz")
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()


def test_no_formula_reaches_excel(tmp_path):
    import openpyxl

    table = frame().assign(call_id=["=1+1"] * len(NASTY)).rename(columns={"count": "=2"})
    table["service_level"] = 0.8
    saved(table, tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert {sheet["A2"].data_type, sheet["D1"].data_type} == {"s"}
    assert sheet["A2"].value == "=1+1"
    assert sheet["E2"].number_format == "0.0%"
    assert sheet["E2"].value == 0.8


def test_excel_shows_control_characters_and_infinity_and_the_zone(tmp_path):
    import openpyxl

    table = pd.DataFrame(
        {
            "queue": ["a\x1b[31m"],
            "asa": [np.inf],
            "start": pd.to_datetime(["2024-01-31 10:00"]).tz_localize("Europe/Berlin"),
        }
    )
    saved(table, tmp_path / "t.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "t.xlsx").active.iter_rows(values_only=True))
    assert rows[0] == ("queue", "asa", "start (Europe/Berlin)")
    assert rows[1] == ("a\\x1b[31m", "inf", pd.Timestamp("2024-01-31 10:00"))


def test_safe_csv_disarms_formulas_and_leaves_numbers(tmp_path):
    back = saved(frame(), tmp_path / "t.csv", safe=True).frame["call_id"].tolist()
    assert back[:6] == ["007", "'=1+1", "+4989", "-5", "'@SUM(A1)", "a,b"]


def test_safe_csv_disarms_headings_and_wide_forms_and_loses_no_column(tmp_path):
    table = pd.DataFrame(
        {"=cmd|calc": ["\uff1d1+1"], "'=cmd|calc": ["-2+3"], "-5": ["\n=1"], "wait": [-1.5]}
    )
    path = tmp_path / "t.csv"
    with files.Outputs() as outputs:
        files.write(table, outputs.open(path), files.named("t.csv"), safe=True)
    text = "'=cmd|calc,'=cmd|calc,-5,wait\n'\uff1d1+1,'-2+3,\"'\n=1\",-1.5\n"
    assert path.read_text() == text


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("old")

    def fail():
        with files.Outputs() as outputs:
            outputs.open(target).write(b"new")
            outputs.open(tmp_path / "second.csv").write(b"new")
            assert len(list(tmp_path.iterdir())) == 3
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_files_of_one_block_appear_together(tmp_path):
    with files.Outputs() as outputs:
        outputs.open(tmp_path / "a").write(b"1")
        outputs.open(tmp_path / "b").write(b"2")
        assert not (tmp_path / "a").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_links_modes_and_devices_are_respected(tmp_path):
    real = tmp_path / "real"
    real.write_text("old")
    real.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(real)
    with files.Outputs() as outputs:
        outputs.open(link).write(b"new")
        outputs.open("/dev/null").write(b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116
    with pytest.raises(IsADirectoryError), files.Outputs() as outputs:
        outputs.open(tmp_path)


def test_two_results_need_two_files(tmp_path):
    with (
        pytest.raises(ValueError, match="two results cannot both go to"),
        files.Outputs() as outputs,
    ):
        outputs.open(tmp_path / "a").write(b"1") and outputs.open(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
def test_a_write_protected_file_stays(tmp_path):
    target = tmp_path / "a.csv"
    target.write_text("old")
    target.chmod(0o444)
    with pytest.raises(PermissionError), files.Outputs() as outputs:
        outputs.open(target)
    assert target.read_text() == "old"


def test_a_directory_comes_whole_and_keeps_strangers(tmp_path):
    target = tmp_path / "report"
    with files.directory(target) as folder:
        (folder / "tables").mkdir()
        (folder / "tables" / "a.csv").write_text("1")
        assert not target.exists()
    (target / "mine.txt").write_text("keep")
    with files.directory(target) as folder:
        (folder / "tables").mkdir()
        (folder / "tables" / "a.csv").write_text("2")

    def fail():
        with files.directory(target) as folder:
            (folder / "index.html").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert (target / "tables" / "a.csv").read_text() == "2"
    assert (target / "mine.txt").read_text() == "keep"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report"]
    assert not (target / "index.html").exists()


def test_the_umask_decides_the_rights_of_new_files(tmp_path):
    before = os.umask(0o027)
    try:
        with files.Outputs() as outputs:
            outputs.open(tmp_path / "a.csv").write(b"1")
        with files.directory(tmp_path / "report") as folder:
            (folder / "b.csv").write_text("1")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a.csv", "report")]
    assert modes == [0o640, 0o750]


def test_a_link_at_the_temporary_name_is_not_followed(tmp_path, monkeypatch):
    monkeypatch.setattr("callstats.files.whole.secrets.token_hex", lambda _: "00")
    mine = tmp_path / "mine"
    mine.write_text("keep")
    trap = tmp_path / ".a.csv.00.partial"
    trap.symlink_to(mine)
    with pytest.raises(FileExistsError), files.Outputs() as outputs:
        outputs.open(tmp_path / "a.csv").write(b"new")
    with pytest.raises(FileExistsError), files.directory(tmp_path / "a.csv"):
        pass
    assert mine.read_text() == "keep"
    assert trap.is_symlink()


def test_what_a_killed_job_left_stands_in_nobodys_way(tmp_path):
    (tmp_path / f".report.{os.getpid()}.partial").mkdir()
    (tmp_path / f".a.csv.{os.getpid()}.partial").mkdir()
    with files.directory(tmp_path / "report") as folder:
        (folder / "b.csv").write_text("1")
    with files.Outputs() as outputs:
        outputs.open(tmp_path / "a.csv").write(b"1")
    assert (tmp_path / "report" / "b.csv").read_text() == "1"
    assert (tmp_path / "a.csv").read_text() == "1"


def test_the_longest_name_can_be_written(tmp_path):
    path = tmp_path / ("x" * 251 + ".csv")
    with files.Outputs() as outputs:
        outputs.open(path).write(b"1")
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_directory_that_cannot_take_all_files_takes_none(tmp_path):
    target = tmp_path / "report"
    (target / "b.csv").mkdir(parents=True)
    (target / "a.csv").write_text("old")

    def fail():
        with files.directory(target) as folder:
            (folder / "a.csv").write_text("new")
            (folder / "b.csv").write_text("new")

    with pytest.raises(FileExistsError, match=r"is a directory: .*b\.csv"):
        fail()
    assert (target / "a.csv").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_directory_that_fails_leaves_no_parents(tmp_path):
    def fail():
        with files.directory(tmp_path / "new" / "deep" / "report") as folder:
            (folder / "a.csv").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_extra_says_how_to_get_it(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    for ending, extra in (("parquet", "parquet"), ("xlsx", "excel")):
        with pytest.raises(ImportError, match=rf"pip install 'callstats\[{extra}\]'"):
            files.write(frame(), io.BytesIO(), files.named(f"t.{ending}"))
        with pytest.raises(ImportError, match=rf"pip install 'callstats\[{extra}\]'"):
            files.read(str(tmp_path / f"t.{ending}"))
