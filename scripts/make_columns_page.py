"""Write docs/columns.md, the dictionary of all columns of results, from what the package knows.

Run ``python scripts/make_columns_page.py`` after a change of ``presentation/columns.toml``.
"""

from __future__ import annotations

from pathlib import Path

from callstats._tables.data_files import written_in
from callstats.presentation.columns import column, dictionary, heading

PAGE = Path(__file__).parents[1] / "docs" / "columns.md"
HEAD = """\
# Columns of results

Every column that a result can have, with its words in both languages. `callstats.show` writes
tables with these words, and shows the columns in bold unless it is asked for others. Shares are
fractions of 1 and durations seconds in the frames; the unit here is that in which `show` writes
them.
"""
PATTERNS = """\

## Names made of these

`{}` is a name above, `#` a number.

| column | example | in words | 中文 |
|---|---|---|---|
"""
EXAMPLES = {
    "wait_p#": "wait_p80",
    "km_p#": "km_p25",
    "lower_#": "lower_80",
    "upper_#": "upper_80",
    "low_#": "low_95",
    "high_#": "high_95",
    "{}_#": "service_level_20",
    "days_{}": "days_before",
    "treated_{}": "treated_after",
    "control_{}": "control_after",
    "sampling_{}": "sampling_low",
    "exact_{}": "exact_low",
    "{}_before": "size_before",
    "{}_after": "size_after",
}


def page() -> str:
    """The text of the page."""
    lines = [HEAD]
    group = None
    for name, entry in dictionary().items():
        if entry.group != group:
            group = entry.group
            lines.append(f"\n## {heading(group, 'en') or 'What names the rows'}\n\n")
            lines.append("| column | in words | 中文 | unit | meaning |\n|---|---|---|---|---|\n")
        shown = f"**`{name}`**" if entry.main else f"`{name}`"
        words = (entry.label("en"), entry.label("zh"), entry.unit("en"), entry.meaning("en"))
        lines.append(f"| {shown} | {' | '.join(words)} |\n")
    lines.append(PATTERNS)
    for pattern in written_in("callstats.presentation", "columns.toml")["patterns"]:
        example = EXAMPLES.get(pattern) or pattern.format("service_level")
        made = column(example)
        lines.append(f"| `{pattern}` | `{example}` | {made.label('en')} | {made.label('zh')} |\n")
    return "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
