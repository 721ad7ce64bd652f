"""The wall clock, as it is written into files for people."""

from __future__ import annotations

import datetime


def wall_time() -> str:
    """The present moment for people who read the file: ISO 8601, UTC, milliseconds."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
