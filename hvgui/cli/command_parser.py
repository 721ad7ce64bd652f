"""The parser of one command: as argparse has it, with descriptions whose lines stay as they were written."""

from __future__ import annotations

import argparse


class CommandParser(argparse.ArgumentParser):
    """Keeps the lines of descriptions as they were written."""

    def __init__(self, prog: str, description: str, epilog: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
