"""A command as data, and what may be said of it at this moment: whether it can be given, and if not, why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hvgui.cluster.cluster import Cluster
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.words import tr
from hvgui.requests.problems import Problem, Severity, blockers
from hvgui.requests.request import Request

if TYPE_CHECKING:
    from hvgui.gui.actions.desk import Desk

RequestOf = Callable[[Cluster, Ref], Request | None]
"""The request that a command makes of one chosen object; None: it makes none of that one."""
MOST_CHECKED = 200
"""Of more chosen objects than this, only so many are asked whether a command is to be enabled."""


@dataclass(frozen=True)
class Choice:
    """One entry of a command's submenu."""

    title: str
    run: Callable[[Desk], None]
    reason: str = ""
    """Why it can't be chosen now; empty: it can."""
    explanation: str = ""
    checked: bool | None = None
    """None: nothing to tick."""


@dataclass(frozen=True)
class Command:
    """One command. It builds requests, or runs something of the window, or opens a submenu of choices."""

    id: str
    title: str
    menu: str
    """The menu of the menu bar that it stands in."""
    on: frozenset[Kind] = frozenset()
    """Kinds of objects that it acts on; empty: on the window or the lab as a whole."""
    icon: str = ""
    shortcut: str = ""
    request: RequestOf | None = None
    run: Callable[[Desk], None] | None = None
    choices: Callable[[Desk], tuple[Choice, ...]] | None = None
    reason: Callable[[Desk], str] | None = None
    """Why it can't be given now, beside what the requests say; empty text: it can."""
    checked: Callable[[Desk], bool] | None = None
    asks: bool = False
    """Whether it asks first, with what will be lost."""
    begins_group: bool = False
    explanation: str = ""
    changes: bool | None = None
    """Whether it changes something in the lab, so that it can't be given in the past; None: it does if it acts on
    objects."""
    beside: frozenset[Kind] = frozenset()
    """Kinds of objects in whose context menu it stands though it needs none of them chosen."""
    naming: Callable[[Desk], str] | None = None
    """The title as of now, where it says more than `title`: `Undo Live migrate SQL01 to NODE2`."""

    @property
    def is_global(self) -> bool:
        """Whether it needs no chosen object."""
        return not self.on

    @property
    def changes_lab(self) -> bool:
        """Whether it changes something in the lab."""
        return bool(self.on) if self.changes is None else self.changes

    def named(self, desk: Desk) -> str:
        """The title as of now."""
        return tr(self.title) if self.naming is None else self.naming(desk)


@dataclass(frozen=True)
class Verdict:
    """Whether a command can be given now."""

    enabled: bool
    reason: str = ""


@dataclass(frozen=True)
class Plan:
    """What a command will ask for: requests that can go, with their warnings, and those that can't, with the reason."""

    going: tuple[tuple[Request, tuple[Problem, ...]], ...] = field(default=())
    staying: tuple[tuple[Request, Problem], ...] = field(default=())

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What one should know first."""
        return tuple(one for _, problems in self.going for one in problems if one.severity is Severity.WARNING)


def verdict(command: Command, desk: Desk) -> Verdict:
    """Whether the command can be given now; the reason is a sentence for people."""
    if command.changes_lab and desk.past_reason:
        return Verdict(False, desk.past_reason)
    if command.reason is not None:
        reason = command.reason(desk)
        if reason:
            return Verdict(False, reason)
    if command.is_global:
        return Verdict(True)
    refs = chosen(command, desk)
    if not refs:
        return Verdict(False, nothing_chosen(command))
    if command.request is None:
        return Verdict(True)
    return _asked(command.request, desk.cluster, refs)


def chosen(command: Command, desk: Desk) -> tuple[Ref, ...]:
    """The chosen objects that the command acts on."""
    return desk.chosen(command.on)


def plan(request: RequestOf, cluster: Cluster, refs: tuple[Ref, ...]) -> Plan:
    """Every chosen object's request, checked."""
    going: list[tuple[Request, tuple[Problem, ...]]] = []
    staying: list[tuple[Request, Problem]] = []
    for ref in refs:
        one = request(cluster, ref)
        if one is None:
            continue
        problems = one.check(cluster)
        blocking = blockers(problems)
        if blocking:
            staying.append((one, blocking[0]))
        else:
            going.append((one, problems))
    return Plan(tuple(going), tuple(staying))


def nothing_chosen(command: Command) -> str:
    """What to choose first."""
    return next((tr(words) for kind, words in _FIRST.items() if kind in command.on), tr("Choose a task first."))


_FIRST = {
    Kind.VM: "Choose a virtual machine first.",
    Kind.NODE: "Choose a node first.",
    Kind.LINK: "Choose the link of a node to a network first (in the tree, below Networks).",
    Kind.VOLUME: "Choose a Cluster Shared Volume first.",
    Kind.LUN: "Choose a LUN first (in the tree, below Storage).",
    Kind.SAN: "Choose a storage system first (in the tree, below Storage).",
    Kind.NETWORK: "Choose a network first (in the tree, below Networks).",
    Kind.CLUSTER: "Choose the cluster first.",
    Kind.DISK: "Choose a disk first (on the Disks tab of a virtual machine).",
    Kind.FILE: "Choose a detached disk first (on the Detached disks tab of Storage).",
}


def _asked(request: RequestOf, cluster: Cluster, refs: tuple[Ref, ...]) -> Verdict:
    reason = ""
    for ref in refs[:MOST_CHECKED]:
        one = request(cluster, ref)
        if one is None:
            reason = reason or tr("Nothing of it is under way.")
            continue
        blocking = blockers(one.check(cluster))
        if not blocking:
            return Verdict(True)
        reason = reason or str(blocking[0])
    if len(refs) > MOST_CHECKED:
        return Verdict(True)
    more = len(refs) - 1
    return Verdict(False, reason if more == 0 else tr("{reason} (And {more} more.)", reason=reason, more=more))
