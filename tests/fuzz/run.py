"""Coverage-guided fuzzing of callstats: ``python tests/fuzz/run.py EXECUTIONS SEED``.

Each target of `targets.py` runs in a process of its own under atheris, one after the other, with
its share of the executions. In ``target/fuzz/TARGET`` gather the inputs that reach new code, and
the first of each kind that fails, as ``fault-...``; the run goes on after it. One that takes longer
than ten seconds or ends the process is left as ``timeout-...`` or ``crash-...``, and the target
begins anew from the inputs that it has. The exit code is 1 where any was found.
"""

from __future__ import annotations

import ctypes
import importlib
import re
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
#: Bytes of an input at most, and seconds that one may take.
LONGEST, PATIENCE = 4096, 10
#: What each target gets of the executions: `limits` take microseconds, `days` milliseconds.
SHARES = {
    "limits": 0.6,
    "durations": 0.35,
    "agreement": 0.01,
    "samples": 0.005,
    "days": 0.005,
    "text_files": 0.02,
    "parquet_files": 0.005,
    "excel_files": 0.005,
}
#: How often a target begins anew after an input that ended it.
TURNS = 20


def main() -> int:
    """Run every target, or the one named, and tell what each did."""
    executions, seed = int(float(sys.argv[1])), int(sys.argv[2])
    if len(sys.argv) > 3:
        return _fuzz(sys.argv[3], executions, seed)
    found = 0
    for name, share in SHARES.items():
        begun = time.monotonic()
        done = _turns(name, max(1, round(share * executions)), seed)
        left = [path.name for path in sorted(_folder(name).glob("*-*"))]
        found += len(left)
        took = time.monotonic() - begun
        print(f"{name}: {done} executions, {took:.0f} s, {left or 'nothing found'}", flush=True)
    return 1 if found else 0


def _turns(name: str, executions: int, seed: int) -> int:
    """Run a target, again where an input ended it; how many executions there were."""
    log = _folder(name) / "log"
    log.parent.mkdir(parents=True, exist_ok=True)
    done = 0
    for turn in range(TURNS):
        if done >= executions:
            break
        command = [sys.executable, __file__, str(executions - done), str(seed + turn), name]
        with log.open("w") as stream:
            subprocess.run(command, stdout=stream, stderr=stream, check=False)
        ran = re.findall(r"number_of_executed_units: (\d+)", log.read_text(errors="replace"))
        if not ran:
            break
        done += int(ran[-1])
    return done


def _folder(name: str) -> Path:
    return Path("target", "fuzz", name)


def _going_on(name: str, target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """`target` that keeps the first input of each kind of fault and goes on."""
    seen = set()

    def tried(data: bytes) -> None:
        try:
            target(data)
        except Exception as error:
            raised = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__}-{Path(raised.filename).stem}-{raised.lineno}"
            if kind not in seen:
                seen.add(kind)
                (_folder(name) / f"fault-{kind}").write_bytes(data)
                print(f"{name}: {kind}: {error}", flush=True)

    return tried


def _fuzz(name: str, executions: int, seed: int) -> int:
    import atheris

    inputs = _folder(name) / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    kept = HERE / "corpus" / name
    options = [
        name,
        f"-runs={executions}",
        f"-seed={seed}",
        f"-max_len={LONGEST}",
        f"-timeout={PATIENCE}",
        f"-artifact_prefix={_folder(name)}/",
        "-print_final_stats=1",
        str(inputs),
        str(kept),
    ]
    # The compiled core counts its coverage through functions of this part of atheris. Once they are
    # there for all, atheris takes libFuzzer for linked in and would load its part without it.
    part = importlib.import_module("atheris.core_with_libfuzzer")
    ctypes.CDLL(part.__file__, mode=ctypes.RTLD_GLOBAL)
    sys.modules["atheris.core_without_libfuzzer"] = part
    sys.path.insert(0, str(HERE.parent))
    with atheris.instrument_imports(include=["callstats"]):
        for module in ("partitions", "reading", "workbooks"):
            importlib.import_module(f"callstats.files.{module}")
        from fuzz.targets import TARGETS
    atheris.Setup(options, _going_on(name, TARGETS[name]))
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
