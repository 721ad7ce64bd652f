"""What is dropped on the window: a file or a folder, and whether it is one to be imported."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QDropEvent

_DESCRIBE_VMS = (".ovf", ".xml", ".exp")


def dropped_file(event: QDropEvent) -> str:
    """The file or folder that is being dragged; empty if it is something else."""
    files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return files[0] if files else ""


def describes_vms(path: str) -> bool:
    """Whether it is a folder, or a file that describes virtual machines, and no lab or inventory."""
    return Path(path).is_dir() or Path(path).suffix.lower() in _DESCRIBE_VMS
