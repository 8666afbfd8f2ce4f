"""Make ``tests/reference/anonymous_bank_waits.csv`` from months of the Anonymous Bank.

Rows whose outcome is PHANTOM are left out, and those that never queued: no clock time of the queue
and no time in it. What is left is counted by month, call type, wait and whether the caller hung up.
The arguments are months in the original format, ``1999-01.tsv.gz``; the table goes to standard
output.
"""

from __future__ import annotations

import collections
import csv
import gzip
import sys
from pathlib import Path

counts: collections.Counter[tuple[str, str, int, int]] = collections.Counter()
for name in sys.argv[1:]:
    with gzip.open(name, "rt", encoding="latin-1", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            queued = {row["q_start"], row["q_exit"]} != {"0:00:00"} or int(row["q_time"]) > 0
            if queued and row["outcome"] != "PHANTOM":
                month = Path(name).name[:7]
                hung_up = int(row["outcome"] == "HANG")
                counts[month, row["type"].strip(), int(row["q_time"]), hung_up] += 1
table = csv.writer(sys.stdout, lineterminator="\n")
table.writerow(["month", "type", "wait", "abandoned", "calls"])
table.writerows([*key, number] for key, number in sorted(counts.items()))
