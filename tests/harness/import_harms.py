"""Ways to harm the folder of an import, by chance or by malice: disks, configurations, OVF files, the folder itself."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from hvgui.exchange.vhd import layout
from import_folders import exp_export, exported, hyper_v_export, ovf_text, world_with_snapshots

OUTSIDE = "do not tell 7c1d"
"""What lies outside of the folder; no answer may hold it."""
_NUMBERS = ("-1", "0", "999999999999999999", "1e308", "NaN", "9" * 400, "", "0x7f", "4294967296", "2048")
_PATHS = (
    "..\\..\\outside\\secret.vhd",
    "/etc/passwd",
    "C:\\..\\..\\outside\\secret.vhd",
    "\\\\server\\share\\x.vhd",
    "..",
    ".",
    "a" * 5_000,
    "link\\secret.vhd",
    "nul\u0000.vhd",
    "file:///etc/passwd",
    "Virtual Hard Disks\\..\\..\\..\\outside\\secret.vhd",
    "con",
    "&#10;new\u202eline.vhd",
)
_DOCTYPES = (
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>',
    '<!DOCTYPE x SYSTEM "{secret}">',
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY e "&b;&b;&b;&b;&b;&b;&b;&b;">]>',
    '<!DOCTYPE x [<!ENTITY % p SYSTEM "file://{secret}"> %p;]>',
)


def healthy(root: Path) -> list[Path]:
    """Folders to be harmed, of each kind one, and what lies outside of them."""
    outside = root / "outside"
    outside.mkdir(parents=True)
    (outside / "secret.txt").write_text(OUTSIDE, encoding="utf-8")
    own = exported(world_with_snapshots().world.cluster, root / "own")
    theirs = hyper_v_export(root / "theirs" / "SQL01")
    shutil.copy(theirs / "Virtual Hard Disks" / "System.vhd", outside / "secret.vhd")
    ovf = root / "ovf" / "vm"
    ovf.mkdir(parents=True)
    (ovf / "vm.ovf").write_text(ovf_text().replace("disk1.vmdk", "disk1.vhd"), encoding="utf-8")
    shutil.copy(theirs / "Virtual Hard Disks" / "System.vhd", ovf / "disk1.vhd")
    return [own, theirs, ovf, exp_export(root / "exp" / "OLD01")]


def copied(folder: Path, to: Path) -> Path:
    """The folder again; holes stay holes."""
    for path in sorted(folder.rglob("*")):
        place = to / path.relative_to(folder)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            _copy_with_holes(path, place)
    return to


def _copy_with_holes(path: Path, place: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as source, place.open("wb") as target:
        offset = 0
        while offset < size:
            try:
                offset = os.lseek(source.fileno(), offset, os.SEEK_DATA)
            except OSError:
                break
            end = os.lseek(source.fileno(), offset, os.SEEK_HOLE)
            source.seek(offset)
            target.seek(offset)
            target.write(source.read(end - offset))
            offset = end
        target.truncate(size)


def harmed(folder: Path, outside: Path, dice: random.Random) -> str:
    """Harms a folder in one to three ways; gives the kind of the first."""
    kinds = []
    for _ in range(dice.choice((1, 1, 2, 3))):
        harm = dice.choice(HARMS)
        kinds.append(harm.__name__.lstrip("_"))
        harm(folder, outside, dice)
    return kinds[0]


def _disks(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*vhd")) if path.is_file() and not path.is_symlink()]


def _documents(folder: Path) -> list[Path]:
    found = [path for ending in ("xml", "ovf", "exp") for path in sorted(folder.rglob(f"*.{ending}"))]
    return [path for path in found if path.is_file() and not path.is_symlink()]


def _disk_bytes(folder: Path, outside: Path, dice: random.Random) -> None:
    """Bits of the structures differ."""
    del outside
    for path in dice.sample(_disks(folder), min(1, len(_disks(folder)))):
        size = path.stat().st_size
        ends = [0, 512, 1536, max(0, size - 512)]
        with path.open("r+b") as file:
            for _ in range(dice.choice((1, 2, 8, 60))):
                place = min(max(0, size - 1), dice.choice(ends) + dice.randrange(1024))
                file.seek(place)
                file.write(dice.randbytes(dice.choice((1, 4, 8))))


def _sealed_disk(folder: Path, outside: Path, dice: random.Random) -> None:
    """A header says what can't be, with a checksum that fits: as somebody would write it who knows how."""
    del outside
    for path in dice.sample(_disks(folder), min(1, len(_disks(folder)))):
        if path.stat().st_size < 3 * 1024:
            continue
        with path.open("r+b") as file:
            if dice.random() < 0.5:
                file.seek(512)
                raw = bytearray(file.read(1024))
                place = dice.choice((8, 16, 24, 28, 32, 40, 576, 580, 584, 592))
                raw[place : place + 4] = dice.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", dice.randbytes(4)))
                file.seek(512)
                file.write(layout.with_checksum(bytes(raw), slice(36, 40)))
                continue
            end = path.stat().st_size - 512
            file.seek(end)
            raw = bytearray(file.read(512))
            place = dice.choice((8, 16, 40, 48, 56, 60))
            raw[place : place + 8] = dice.choice((b"\xff" * 8, bytes(8), b"\0\0\1" + bytes(5), dice.randbytes(8)))
            sealed = layout.with_checksum(bytes(raw), slice(64, 68))
            for at in (0, end):
                file.seek(at)
                file.write(sealed)


def _disk_size(folder: Path, outside: Path, dice: random.Random) -> None:
    """Cut off, or longer than any disk."""
    del outside
    for path in dice.sample(_disks(folder), min(1, len(_disks(folder)))):
        size = path.stat().st_size
        os.truncate(path, dice.choice((0, 1, 511, 512, size // 2, size + 512, size - 1 if size else 0, 2**42)))


def _disk_circle(folder: Path, outside: Path, dice: random.Random) -> None:
    """A disk is put in the place of another: parents become children, and their own ancestors."""
    del outside
    disks = _disks(folder)
    if len(disks) > 1:
        one, other = dice.sample(disks, 2)
        other.unlink()
        shutil.copy(one, other) if one.stat().st_size < 2**24 else os.link(one, other)


def _text(folder: Path, dice: random.Random, change: Callable[[str], str]) -> None:
    documents = _documents(folder)
    if not documents:
        return
    path = dice.choice(documents)
    raw = path.read_bytes()
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = change(raw.decode(encoding, errors="replace"))
    path.write_bytes(text.encode(encoding, errors="surrogatepass"))


def _figures(folder: Path, outside: Path, dice: random.Random) -> None:
    """Numbers in a configuration, hvgui's own part included, are others."""
    del outside

    def change(text: str) -> str:
        found = list(re.finditer(r"(?<=[>:\"\[,])-?[0-9.]+(?=[<,}\"\]])", text))
        for match in sorted(dice.sample(found, min(len(found), 3)), key=lambda one: one.start(), reverse=True):
            text = text[: match.start()] + dice.choice(_NUMBERS) + text[match.end() :]
        return text

    _text(folder, dice, change)


def _paths(folder: Path, outside: Path, dice: random.Random) -> None:
    """Names of files lead elsewhere."""
    del outside

    def change(text: str) -> str:
        found = list(re.finditer(r"[^>\"]*\.a?vhd(?=[<\"])|(?<=href=\")[^\"]*", text))
        for match in reversed(found):
            if dice.random() < 0.4:
                path = dice.choice(_PATHS).replace("\0", "&#0;" if dice.random() < 0.5 else "")
                text = text[: match.start()] + path + text[match.end() :]
        return text

    _text(folder, dice, change)


def _structure(folder: Path, outside: Path, dice: random.Random) -> None:
    """Elements or keys are missing, twice, of another kind, nested without end."""
    del outside

    def change(text: str) -> str:
        start, end = sorted(dice.randrange(len(text) + 1) for _ in range(2))
        piece = text[start : min(end, start + 3_000)]
        return (
            text[:start]
            + dice.choice(("", piece * 3, "<a>" * 5_000, "{" * 5_000, "\ud800", "null", "\x07"))
            + text[end:]
        )

    _text(folder, dice, change)


def _words(folder: Path, outside: Path, dice: random.Random) -> None:
    """Words are others: true for a number, null for a list, an unknown name for a known one."""
    del outside

    def change(text: str) -> str:
        found = list(re.finditer(r"(?<=[:\[,])(true|false|null|\[\]|\{)|(?<=\")[a-z_]{2,20}(?=\\?\":)", text))
        for match in dice.sample(found, min(len(found), 2)):
            word = dice.choice(("null", "true", "[]", "{}", '"x"', "7", "machine", "\u00e9"))
            text = text[: match.start()] + word + text[match.end() :]
        return text

    _text(folder, dice, change)


def _entities(folder: Path, outside: Path, dice: random.Random) -> None:
    """A document type asks the reader to open something else, or to swell."""

    def change(text: str) -> str:
        doctype = dice.choice(_DOCTYPES).format(secret=outside / "secret.txt")
        head, end, rest = text.partition("?>")
        body = re.sub(r"(?<=>)VM00(?=<)|(?<=>)SQL01(?=<)|(?<=>)(?:Win_2008-R2|OLD01)(?=<)", "&e;", rest)
        return head + end + doctype + body if end else doctype + text

    _text(folder, dice, change)


def _bytes(folder: Path, outside: Path, dice: random.Random) -> None:
    """Bits of a configuration differ, or it breaks off."""
    del outside
    documents = _documents(folder)
    if not documents:
        return
    path = dice.choice(documents)
    raw = bytearray(path.read_bytes())
    for _ in range(dice.choice((1, 3, 30))):
        if raw:
            raw[dice.randrange(len(raw))] = dice.randrange(256)
    path.write_bytes(raw if dice.random() < 0.7 else raw[: dice.randrange(len(raw) + 1)])


def _links(folder: Path, outside: Path, dice: random.Random) -> None:
    """A file or a folder is a link out of the folder, to itself, or to nothing; or no plain file at all."""
    paths = [path for path in sorted(folder.rglob("*")) if not path.is_symlink()]
    if not paths:
        return
    path = dice.choice(paths)
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    kind = dice.randrange(6)
    if kind == 0:
        path.symlink_to(outside / dice.choice(("secret.txt", "secret.vhd")))
    elif kind == 1:
        path.symlink_to(outside)
    elif kind == 2:
        path.symlink_to(path)
    elif kind == 3:
        os.mkfifo(path)
    elif kind == 4:
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()


def _missing(folder: Path, outside: Path, dice: random.Random) -> None:
    """Files are gone, or have each other's names."""
    del outside
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    for path in dice.sample(files, min(len(files), 2)):
        if dice.random() < 0.5:
            path.unlink()
        else:
            path.rename(path.with_name(dice.choice(("x.xml", "x.vhd", "config.xml", "x.ovf", ".x.0123abcd.part"))))


HARMS: Sequence[Callable[[Path, Path, random.Random], None]] = (
    _disk_bytes,
    _sealed_disk,
    _disk_size,
    _disk_circle,
    _figures,
    _paths,
    _structure,
    _words,
    _entities,
    _bytes,
    _links,
    _missing,
)
