"""Figures that others have printed about public data, made again: ours beside theirs.

    python published_results.py [DATA]

DATA is a folder with any of anonymous_bank_1999, acd_halfhour_2000, nhs111_mds_2015_16 and
bank_calls_5min; without it the bank's month that comes with callstats is used.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bank_1999
import bank_calls_2003
import insurer_2000
import nhs111_2015

SETS = {
    "anonymous_bank_1999": bank_1999,
    "acd_halfhour_2000": insurer_2000,
    "nhs111_mds_2015_16": nhs111_2015,
    "bank_calls_5min": bank_calls_2003,
}


def main(folder: Path | None) -> None:
    """Every set that is there, one table after the other."""
    if folder is None:
        bank_1999.main()
        return
    present = [script for name, script in SETS.items() if (folder / name).is_dir()]
    if not present:
        raise SystemExit(f"{folder} holds none of {', '.join(SETS)}")
    for script in present:
        script.main(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
