"""What goes wrong with a virtual hard disk, as a sentence."""

from __future__ import annotations


class VhdError(Exception):
    """A file is no such disk, is damaged, or can't be treated so. The message is one sentence for people."""


class StoppedError(Exception):
    """Somebody has called the work off; nothing half-written stays."""
