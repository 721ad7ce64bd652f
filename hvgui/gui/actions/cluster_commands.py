"""The commands on the cluster as a whole."""

from __future__ import annotations

from pathlib import Path

from hvgui.gui.actions.command import Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.of_requests import no_lab
from hvgui.gui.objects import Kind
from hvgui.gui.words import tr

MENU = "&Cluster"
CLUSTER = frozenset({Kind.CLUSTER})


def _validate(desk: Desk) -> None:
    from hvgui.gui.validation.wizard import ValidationWizard  # noqa: PLC0415  not before it is wanted

    open_already = desk.parent.findChild(ValidationWizard)
    wizard = open_already if open_already is not None else ValidationWizard(desk)
    wizard.show()
    wizard.raise_()
    wizard.activateWindow()


def _report(desk: Desk) -> Path | None:
    from hvgui.lab.validation.kept_reports import last_report  # noqa: PLC0415  not before the first paint

    return last_report(desk.bridge.session.path) if desk.bridge is not None else None


def _no_report(desk: Desk) -> str:
    if not desk.has_lab:
        return no_lab(desk)
    return "" if _report(desk) is not None else tr("This cluster has not been validated yet.")


def _view_report(desk: Desk) -> None:
    from hvgui.gui.validation.words import view_report  # noqa: PLC0415  not before it is wanted

    path = _report(desk)
    wrong = view_report(path) if path is not None else ""
    if wrong:
        desk.window.say(wrong)


COMMANDS = (
    Command(
        "cluster.validate",
        "Validate this cluster...",
        MENU,
        icon="circle-check",
        shortcut="Ctrl+Shift+V",
        run=_validate,
        reason=no_lab,
        beside=CLUSTER,
        explanation="Tests nodes, networks, storage and the cluster, and writes a report. Nothing is changed.",
    ),
    Command(
        "cluster.report",
        "View last validation report",
        MENU,
        icon="search",
        run=_view_report,
        reason=_no_report,
        beside=CLUSTER,
        explanation="The report of this lab's last validation, in the browser.",
    ),
)
"""In the order of the menu."""
