"""Set hvgui up on this machine and start it, or run all of its checks; needs nothing but Python 3.11.

python3 packaging/bootstrap.py run [ARGUMENTS OF hvgui]      the window
python3 packaging/bootstrap.py test [ARGUMENTS OF pytest]    every test, mypy, ruff and the import contracts
python3 packaging/bootstrap.py prepare [run|test]            only what the other two need

What is installed goes to .venv at the top of the project, or to $HVGUI_VENV. On Debian and Ubuntu missing
system libraries are installed by apt. The exit code is 0 unless something failed.
"""

# This file keeps to a syntax that old Pythons can read, so that they can say what is missing.
import sys

OLDEST_PYTHON = (3, 11)


def main():  # type: () -> int
    """Check the Python first, then hand over to the rest, which is written for a new one."""
    if sys.version_info < OLDEST_PYTHON:
        have = ".".join(str(part) for part in sys.version_info[:2])
        need = ".".join(str(part) for part in OLDEST_PYTHON)
        sys.stderr.write("hvgui needs Python " + need + " or newer; this is Python " + have + ".\n")
        return 2
    from groundwork.commands import main as begin  # noqa: PLC0415  an old Python could not read it

    return begin(sys.argv[1:], __doc__)


if __name__ == "__main__":
    sys.exit(main())
