"""``python -m callstats.benchmarks mine.json`` and ``... theirs.json mine.json``."""

from __future__ import annotations

import sys

from callstats.benchmarks.comparing import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
