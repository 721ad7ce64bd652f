"""The licences of everything that is bundled, from resources/licences, as Debian wants to read them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from groundwork.telling import TOP

from shipping import project

_GPL = re.compile(r" *GNU GENERAL PUBLIC LICENSE\n.*END OF TERMS AND CONDITIONS", re.DOTALL)
FOLDER = TOP / "resources" / "licences"


@dataclass(frozen=True)
class Part:
    """Something that hvgui is made of. `files`: where it lies in the Debian package, if by itself."""

    name: str
    what: str
    copyright: str
    licence: str
    text: str
    package: str = ""
    files: tuple[str, ...] = ()


def parts(folder: Path = FOLDER) -> tuple[Part, ...]:
    """Every part, as resources/licences/parts.toml names them."""
    with (folder / "parts.toml").open("rb") as file:
        listed = tomllib.load(file)["part"]
    return tuple(Part(**{**one, "files": tuple(one.get("files", ()))}) for one in listed)


def debian_copyright() -> str:
    """The copyright file of the package (Debian's machine-readable format 1.0)."""
    stanzas = [
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        f"Upstream-Name: hvgui\nSource: {project.HOMEPAGE}\n"
    ]
    texts: dict[str, str] = {}
    for part in parts():
        name = _short_name(part)
        texts[name] = part.text
        # What has no place of its own is packed into the program's file, together with hvgui's modules.
        files = "\n ".join(part.files or (f"usr/lib/hvgui/hvgui:{part.name}",))
        stanzas.append(f"Files: {files}\nCopyright: {part.copyright}\nLicense: {name}\n")
    stanzas += [f"License: {name}\n{_indented(text)}" for name, text in texts.items()]
    return "\n".join(stanzas)


def _short_name(part: Part) -> str:
    """Two parts under the same kind of licence have texts of their own, which need names of their own."""
    return f"{part.licence.partition(' ')[0]}~{Path(part.text).stem}"


def _indented(text: str) -> str:
    """The text as the format wants it. GPL and LGPL lie on every Debian and are only named; the rest is told."""
    if text == "lgpl-3.txt":
        return " On Debian systems the full text is in /usr/share/common-licenses/LGPL-3.\n"
    whole = (FOLDER / text).read_text(encoding="utf-8")
    told = _GPL.sub("On Debian systems the full text is in /usr/share/common-licenses/GPL-3.", whole)
    return "".join(f" {line.rstrip() or '.'}\n" for line in told.rstrip().splitlines())
