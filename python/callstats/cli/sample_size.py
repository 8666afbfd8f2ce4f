"""How many calls must be scored for a margin of error, and the margin that so many then have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats.cli import parser, screen
from callstats.cli.exchange import check_output, deliver

if TYPE_CHECKING:
    import argparse

HELP = "calls to score for a margin of error"
EXAMPLES = """\
examples:
  callstats sample-size --margin 0.05 --proportion 0.5
  callstats sample-size --margin 0.03 --proportion 0.5 --confidence 0.99 --population 60000
  callstats sample-size --margin 2 --sd 8
"""


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    add = parsing.add_argument
    add("--margin", type=parser.margin, required=True, help="half the width of the interval")
    spread = parsing.add_mutually_exclusive_group(required=True)
    spread.add_argument(
        "--proportion", type=parser.fraction, help="of a yes-or-no result; 0.5 is the worst case"
    )
    spread.add_argument("--sd", type=parser.number, help="standard deviation of a score")
    add("--confidence", type=parser.fraction, default=0.95, help="default 0.95")
    add("--population", type=parser.number, help="calls there are in all")
    add("--design-effect", type=parser.number, default=1.0, help="of the draw (default 1: simple)")
    add("--response", type=parser.fraction, default=1.0, help="share of calls usable (default 1)")
    add("--method", choices=("normal", "t", "wilson"), default="normal")
    parser.output_options(parsing)


def run(options: argparse.Namespace) -> int:
    """Show the number and its margin."""
    check_output(options)
    import pandas as pd

    from callstats import qa

    question: dict[str, Any] = {
        "proportion": options.proportion,
        "sd": options.sd,
        "confidence": options.confidence,
        "population": options.population,
        "design_effect": options.design_effect,
        "response": options.response,
        "method": options.method,
    }
    if options.proportion is not None and options.margin >= 1:
        raise ValueError(
            f"--margin {options.margin:g} must be a fraction for a proportion; "
            f"did you mean {options.margin / 100:g}?"
        )
    n = qa.sample_size(margin=options.margin, **question)
    margin = qa.margin_of_error(n, **question)
    row = {"n": n, "margin": margin, "wanted": options.margin, **question}
    known = {name: value for name, value in row.items() if value is not None}
    if not deliver(pd.DataFrame([known]), options):
        spelled = f"{100 * margin:.2f} pp" if options.sd is None else f"{margin:.4g}"
        screen.say(f"n = {n:.0f}")
        screen.say(
            f"margin of {n:.0f}: {spelled} either way at {100 * options.confidence:g} % confidence"
        )
    return 0
