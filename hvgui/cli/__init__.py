"""THE DOORS: the window, and what runs without one.

Nothing of Qt, numpy or the other rooms is imported before a command needs it: `hvgui --help` answers at once and on a
machine that lacks them.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from hvgui.cli.exits import BAD_INPUT, INTERRUPTED, PIPE_CLOSED, BadInputError, OutputError, let_go_of_output
from hvgui.cli.options import parse
from hvgui.cli.terminal import flush
from hvgui.cluster.one_line import one_line


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command of the command line (`sys.argv` without its first by default); the result is the exit code."""
    _never_fail_over_a_letter()
    try:
        code = _run(sys.argv[1:] if argv is None else list(argv))
        flush()
    except BadInputError as error:
        sys.stderr.write(f"hvgui: {one_line(str(error))}\n")
        return BAD_INPUT
    except BrokenPipeError:
        let_go_of_output()
        return PIPE_CLOSED
    except OutputError as error:
        let_go_of_output()
        sys.stderr.write(f"hvgui: the output can't be written: {error}.\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        sys.stderr.write("\nhvgui: interrupted; nothing was written.\n")
        return INTERRUPTED
    return code


def _never_fail_over_a_letter() -> None:
    """A name that the terminal's encoding lacks is written with escapes rather than ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _run(argv: list[str]) -> int:
    options = parse(argv)
    match options.command:
        case "rehearse":
            from hvgui.cli.rehearse import rehearse as door
        case "compare-measured":
            from hvgui.cli.compare import compare as door
        case "inventory":
            from hvgui.cli.inventory import take_inventory as door
        case "verify":
            from hvgui.cli.verify import verify as door
        case "validate":
            from hvgui.cli.validate import validate_cluster as door
        case "new":
            from hvgui.cli.new import new_lab as door
        case "vhd":
            from hvgui.cli.vhd import work_on_disk as door
        case "export":
            from hvgui.cli.exporting import export as door
        case "import":
            from hvgui.cli.importing import bring_in as door
        case "balance":
            from hvgui.cli.balance import balance as door
        case "whatif":
            from hvgui.cli.whatif import what_if as door
        case _:
            from hvgui.cli.smoke import try_out
            from hvgui.cli.window import open_window

            return try_out() if options.smoke else open_window(options.opened)
    return door(options)
