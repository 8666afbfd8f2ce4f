"""The one door: files, folders, streams and frames give what one pass gives."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest
from callstats import kpi, scale
from cut_logs import cut, log, the_same
from pandas.testing import assert_frame_equal

PLAN = scale.Summary(by="queue", freq="30min")


@pytest.fixture(scope="module")
def calls():
    return log()


@pytest.fixture(scope="module")
def wanted(calls):
    return kpi.summarize(calls, by="queue", freq="30min")


def folder(calls, path, ending):
    for number, part in enumerate(cut(calls, 5, 2)):
        if ending == "parquet":
            part.to_parquet(path / f"part-{number}.parquet", index=False)
        elif len(part):
            part.to_csv(path / f"part-{number}.{ending}", index=False)
    return path


def test_folders_of_parquet(calls, wanted, tmp_path):
    the_same(scale.run(PLAN, folder(calls, tmp_path, "parquet")), wanted)


def test_parquet_one_file_and_few_threads(calls, wanted, tmp_path):
    path = tmp_path / "calls.parquet"
    calls.to_parquet(path, row_group_size=70, index=False)
    the_same(scale.run(PLAN, str(path), threads=1), wanted)


@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_folders_of_text(calls, tmp_path, ending):
    local = calls.assign(arrival=calls["arrival"].dt.tz_convert("UTC").dt.tz_localize(None))
    found = scale.run(PLAN, folder(local, tmp_path, ending))
    assert_frame_equal(found, kpi.summarize(local, by="queue", freq="30min"), check_exact=True)


def test_text_with_durations_zones_and_words_for_nothing(tmp_path):
    path = tmp_path / "calls.csv"
    path.write_text(
        "arrival,wait,outcome,talk\n"
        + "2024-03-05T09:00:00,12.5,answered,60\n" * 20
        + "2024-03-05T09:40:00,0:20,answered,NA\n"
        + "2024-03-05T09:50:00.250,7,abandoned,\n"
    )
    found = scale.run(scale.Summary(freq="30min"), path)
    assert found["offered"].tolist() == [20, 2]
    assert found["wait_max"].tolist() == [12.5, 20.0]
    assert found["handled_timed"].tolist() == [20, 0]


def test_what_cannot_be_read_is_named_by_file_and_line(tmp_path):
    path = tmp_path / "calls.csv"
    path.write_text("wait,outcome\n" + "5,answered\n" * 7 + "soon,answered\n")
    with pytest.raises(ValueError, match=r"calls\.csv: column 'wait', row 8 \(line 9\): 'soon'"):
        scale.run(scale.Summary(), path)
    path.write_text("wait,outcome\n" + "5,answered\n" * 7 + "6,lost\n")
    with pytest.raises(ValueError, match=r"calls\.csv: outcome must be one of"):
        scale.run(scale.Summary(), path)
    path.write_text("wait,wait\n5,6\n")
    with pytest.raises(ValueError, match="several columns named 'wait'"):
        scale.run(scale.Summary(), path)
    with pytest.raises(FileNotFoundError):
        scale.run(scale.Summary(), tmp_path / "nothing.csv")


def test_frames_streams_and_iterators(calls, wanted):
    import polars as pl
    import pyarrow as pa
    from pyarrow import dataset

    arrow = pa.Table.from_pandas(calls, preserve_index=False)
    the_same(scale.run(PLAN, iter(cut(calls, 4, 1))), wanted)
    the_same(scale.run(PLAN, [calls[:9], calls[9:]]), wanted)
    for source in (arrow, arrow.to_reader(max_chunksize=50), dataset.dataset(arrow)):
        found = scale.run(PLAN, source)
        assert isinstance(found, pa.Table)
        assert_frame_equal(found.to_pandas(), wanted, check_exact=True, check_dtype=False)
    frame = pl.from_pandas(calls)
    for source in (frame, frame.lazy()):
        found = scale.run(PLAN, source)
        assert isinstance(found, pl.DataFrame)
        assert found.equals(kpi.summarize(frame, by="queue", freq="30min"))


def test_duckdb_relations_are_streams(calls, wanted):
    duckdb = pytest.importorskip("duckdb")
    found = scale.run(PLAN, duckdb.from_df(calls))
    assert_frame_equal(found, wanted, check_exact=True, check_dtype=False)


def test_what_is_no_source_or_no_plan_is_refused(calls):
    with pytest.raises(TypeError, match="source must be a path"):
        scale.run(PLAN, 5)
    with pytest.raises(TypeError, match="plan must be a plan"):
        scale.run("Summary", calls)
    with pytest.raises(ValueError, match="two-pass"):
        scale.run(PLAN, calls, how="two-pass")
    with pytest.raises(ValueError, match="for Spark"):
        scale.run(PLAN, calls, how="frame")
    with pytest.raises(ValueError, match="how must be"):
        scale.run(PLAN, calls, how="quickly")


def test_no_engine_is_imported():
    probe = (
        "import sys, callstats.scale as scale, pandas as pd;"
        "scale.run(scale.Summary(), pd.DataFrame({'wait': [1.0], 'outcome': ['answered']}));"
        "print(sorted({'dask', 'pyspark', 'ray', 'duckdb', 'polars'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]"]


def test_a_process_without_pyarrow_merges_in_memory_and_says_what_bytes_need():
    probe = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import pandas as pd; from callstats import scale\n"
        "plan = scale.Summary(by='queue')\n"
        "calls = pd.DataFrame({'queue': [1, 2], 'wait': [1.0, 2.0], 'outcome': 'answered'})\n"
        "state = plan.merge([plan.partial(calls[:1]), plan.partial(calls[1:])])\n"
        "print(plan.finish(state)['asa'].tolist())\n"
        "try: state.to_bytes()\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == "[1.0, 2.0]"
    assert "pip install 'callstats[parquet]'" in done.stdout


def test_a_column_in_the_name_of_a_folder(calls, tmp_path):
    for queue, part in calls.dropna(subset="queue").groupby("queue"):
        inside = tmp_path / f"queue={queue}"
        inside.mkdir()
        part.drop(columns="queue").to_parquet(inside / "part.parquet", index=False)
    found = scale.run(scale.Summary(by="queue"), tmp_path)
    wanted = kpi.summarize(calls.dropna(subset="queue"), by="queue")
    assert_frame_equal(found, wanted, check_exact=True)
    assert isinstance(found, pd.DataFrame)


def test_a_ray_dataset_is_refused_with_the_way_to_its_batches():
    dataset = type("Dataset", (), {"__module__": "ray.data.dataset"})()
    with pytest.raises(TypeError, match=r"source is a Ray dataset.*iter_batches"):
        scale.run(scale.Summary(), dataset)
