"""What is shipped: what goes into the frozen program, what can be built where, and that all papers tell the same."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import struct
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from groundwork.telling import TOP, SetupError
from shipping import (
    commands,
    contents,
    deb,
    freezing,
    goals,
    licences,
    linux_tree,
    mac_plist,
    pictures,
    project,
    windows_installer,
)
from shipping.man_page import manual
from shipping.picture_files import icns, ico

import hvgui
from hvgui.cli.options import COMMANDS
from hvgui.lab import lab_schema

DESKTOP = TOP / "resources" / "desktop"
SITE = "/env/lib/python3.11/site-packages"


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", f"{SITE}/PySide6/Qt/plugins/platforms/libqxcb.so"),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", f"{SITE}/PySide6/Qt/plugins/platforms/libqoffscreen.so"),
        ("PySide6/Qt/lib/libicudata.so.73", f"{SITE}/PySide6/Qt/lib/libicudata.so.73"),
        ("numpy.libs/libscipy_openblas64_.so", f"{SITE}/numpy.libs/libscipy_openblas64_.so"),
        ("libpython3.11.so.1.0", "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0"),
        ("libsqlite3.so.0", "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0"),
        ("python3.11/lib-dynload/_sqlite3.so", "/usr/lib/python3.11/lib-dynload/_sqlite3.so"),
        ("hvgui/resources/samples/article-lab.toml", "/checkout/resources/samples/article-lab.toml"),
        ("numpy-2.4.6.dist-info/METADATA", f"{SITE}/numpy-2.4.6.dist-info/METADATA"),
    ],
)
def test_what_hvgui_needs_goes_in(place: str, source: str) -> None:
    assert contents.is_wanted(place, source, "linux")


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("libX11.so.6", "/usr/lib/x86_64-linux-gnu/libX11.so.6"),
        ("libstdc++.so.6", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6"),
        ("libgtk-3.so.0", "/usr/lib/x86_64-linux-gnu/libgtk-3.so.0"),
        ("libzstd.so.1", "/usr/lib/x86_64-linux-gnu/libzstd.so.1"),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", f"{SITE}/PySide6/Qt/plugins/platformthemes/libqgtk3.so"),
        ("PySide6/Qt/plugins/sqldrivers/libqsqlite.so", f"{SITE}/PySide6/Qt/plugins/sqldrivers/libqsqlite.so"),
        ("PySide6/Qt/lib/libQt6Quick.so.6", f"{SITE}/PySide6/Qt/lib/libQt6Quick.so.6"),
        ("libQt6Network.so.6", f"{SITE}/PySide6/Qt/lib/libQt6Network.so.6"),
        ("PySide6/Qt/translations/qtbase_de.qm", f"{SITE}/PySide6/Qt/translations/qtbase_de.qm"),
        ("numpy-2.4.6.dist-info/RECORD", f"{SITE}/numpy-2.4.6.dist-info/RECORD"),
    ],
)
def test_what_the_system_brings_and_what_nobody_uses_stays_out(place: str, source: str) -> None:
    assert not contents.is_wanted(place, source, "linux")


def test_each_system_keeps_its_own_window_and_the_one_without_a_screen() -> None:
    for system, window, offscreen in (
        ("win32", "qwindows.dll", "qoffscreen.dll"),
        ("darwin", "libqcocoa.dylib", "libqoffscreen.dylib"),
    ):
        for name in (window, offscreen):
            place = (
                f"PySide6/Qt/plugins/platforms/{name}" if system == "darwin" else f"PySide6\\plugins\\platforms\\{name}"
            )
            assert contents.is_wanted(place, f"{SITE}/{place}", system)
    assert not contents.is_wanted("PySide6\\opengl32sw.dll", "x", "win32")


def test_nothing_that_hvgui_imports_is_excluded() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (TOP / "hvgui").rglob("*.py")]
    imported = {name for text in sources for name in re.findall(r"^\s*(?:from|import) ([\w.]+)", text, re.MULTILINE)}
    excluded = [name for name in imported if any(f"{name}.".startswith(f"{one}.") for one in contents.EXCLUDED_MODULES)]
    assert excluded == []


def test_the_spec_is_python_and_asks_for_what_the_tests_asked() -> None:
    text = (TOP / "packaging" / "hvgui.spec").read_text(encoding="utf-8")
    compile(text, "hvgui.spec", "exec")
    for used in ("contents.is_wanted", "contents.EXCLUDED_MODULES", "contents.HIDDEN_IMPORTS", "frozen_entry.py"):
        assert used in text
    assert "freeze_support()" in (TOP / "packaging" / "frozen_entry.py").read_text(encoding="utf-8")


def test_a_program_that_has_grown_is_refused_with_what_is_big(tmp_path: Path) -> None:
    with (tmp_path / "libhuge.so").open("wb") as file:
        file.truncate(freezing.MOST_BYTES + 1)
    with pytest.raises(SetupError, match=r"more than 160.*libhuge\.so 160 MB"):
        freezing.weigh(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands in for the program")
def test_a_program_that_fails_its_own_smoke_run_is_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezing, "BUILD", tmp_path)
    program = tmp_path / "hvgui"
    program.write_text('#!/bin/sh\n[ -z "$PYTHONPATH" ] || exit 3\necho told\necho "no platform" >&2\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", "/of/the/builder")
    with pytest.raises(SetupError, match="ended with 1: no platform"):
        freezing.smoke(program)


def test_what_can_not_be_built_here_says_why_and_what_clears_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(goals.shutil, "which", lambda _name: None)
    monkeypatch.setattr(freezing, "why_not", lambda: "")
    assert commands.main(["windows"], "") == 2
    told = capsys.readouterr().err
    assert "windows can't be built here: a program is frozen on the system it is for, Windows; this is Linux." in told
    assert ".github/workflows/parcels.yml" in told
    assert commands.main(["run"], "") == 2
    assert "makeself (apt install makeself)" in capsys.readouterr().err
    with pytest.raises(SystemExit) as end:
        commands.main(["rpm"], "")
    assert end.value.code == 2
    assert (
        "there is no goal 'rpm'; there are frozen, deb, run, appimage, windows, macos, wheel" in capsys.readouterr().err
    )
    assert commands.main(["--list"], "") == 0
    assert len(capsys.readouterr().out.splitlines()) == len(goals.GOALS)


def test_all_builds_what_can_be_built_and_a_failure_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(_folder: Path) -> Path:
        raise SetupError("no")

    def make(folder: Path) -> Path:
        made = folder / "made"
        made.write_bytes(b"parcel")
        return made

    monkeypatch.setattr(commands, "TOP", tmp_path)
    monkeypatch.setattr(commands, "DIST", tmp_path)
    elsewhere = "darwin" if sys.platform != "darwin" else "linux"
    here = {
        "one": goals.Goal("one", "one", make, (sys.platform,)),
        "other": goals.Goal("other", "o", make, (elsewhere,)),
    }
    monkeypatch.setattr(commands, "GOALS", here)
    # Whether this machine has the tools for freezing is not what is asked here.
    monkeypatch.setattr(goals.freezing, "why_not", lambda: "")
    assert commands.main(["all"], "") == 0
    assert (tmp_path / "made.sha256").read_text().endswith("  made\n")
    here["bad"] = goals.Goal("bad", "bad", fail, (sys.platform,))
    assert commands.main(["all"], "") == 1


def test_every_paper_tells_the_same_version_and_names() -> None:
    assert project.version() == hvgui.__version__
    metainfo = ElementTree.parse(linux_tree.METAINFO).getroot()
    release = metainfo.find("releases/release")
    assert release is not None and release.get("version") == hvgui.__version__
    assert metainfo.findtext("id") == mac_plist.IDENTIFIER == linux_tree.METAINFO.name.removesuffix(".metainfo.xml")
    assert metainfo.findtext("launchable") == "hvgui.desktop"
    assert metainfo.findtext("summary") == project.SUMMARY
    pyproject = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert metainfo.findtext("project_license") == pyproject["license"]
    assert mac_plist.info("9.9")["CFBundleShortVersionString"] == "9.9"


def test_a_lab_is_the_same_kind_of_file_everywhere() -> None:
    entry = ConfigParser(interpolation=None)
    entry.read(DESKTOP / "hvgui.desktop", encoding="utf-8")
    kind = entry["Desktop Entry"]["MimeType"].rstrip(";")
    space = "{http://www.freedesktop.org/standards/shared-mime-info}"
    mime = ElementTree.parse(DESKTOP / "hvgui-mime.xml").getroot().find(f"{space}mime-type")
    assert mime is not None and mime.get("type") == kind
    assert [glob.get("pattern") for glob in mime.iter(f"{space}glob")] == ["*.hvlab"]
    marks = [match.get("value") for match in mime.iter(f"{space}match")]
    assert marks[-1] == hex(lab_schema.APPLICATION_ID)
    types = mac_plist.info("1")["UTExportedTypeDeclarations"][0]["UTTypeTagSpecification"]
    assert types == {"public.filename-extension": ["hvlab"], "public.mime-type": [kind]}
    assert ElementTree.parse(linux_tree.METAINFO).getroot().findtext("provides/mediatype") == kind
    assert entry["Desktop Entry"]["Exec"] == "hvgui %f"


def test_the_tree_of_a_linux_desktop(tmp_path: Path) -> None:
    icons = tmp_path / "icons"
    icons.mkdir()
    for size in linux_tree.SIZES:
        for name in ("hvgui", "hvgui-lab"):
            (icons / f"{name}-{size}.png").write_bytes(b"png")
    share = tmp_path / "share"
    linux_tree.share(share, icons, "usage: hvgui\n\nOpens.\n\n  .dot first\n")
    names = {path.relative_to(share).as_posix() for path in share.rglob("*") if path.is_file()}
    assert {
        "applications/hvgui.desktop",
        "metainfo/io.github.hvgui.hvgui.metainfo.xml",
        "mime/packages/hvgui.xml",
        "icons/hicolor/512x512/apps/hvgui.png",
        "icons/hicolor/16x16/mimetypes/application-x-hvgui-lab.png",
        "icons/hicolor/scalable/apps/hvgui.svg",
        "man/man1/hvgui.1.gz",
    } <= names
    assert len(names) == 2 * len(linux_tree.SIZES) + 6
    page = gzip.decompress((share / "man/man1/hvgui.1.gz").read_bytes()).decode()
    assert "\n\\&  .dot first" not in page and "  .dot first" in page


def test_the_manual_page_is_what_help_tells() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "hvgui", "--help"], cwd=TOP, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    page = manual(told, "Says what it is.", "1.2", "2026-01-02")
    assert page.startswith('.TH HVGUI 1 "2026-01-02" "hvgui 1.2"')
    for name in COMMANDS:
        assert f"hvgui {name}".replace("-", "\\-") in page
    assert "usage:" not in page
    body = page[page.index(".nf") : page.index(".fi")]
    assert max(len(line.replace("\\-", "-")) for line in body.splitlines()) <= 78


def test_every_part_has_its_licence_and_every_licence_a_part() -> None:
    parts = licences.parts()
    texts = {path.name for path in licences.FOLDER.glob("*.txt")}
    assert {part.text for part in parts} == texts
    named = {part.package.lower() for part in parts if part.package}
    for requirement in project.dependencies():
        assert re.split(r"[~>=<]", requirement)[0].lower() in named
    assert (licences.FOLDER / "hvgui.txt").read_text() == (TOP / "LICENSE").read_text()
    assert (licences.FOLDER / "tabler.txt").read_text() == (TOP / "resources/icons/LICENSE").read_text()


def test_the_papers_of_the_debian_package() -> None:
    told = licences.debian_copyright()
    used = set(re.findall(r"^License: (\S+)$", told, re.MULTILINE))
    explained = set(re.findall(r"^License: (\S+)\n ", told, re.MULTILINE))
    assert used == explained
    assert "END OF TERMS AND CONDITIONS" not in told
    control = deb.control(1000)
    assert f"Version: {hvgui.__version__}\n" in control
    assert "Installed-Size: 1000\n" in control
    assert all(line.startswith(" ") for line in control.partition("Description: ")[2].splitlines()[1:])


def test_icons_for_windows_and_macos() -> None:
    pictures = {16: b"small", 256: b"biggest"}
    made = ico(pictures)
    assert struct.unpack_from("<HHH", made) == (0, 1, 2)
    for number, (size, data) in enumerate(pictures.items()):
        side, _, _, _, _, _, length, place = struct.unpack_from("<BBBBHHII", made, 6 + 16 * number)
        assert (side, made[place : place + length]) == (size % 256, data)
    made = icns(pictures)
    assert struct.unpack_from(">4sI", made) == (b"icns", len(made))
    kinds, place = [], 8
    while place < len(made):
        kind, length = struct.unpack_from(">4sI", made, place)
        kinds.append((kind, made[place + 8 : place + length]))
        place += length
    assert kinds == [(b"icp4", b"small"), (b"ic08", b"biggest"), (b"ic13", b"biggest")]


@pytest.mark.skipif(shutil.which("makensis") is None, reason="makensis is not installed")
def test_the_windows_installer_compiles_around_any_payload(tmp_path: Path) -> None:
    payload, icons = tmp_path / "payload", tmp_path / "icons"
    (payload / "_internal").mkdir(parents=True)
    (payload / "hvgui.exe").write_bytes(b"MZ")
    (payload / "_internal" / "part").write_bytes(b"part")
    icons.mkdir()
    drawn = pictures.drawn(Path(sys.executable), icons)
    made = windows_installer.compiled(payload, drawn, tmp_path / "hvgui-9-setup.exe")
    assert made.read_bytes()[:2] == b"MZ"
    (payload / "hvgui.exe").unlink()
    (payload / "_internal" / "part").unlink()
    (payload / "_internal").rmdir()
    with pytest.raises(SetupError, match="makensis refused it"):
        windows_installer.compiled(payload, drawn, tmp_path / "hvgui-9-setup.exe")


def test_what_the_windows_installer_brings_it_takes_away() -> None:
    script = windows_installer.SCRIPT.read_text(encoding="utf-8")
    brought, taken = script.split('Section "Uninstall"')
    for key in set(re.findall(r'WriteReg\w+ HKCU "([^"]+)"', brought)):
        top = key.replace("\\OpenWithProgids", "").replace("\\DefaultIcon", "").replace("\\shell\\open\\command", "")
        assert f'DeleteRegKey HKCU "{top}"' in taken
    for link in re.findall(r'CreateShortcut "([^"]+)"', brought):
        assert f'Delete "{link}"' in taken
    assert "HKLM" not in script and "RequestExecutionLevel user" in script
    given = set(re.findall(r"\$\{(VERSION|PAYLOAD|ICONS|LICENCE|SIZE_KIB|OUT)\}", script))
    told = {word[2:].partition("=")[0] for word in windows_installer.definitions(Path("p"), Path("i"), Path("o"), 1)}
    assert given == told


def installed_from(stage: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Runs the script of the self-extracting installer."""
    variables = {"HOME": str(home), "PATH": os.environ["PATH"]}
    return subprocess.run([str(stage / "install.sh")], env=variables, capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="its scripts are for Unix")
def test_the_self_extracting_installer_and_its_removal(tmp_path: Path) -> None:
    """With a program that only answers its smoke run: what is laid out, and what is left after the removal."""
    stage, home = tmp_path / "stage", tmp_path / "my home & co|x"
    (stage / "hvgui" / "lib" / "hvgui").mkdir(parents=True)
    (stage / "hvgui" / "bin").mkdir()
    program = stage / "hvgui" / "lib" / "hvgui" / "hvgui"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    (stage / "hvgui" / "bin" / "hvgui").symlink_to("../lib/hvgui/hvgui")
    entry = stage / "hvgui" / "share" / "applications" / "hvgui.desktop"
    entry.parent.mkdir(parents=True)
    shutil.copyfile(DESKTOP / "hvgui.desktop", entry)
    mime = stage / "hvgui" / "share" / "mime" / "packages" / "hvgui.xml"
    mime.parent.mkdir(parents=True)
    shutil.copyfile(DESKTOP / "hvgui-mime.xml", mime)
    for name in ("install.sh", "uninstall.sh"):
        shutil.copy(TOP / "packaging" / "linux" / name, stage / name)
    (home / ".local" / "bin").mkdir(parents=True)
    (home / ".local" / "bin" / "mine").write_text("mine")
    for _ in range(2):  # over itself as well
        told = installed_from(stage, home)
        assert (told.returncode, told.stderr) == (0, "")
    assert "hvgui is installed" in told.stdout
    installed = (home / ".local/share/applications/hvgui.desktop").read_text()
    assert f'Exec="{home}/.local/bin/hvgui" %f' in installed
    subprocess.run([str(home / ".local/lib/hvgui/uninstall.sh"), "--quiet"], check=True)
    left = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file() or path.is_symlink()}
    assert left == {".local/bin/mine"}
    program.write_text("#!/bin/sh\necho no libGL >&2\nexit 1\n")
    told = installed_from(stage, home)
    assert told.returncode == 1
    assert "does not start on this system" in told.stderr and "no libGL" in told.stderr


def test_a_machine_that_lacks_what_freezing_takes_skips_and_fails_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """CI goes on with code 2, and stops with 1."""

    def no_index(_folder: Path) -> Path:
        raise freezing.NotHereError("pip could not install what freezing takes (no index).")

    monkeypatch.setattr(commands, "GOALS", {"wheel": goals.Goal("wheel", "wheel", no_index, (sys.platform,))})
    assert commands.main(["wheel"], "") == 2
    assert "wheel can't be built here: pip could not install" in capsys.readouterr().err
    entry = (TOP / ".ci" / "run").read_text(encoding="utf-8")
    assert entry.index("bootstrap.py test") < entry.index("build.py frozen") < entry.index('"$code" -eq 2')


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere Python brings its library along")
def test_a_python_without_its_library_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert freezing.why_not() == "" or "apt install libpython3" in freezing.why_not()
    monkeypatch.setattr(freezing.sysconfig, "get_config_var", lambda _key: str(tmp_path))
    name = f"libpython{sys.version_info.major}.{sys.version_info.minor}"

    def missing(_name: str) -> None:
        raise OSError("no such file")

    monkeypatch.setattr(freezing.ctypes, "CDLL", missing)
    assert freezing.why_not() == f"this Python's shared library {name}.so is missing (apt install {name})."
    (tmp_path / f"{name}.so.1.0").touch()
    assert freezing.why_not() == ""
