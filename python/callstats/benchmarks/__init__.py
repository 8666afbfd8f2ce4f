"""Benches of the package, to be run in any environment that has it and pytest-benchmark.

    pytest --pyargs callstats.benchmarks --benchmark-json=mine.json
    python -m callstats.benchmarks mine.json
    python -m callstats.benchmarks theirs.json mine.json

The first measures, the second prints the figures beside those of SciPy where that is installed, the
third two runs beside each other, with ratios. Groups are workloads. ``CALLSTATS_BENCHMARK_CELLS``
leaves out sizes above a number of cells or rows; the greatest are ten million. The conditions stand
in the file: versions, processors, threads.
"""
