"""Going through a journal again: from a checkpoint, each command at its moment, to the last moment kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from hvgui.engine import checkpoint, run
from hvgui.engine.sink import Silent
from hvgui.engine.world import World
from hvgui.lab.errors import DamagedLabError, JourneyCancelledError, LabError
from hvgui.lab.lab_reading import Command, Kept

MOST_SECONDS = 8.0
"""Checkpoints lie a quarter of a second of engine time apart; a file that asks for so much more has been made to. Who
sees how far it has come, and can call it off, need not be cut short."""


def world_of(
    kept: Kept,
    path: Path,
    clock: Callable[[], float] = time.monotonic,
    *,
    most_seconds: float = MOST_SECONDS,
    tell: Callable[[float], None] | None = None,
) -> World:
    """The world as it was at the last moment kept. `tell` hears every now and then how far it has come, 0..1.

    Raises DamagedLabError where the file's parts do not go together, and whatever LabError `clock` or `tell` raise.
    """
    try:
        world = checkpoint.restore(kept.world)
        if world.now_ns != kept.checkpoint_ns:
            raise LabError("a state is of another moment than is written beside it.")
        replay(world, kept.commands, kept.reached_ns, deadline=clock() + most_seconds, clock=clock, tell=tell)
    except JourneyCancelledError:
        raise
    except (LabError, ValueError) as error:
        raise DamagedLabError(f"{path} can't be opened: {error}") from error
    except Exception as error:  # a well-typed state can still be nonsense, in more ways than can be named
        raise DamagedLabError(f"{path} can't be opened: its state contradicts itself ({error!r}).") from error
    return world


def replay(
    world: World,
    commands: Sequence[Command],
    until_ns: int,
    *,
    deadline: float = float("inf"),
    clock: Callable[[], float] = time.monotonic,
    tell: Callable[[float], None] | None = None,
) -> None:
    """Applies the commands in order, each at its moment, and goes on to the end. Raises LabError.

    The instant is settled before and after each command, as the engine's loop does it: so the order of things within
    one instant is the same.
    """
    sink = Silent()

    from_ns = world.now_ns

    def is_late() -> bool:
        if tell is not None:
            tell((world.now_ns - from_ns) / max(1, until_ns - from_ns))
        return clock() >= deadline

    for command in commands:
        if not run.advance_to(world, command.time_ns, sink, is_late):
            raise LabError(f"the way to command {command.number} takes more than {MOST_SECONDS:.0f} s.")
        outcome = run.apply(world, command.request, sink)
        if not outcome.accepted:
            reasons = " ".join(str(problem) for problem in outcome.problems)
            raise LabError(f"command {command.number} can't have been accepted where it stands: {reasons}")
        run.advance_to(world, world.now_ns, sink)
    # Time alone may be cut short: nothing that anybody asked for is lost by it.
    run.advance_to(world, until_ns, sink, is_late)
