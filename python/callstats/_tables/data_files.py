"""What is written in the files of data beside the code: words, names, formats."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Any


@functools.cache
def written_in(package: str, file: str) -> dict[str, Any]:
    """The content of a TOML file of a package, which is read once and changed by nobody."""
    return tomllib.loads((resources.files(package) / file).read_text(encoding="utf-8"))
