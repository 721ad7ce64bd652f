"""THE DOORS: the window, and what runs without one.

Nothing of Qt, numpy or the other rooms is imported before a command needs it: `hvgui --help` answers at once and on a
machine that lacks them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from hvgui.cli.exits import BAD_INPUT, INTERRUPTED, PIPE_CLOSED, BadInputError, close_broken_pipe
from hvgui.cli.options import parse


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command of the command line (`sys.argv` without its first by default); the result is the exit code."""
    try:
        code = _run(sys.argv[1:] if argv is None else list(argv))
        sys.stdout.flush()
    except BadInputError as error:
        sys.stderr.write(f"hvgui: {error}\n")
        return BAD_INPUT
    except BrokenPipeError:
        close_broken_pipe()
        return PIPE_CLOSED
    except KeyboardInterrupt:
        sys.stderr.write("\nhvgui: interrupted; nothing was written.\n")
        return INTERRUPTED
    return code


def _run(argv: list[str]) -> int:
    options = parse(argv)
    match options.command:
        case "rehearse":
            from hvgui.cli.rehearse import rehearse

            return rehearse(options)
        case "compare-measured":
            from hvgui.cli.compare import compare

            return compare(options)
        case "inventory":
            from hvgui.cli.inventory import take_inventory

            return take_inventory(options)
        case _:
            from hvgui.cli.window import open_window

            return open_window(options.opened)
