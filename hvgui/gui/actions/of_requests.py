"""Commands made of requests alone: what they send, why they can't go now, and the entries of their submenus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from hvgui.cluster.units import format_link_speed
from hvgui.gui.actions.command import Choice
from hvgui.gui.actions.desk import Desk
from hvgui.gui.objects import Ref
from hvgui.gui.words import tr
from hvgui.requests.faults import SetLinkSpeed
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request


def no_lab(desk: Desk) -> str:
    """A command's reason where it needs a lab and nothing else."""
    return "" if desk.has_lab else tr("No lab is open.")


def why_not(request: Request) -> Callable[[Desk], str]:
    """A command's reason where it makes this one request of the cluster."""

    def reason(desk: Desk) -> str:
        if not desk.has_lab:
            return no_lab(desk)
        found = blockers(request.check(desk.cluster))
        return str(found[0]) if found else ""

    return reason


def sends(request: Request) -> Callable[[Desk], None]:
    """What such a command does."""

    def run(desk: Desk) -> None:
        desk.submit((request,))

    return run


def entry(
    desk: Desk,
    title: str,
    requests: Sequence[Request],
    run: Callable[[Desk], None] | None = None,
    *,
    checked: bool | None = None,
) -> Choice:
    """An entry that can be chosen if one of its requests can go; it says why not, or what one should know. It sends
    those that can, unless `run` is what it does."""
    found = [request.check(desk.cluster) for request in requests]
    able = [problems for problems in found if not blockers(problems)]
    if not able:
        return Choice(title, _nothing, reason=str(blockers(found[0])[0]), checked=checked)
    words = "\n".join(str(problem) for problem in able[0])
    return Choice(title, run or partial(_send, requests=tuple(requests)), explanation=words, checked=checked)


def _nothing(desk: Desk) -> None:
    """Behind an entry that can't be chosen."""


def _send(desk: Desk, requests: tuple[Request, ...]) -> None:
    desk.submit(tuple(one for one in requests if not blockers(one.check(desk.cluster))))


def link_speeds(desk: Desk, links: tuple[Ref, ...], megabits: Sequence[int]) -> tuple[Choice, ...]:
    """The entries that give these links another speed, and one that asks for any."""
    speeds = {desk.cluster.links[ref.link].bytes_per_second for ref in links}
    wanted = [one * 125_000.0 for one in megabits]
    presets = (
        Choice(format_link_speed(speed), partial(_set_speed, links=links, speed=speed), checked=speeds == {speed})
        for speed in wanted
    )
    return (*presets, Choice(tr("Another..."), partial(_ask_speed, links=links)))


def _set_speed(desk: Desk, links: tuple[Ref, ...], speed: float) -> None:
    desk.submit(tuple(SetLinkSpeed(ref.node, ref.network, speed) for ref in links))


def _ask_speed(desk: Desk, links: tuple[Ref, ...]) -> None:
    desk.window.ask_link_speed(links)
