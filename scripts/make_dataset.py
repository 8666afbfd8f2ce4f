"""Pack a month of the Anonymous Bank as it comes with the package.

    python scripts/make_dataset.py 1999-02.tsv.gz

The text stays as published, byte for byte, so that the packaged month is read by the same code as
any other; xz takes a quarter less room than gzip.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import lzma
from pathlib import Path

# The text of February 1999 inside the published file.
SHA256 = "30ab4eb9e02a4f89fbd468964ef76367969d8205462a660329478aed938b44c9"
TARGET = (
    Path(__file__).parent.parent / "python" / "callstats" / "data" / "anonymous_bank_1999-02.tsv.xz"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("month", type=Path, help="the month of February as published, text or gzip")
    source = parser.parse_args().month
    text = gzip.decompress(source.read_bytes()) if source.suffix == ".gz" else source.read_bytes()
    found = hashlib.sha256(text).hexdigest()
    if found != SHA256:
        parser.error(f"{source} must hold the text of February 1999 (sha256 {SHA256}); got {found}")
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))
    print(f"{TARGET.name}: {len(text):,} bytes packed to {TARGET.stat().st_size:,}")


if __name__ == "__main__":
    main()
