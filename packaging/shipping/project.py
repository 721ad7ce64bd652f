"""What the project says about itself, read from its own files: the version and the packages it stands on."""

from __future__ import annotations

import re
import tomllib

from groundwork.telling import TOP

HOMEPAGE = "https://github.com/hvgui/hvgui"
SUMMARY = "Cluster manager and simulator for Hyper-V style failover clusters"
DESCRIPTION = (
    "A cluster manager with the cluster inside: load your own cluster's inventory or a sample, live-migrate virtual "
    "machines and watch every pass, cut links and crash nodes, and see in advance what each of it will do and whose "
    "clients will notice. Nothing in a real cluster is touched."
)
MAINTAINER = "The hvgui authors <hvgui@users.noreply.github.com>"


def version() -> str:
    """As `hvgui --version` tells it."""
    text = (TOP / "hvgui" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    if found is None:
        raise ValueError("hvgui/__init__.py names no __version__.")
    return found.group(1)


def dependencies() -> list[str]:
    """The packages that hvgui needs to run, as pyproject.toml names them."""
    with (TOP / "pyproject.toml").open("rb") as file:
        return list(tomllib.load(file)["project"]["dependencies"])
