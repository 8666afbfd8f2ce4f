"""NHS 111 in England: monthly figures of the country from the rows of its sites.

    python nhs111_2015.py DATA

Source: NHS England, NHS 111 minimum data set, statistics pages of April, May and November 2015.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from callstats import kpi
from comparing import Row, show

#: What the statistics pages print: calls, in 60 s, abandoned, and the shares with their bases.
PUBLISHED = {
    "Apr-15": {"offered": "1,130,894", "in_60s": "93.9 %", "abandoned": "1.6 %",
               "triaged": "86.9 %", "call_back": "11 %", "in_10min": "48 %"},
    "May-15": {"offered": "1,184,177", "in_60s": "93.6 %", "abandoned": "1.5 %",
               "call_back": "11.7 %", "in_10min": "45 %"},
    "Nov-15": {"offered": "1,160,300", "in_60s": "89.6 %", "abandoned": "1.8 %",
               "call_back": "13 %", "in_10min": "40 %", "transferred": "22 %"},
}  # fmt: skip
RATES = {
    "in_60s": ("Answered 60sec", "Answered Calls"),
    "abandoned": ("Abandoned Calls", "Number Calls Offered"),
    "triaged": ("Calls Person Triaged", "Answered Calls"),
    "call_back": ("Person Offered Call Back", "Answered Calls"),
    "in_10min": ("Calls Back Within 10mins", "Person Offered Call Back"),
    "transferred": ("Transferred To Ca", "Answered Calls"),
}
WORDS = {
    "in_60s": "answered in 60 s of answered",
    "abandoned": "abandoned (after 30 s) of offered",
    "triaged": "triaged of answered",
    "call_back": "call-back offered of answered",
    "in_10min": "  within 10 min of these",
    "transferred": "transferred to a clinician of answered",
}


def read(folder: Path) -> pd.DataFrame:
    """One row a site and month, with the columns' common dressing taken off."""
    table = pd.read_csv(next(iter(sorted(folder.glob("*.csv*")))))
    names = {name: name.removeprefix("Nhs1 ").removesuffix(" SUM") for name in table.columns}
    return table.rename(columns=names)


def rows(sites: pd.DataFrame) -> list[Row]:
    """Published figures beside sums over the sites."""
    months = kpi.roll_up(
        sites, by="Periodname", rates=RATES, sums=["Number Calls Offered"]
    ).set_index("Periodname")
    # The plain mean over sites, which is no figure of the country.
    sites = sites.assign(share=sites["Answered 60sec"] / sites["Answered Calls"])
    averaged = sites.groupby("Periodname")["share"].mean()
    found = []
    for month, printed in PUBLISHED.items():
        if month not in months.index:
            continue
        one = months.loc[month]
        found.append(
            Row(
                f"{month}: calls offered", printed["offered"], f"{one['Number Calls Offered']:,.0f}"
            )
        )
        for rate, words in WORDS.items():
            if rate in printed:
                why = f"averaging the sites' percentages gives {averaged[month]:.1%}"
                shown = f"{one[rate]:.1%} ({one[f'{rate}_numerator']:,.0f})"
                found.append(
                    Row(f"{month}: {words}", printed[rate], shown, why if rate == "in_60s" else "")
                )
    return found


def main(folder: Path) -> None:
    """Read, compute, print."""
    show("NHS 111, England", rows(read(folder / "nhs111_mds_2015_16")))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
