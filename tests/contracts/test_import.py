"""Importing callstats is cheap and brings nothing that was not asked for."""

from __future__ import annotations

import subprocess
import sys

PROBE = """
import sys, callstats
heavy = {"pandas", "narwhals", "polars", "pyarrow", "matplotlib", "jinja2", "openpyxl", "highspy"}
print(sorted(heavy & set(sys.modules)))
callstats.erlang.blocking([1.0, 2.0], 1.0)
print(sorted(heavy & set(sys.modules)))
"""


def test_import_brings_numpy_alone():
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "[]"]


def test_staffing_does_not_bring_the_key_figures():
    probe = "import sys, callstats.staffing; print('callstats.kpi' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
