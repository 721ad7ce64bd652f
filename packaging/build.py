"""Build what people install: the frozen program and its parcels. Needs nothing but Python 3.11; see --help.

python3 packaging/build.py GOAL ...      deb, run, appimage, windows, macos, wheel, frozen, or all
python3 packaging/build.py --list        what can be built on this machine, and what can't and why

The parcels go to dist/, each with its SHA-256 in a file beside it; what they are made of goes to build/. The program
is frozen in an environment of its own (build/freeze-environment), which holds the pins of packaging/constraints.txt and
packaging/freeze-requirements.txt and nothing else. The exit code is 0 if all was built, 1 if something failed and 2 if
something can't be built on this machine.
"""

from __future__ import annotations

import sys

from shipping.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], __doc__))
