"""Which line of ours started a thing: remembered at the start, told when the thing leaks."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

_FRAMES_TOLD = 3
_FRAMES_SEARCHED = 40
_FOREIGN = tuple(
    str(Path(sysconfig.get_path(kind)).resolve()) for kind in ("stdlib", "platstdlib", "purelib", "platlib")
)
_HARNESS = str(Path(__file__).resolve().parent)


def origin() -> str:
    """The nearest frames outside the standard library, site-packages and this harness, innermost first."""
    told: list[str] = []
    frame = sys._getframe(1)
    for _ in range(_FRAMES_SEARCHED):
        code = frame.f_code
        if _is_ours(code.co_filename):
            told.append(f"{_short(code.co_filename)}:{frame.f_lineno} in {code.co_name}")
        if len(told) == _FRAMES_TOLD or frame.f_back is None:
            break
        frame = frame.f_back
    return ", called from ".join(told) or "code outside the project"


def _is_ours(filename: str) -> bool:
    return not filename.startswith(("<", _HARNESS, *_FOREIGN))


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else filename
