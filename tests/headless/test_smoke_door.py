"""`hvgui --smoke`: what proves an installation, proved itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import hvgui
from hvgui import cli

ROOT = Path(hvgui.__file__).parents[1]


def smoke(home: Path, code: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A Python that runs some lines first and then the smoke run, for a user whose home is there."""
    names = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    run = (
        f"import sys\n{code}\nfrom hvgui.cli import main\nif __name__ == '__main__':\n    sys.exit(main(['--smoke']))\n"
    )
    script = home / "smoke.py"
    script.write_text(run, encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **{name: str(home / name) for name in names}},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_it_migrates_a_vm_and_leaves_nothing(tmp_path: Path) -> None:
    ended = smoke(tmp_path, "", folder=Path("/") if os.name == "posix" else None)
    assert (ended.returncode, ended.stderr) == (0, "")
    painted, opened, forecast, arrived = ended.stdout.splitlines()
    assert painted == "The window is painted."
    assert opened == "The sample article-lab is open."
    assert forecast == "The forecast for FS01 came from a process of its own."
    assert arrived.startswith("FS01 was live-migrated to NODE2 in ")
    assert [path.name for path in tmp_path.rglob("*") if path.suffix in {".hvlab", ".conf", ".ini"}] == []


NEVER_OPENS = (
    "from hvgui.gui import smoke\nfrom hvgui.gui.application import House\n"
    "smoke._PATIENCE_SECONDS = 0.5\nHouse.open_first = lambda *_: None"
)
LACKS_SAMPLES = (
    "from hvgui import shipped\nfrom pathlib import Path\n"
    "shipped.shipped_folder = lambda: Path(__file__).parent / 'nowhere'\n"
)
IS_REFUSED = (
    "from hvgui.lab.session import Session\nfrom concurrent.futures import Future\n"
    "def submit(*_):\n    answer = Future()\n    answer.set_exception(RuntimeError('not today'))\n    return answer\n"
    "Session.submit = submit"
)
NO_PROCESS = (
    "from hvgui.lab import forecasters\n"
    "def none(*_, **__):\n    raise OSError('no more processes')\n"
    "forecasters.ProcessPoolExecutor = type('Pool', (), {'__init__': none})"
)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (NEVER_OPENS, "Waited for the sample article-lab to open for"),
        (LACKS_SAMPLES, "This installation of hvgui lacks its file"),
        (IS_REFUSED, "The live migration of FS01 did not succeed: not today"),
        (NO_PROCESS, "Forecasts do not come from a process of their own"),
        ("sys.modules['pyqtgraph'] = None", "pyqtgraph"),
    ],
)
def test_what_goes_wrong_is_one_sentence(tmp_path: Path, code: str, sentence: str) -> None:
    ended = smoke(tmp_path, code)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("hvgui: the smoke run failed: ")
    assert sentence in ended.stderr.splitlines()[-1]


def test_it_takes_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--smoke", "small-business"])
    assert end.value.code == 2
    assert "--smoke opens a sample of its own" in capsys.readouterr().err
