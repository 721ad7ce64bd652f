"""Scenarios that are wrong: each mistake gets one sentence that names the file, the place and the way out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvgui.lab.scenario import read_scenario
from hvgui.lab.scenario_table import LARGEST_SCENARIO_BYTES, ScenarioError

GOOD = """title = "Patch night"
sample = "article-lab"
seed = 7

[profile]
base = "2012 R2"
max_passes = 3

[[node]]
name = "NODE2"
memory = "16 GB"

[[link]]
node = "*"
speed = "1 Gbit/s"

[[vm]]
name = "FS01"
memory = "3 GB"
regions = [{ name = "hot", size = "200 MB", write_rate = "40 MB/s", pattern = "cyclic" }]
video = { rate = "6 Mbit/s", buffer = "2 s" }

[[request]]
at = "30s"
do = "live-migrate"
vm = "FS01"
to = "NODE2"
"""


def complaint(folder: Path, text: str | bytes) -> str:
    path = folder / "night.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ScenarioError) as caught:
        read_scenario(path)
    sentence = str(caught.value)
    assert sentence.startswith(str(path))
    assert "\n" not in sentence
    return sentence.removeprefix(str(path)).lstrip(", :")


def test_the_scenario_that_the_mistakes_are_made_in_is_right(tmp_path: Path) -> None:
    path = tmp_path / "night.toml"
    path.write_text(GOOD)
    assert len(read_scenario(path).requests) == 1


MISTAKES = [
    ('to = "NODE2"', 'to = "NODE9"', "line 27", "no node 'NODE9' in this cluster; did you mean 'NODE"),
    ('vm = "FS01"', 'vm = "FSO1"', "line 26", "no VM 'FSO1' in this cluster; did you mean 'FS01'?"),
    ('vm = "FS01"', 'vn = "FS01"', "line 23, [[request]] 1", "'vm' is missing"),
    ('to = "NODE2"', 'to = "NODE2"\ntoo = 1', "line 28, [[request]] 1", "'too' is not a key here; did you mean 'to'?"),
    ('to = "NODE2"', 'to = "NODE*"', "line 27", "means 2 nodes here; name one"),
    ('to = "NODE2"', 'to = ""', "line 27", "no node ''"),
    ('at = "30s"', 'at = "30 parsecs"', "line 24", "'at' is '30 parsecs', where a duration such as '30s'"),
    ('at = "30s"', 'at = "1e400 d"', "line 24", "duration"),
    ('at = "30s"', 'at = "2 d"', "", "comes after the end"),
    ('do = "live-migrate"', 'do = "live-migrat"', "line 25", "did you mean 'live-migrate'?"),
    ('do = "live-migrate"', "do = 5", "line 25", "'do' is 5, where one of: live-migrate"),
    ('memory = "16 GB"', "memory = true", "line 11, [[node]] 1", "'memory' is true, where a size"),
    ('memory = "16 GB"', 'memroy = "16 GB"', "line 11, [[node]] 1", "did you mean 'memory'?"),
    ('memory = "16 GB"', 'memory = "16 GX"', "line 11", "where a size such as '4 GB'"),
    ('memory = "16 GB"', "memory = -1", "line 11", "where a size"),
    ('memory = "16 GB"', 'memory = "1.5 GB"', "", "does not add up: NODE2 has given away"),
    ('memory = "16 GB"', 'state = "down"', "", "WEB01 is running on NODE2, which is down"),
    ('memory = "3 GB"', 'memory = "300 KB"', "line 19", "at least 1 MB"),
    ('size = "200 MB"', 'size = "4 GB"', "line 20", "give it more 'memory' or smaller regions"),
    ('size = "200 MB", ', "", "line 20, [[vm]] 1, regions 1", "'size' is missing"),
    ('memory = "3 GB"', 'load = { cpu = { period = "1 ms" } }', "line 19, [[vm]] 1, load cpu", "1 s at least"),
    ('pattern = "cyclic"', 'pattern = "cyclical"', "line 20", "did you mean 'cyclic'?"),
    ('write_rate = "40 MB/s"', 'write_rate = "40 MB"', None, None),
    ('write_rate = "40 MB/s"', 'write_rate = "40 knots"', "line 20", "where a rate such as '1 Gbit/s'"),
    ("regions = [{", "regions = [3, {", "line 20", "where a list of tables, such as [[regions]]"),
    ('buffer = "2 s"', 'buffer = "0 s"', "line 21", "above 0"),
    ('video = { rate = "6 Mbit/s", buffer = "2 s" }', 'video = "yes"', "line 21", "true or false"),
    ("max_passes = 3", "max_passes = 0", "line 7, [profile]", "only the stop rule 'threshold' knows"),
    ("max_passes = 3", 'stop = "threshold"\nmax_passes = 0\nblackout_target = 0', "line 9", "would ever end"),
    ("max_passes = 3", 'max_pases = "3"', "line 7, [profile]", "did you mean 'max_passes'?"),
    ("max_passes = 3", "not_shrinking_ratio = 1.5", "line 7", "a number from 0 to 1"),
    ('base = "2012 R2"', 'base = "2012R2"', "line 6, [profile]", "did you mean '2012 R2'?"),
    ('speed = "1 Gbit/s"', 'speed = "0"', "line 15", "between 8 kbit/s and 8,000 Gbit/s"),
    ('speed = "1 Gbit/s"', 'speed = "1 Gbit/s"\npayload = "1 MB/s"', "line 16", "keep one"),
    ('node = "*"', 'node = "NODE7"', "line 14, [[link]] 1", "there is no node 'NODE7'"),
    ('sample = "article-lab"', 'sample = "article"', "line 2", "did you mean 'article-lab'?"),
    ('sample = "article-lab"', 'sample = "article-lab"\ninventory = "x.json"', "line 3", "two clusters; keep one"),
    ('sample = "article-lab"', "", "line 17, [[vm]] 1", "'node' is missing"),
    ("seed = 7", "seed = 7.5", "line 3", "a whole number"),
    ("seed = 7", "seed = -7", "line 3", "a whole number"),
    ("seed = 7", "sede = 7", "line 3", "did you mean 'seed'?"),
    ("seed = 7", 'end = "soon"', "line 3", "a duration"),
    ("[[vm]]", "[vm]", "line 17", "where a list of tables, such as [[vm]]"),
    ("[[vm]]", "[[vms]]", "line 17", "'vms' is not a key here; did you mean 'vm'?"),
    ("seed = 7", "seed = ", "is not TOML", "line 3"),
]


@pytest.mark.parametrize(("right", "wrong", "place", "words"), MISTAKES)
def test_one_slip_of_the_pen(tmp_path: Path, right: str, wrong: str, place: str | None, words: str | None) -> None:
    assert right in GOOD
    text = GOOD.replace(right, wrong, 1) if not right.startswith("vm =") else GOOD.replace(right, wrong)
    if place is None:
        path = tmp_path / "night.toml"
        path.write_text(text)
        assert read_scenario(path).requests
        return
    sentence = complaint(tmp_path, text)
    assert place in sentence
    assert words is None or words in sentence


def test_names_that_can_not_be(tmp_path: Path) -> None:
    start = '[[node]]\nname = "A"\n'
    assert "can't be the name of a new node" in complaint(tmp_path, '[[node]]\nname = "N*"\n')
    assert "there is a node 'a' already" in complaint(tmp_path, start + '[[node]]\nname = "a"\n')
    assert "'node' is missing" in complaint(tmp_path, start + '[[vm]]\nname = "V"\nmemory = "1 GB"\n')
    assert "'memory' is missing" in complaint(tmp_path, start + '[[vm]]\nname = "V"\nnode = "A"\n')
    assert "has no node" in complaint(tmp_path, 'title = "nothing"')
    assert "are: " in complaint(tmp_path, start + '[[vm]]\nname = "V"\nnode = "A"\nmemory = "1 GB"\nzzz = 1')


def test_a_file_that_is_not_there_a_folder_and_a_device(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.toml", tmp_path, Path("/dev/null"), Path("a\0b"), tmp_path / ("x" * 4000)):
        with pytest.raises(ScenarioError) as caught:
            read_scenario(path)
        assert str(caught.value).startswith(str(path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(ScenarioError, match="not a file that holds a scenario"):
        read_scenario(tmp_path / "pipe.toml")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.toml"
    path.write_text(GOOD)
    path.chmod(0)
    with pytest.raises(ScenarioError, match="permission denied"):
        read_scenario(path)


def test_two_gigabytes_are_refused_by_their_size_alone(tmp_path: Path) -> None:
    path = tmp_path / "huge.toml"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(ScenarioError, match=r"has 2 GB; a scenario has at most 4 MB\."):
        read_scenario(path)
    assert LARGEST_SCENARIO_BYTES == 4 * 1024**2


def test_text_that_is_none(tmp_path: Path) -> None:
    assert "line 2: not UTF-8" in complaint(tmp_path, b'title = "a"\nsample = "\xff\xfe"\n')
    assert "is not TOML" in complaint(tmp_path, b"\x00\x01\x02")
    assert "not UTF-8" in complaint(tmp_path, GOOD.encode("utf-16"))
    assert "nested too deeply" in complaint(tmp_path, "a = " + "[" * 100_000)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert len(read_scenario(path).requests) == 1


def only_a_sentence(folder: Path, content: bytes) -> None:
    """Reads what may be right or wrong: the one thing that may come of a mistake is a sentence of our own."""
    path = folder / "fuzz.toml"
    path.write_bytes(content)
    try:
        read_scenario(path)
    except ScenarioError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 2000


WORDS = st.sampled_from(
    "name memory at do vm to node speed regions size video seed end load cpu profile stop sample '[[vm]]' '[vm]' "
    "'[[request]]' '[[node]]' '*' 'FS01' true false -1 0 1e308 nan inf 9223372036854775807 1979-05-27 '' "
    "'4 GB' '1 Gbit/s' '30s' {} [] [1] [{}] {name=1} 99999999999999999999999999999999".replace("'", '"').split()
)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_value_in_the_place_of_another_is_never_more_than_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = GOOD.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.integers(0, len(lines) - 1))
        key = lines[row].split(" = ")[0]
        lines[row] = f"{key} = {data.draw(WORDS)}" if "=" in lines[row] else data.draw(WORDS).strip('"')
    only_a_sentence(tmp_path_factory.mktemp("fuzz"), "\n".join(lines).encode())


@settings(max_examples=150, deadline=None)
@given(position=st.integers(0, len(GOOD)), length=st.integers(0, 12), garbage=st.binary(max_size=12))
def test_bytes_overwritten_anywhere_are_never_more_than_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, position: int, length: int, garbage: bytes
) -> None:
    content = GOOD.encode()
    only_a_sentence(tmp_path_factory.mktemp("fuzz"), content[:position] + garbage + content[position + length :])
