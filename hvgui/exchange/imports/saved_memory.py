"""Saved memory beside a configuration: `<id>.vsv` in a folder of the id's name."""

from __future__ import annotations

from pathlib import Path

from hvgui.exchange.imports.places import OutsideError, within


def memory_file(configuration: Path, folder: Path) -> Path | None:
    """The file with the saved memory that belongs to a configuration, within the folder; None: there is none."""
    name = configuration.stem
    try:
        return within(folder, configuration.parent / name / f"{name}.vsv")
    except OutsideError:
        return None


def saved_bytes(configuration: Path, folder: Path, most_bytes: int) -> int:
    """What a foreign machine has to read before it runs again: its file's size, no more than its memory; 0: nothing."""
    path = memory_file(configuration, folder)
    if path is None:
        return 0
    try:
        return max(0, min(path.stat().st_size, most_bytes))
    except OSError:
        return 0
