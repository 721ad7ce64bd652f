"""The manual page, made from what `hvgui --help` says, so that the two can't differ."""

from __future__ import annotations

import re
import textwrap

_WIDTH = 76

_FRAME = """\
.TH HVGUI 1 "{date}" "hvgui {version}" "User Commands"
.SH NAME
hvgui \\- cluster manager and simulator for Hyper\\-V style failover clusters
.SH SYNOPSIS
.B hvgui
.RI [ FILE_OR_SAMPLE ]
.br
.B hvgui
.I COMMAND
.RI [ ARGUMENT ...]
.SH DESCRIPTION
{description}
.SH OPTIONS AND COMMANDS
.nf
{help}
.fi
.SH FILES
.TP
.I ~/.local/share/hvgui/labs
Labs that were not given a name of their own.
.TP
.I ~/.config/hvgui/hvgui.ini
What the window remembers.
.TP
.I ~/.local/state/hvgui/log
What went on lately, for a report of a fault.
.SH COPYRIGHT
The hvgui authors; MIT licence. Help, About hvgui lists the licences of all its parts.
"""


def manual(help_text: str, description: str, version: str, date: str) -> str:
    """The page in troff; `date` as YYYY-MM-DD."""
    # The usage stands in the synopsis already.
    told = re.sub(r"\Ausage:.*?\n\n", "", help_text, flags=re.DOTALL)
    lines = [piece for line in told.splitlines() for piece in _folded(line)]
    text = "\n".join(_escaped(line) for line in lines).strip("\n")
    return _FRAME.format(date=date, version=version, description=_escaped(description), help=text)


def _folded(line: str) -> list[str]:
    """A line no wider than a terminal, its continuation under its last column of text."""
    if len(line) <= _WIDTH:
        return [line]
    columns = [found.end() for found in re.finditer(r" {2,}", line)]
    indent = " " * min(columns[-1] if columns else 0, _WIDTH // 2)
    return textwrap.wrap(line, _WIDTH, subsequent_indent=indent, break_long_words=False, drop_whitespace=False)


def _escaped(line: str) -> str:
    """Nothing in it is an order to troff."""
    text = line.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
