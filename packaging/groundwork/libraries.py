"""The shared libraries that Qt's wheels expect from a Linux system, and who packages them."""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Library:
    """One shared library, with the name of its package on three families of Linux."""

    file: str
    debian: str
    fedora: str
    arch: str


# Without these not even `import PySide6.QtGui` works.
FOR_QT = (
    Library("libGL.so.1", "libgl1", "libglvnd-glx", "libglvnd"),
    Library("libEGL.so.1", "libegl1", "libglvnd-egl", "libglvnd"),
    Library("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    Library("libdbus-1.so.3", "libdbus-1-3", "dbus-libs", "dbus"),
    Library("libfontconfig.so.1", "libfontconfig1", "fontconfig", "fontconfig"),
    Library("libglib-2.0.so.0", "libglib2.0-0", "glib2", "glib2"),
)
FOR_X = (
    Library("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    Library("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    Library("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    Library("libxcb-shape.so.0", "libxcb-shape0", "libxcb", "libxcb"),
    Library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
)
FOR_WAYLAND = (
    Library("libwayland-client.so.0", "libwayland-client0", "libwayland-client", "wayland"),
    Library("libwayland-cursor.so.0", "libwayland-cursor0", "libwayland-cursor", "wayland"),
    Library("libwayland-egl.so.1", "libwayland-egl1", "libwayland-egl", "wayland"),
)


def has_display() -> bool:
    """Whether a window can be shown; on Windows and macOS it always can."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def needed_for_tests() -> tuple[Library, ...]:
    """What Qt needs to draw without a screen."""
    return FOR_QT if sys.platform.startswith("linux") else ()


def needed_for_window() -> tuple[Library, ...]:
    """What Qt needs to draw on the display that this session has."""
    on_x = FOR_X if os.environ.get("DISPLAY") else ()
    on_wayland = FOR_WAYLAND if os.environ.get("WAYLAND_DISPLAY") else ()
    return (*FOR_QT, *on_x, *on_wayland) if sys.platform.startswith("linux") else ()


def missing(libraries: tuple[Library, ...]) -> list[Library]:
    """Those that the dynamic loader does not find."""
    return [library for library in libraries if not _loads(library.file)]


def _loads(file: str) -> bool:
    try:
        ctypes.CDLL(file)
    except OSError:
        return False
    return True
