"""The timeline in words: for the tool tip, and for those who don't see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.cluster.units import format_clock
from hvgui.gui.words import counted, tr

if TYPE_CHECKING:
    from hvgui.cluster.events import Event
    from hvgui.gui.timeline.marks import Marks
    from hvgui.gui.timeline.past import Past
    from hvgui.lab.frames import CommandMark

_MOST_COMMANDS, _MOST_EVENTS = 6, 6
_LONGEST = 110


def marks_words(commands: tuple[CommandMark, ...], events: tuple[Event, ...]) -> str:
    """What is marked at a place: what and when, a line each; empty where nothing is."""
    lines = [_command_words(one) for one in commands[:_MOST_COMMANDS]]
    if len(commands) > _MOST_COMMANDS:
        lines.append(counted(len(commands) - _MOST_COMMANDS, "and {count} more command", "and {count} more commands"))
    gravest = sorted(events, key=lambda one: (-int(one.level), one.time_ns))
    lines += [f"{format_clock(one.time_ns)}  {_short(one.message)}" for one in gravest[:_MOST_EVENTS]]
    if len(events) > _MOST_EVENTS:
        words = counted(
            len(events) - _MOST_EVENTS, "and {count} more warning or error", "and {count} more warnings and errors"
        )
        lines.append(words)
    return "\n".join(lines)


def _command_words(mark: CommandMark) -> str:
    words = tr("{title} (undone)", title=mark.title) if mark.undone else mark.title
    return f"{format_clock(mark.time_ns)}  {_short(words)}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


def standing_words(past: Past, marks: Marks) -> str:
    """How the past stands: branch, moment, how much is marked, and how to move about."""
    timeline = past.timeline
    branch = timeline.branch_name if timeline is not None else ""
    parts = [tr("Branch {name}.", name=branch)] if branch else []
    if timeline is not None and timeline.looking_at_ns is not None:
        parts.append(tr("The past at {moment} is shown.", moment=format_clock(timeline.looking_at_ns)))
    else:
        parts.append(tr("The present is shown."))
    parts.append(counted(len(marks.commands), "{count} command.", "{count} commands."))
    parts.append(counted(marks.event_count, "{count} warning or error.", "{count} warnings and errors."))
    parts.append(tr("Left and right go from mark to mark, Home to the beginning, End to the present."))
    return " ".join(parts)
