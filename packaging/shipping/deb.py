"""The package for Debian and Ubuntu."""

from __future__ import annotations

import datetime
import gzip
import platform
import shutil
import subprocess
import textwrap
from pathlib import Path

from groundwork.telling import SetupError

from shipping import freezing, licences, linux_tree, project

MOST_BYTES = 45_000_000
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

DEPENDS = (
    "libc6 (>= 2.34)",
    "libstdc++6",
    "libgcc-s1",
    "libgl1",
    "libegl1",
    "libx11-6",
    "libx11-xcb1",
    "libxcb1",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-shm0",
    "libxcb-sync1",
    "libxcb-xfixes0",
    "libxcb-xkb1",
    "libxkbcommon0",
    "libxkbcommon-x11-0",
    "libfontconfig1",
    "libfreetype6",
    "libdbus-1-3",
    "libglib2.0-0 | libglib2.0-0t64",
    "libwayland-client0",
    "libwayland-cursor0",
    "libwayland-egl1",
    "fonts-dejavu-core | fonts-noto-core | fonts-liberation",
)
"""The system's libraries that Qt is linked with or loads, on Debian 12 and later and Ubuntu 22.04 and later."""

_OVERRIDES = """\
# The program brings its own Python, Qt and numpy along, as the wheels of their makers. They are built elsewhere and
# lie in a folder of their own: what Debian asks of libraries that it builds itself does not fit them.
hvgui: custom-library-search-path
hvgui: embedded-library
hvgui: hardening-no-pie
hvgui: library-not-linked-against-libc
hvgui: shared-library-lacks-prerequisites
hvgui: unstripped-binary-or-object
"""


def build(folder: Path) -> Path:
    """Builds it into a folder and gives its path. Raises SetupError, also if it has become too big."""
    tree = freezing.BUILD / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    usr = linux_tree.lay_out(tree / "usr")
    _documents(usr / "share")
    _control(tree)
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"hvgui_{project.version()}_{architecture()}.deb"
    _permit(tree)
    packed = subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(made)],
        check=False,
        capture_output=True,
        text=True,
    )
    if packed.returncode != 0:
        raise SetupError(f"dpkg-deb refused it: {packed.stderr.strip()}")
    size = made.stat().st_size
    if size > MOST_BYTES:
        raise SetupError(f"{made.name} has {size / 1e6:.1f} MB, more than {MOST_BYTES / 1e6:.0f}.")
    return made


def architecture() -> str:
    """As Debian calls this machine's."""
    return ARCHITECTURES.get(platform.machine(), platform.machine())


def control(installed_kib: int) -> str:
    """The control file. A description's lines begin with a blank."""
    return (
        f"Package: hvgui\nVersion: {project.version()}\nArchitecture: {architecture()}\n"
        f"Maintainer: {project.MAINTAINER}\nInstalled-Size: {installed_kib}\n"
        f"Depends: {', '.join(DEPENDS)}\n"
        "Recommends: shared-mime-info, desktop-file-utils, hicolor-icon-theme\n"
        f"Section: admin\nPriority: optional\nHomepage: {project.HOMEPAGE}\n"
        f"Description: {project.SUMMARY[:1].lower()}{project.SUMMARY[1:]}\n{_wrapped(project.DESCRIPTION)}"
    )


def _wrapped(text: str) -> str:
    return "".join(f" {line}\n" for line in textwrap.wrap(text, 76))


def _documents(share: Path) -> None:
    doc = share / "doc" / "hvgui"
    doc.mkdir(parents=True)
    (doc / "copyright").write_text(licences.debian_copyright(), encoding="utf-8")
    day = datetime.datetime.fromisoformat(f"{linux_tree.released()}T12:00:00+00:00")
    changes = [
        f"hvgui ({project.version()}) unstable; urgency=medium",
        f"  * Release {project.version()}; see Help, What's new.",
        f" -- {project.MAINTAINER}  {day:%a, %d %b %Y %H:%M:%S %z}\n",
    ]
    (doc / "changelog.gz").write_bytes(gzip.compress("\n\n".join(changes).encode("utf-8"), 9, mtime=0))
    overrides = share / "lintian" / "overrides" / "hvgui"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(_OVERRIDES, encoding="utf-8")


def _control(tree: Path) -> None:
    size = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN" / "control").write_text(control(-(-size // 1024)), encoding="utf-8")


def _permit(tree: Path) -> None:
    """Everybody may read; what is run, or is a folder, everybody may run or enter."""
    for path in tree.rglob("*"):
        if not path.is_symlink():
            runs = path.is_dir() or (path.name == "hvgui" and path.parent.name == "hvgui")
            path.chmod(0o755 if runs else 0o644)
    tree.chmod(0o755)
