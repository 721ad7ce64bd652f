"""What goes into the frozen program, and what stays out though an import or a hook would bring it along."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

HIDDEN_IMPORTS = ("pyqtgraph", "PySide6.QtSvg")
"""Imported by name when the first graph is shown: pyqtgraph by hvgui, the others by pyqtgraph."""

EXCLUDED_MODULES = (
    # What PySide6 and pyqtgraph would take if they found it.
    "PyQt5", "PyQt6", "PySide2", "IPython", "matplotlib", "scipy", "cupy", "numba", "pandas", "PIL", "h5py", "OpenGL",
    "PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets", "PySide6.QtNetwork", "PySide6.QtPrintSupport", "PySide6.QtQml",
    "PySide6.QtQuick", "PySide6.QtSql", "PySide6.QtUiTools", "PySide6.QtDesigner", "PySide6.QtDBus",
    "pyqtgraph.examples", "pyqtgraph.opengl", "pyqtgraph.jupyter", "pyqtgraph.flowchart", "pyqtgraph.console",
    "pyqtgraph.canvas", "pyqtgraph.dockarea",
    # What rich takes for coloured source text, of which hvgui shows none.
    "pygments", "markdown_it", "mdurl", "rich.markdown", "rich.syntax", "rich.traceback",
    # Tools of development.
    "pytest", "_pytest", "hypothesis", "mypy", "ruff", "setuptools", "pip", "wheel", "pkg_resources", "PyInstaller",
    "numpy.f2py", "numpy.distutils", "numpy.testing", "numpy._core.tests", "distutils",
    # Parts of Python that a cluster manager has no use for.
    "tkinter", "_tkinter", "turtle", "idlelib", "lib2to3", "ensurepip", "venv", "test", "curses", "readline",
    "xmlrpc", "pydoc_data", "ssl", "_ssl", "_hashlib", "_uuid", "bz2", "_bz2", "lzma", "_lzma",
    "_codecs_cn", "_codecs_hk", "_codecs_iso2022", "_codecs_jp", "_codecs_kr", "_codecs_tw", "_multibytecodec",
    "ftplib", "imaplib", "smtplib", "poplib", "telnetlib", "nntplib", "audioop",
)  # fmt: skip
"""Left out of the analysis, with whatever only they import."""

_QT_PLUGINS = {
    "linux": frozenset({
        "platforms/libqxcb.so", "platforms/libqwayland.so", "platforms/libqoffscreen.so",
        "iconengines/libqsvgicon.so", "imageformats/libqsvg.so",
        "platforminputcontexts/libcomposeplatforminputcontextplugin.so",
        "platforminputcontexts/libibusplatforminputcontextplugin.so",
        "platformthemes/libqxdgdesktopportal.so",
        "wayland-shell-integration/libxdg-shell.so",
        "wayland-decoration-client/libbradient.so",
    }),
    "win32": frozenset({
        "platforms/qwindows.dll", "platforms/qoffscreen.dll", "iconengines/qsvgicon.dll", "imageformats/qsvg.dll",
        "imageformats/qico.dll", "styles/qmodernwindowsstyle.dll",
    }),
    "darwin": frozenset({
        "platforms/libqcocoa.dylib", "platforms/libqoffscreen.dylib", "iconengines/libqsvgicon.dylib",
        "imageformats/libqsvg.dylib", "styles/libqmacstyle.dylib",
    }),
}  # fmt: skip
"""Qt's plugins that hvgui uses, by system. All others are left out, and with them what only they need."""

_OF_PYTHON = re.compile(r"lib(python3\.\d+|sqlite3|ffi|expat|z|mpdec)[.-]")
"""What Python itself is linked with goes along: other distributions have other versions of it. Every other library
that is found in the folders of a Linux system stays out: copies of a desktop's libraries would tie the program to the
machine it was built on and quarrel with the drivers of the one it runs on. The .deb depends on them by name."""

_QT_LIBRARIES_UNUSED = re.compile(
    r"(lib)?Qt6?(Qml|Quick|QuickControls|Designer|Sql|Test|Help|Concurrent|PrintSupport|UiTools|Network"
    r"|VirtualKeyboard|Pdf|EglFs|EglFSDeviceIntegration|WaylandEglCompositor|WaylandCompositor|Labs|ShaderTools)"
)
"""Qt's libraries that come along with plugins which are left out."""

_NEVER = re.compile(
    r"(^|/)(opengl32sw\.dll|d3dcompiler_47\.dll|libqeglfs.*|translations/.*|qt_.*\.qm|qtbase_.*\.qm"
    r"|pyqtgraph/(colors/maps/.*\.(?:csv|hex|txt)|icons/.*\.(?:png|svg)|examples/.*)|.*\.pyi|.*/tests/.*|[^/]*\.dist-info/(?!METADATA$).*)$"
)
"""Files of bundled parts that nothing here reads: Qt's own words in languages that hvgui does not speak, software
rendering of 3D, example data, and all of a package's papers but its version; the licences are in our own resources."""


def is_wanted(place: str, source: str, system: str) -> bool:
    """Whether a file goes into the frozen program.

    `place` is where it would lie in the program, `source` where it comes from on the machine that builds, `system` one
    of `linux`, `win32`, `darwin`.
    """
    path = PurePosixPath(place.replace("\\", "/"))
    text = str(path)
    if "/plugins/" in text:
        return text.partition("/plugins/")[2] in _QT_PLUGINS[system]
    if _NEVER.search(text) or _QT_LIBRARIES_UNUSED.match(path.name):
        return False
    return system != "linux" or not _is_of_the_system(path.name, source)


def _is_of_the_system(name: str, source: str) -> bool:
    """Whether it is a library of the Linux that the program is built on, and not one of Python's or of its packages."""
    if ".so" not in name or "site-packages" in source or "lib-dynload" in source:
        return False
    return _OF_PYTHON.match(name) is None
