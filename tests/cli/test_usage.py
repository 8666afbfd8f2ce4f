"""What every command shares: exit codes, errors of one line, help with examples, clean ends."""

from __future__ import annotations

import contextlib
import io
import re
import signal
import subprocess
import sys
import warnings

import pytest
from callstats import __version__
from callstats.cli import COMMANDS, home, main, screen

SIZE = ["sample-size", "--margin", "0.05", "--proportion", "0.5"]


def test_the_version(run):
    assert run("--version") == (0, f"callstats {__version__}\n", "")


def test_no_command_is_wrong_usage_and_says_what_there_is(run):
    code, out, err = run()
    assert (code, out) == (2, "")
    assert all(command in err for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_that_it_accepts(run, command, monkeypatch):
    code, out, _ = run(command, "--help")
    assert code == 0
    text = out.replace("\\\n", " ")
    examples = re.findall(
        rf"^  (?:.*\| |.*&& )?callstats ({command} .*?)(?: &&.*| >.*)?$", text, re.MULTILINE
    )
    assert examples
    monkeypatch.setattr(f"{home(command)}.run", lambda _options: 17)
    for example in examples:
        assert main(example.split()) == 17


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("kip", "invalid choice: 'kip'"),
        ("kpi", "the following arguments are required: CALLS"),
        ("kpi x.csv --thresholds 20", "unrecognized arguments: --thresholds"),
        ("kpi x.csv --threshold soon", "'soon' is not a duration"),
        ("kpi x.csv --by a,,b", "'a,,b' is not a list of names"),
        ("kpi x.csv --definition best", "invalid choice: 'best'"),
        ("sample x.csv --n 5 --seed 1.5 -o y.csv", "'1.5' is not a whole number"),
        ("sample x.csv --n 5", "the following arguments are required: -o"),
        ("sample-size --margin 1 --sd 1 --confidence 95", "95 is not a fraction .* mean 0.95?"),
        ("sample-size --margin 5", "one of the arguments --proportion --sd is required"),
        ("sample-size --margin 0 --sd 1", "'0' is not a margin > 0"),
        ("sample-size --margin 5 --proportion 0.5", "did you mean 0.05"),
    ],
)
def test_wrong_usage_is_told_in_one_line(refused, words, what):
    assert re.search(what, refused(*words.split()))


def test_a_missing_file(refused):
    assert (
        refused("kpi", "nix.csv")
        == "callstats kpi: cannot read nix.csv: no such file or directory\n"
    )
    assert "has no files in it" in refused("kpi", ".", "--format", "csv")
    assert "known are .csv" in refused("kpi", "nix.txt")


def test_a_target_that_cannot_be_written_is_told_before_the_work(refused):
    assert "no folder" in refused(*SIZE, "-o", "nix/out.csv", code=1)
    assert "known are .csv" in refused(*SIZE, "-o", "out.doc")


def test_a_failure_of_the_program_is_a_line_and_exit_code_1(refused, monkeypatch):
    def fail(_options):
        msg = "two\nlines \x1b[31m"
        raise RuntimeError(msg)

    monkeypatch.setattr("callstats.cli.sample_size.run", fail)
    line = refused(*SIZE, code=1)
    assert "failed with RuntimeError: two lines \\x1b[31m" in line
    monkeypatch.setenv("CALLSTATS_TRACEBACK", "1")
    with pytest.raises(RuntimeError):
        main(SIZE)


def test_warnings_are_lines(run, monkeypatch):

    monkeypatch.setattr(
        "callstats.cli.sample_size.run", lambda _options: warnings.warn("odd", stacklevel=1) or 0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert run(*SIZE) == (0, "", "callstats sample-size: warning: odd\n")


def test_an_interrupt_is_quiet(refused, monkeypatch):
    def interrupt(_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("callstats.cli.sample_size.run", interrupt)
    assert refused(*SIZE, code=130) == "callstats sample-size: interrupted\n"


@pytest.mark.parametrize(("form", "what"), [("parquet", "parquet"), ("csv.gz", "gzip")])
def test_a_terminal_gets_no_bytes(refused, monkeypatch, form, what):
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _stream: True)
    assert f"a terminal cannot show {what}; name a file" in refused(*SIZE, "--format", form)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_shows_on_a_terminal_only(monkeypatch):
    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with screen.progress() as show:
            show("reading \x1b]0;evil\x07")
        assert ("reading \\x1b]0;evil\\x07" in stream.getvalue()) == shown
        assert stream.getvalue().endswith("\r\x1b[K") == shown


@contextlib.contextmanager
def job(*words, **options):
    """A process of Python that is over when the block is."""
    process = subprocess.Popen([sys.executable, *map(str, words)], **options)
    try:
        with process:
            yield process
            process.kill()
    finally:
        process.kill()


def test_a_reader_that_stops_early_is_no_error(calls, tmp_path):
    path, _ = calls
    words = ("-m", "callstats", "kpi", path, "--by", "call_id", "-o", "-")
    with job(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""


def test_a_full_disk_and_a_closed_output_are_told(tmp_path):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        words = [sys.executable, "-m", "callstats", *SIZE]
        done = subprocess.run(words, check=False, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, "callstats sample-size: no space left on device\n")
    closed = ["sh", "-c", 'exec "$@" >&-', "sh", *words]
    done = subprocess.run(closed, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (
        1,
        "callstats sample-size: standard output is closed\n",
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stopped_job_leaves_no_file(tmp_path, number):
    # Tests that run under nohup or in the background were started with some of these ignored.
    script = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_DFL)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from callstats import files, cli\n"
        "write = files.write\n"
        "def slow(frame, stream, form, **options):\n"
        "    write(frame, stream, form, **options)\n"
        "    print('written', flush=True)\n"
        "    time.sleep(60)\n"
        "files.write = slow\n"
        "sys.exit(cli.main(sys.argv[1:]))\n"
    )
    target = tmp_path / "out.csv"
    target.write_text("old")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with job("-c", script, *SIZE, "-o", target, **pipes) as process:
        assert process.stdout.readline() == "written\n"
        assert len(list(tmp_path.glob(".out.csv.*.partial"))) == 1
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert target.read_text() == "old"


def test_a_killed_job_leaves_the_old_file(tmp_path):
    script = (
        "import sys, time\n"
        "from callstats import files\n"
        "outputs = files.Outputs()\n"
        "outputs.open('out.csv').write(b'x' * 100_000)\n"
        "print('written', flush=True)\n"
        "time.sleep(60)\n"
    )
    target = tmp_path / "out.csv"
    target.write_text("old")
    with job("-c", script, cwd=tmp_path, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.kill()
    assert target.read_text() == "old"
    left = [path.name for path in tmp_path.iterdir() if path != target]
    assert len(left) == 1
    assert re.fullmatch(r"\.out\.csv\.[0-9a-f]{16}\.partial", left[0])
