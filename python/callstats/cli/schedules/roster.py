"""Named agents for shifts, or the rules that a roster breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats.cli import parser, screen
from callstats.cli.exchange import check_output, deliver, in_terms_of
from callstats.cli.schedules.tables import limits_of, opened, read_beside, search_options, summary
from callstats.cli.screen import plain

if TYPE_CHECKING:
    import argparse

    from callstats import roster

HELP = "a roster of named agents, or the rules that one breaks"
EXAMPLES = """\
examples:
  callstats roster shifts.csv --agents agents.csv --rest 11h --week-hours 40 -o roster.xlsx
  callstats roster shifts.csv --agents agents.csv --unavailable leave.csv --weekends 2 -o roster.ics
  callstats roster roster.csv --agents agents.csv --check
"""
WHAT = ("schedule", "unfilled", "terms", "fairness")
_LIMITS = ("consecutive_days", "weekends", "nights", "week_days")
_HOURS = ("week_hours", "hours", "min_hours")


def arguments(parsing: parser.Parser) -> None:
    """The options of this command."""
    add = parsing.add_argument
    add("shifts", metavar="SHIFTS", help="shift, start, end, agents; with --check a schedule")
    add("--agents", required=True, metavar="FILE", help="agent, and their limits")
    add("--check", action="store_true", help="list the rules that SHIFTS breaks")
    tables = parsing.add_argument_group("what is known")
    for name, columns in (
        ("unavailable", "agent, start, end"),
        ("preferences", "agent, date, shift, penalty"),
        ("skills", "shift, skill, agents, penalty"),
        ("fixed", "agent, start, end"),
        ("history", "agent, start, end of the days before"),
    ):
        tables.add_argument(f"--{name}", metavar="FILE", help=columns)
    rules = parsing.add_argument_group("rules")
    rules.add_argument("--rest", type=parser.duration, default=39_600.0, help="default 11h")
    for name in _LIMITS:
        rules.add_argument(f"--{name.replace('_', '-')}", type=parser.whole, help="at most")
    for name in _HOURS:
        least = "at least" if name.startswith("min") else "at most"
        rules.add_argument(f"--{name.replace('_', '-')}", type=parser.number, help=least)
    rules.add_argument("--explain", choices=("en", "zh"), help="print the rules and go on")
    search_options(parsing)
    parser.input_options(parsing)
    parser.output_options(parsing)
    add("--what", choices=WHAT, default="schedule", help="default schedule")


def run(options: argparse.Namespace) -> int:
    """Make or check the roster and show or write it."""
    paths = (options.shifts, options.agents, options.unavailable, options.history)
    check_output(options, *(path for path in paths if path))
    from callstats import roster

    rules = _rules(options)
    if options.explain:
        screen.complain(rules.explain(options.explain))
    needed = ("agent", "start", "end") if options.check else ("shift", "start", "end", "agents")
    with screen.progress() as show:
        show(f"reading {options.shifts}")
        table = opened(options.shifts, options, *needed)
        tables: dict[str, Any] = {
            name: read_beside(getattr(options, name), options, *columns)
            for name, columns in (
                ("agents", ("agent",)),
                ("unavailable", ("agent", "start", "end")),
                ("history", ("agent", "start", "end")),
            )
        }
        if not options.check:
            tables["preferences"] = read_beside(
                options.preferences, options, "agent", "date", "penalty"
            )
            tables["skills"] = read_beside(options.skills, options, "shift", "skill", "agents")
            tables["fixed"] = read_beside(options.fixed, options, "agent", "start", "end")
    if options.check:
        with in_terms_of(table, "schedule"):
            broken = roster.check(table.frame, tables.pop("agents"), rules=rules, **tables)
        if not deliver(broken, options):
            screen.say(screen.table(broken, plain(broken)) if len(broken) else "no rule is broken")
        return 0
    with in_terms_of(table, "shifts"):
        people = tables.pop("agents")
        found = roster.assign(table.frame, people, rules=rules, **tables, **limits_of(options))
    _tell(found, options)
    return 0


def _rules(options: argparse.Namespace) -> roster.Rules:
    from callstats import roster

    limits = {name: getattr(options, name) for name in (*_LIMITS, *_HOURS)}
    given = {name: value for name, value in limits.items() if value is not None}
    return roster.Rules(rest=options.rest, **given)


def _tell(found: roster.Roster, options: argparse.Namespace) -> None:
    """The roster, and what is worth a line beside it."""
    for warning in found.warnings:
        screen.complain(f"callstats roster: {warning}")
    if not deliver(getattr(found, options.what), options):
        screen.say(f"penalties {summary(found)}")
        screen.say()
        screen.say(screen.table(found.fairness, plain(found.fairness)))
        if len(found.unfilled):
            screen.say()
            screen.say(screen.table(found.unfilled, plain(found.unfilled)))
    elif len(found.unfilled):
        missing = int(found.unfilled["short"].sum())
        screen.complain(f"callstats roster: {missing} shifts have no agent (--what unfilled)")
