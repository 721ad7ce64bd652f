"""The one error that the lab shows to people."""

from __future__ import annotations


class LabError(Exception):
    """Something about a lab or its file that a person can act on: one sentence, naming the file and what is wrong."""
