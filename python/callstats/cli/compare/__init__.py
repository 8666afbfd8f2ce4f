"""Did it help? Series with a change, two periods, pilots planned and judged, and their power."""

from __future__ import annotations

import argparse
from typing import Any

from callstats.cli import parser, screen
from callstats.cli.compare import pilot
from callstats.cli.exchange import check_output, deliver, in_terms_of, load
from callstats.cli.parser import chosen

HELP = "series, periods, pilots: did it help?"
EXAMPLES = """\
examples:
  callstats compare power --sd 10.3 --treated 4 --control 4 --effect 1.6
  callstats compare choose history.csv --on aht,fcr --teams 8 --treated 4 --seed 7
  callstats compare series days.csv --change 2025-03-24 --value handle/answered --placebo
  callstats compare periods days.csv --before 2025-03-01,2025-04-01 \\
      --after 2025-04-01,2025-05-01 --measures aht=handle/answered
"""


def arguments(parsing: parser.Parser) -> None:
    """The options of this command, by what is compared."""
    kinds = parsing.add_subparsers(
        metavar="WHAT", title="what", required=True, dest="what", parser_class=parser.Parser
    )
    for name, (describe, work, text) in _KINDS.items():
        one = kinds.add_parser(name, help=text)
        describe(one)
        one.set_defaults(compare=work)


def run(options: argparse.Namespace) -> int:
    """Compare, and show or write what was found."""
    code: int = options.compare(options)
    return code


def _power_options(parsing: parser.Parser) -> None:
    add = parsing.add_argument
    add("--sd", type=parser.number, required=True, help="of a team's change with nothing done")
    add("--treated", type=parser.whole, required=True, help="teams treated")
    add("--control", type=parser.whole, required=True, help="teams that are not")
    add("--effect", type=parser.number, help="an effect worth seeing")
    add("--power", type=parser.fraction, default=0.8, help="default 0.8")
    add("--confidence", type=parser.fraction, default=0.95, help="default 0.95")
    parser.output_options(parsing)


def _power(options: argparse.Namespace) -> int:
    check_output(options)
    import pandas as pd

    from callstats import compare

    arms = {"treated": options.treated, "control": options.control, "sd": options.sd}
    level = options.confidence
    seen = compare.smallest_effect(**arms, power=options.power, confidence=level)
    row: dict[str, Any] = {**arms, "power": options.power, "smallest_effect": seen}
    if options.effect:
        effect = {"effect": options.effect, "confidence": level}
        row["power_of_effect"] = compare.power(**arms, **effect)
        row["teams_needed"] = compare.teams_needed(sd=options.sd, power=options.power, **effect)
    if deliver(pd.DataFrame([row]), options):
        return 0
    teams = f"{options.treated} against {options.control} teams"
    screen.say(f"{teams} see an effect of {seen:.4g} or more, {options.power:.0%} of the time")
    if options.effect:
        screen.say(
            f"an effect of {options.effect:g}: seen {row['power_of_effect']:.1%} of the time; "
            f"{row['teams_needed']:.0f} teams in each arm would be needed"
        )
    return 0


def _choose_options(parsing: parser.Parser) -> None:
    add = parsing.add_argument
    add("frame", metavar="FILE", help="past figures, a row a team")
    add("--on", type=parser.names, required=True, metavar="COL,...", help="to be alike on")
    add("--teams", type=parser.whole, required=True, help="that take part")
    add("--treated", type=parser.whole, required=True, help="of them")
    add("--unit", default="team", metavar="COL", help="default team")
    add("--exclude", type=parser.names, default=(), metavar="TEAM,...")
    add("--pairs", action="store_true", help="one of each pair is treated")
    add("--seed", type=parser.whole, required=True, help="of the draw")
    pilot.language_option(parsing)
    parser.input_options(parsing)
    parser.output_options(parsing)


def _choose(options: argparse.Namespace) -> int:
    check_output(options, options.frame)
    from callstats import compare

    kinds = pilot.contents({name: name for name in options.on}, options.unit, None)
    kinds[options.unit] = "text"
    table = load(options.frame, options, kinds, needed=tuple(kinds))
    with in_terms_of(table, "frame"):
        plan = compare.choose_teams(
            table.frame, **chosen(options, "on teams treated unit pairs exclude seed")
        )
    if not deliver(plan.to_frame(), options):
        screen.say(plan.explain(options.language))
    return 0


def _series_options(parsing: parser.Parser) -> None:
    add = parsing.add_argument
    add("frame", metavar="FILE", help="a row a day")
    add("--change", type=parser.names, required=True, metavar="DATE,...", help="first days after")
    add("--value", required=True, metavar="COL[/COL]", help="a column, or one over another")
    add("--time", default="start", metavar="COL", help="default start")
    add("--control", type=parser.names, default=(), metavar="COL,...", help="to be subtracted")
    add("--trend", action="store_true", help="the level has a slope")
    add("--placebo", action="store_true", help="try earlier dates too")
    add(
        "--weekday",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="weekdays have levels of their own (default)",
    )
    pilot.language_option(parsing)
    parser.input_options(parsing)
    parser.output_options(parsing)


def _series(options: argparse.Namespace) -> int:
    check_output(options, options.frame)
    from callstats import compare

    (value,) = pilot.measured((f"value={options.value}",)).values()
    controls = {name: name for name in options.control}
    kinds = pilot.contents({"value": value, **controls}, options.time, None)
    table = load(options.frame, options, kinds, needed=tuple(kinds))
    with in_terms_of(table, "frame"):
        found = compare.series(
            table.frame,
            change=list(options.change),
            value=value,
            control=list(options.control) or None,
            **chosen(options, "time weekday trend placebo"),
        )
    if not deliver(found.effects, options):
        screen.say(found.explain(options.language))
    return 0


def _period_options(parsing: parser.Parser) -> None:
    parsing.add_argument("frame", metavar="FILE", help="a row a call, a day or a month")
    pilot.period_options(parsing)
    parsing.add_argument("--by", type=parser.names, default=(), metavar="COL,...")
    parser.input_options(parsing)
    parser.output_options(parsing)


def _periods(options: argparse.Namespace) -> int:
    check_output(options, options.frame)
    from callstats import compare

    measures = pilot.measured(options.measures)
    kinds = pilot.contents(measures, options.time, None)
    kinds |= dict.fromkeys(options.by, "text")
    table = load(options.frame, options, kinds, needed=tuple(kinds))
    with in_terms_of(table, "frame"):
        found = compare.periods(
            table.frame,
            measures=measures,
            by=list(options.by),
            **chosen(options, "before after time"),
        )
    if not deliver(found, options):
        names = [*options.by, "measure", "before", "after", "absolute", "relative"]
        shown = [*names, "low", "high", "p_value"]
        digits = {"relative": 4, "p_value": 3}
        columns = [screen.Column(name, name, "", digits.get(name, 4)) for name in shown]
        screen.say(screen.table(found, columns))
        for text in dict.fromkeys(filter(None, found["warnings"])):
            screen.say(f"- {text}")
    return 0


_KINDS = {
    "power": (_power_options, _power, "what a pilot of so many teams can see"),
    "choose": (_choose_options, _choose, "which teams, and which of them are treated"),
    "pilot": (pilot.arguments, pilot.run, "what came of a pilot"),
    "series": (_series_options, _series, "a daily series with a change"),
    "periods": (_period_options, _periods, "two periods side by side"),
}
