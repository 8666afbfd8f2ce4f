"""``python -m callstats`` is the command ``callstats``."""

import sys

from callstats.cli import main

if __name__ == "__main__":
    sys.exit(main())
