"""The command line: one module a command, and here what all of them share.

Exit codes: 0 done, 1 something failed, 2 wrong usage or invalid data, 130 and 143 interrupted.
A failure is one line on standard error that begins with the command's name.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any, NoReturn

from callstats._core import __version__
from callstats.cli import screen
from callstats.cli.parser import Parser, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["main", "parsers"]

DONE, FAILED, INVALID = 0, 1, 2
INTERRUPTED = 130

COMMANDS = (
    "demo",
    "report",
    "kpi",
    "forecast",
    "staff",
    "table",
    "shifts",
    "roster",
    "counters",
    "hiring",
    "sample",
    "balance",
    "sample-size",
    "compare",
    "pilot",
    "validate",
)

#: Those that live together in a folder of their own.
_SCHEDULES = frozenset({"shifts", "roster", "counters", "hiring"})


class _Stopped(BaseException):
    """A signal asked the process to end; what is half done is undone on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    name = "callstats"
    if words and words[0] in COMMANDS:
        name = f"callstats {words[0]}"
    screen.prepare()
    try:
        with _signals(), _warnings_as_lines(name):
            code = _run(words)
            if sys.stdout is not None:
                sys.stdout.flush()
            return code
    except SystemExit as done:  # --help and --version
        return int(done.code or DONE)
    except UsageError as error:
        screen.complain(f"{name}: {error} (see {name} --help)")
        return INVALID
    except BrokenPipeError:
        # Whoever read our output has seen enough, as `head` does.
        _forget_output()
        return DONE
    except KeyboardInterrupt:
        screen.complain(f"{name}: interrupted")
        return INTERRUPTED
    except _Stopped as stop:
        screen.complain(f"{name}: stopped by {signal.Signals(stop.number).name}")
        return 128 + stop.number
    except ValueError as error:
        screen.complain(f"{name}: {error}")
        return INVALID
    except OSError as error:
        screen.complain(f"{name}: {_in_words(error)}")
        _forget_output()
        return FAILED
    except ImportError as error:
        screen.complain(f"{name}: {error}")
        return FAILED
    except Exception as error:
        if os.environ.get("CALLSTATS_TRACEBACK"):
            raise
        what = f"{type(error).__name__}: {error}"
        screen.complain(f"{name}: failed with {what} (CALLSTATS_TRACEBACK=1 shows where)")
        return FAILED


def parsers() -> tuple[Parser, dict[str, Parser]]:
    """The parser of the whole line, and that of each command."""
    parser = Parser(
        prog="callstats",
        description="Statistics of call centres: key figures, staffing and quality samples.",
        epilog="callstats COMMAND --help tells a command's options, with an example.",
    )
    parser.add_argument("--version", action="version", version=f"callstats {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands", parser_class=Parser)
    each: dict[str, Parser] = {}
    for command in COMMANDS:
        module = importlib.import_module(home(command))
        each[command] = commands.add_parser(
            command, help=module.HELP, description=module.__doc__, epilog=module.EXAMPLES
        )
        module.arguments(each[command])
        each[command].set_defaults(run=module.run, command=command)
    return parser, each


def _run(words: list[str]) -> int:
    parser, _ = parsers()
    arguments = parser.parse_args(words)
    if not hasattr(arguments, "run"):
        parser.print_help(sys.stderr)
        return INVALID
    code: int = arguments.run(arguments)
    return code


def home(command: str) -> str:
    """The module of a command."""
    inside = f"schedules.{command}" if command in _SCHEDULES else command.replace("-", "_")
    if command == "pilot":
        inside = "compare.pilot"
    return f"callstats.cli.{inside}"


def _in_words(error: OSError) -> str:
    if error.strerror is None:
        return str(error)
    reason = error.strerror[0].lower() + error.strerror[1:]
    return f"{error.filename}: {reason}" if error.filename else reason


def _forget_output() -> None:
    """Nothing more goes out, not even at the interpreter's end, where it would be a trace."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """Ask to end becomes an exception, so that files under way are removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _frame: Any) -> NoReturn:
        for one in numbers:
            signal.signal(one, signal.SIG_IGN)
        raise _Stopped(number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # A signal that is ignored already (nohup) stays ignored.
    numbers = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _warnings_as_lines(name: str) -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: screen.complain(
            f"{name}: warning: {message}"
        )
        yield
