"""At the start of the frozen program: stands in for Qt's OpenGL modules, which are left out (10 MB).

pyqtgraph asks for them as soon as it is imported, but uses them only for curves that are drawn by OpenGL. hvgui draws
none: without a graphics card that is several times slower.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

STANDS_IN_FOR = ("PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets")


class WithoutOpenGL(MetaPathFinder, Loader):
    """Finds the two modules, with the one name in them that pyqtgraph derives a class from and never makes."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """See MetaPathFinder."""
        return ModuleSpec(name, self) if name in STANDS_IN_FOR else None

    def exec_module(self, module: ModuleType) -> None:
        """See Loader. Qt is imported now, not when the program starts: commands without a window need none of it."""
        from PySide6.QtWidgets import QWidget  # noqa: PLC0415

        if module.__name__ == "PySide6.QtOpenGLWidgets":
            vars(module)["QOpenGLWidget"] = type("QOpenGLWidget", (QWidget,), {})


sys.meta_path.insert(0, WithoutOpenGL())
