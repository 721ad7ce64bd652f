"""Exit codes, and the errors that end a command with a sentence instead of a traceback."""

from __future__ import annotations

import os
import sys

WELL = 0
NOT_AS_WISHED = 1
BAD_INPUT = 2
INTERRUPTED = 130
PIPE_CLOSED = 141

EXIT_CODES = """\
exit codes:
  0    all well: the window was closed, the rehearsal ran to its end, the lab was written
  1    not as wished: with --strict, a request of a rehearsal failed, was refused, cancelled or did not end, or a
       measured row lies outside its tolerance; or a lab that is verified does not replay to what it keeps; or a disk
       that is checked is damaged; or an import that is looked at has something in its way, or did not succeed; or,
       with --strict, a test of a validation failed; or a smoke run that failed
  2    bad input: a file that can't be read or says what can't be, a wrong argument, no display for the window;
       one sentence on standard error says which and where, and nothing is written
  130  interrupted with Ctrl+C
  141  whoever read the output went away before its end"""


class BadInputError(Exception):
    """What the user gave can't be used. The message is one sentence that says what, where and what clears it."""


class OutputError(Exception):
    """Standard output takes nothing more, for another reason than that nobody reads it."""


def let_go_of_output() -> None:
    """Lets the interpreter flush into the void at its end, so that it does not complain of the pipe once more."""
    void = os.open(os.devnull, os.O_WRONLY)
    os.dup2(void, sys.stdout.fileno())
    os.close(void)
