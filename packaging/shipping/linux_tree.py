"""What a Linux desktop gets to see of an installed hvgui: command, menu entry, icons, kind of file, manual page.

The same tree serves the .deb (under /usr), the self-extracting installer (under ~/.local) and the AppImage.
"""

from __future__ import annotations

import datetime
import gzip
import re
import shutil
import subprocess
from pathlib import Path

from groundwork.telling import TOP, SetupError

from shipping import freezing, project
from shipping.man_page import manual

DESKTOP = TOP / "resources" / "desktop"
METAINFO = DESKTOP / "io.github.hvgui.hvgui.metainfo.xml"
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)


def lay_out(prefix: Path) -> Path:
    """Freezes the program if need be and lays it out under a prefix such as TREE/usr; gives the prefix."""
    frozen = freezing.frozen()
    prefix.mkdir(parents=True)
    shutil.copytree(frozen, prefix / "lib" / "hvgui", symlinks=True)
    (prefix / "bin").mkdir()
    (prefix / "bin" / "hvgui").symlink_to("../lib/hvgui/hvgui")
    share(prefix / "share", freezing.BUILD / "icons", _help_of(freezing.program()))
    return prefix


def share(folder: Path, icons: Path, help_text: str) -> None:
    """Everything but the program itself, into a folder as /usr/share is one."""
    _copy(DESKTOP / "hvgui.desktop", folder / "applications" / "hvgui.desktop")
    _copy(METAINFO, folder / "metainfo" / METAINFO.name)
    _copy(DESKTOP / "hvgui-mime.xml", folder / "mime" / "packages" / "hvgui.xml")
    theme = folder / "icons" / "hicolor"
    for size in SIZES:
        _copy(icons / f"hvgui-{size}.png", theme / f"{size}x{size}" / "apps" / "hvgui.png")
        _copy(icons / f"hvgui-lab-{size}.png", theme / f"{size}x{size}" / "mimetypes" / "application-x-hvgui-lab.png")
    _copy(DESKTOP / "hvgui.svg", theme / "scalable" / "apps" / "hvgui.svg")
    _copy(DESKTOP / "hvgui-lab.svg", theme / "scalable" / "mimetypes" / "application-x-hvgui-lab.svg")
    page = manual(help_text, project.DESCRIPTION, project.version(), released())
    place = folder / "man" / "man1" / "hvgui.1.gz"
    place.parent.mkdir(parents=True)
    place.write_bytes(gzip.compress(page.encode("utf-8"), 9, mtime=0))


def released() -> str:
    """The day of the newest release as the metainfo names it, YYYY-MM-DD."""
    found = re.search(r'<release version="[^"]+" date="(\d{4}-\d{2}-\d{2})"', METAINFO.read_text(encoding="utf-8"))
    return found.group(1) if found else datetime.date.today().isoformat()


def _copy(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, place)
    place.chmod(0o644)


def _help_of(program: Path) -> str:
    told = subprocess.run([str(program), "--help"], env={"COLUMNS": "78"}, capture_output=True, text=True, check=False)
    if told.returncode != 0:
        raise SetupError(f"the frozen program does not tell its help: {told.stderr.strip()}")
    return told.stdout
