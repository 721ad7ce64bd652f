"""Virtual hard disks: what is written is read again by us and by others, edits keep the content, damage is named."""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvgui.cluster.units import GIB, KIB, MIB
from hvgui.exchange.vhd import layout
from hvgui.exchange.vhd.checking import check
from hvgui.exchange.vhd.edits import compact, convert, expand, merge, reconnect
from hvgui.exchange.vhd.errors import StoppedError, VhdError
from hvgui.exchange.vhd.image import open_image
from hvgui.exchange.vhd.layout import VhdType
from hvgui.exchange.vhd.writing import create, footer_of, new_file, writer_for

QEMU = shutil.which("qemu-img")
Writes = list[tuple[int, bytes]]


def written(path: Path, kind: VhdType, size: int, writes: Writes, parent: Path | None = None) -> Path:
    """A disk with some content."""
    with new_file(path) as file:
        if parent is None:
            writer = writer_for(file, footer_of(kind, size), path)
        else:
            with open_image(parent) as image:
                writer = writer_for(file, footer_of(kind, size), path, image)
        for offset, data in writes:
            writer.write(offset, data)
        writer.finish()
    return path


def content(path: Path) -> bytes:
    """All that the guest sees."""
    with open_image(path) as image:
        return image.read(0, image.size_bytes)


def random_writes(seed: int, size: int, count: int = 12) -> Writes:
    """Pieces of 4 KiB and more, at multiples of 4 KiB."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        length = 4 * KIB * chance.randint(1, 40)
        offset = 4 * KIB * chance.randint(0, (size - length) // (4 * KIB))
        made.append((offset, chance.randbytes(length)))
    return made


def flat(size: int, *layers: Writes) -> bytes:
    """What writes come to."""
    whole = bytearray(size)
    for writes in layers:
        for offset, data in writes:
            whole[offset : offset + len(data)] = data
    return bytes(whole)


SIZE = 9 * MIB + 4 * KIB


@pytest.mark.parametrize("kind", [VhdType.FIXED, VhdType.DYNAMIC])
def test_what_is_written_is_read(tmp_path: Path, kind: VhdType) -> None:
    writes = random_writes(1, SIZE)
    path = written(tmp_path / "one.vhd", kind, SIZE, writes)
    assert content(path) == flat(SIZE, writes)
    assert not check(path)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=4), st.sampled_from([VhdType.FIXED, VhdType.DYNAMIC]))
def test_chains_show_the_last_that_was_written(
    tmp_path_factory: pytest.TempPathFactory, seeds: list[int], kind: VhdType
) -> None:
    folder = tmp_path_factory.mktemp("chain")
    layers = [random_writes(seed, SIZE, 5) for seed in seeds]
    path = written(folder / "0.vhd", kind, SIZE, layers[0])
    for number, writes in enumerate(layers[1:], start=1):
        path = written(folder / f"{number}.avhd", VhdType.DIFFERENCING, SIZE, writes, path)
    assert content(path) == flat(SIZE, *layers)
    assert not check(path)
    with open_image(path) as image:
        assert len(image.chain) == len(seeds)


# Edits


def test_converted_there_and_back(tmp_path: Path) -> None:
    writes = random_writes(2, SIZE)
    dynamic = written(tmp_path / "d.vhd", VhdType.DYNAMIC, SIZE, writes)
    fixed, again = tmp_path / "f.vhd", tmp_path / "again.vhd"
    seen: list[tuple[int, int]] = []
    convert(dynamic, fixed, VhdType.FIXED, watch=lambda done, whole: seen.append((done, whole)))
    convert(fixed, again, VhdType.DYNAMIC)
    assert content(dynamic) == content(fixed) == content(again)
    assert seen[-1] == (SIZE, SIZE)
    assert fixed.read_bytes()[:SIZE] == content(dynamic)
    assert fixed.stat().st_size == SIZE + 512


def test_compacting_throws_zeros_away(tmp_path: Path) -> None:
    path = written(tmp_path / "d.vhd", VhdType.DYNAMIC, SIZE, [(0, b"\1" * 4096), (4 * MIB, b"\0" * MIB)])
    before = path.stat().st_size
    lost = compact(path)
    assert lost == before - path.stat().st_size == 2 * MIB + 512
    assert content(path) == flat(SIZE, [(0, b"\1" * 4096)])


def test_a_differencing_disk_keeps_its_zeros_when_compacted(tmp_path: Path) -> None:
    base = written(tmp_path / "base.vhd", VhdType.DYNAMIC, SIZE, [(0, b"\7" * MIB)])
    child = written(tmp_path / "child.avhd", VhdType.DIFFERENCING, SIZE, [(0, b"\0" * 8192)], base)
    compact(child)
    assert content(child) == flat(SIZE, [(0, b"\7" * MIB)], [(0, b"\0" * 8192)])


def test_expanded_by_its_table(tmp_path: Path) -> None:
    writes = random_writes(3, SIZE)
    for kind in (VhdType.DYNAMIC, VhdType.FIXED):
        path = written(tmp_path / f"{kind.name}.vhd", kind, SIZE, writes)
        expand(path, 3 * GIB) if kind is VhdType.DYNAMIC else expand(path, 20 * MIB)
        with open_image(path) as image:
            assert image.size_bytes == (3 * GIB if kind is VhdType.DYNAMIC else 20 * MIB)
            assert image.read(0, SIZE) == flat(SIZE, writes)
            assert image.read(SIZE, MIB) == bytes(MIB)
        assert not check(path)
    with pytest.raises(VhdError, match="must be more"):
        expand(path, SIZE)


def test_merged_into_a_new_disk_and_into_the_parent(tmp_path: Path) -> None:
    layers = [random_writes(seed, SIZE) for seed in (4, 5, 6)]
    base = written(tmp_path / "base.vhd", VhdType.DYNAMIC, SIZE, layers[0])
    middle = written(tmp_path / "middle.avhd", VhdType.DIFFERENCING, SIZE, layers[1], base)
    top = written(tmp_path / "top.avhd", VhdType.DIFFERENCING, SIZE, layers[2], middle)
    whole = flat(SIZE, *layers)
    assert content(merge(top, tmp_path / "new.vhd")) == whole
    identity = _identity(middle)
    assert merge(top) == middle
    assert _identity(middle) == identity
    assert content(middle) == whole
    assert content(base) == flat(SIZE, layers[0]), "only the parent has changed"
    assert merge(middle) == base
    assert content(base) == whole
    assert not check(base)


def _identity(path: Path) -> object:
    with open_image(path) as image:
        return image.footer.unique_id


def test_a_parent_that_has_moved_is_named_and_connected_again(tmp_path: Path) -> None:
    base = written(tmp_path / "base.vhd", VhdType.DYNAMIC, SIZE, random_writes(7, SIZE))
    child = written(tmp_path / "child.avhd", VhdType.DIFFERENCING, SIZE, random_writes(8, SIZE), base)
    before = content(child)
    (tmp_path / "elsewhere").mkdir()
    moved = base.rename(tmp_path / "elsewhere" / "parent.vhd")
    with pytest.raises(VhdError, match=r"child.avhd can't be used: its parent base.vhd is not there"):
        content(child)
    assert [damage.where for damage in check(child)] == ["parent"]
    stranger = written(tmp_path / "stranger.vhd", VhdType.DYNAMIC, SIZE, [])
    with pytest.raises(VhdError, match="another disk than the parent"):
        reconnect(child, stranger)
    reconnect(child, moved)
    assert content(child) == before
    assert not check(child)


def test_a_moved_folder_keeps_its_chain(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    base = written(home / "base.vhd", VhdType.DYNAMIC, SIZE, random_writes(9, SIZE))
    child = written(home / "child.avhd", VhdType.DIFFERENCING, SIZE, [], base)
    whole = content(child)
    assert content(home.rename(tmp_path / "away") / child.name) == whole


def test_what_can_not_be_edited_says_why(tmp_path: Path) -> None:
    fixed = written(tmp_path / "fixed.vhd", VhdType.FIXED, SIZE, [])
    child = written(tmp_path / "child.avhd", VhdType.DIFFERENCING, SIZE, [], fixed)
    before = sorted(tmp_path.iterdir())
    for sentence, edit in (
        ("fixed disk: there is nothing to compact", lambda: compact(fixed)),
        ("no differencing disk: there is nothing to merge", lambda: merge(fixed)),
        ("has its parent's size", lambda: expand(child, 2 * SIZE)),
        ("exists already", lambda: create(fixed, VhdType.DYNAMIC, SIZE)),
        ("a part of the source", lambda: convert(child, fixed, VhdType.DYNAMIC, overwrite=True)),
        ("no differencing disk: it has no parent", lambda: reconnect(fixed, child)),
        ("there is no file", lambda: compact(tmp_path / "none.vhd")),
        ("a VHD has at most 2,040 GB", lambda: create(tmp_path / "huge.vhd", VhdType.DYNAMIC, 2041 * GIB)),
        ("whole number of sectors", lambda: create(tmp_path / "odd.vhd", VhdType.DYNAMIC, 1000)),
        ("has a parent, and others have none", lambda: create(tmp_path / "x.vhd", VhdType.DIFFERENCING)),
        ("its parent's size", lambda: create(tmp_path / "x.vhd", VhdType.DIFFERENCING, MIB, fixed)),
    ):
        with pytest.raises(VhdError, match=sentence):
            edit()
    assert sorted(tmp_path.iterdir()) == before, "nothing half-written stays"


def test_called_off_nothing_stays(tmp_path: Path) -> None:
    path = written(tmp_path / "d.vhd", VhdType.DYNAMIC, SIZE, random_writes(10, SIZE))

    def stop(done: int, whole: int) -> None:
        if done > whole / 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        convert(path, tmp_path / "f.vhd", VhdType.FIXED, watch=stop)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["d.vhd"]


# Real sizes


def test_a_hundred_gigabytes_with_one_of_data_take_one(tmp_path: Path) -> None:
    path, copy = tmp_path / "big.vhd", tmp_path / "copy.vhd"
    piece = random.Random(11).randbytes(MIB)
    writes = [(number * 100 * MIB, piece) for number in range(64)]
    written(path, VhdType.DYNAMIC, 100 * GIB, writes)
    assert path.stat().st_size < 140 * MIB
    convert(path, copy, VhdType.FIXED)
    assert copy.stat().st_size == 100 * GIB + 512
    assert copy.stat().st_blocks * 512 < 140 * MIB, "holes stay holes"
    back = tmp_path / "back.vhd"
    convert(copy, back, VhdType.DYNAMIC)
    assert back.stat().st_size == path.stat().st_size
    with open_image(back) as image:
        assert image.read(63 * 100 * MIB, MIB) == piece


# By others


@pytest.mark.skipif(QEMU is None, reason="qemu-img is not here")
@pytest.mark.parametrize("kind", [VhdType.FIXED, VhdType.DYNAMIC])
@pytest.mark.parametrize("size", [SIZE, 127 * GIB, 2040 * GIB])
def test_qemu_reads_the_same(tmp_path: Path, kind: VhdType, size: int) -> None:
    writes = random_writes(12, SIZE)
    path = written(tmp_path / "one.vhd", kind, size, writes)
    raw = tmp_path / "one.raw"
    with raw.open("wb") as file:
        for offset, data in writes:
            file.seek(offset)
            file.write(data)
        file.truncate(size)
    command = [str(QEMU), "compare", "-f", "vpc", "-F", "raw", path, raw]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    told = subprocess.run([str(QEMU), "info", "-f", "vpc", path], capture_output=True, text=True, check=True)
    assert f"({size} bytes)" in told.stdout


@pytest.mark.skipif(QEMU is None, reason="qemu-img is not here")
def test_what_qemu_writes_is_read(tmp_path: Path) -> None:
    raw, path = tmp_path / "one.raw", tmp_path / "one.vhd"
    whole = flat(SIZE, random_writes(13, SIZE))
    raw.write_bytes(whole)
    command = [str(QEMU), "convert", "-f", "raw", "-O", "vpc", "-o", "force_size=on", raw, path]
    subprocess.run(command, check=True, capture_output=True)
    assert content(path) == whole
    assert not check(path)


def test_libvhdi_reads_the_same_chain(tmp_path: Path) -> None:
    pyvhdi = pytest.importorskip("pyvhdi")
    layers = [random_writes(seed, SIZE) for seed in (14, 15, 16)]
    paths = [written(tmp_path / "0.vhd", VhdType.DYNAMIC, SIZE, layers[0])]
    for number in (1, 2):
        paths.append(written(tmp_path / f"{number}.avhd", VhdType.DIFFERENCING, SIZE, layers[number], paths[-1]))
    files = []
    for path in paths:
        file = pyvhdi.file()
        file.open(str(path))
        if files:
            file.set_parent(files[-1])
        files.append(file)
    assert files[-1].get_media_size() == SIZE
    assert files[-1].read_buffer(SIZE) == flat(SIZE, *layers) == content(paths[-1])


# Geometry: the specification's algorithm, and sizes by qemu


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (3 * MIB, (90, 4, 17)),
        (504 * MIB, (1024, 16, 63)),
        (127 * GIB, (65_278, 16, 255)),
        (2040 * GIB, (65_535, 16, 255)),
    ],
)
def test_geometry(size: int, expected: tuple[int, int, int]) -> None:
    assert layout.geometry(size) == expected


# Damage


def _patched(offset: int, data: bytes, *, from_end: bool = False) -> Callable[[Path], None]:
    def patch(path: Path) -> None:
        raw = bytearray(path.read_bytes())
        place = len(raw) + offset if from_end else offset
        raw[place : place + len(data)] = data
        path.write_bytes(raw)

    return patch


def _cut(length: int) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(path.read_bytes()[:-length]) and None


DAMAGES: list[tuple[str, str, Callable[[Path], None]]] = [
    ("footer", "there is no footer", _patched(-512, b"x", from_end=True)),
    ("footer", "checksum does not agree", _patched(-512 + 24, b"\x01\x02", from_end=True)),
    ("footer", "there is no footer", _cut(512)),
    ("footer copy", "checksum does not agree", _patched(26, b"\x01\x02")),
    ("footer copy", "there is no footer", _patched(0, b"x")),
    ("header", "no header", _patched(512, b"x")),
    ("header", "checksum does not agree", _patched(512 + 900, b"x")),
    ("block table", "beyond the end of the file", _patched(1536, struct.pack(">I", 2**30))),
    ("block table", "into the header", _patched(1536, struct.pack(">I", 1))),
    ("locator", "no. 1 holds no path|points outside", _patched(512 + 576 + 8, struct.pack(">I", 2**31))),
]


@pytest.mark.parametrize(("where", "what", "damage"), DAMAGES)
def test_damage_is_found_and_named(tmp_path: Path, where: str, what: str, damage: Callable[[Path], None]) -> None:
    base = written(tmp_path / "base.vhd", VhdType.DYNAMIC, SIZE, random_writes(17, SIZE))
    path = written(
        tmp_path / "child.avhd", VhdType.DIFFERENCING, SIZE, [(0, b"\1" * 8192), (4 * MIB, b"\2" * 4096)], base
    )
    damage(path)
    found = [str(one) for one in check(path) if one.where == where]
    assert any(part in " ".join(found) for part in what.split("|")), check(path)


def test_two_blocks_in_one_place_are_named(tmp_path: Path) -> None:
    path = written(tmp_path / "one.vhd", VhdType.DYNAMIC, SIZE, [(0, b"\1" * 4096), (2 * MIB, b"\2" * 4096)])
    raw = bytearray(path.read_bytes())
    raw[1536 + 4 : 1536 + 8] = raw[1536:1540]
    path.write_bytes(raw)
    assert [str(one) for one in check(path)] == ["block table: it gives the place of another block again to block 1"]


def test_a_circle_of_parents_is_refused(tmp_path: Path) -> None:
    base = written(tmp_path / "a.vhd", VhdType.DYNAMIC, SIZE, [])
    child = written(tmp_path / "b.avhd", VhdType.DIFFERENCING, SIZE, [], base)
    shutil.copy(child, base)
    with pytest.raises(VhdError, match="circle"):
        content(child)
    assert "circle" in str(check(child)[0])


def test_nothing_outside_of_the_folder_is_opened(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    base = written(tmp_path / "secret.vhd", VhdType.DYNAMIC, SIZE, [])
    child = written(inside / "child.avhd", VhdType.DIFFERENCING, SIZE, [], base)
    with pytest.raises(VhdError, match="lies outside"):
        open_image(child, within=inside)
    if sys.platform != "win32":
        link = inside / "link.vhd"
        link.symlink_to(base)
        with pytest.raises(VhdError, match="lies outside"):
            open_image(link, within=inside)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3200), st.integers(0, 255)), min_size=1, max_size=4), st.booleans())
def test_mutated_files_give_a_sentence_or_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], mends: bool
) -> None:
    folder = tmp_path_factory.mktemp("mutant")
    base = written(folder / "base.vhd", VhdType.DYNAMIC, 5 * MIB, [(0, b"\1" * 4096)])
    path = written(folder / "child.avhd", VhdType.DIFFERENCING, 5 * MIB, [(0, b"\2" * 4096)], base)
    raw = bytearray(path.read_bytes())
    for place, value in changes:
        raw[place if place < 2700 else len(raw) - 512 + place - 2700] = value
    if mends:
        raw[-512:] = layout.with_checksum(bytes(raw[-512:]), slice(64, 68))
        raw[512:1536] = layout.with_checksum(bytes(raw[512:1536]), slice(36, 40))
    path.write_bytes(raw)
    try:
        with open_image(path, within=folder) as image:
            image.read(0, min(image.size_bytes, 8 * MIB))
    except VhdError as error:
        assert "\n" not in str(error)
    check(path)
