"""The commands on time: play, pause, step, speed."""

from __future__ import annotations

import math
from functools import partial

from hvgui.gui.actions.command import Choice, Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.words import tr

MENU = "&Time"
SPEEDS = (1.0, 2.0, 10.0, 60.0, 600.0, math.inf)
"""Simulated seconds a second; infinite: as fast as it goes."""


def speed_text(speed: float) -> str:
    """A wanted speed in words."""
    return tr("As fast as it goes") if math.isinf(speed) else tr("{speed}×", speed=f"{speed:g}")


def _no_lab(desk: Desk) -> str:
    return "" if desk.has_lab else tr("No lab is open.")


def _toggle(desk: Desk) -> None:
    if desk.bridge is None:
        return
    if desk.bridge.pace.playing:
        desk.bridge.session.pause()
    else:
        desk.bridge.session.play()


def _step(desk: Desk) -> None:
    if desk.bridge is not None:
        desk.bridge.session.step()


def _wanted(desk: Desk) -> float:
    return desk.bridge.pace.wanted_speed if desk.bridge is not None else 1.0


def _next_speed(desk: Desk, steps: int) -> float | None:
    """The next of the speeds up or down; None at the end."""
    now = _wanted(desk)
    further = [speed for speed in SPEEDS if (speed > now if steps > 0 else speed < now)]
    if not further:
        return None
    return min(further) if steps > 0 else max(further)


def _change(steps: int, desk: Desk) -> None:
    speed = _next_speed(desk, steps)
    if speed is not None:
        set_speed(desk, speed)


def _no_change(steps: int, desk: Desk) -> str:
    if not desk.has_lab or _next_speed(desk, steps) is not None:
        return _no_lab(desk)
    return tr("There is no faster pace.") if steps > 0 else tr("There is no slower pace.")


def set_speed(desk: Desk, speed: float) -> None:
    """Lets time go at that pace."""
    if desk.bridge is not None:
        desk.bridge.session.set_speed(speed)


def _speeds(desk: Desk) -> tuple[Choice, ...]:
    now = _wanted(desk)
    return tuple(Choice(speed_text(one), partial(set_speed, speed=one), checked=one == now) for one in SPEEDS)


COMMANDS = (
    Command(
        "time.play",
        "Play or pause",
        MENU,
        icon="player-play",
        shortcut="Space",
        run=_toggle,
        reason=_no_lab,
        explanation="Lets the lab's clock run, or stand.",
        changes=True,
    ),
    Command(
        "time.step",
        "Step to the next event",
        MENU,
        icon="player-track-next",
        shortcut="Ctrl+.",
        run=_step,
        reason=_no_lab,
        explanation="Goes on to the next event and stops there.",
        changes=True,
    ),
    Command(
        "time.faster",
        "Faster",
        MENU,
        icon="player-skip-forward",
        shortcut="Ctrl++",
        run=partial(_change, 1),
        reason=partial(_no_change, 1),
        begins_group=True,
        changes=True,
    ),
    Command(
        "time.slower",
        "Slower",
        MENU,
        icon="player-track-prev",
        shortcut="Ctrl+-",
        run=partial(_change, -1),
        reason=partial(_no_change, -1),
        changes=True,
    ),
    Command("time.speed", "Speed", MENU, icon="gauge", choices=_speeds, reason=_no_lab, changes=True),
)
"""Commands on time, in the order of their menu."""
