"""A plan for other programs: its picture, its nodes and its moves as tables."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from hvgui.gui.graphs.pictures import ExportError, not_written, save_picture
from hvgui.gui.plan.picture import PlanPicture

_NODE_HEAD = (
    "node",
    "vms_before",
    "vms_after",
    "memory_before",
    "memory_after",
    "processors_before",
    "processors_after",
    "covered_before",
    "covered_after",
    "emptied",
)


def save_nodes(picture: PlanPicture, path: Path) -> None:
    """Writes the whole picture as PNG or SVG, or its figures as CSV, as the file's name says. Raises ExportError."""
    if path.suffix.lower() == ".csv":
        save_rows(path, [_NODE_HEAD, *_node_rows(picture)])
    else:
        save_picture(picture, path)


def save_rows(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Writes a CSV. Raises ExportError."""
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    except OSError as error:
        raise ExportError(not_written(path, error.strerror or "")) from error


def _node_rows(picture: PlanPicture) -> list[tuple[str, ...]]:
    return [
        (
            one.name,
            str(one.balance.vms_before),
            str(one.balance.vms_after),
            f"{one.balance.memory_before:.4f}",
            f"{one.balance.memory_after:.4f}",
            f"{one.balance.processor_before:.4f}",
            f"{one.balance.processor_after:.4f}",
            _yes(one.balance.covered_before),
            _yes(one.balance.covered_after),
            _yes(one.is_emptied),
        )
        for one in picture.nodes
    ]


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
