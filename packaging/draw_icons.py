"""Draw the program's and the lab file's icon in every size that a system asks for: PNG, ICO and ICNS.

    PYTHON packaging/draw_icons.py FOLDER        with a Python that has PySide6; packaging/build.py calls it

The drawings are resources/desktop/*.svg; nothing else of the icons is kept.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from shipping.picture_files import icns, ico

SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
"""Those of the icon theme specification that desktops use, in pixels."""
_ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
_ICNS_SIZES = (16, 32, 64, 128, 256, 512, 1024)
_DRAWINGS = Path(__file__).resolve().parents[1] / "resources" / "desktop"


def main() -> int:
    """Draws both icons."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    application = QGuiApplication(sys.argv[:1])
    for name in ("hvgui", "hvgui-lab"):
        renderer = QSvgRenderer(str(_DRAWINGS / f"{name}.svg"))
        pictures = {size: drawn(renderer, size) for size in sorted({*SIZES, *_ICO_SIZES, *_ICNS_SIZES})}
        for size in SIZES:
            (folder / f"{name}-{size}.png").write_bytes(pictures[size])
        (folder / f"{name}.ico").write_bytes(ico({size: pictures[size] for size in _ICO_SIZES}))
        (folder / f"{name}.icns").write_bytes(icns({size: pictures[size] for size in _ICNS_SIZES}))
    application.quit()
    return 0


def drawn(renderer: QSvgRenderer, size: int) -> bytes:
    """A PNG of so many pixels a side."""
    picture = QImage(size, size, QImage.Format.Format_ARGB32)
    picture.fill(0)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, "PNG"):  # type: ignore[call-overload]  # the stubs know file names only
        raise RuntimeError(f"Qt could not write a picture of {size} pixels.")
    return bytes(data.data())


if __name__ == "__main__":
    sys.exit(main())
