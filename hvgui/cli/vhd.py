"""`hvgui vhd`: virtual hard disks without a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hvgui.cli.exits import NOT_AS_WISHED, WELL, BadInputError
from hvgui.cli.options import Options
from hvgui.cli.terminal import progress, say, say_json
from hvgui.cluster.units import format_bytes, parse_bytes
from hvgui.exchange.vhd import edits
from hvgui.exchange.vhd.checking import check
from hvgui.exchange.vhd.description import DiskDescription, describe
from hvgui.exchange.vhd.errors import VhdError
from hvgui.exchange.vhd.layout import VhdType
from hvgui.exchange.vhd.writing import Watch, create

_KINDS = {kind.name.lower(): kind for kind in VhdType}


def work_on_disk(options: Options) -> int:
    """Does what the sub-command says. Raises BadInputError with a sentence."""
    try:
        return _DOINGS[options.doing](options)
    except (VhdError, ValueError) as error:
        text = str(error)
        raise BadInputError(f"{text[:1].upper()}{text[1:]}.") from None
    except OSError as error:
        raise BadInputError(f"{options.file} can't be worked on: {(error.strerror or str(error)).lower()}.") from None


def _info(options: Options) -> int:
    found = describe(options.file)
    if options.json:
        say_json(found)
    else:
        for line in _for_people(found):
            say(line)
    return WELL


def _for_people(found: DiskDescription) -> Iterator[str]:
    yield f"{found.path}"
    yield f"  type         {found.kind}"
    yield f"  size         {format_bytes(found.size_bytes)} ({found.size_bytes:,} bytes)"
    yield f"  file         {format_bytes(found.file_bytes)} ({found.file_bytes:,} bytes)"
    if found.blocks is not None:
        yield f"  blocks       {found.allocated:,} of {found.blocks:,}, {format_bytes(found.block_bytes or 0)} each"
    yield f"  unique id    {found.unique_id}"
    yield f"  geometry     {found.cylinders:,} cylinders, {found.heads} heads, {found.sectors} sectors a track"
    yield f"  created      {found.created} by {found.creator!r}"
    for number, parent in enumerate(found.parents, start=1):
        yield f"  {'parent' if number == 1 else 'and its':<12} {parent}"
    if found.missing_parent:
        yield f"  parent       {found.missing_parent}"


def _create(options: Options) -> int:
    size = parse_bytes(options.size) if options.size else None
    create(options.file, _KINDS[options.type or "dynamic"], size, options.parent, overwrite=options.force)
    return _told(options.file)


def _convert(options: Options) -> int:
    with _watched(f"Converting {options.file}") as watch:
        kind = _KINDS[options.type or "dynamic"]
        edits.convert(options.file, _target(options), kind, watch=watch, overwrite=options.force)
    return _told(_target(options))


def _merge(options: Options) -> int:
    with _watched(f"Merging {options.file}") as watch:
        place = edits.merge(options.file, options.target, watch=watch, overwrite=options.force)
    return _told(place)


def _compact(options: Options) -> int:
    with _watched(f"Compacting {options.file}") as watch:
        lost = edits.compact(options.file, watch=watch)
    say(f"{options.file} has {format_bytes(max(0, lost))} less than before.")
    return WELL


def _expand(options: Options) -> int:
    with _watched(f"Expanding {options.file}") as watch:
        edits.expand(options.file, parse_bytes(options.size), watch=watch)
    return _told(options.file)


def _reconnect(options: Options) -> int:
    if options.parent is None:
        raise VhdError("the parent is missing")
    edits.reconnect(options.file, options.parent)
    return _told(options.file)


def _check(options: Options) -> int:
    found = check(options.file)
    if options.json:
        say_json({"path": str(options.file), "damages": found})
    else:
        for damage in found:
            say(str(damage))
        if not found:
            say(f"{options.file} is whole.")
    return NOT_AS_WISHED if found else WELL


def _target(options: Options) -> Path:
    if options.target is None:
        raise VhdError("the file to write is missing")
    return options.target


def _told(path: Path) -> int:
    found = describe(path)
    size, file = format_bytes(found.size_bytes), format_bytes(found.file_bytes)
    say(f"{path}: a {found.kind} disk of {size} in a file of {file}.")
    return WELL


@contextmanager
def _watched(what: str) -> Iterator[Watch]:
    with progress(what) as shown:
        yield lambda done, whole: shown.reached(done, whole, format_bytes(done))


_DOINGS: dict[str, Callable[[Options], int]] = {
    "info": _info,
    "create": _create,
    "convert": _convert,
    "check": _check,
    "merge": _merge,
    "compact": _compact,
    "expand": _expand,
    "reconnect": _reconnect,
}
