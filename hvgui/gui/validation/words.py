"""Verdicts in the window: words, icons and tones; and opening a report in the browser."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from hvgui.cluster.validation import Verdict
from hvgui.gui.words import tr

VERDICTS = {
    Verdict.SUCCESS: "Success",
    Verdict.WARNING: "Warning",
    Verdict.FAILED: "Failed",
    Verdict.NOT_APPLICABLE: "Not applicable",
    Verdict.CANCELLED: "Cancelled",
}
ICONS = {
    Verdict.SUCCESS: ("circle-check", "good"),
    Verdict.WARNING: ("alert-triangle", "warning"),
    Verdict.FAILED: ("circle-x", "bad"),
    Verdict.NOT_APPLICABLE: ("circle", "muted"),
    Verdict.CANCELLED: ("player-stop", "muted"),
}
"""Name and tint; the verdict always stands beside it in words."""
TONES = {Verdict.SUCCESS: "good", Verdict.WARNING: "warning", Verdict.FAILED: "bad"}


def view_report(path: Path) -> str:
    """Opens a report in the browser; the sentence says why it could not be, empty: it was."""
    if not path.is_file():
        return tr("The report {path} is not there any more.", path=path)
    if QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
        return ""
    return tr("No program here opens HTML files; the report is {path}.", path=path)
