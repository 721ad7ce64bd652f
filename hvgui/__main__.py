"""`python -m hvgui`: the same door as the command `hvgui`."""

from __future__ import annotations

import sys

from hvgui.cli import main

if __name__ == "__main__":
    sys.exit(main())
