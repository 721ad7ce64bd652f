"""`hvgui verify`: a lab replayed from its journal, and the first difference to what it keeps."""

from __future__ import annotations

from hvgui.cli.exits import NOT_AS_WISHED, WELL, BadInputError
from hvgui.cli.options import Options
from hvgui.cli.terminal import progress, say, say_json
from hvgui.cluster.units import format_clock
from hvgui.lab.errors import LabError
from hvgui.lab.verification import Verification
from hvgui.lab.verification import verify as replay_and_compare


def verify(options: Options) -> int:
    """Replays the lab; 0 where all agrees, 1 at a difference. Raises BadInputError where it can't be read."""
    try:
        with progress(f"Verifying {options.file}") as shown:
            found = replay_and_compare(options.file, shown.reached)
    except LabError as error:
        raise BadInputError(str(error)) from None
    if options.json:
        say_json(found)
    else:
        for line in _for_people(found):
            say(line)
    return WELL if found.agrees else NOT_AS_WISHED


def _for_people(found: Verification) -> list[str]:
    lines = [
        f"{branch.name}: {branch.commands:,} commands, {branch.checkpoints:,} states and {branch.events:,} events agree"
        f" up to {format_clock(branch.last_ns)}."
        for branch in found.branches
    ]
    if found.other_numpy is not None:
        lines.append(
            f"This lab was lived with another numpy as well ({found.other_numpy}): moments are compared to the"
            " microsecond, figures to a billionth part."
        )
    if found.other_engine:
        lines.append("A part of this lab was lived by another version of hvgui, which can't be replayed or compared.")
    if found.difference is not None:
        return [*lines, found.difference]
    return [*lines, "All agrees."]
