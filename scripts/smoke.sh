#!/usr/bin/env bash
# Installs the wheel into a clean environment of every CPython >= 3.11 found here and runs it.
set -euo pipefail
wheel=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
size=$(stat -c %s "$wheel")
[ "$size" -lt 10000000 ] || { echo "the wheel has $size bytes; 10 MB is the limit" >&2; exit 1; }
pythons=$(for minor in 11 12 13 14 15; do
    command -v "python3.$minor" || true
    ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3."$minor".*/bin/python 2>/dev/null || true
done)
tried=0
seen=" "
for python in $pythons; do
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    case "$seen" in *" $version "*) continue ;; esac
    seen="$seen$version "
    "$python" -m venv "env-$version" 2>/dev/null || continue
    "env-$version/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel"
    "env-$version/bin/python" - <<'PY'
import importlib.metadata as metadata
import sys

ours = {name.split(";")[0].split(">")[0].strip() for name in metadata.requires("callstats") or () if "extra" not in name}
assert ours == {"numpy", "pandas", "narwhals"}, ours
import callstats
import pandas as pd

table = callstats.erlang.table(calls=250, aht=210, threshold=20, agents=range(30, 43))
assert round(float(table["service_level"].iloc[4]), 6) == 0.815080, table
waits = pd.Series([20.0, 30.0], index=["a", "b"])
assert list(callstats.erlang.blocking(10, waits / 6).index) == ["a", "b"]
print("the wheel works on Python", sys.version.split()[0])
PY
    "env-$version/bin/callstats" --version
    tried=$((tried + 1))
done
[ "$tried" -gt 0 ] || { echo "no CPython >= 3.11 found" >&2; exit 1; }
