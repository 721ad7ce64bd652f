"""The last report of each lab, kept in the user's data folder: it can be looked at again without a new validation."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path

import platformdirs

from hvgui.cluster.validation import ValidationReport
from hvgui.exchange.validation_report import validation_html_pieces


def report_path(lab: Path) -> Path:
    """Where the report of the lab in that file is, or will be."""
    mark = hashlib.sha256(str(lab.absolute()).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return platformdirs.user_data_path("hvgui") / "reports" / f"{lab.stem[:60]} {mark}.html"


def last_report(lab: Path) -> Path | None:
    """The lab's last report; None where there is none."""
    path = report_path(lab)
    return path if path.is_file() else None


def keep_report(report: ValidationReport, lab: Path, breathe: Callable[[], None] = lambda: None) -> Path:
    """Writes the report in the place of the lab's last one, whole or not at all. Raises OSError."""
    path = report_path(lab)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_report(report, path, breathe)
    return path


def write_report(report: ValidationReport, path: Path, breathe: Callable[[], None] = lambda: None) -> None:
    """Writes the report as HTML, whole or not at all. Raises OSError."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("w", encoding="utf-8") as file:
            for piece in validation_html_pieces(report):
                file.write(piece)
                breathe()
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
