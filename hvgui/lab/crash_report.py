"""A report of the engine's own failure, for whoever mends it: what failed, where, in which version, at which moment."""

from __future__ import annotations

import datetime
import platform
import traceback
from pathlib import Path

import numpy as np

from hvgui import __version__


def write_report(error: BaseException, folder: Path | None, *, time_ns: int, seed: int) -> Path | None:
    """Writes a report into the folder; gives its path, or None where nothing can be written there."""
    if folder is None:
        return None
    moment = datetime.datetime.now(datetime.UTC)
    path = folder / f"hvgui-crash-{moment:%Y%m%d-%H%M%S-%f}.txt"
    text = "\n".join(
        (
            f"hvgui {__version__}, Python {platform.python_version()}, numpy {np.__version__}, {platform.platform()}",
            f"at {moment.isoformat(timespec='seconds')}; simulated time {time_ns} ns, seed {seed}",
            "",
            "".join(traceback.format_exception(error)),
        )
    )
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        return None
    return path
