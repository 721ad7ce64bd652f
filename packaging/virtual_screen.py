"""A virtual screen with a window manager, on which a program is clicked and seen as a person would."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

X_SOCKETS = Path("/tmp/.X11-unix")  # noqa: S108  where every X server of Unix has its doors
_TOOLS = ("Xvfb", "openbox", "xdotool", "scrot")
_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.1


class ScreenError(Exception):
    """What should be on the screen is not; the text says what."""


class Window:
    """A program's windows."""

    def __init__(self, screen: Screen, process: subprocess.Popen[bytes]) -> None:
        self._screen, self._process = screen, process
        self._id = ""

    def wait_for_title(self, part: str) -> None:
        """Until a window with this in its title is in sight. Raises ScreenError."""
        self._id = self._found(part)

    def wait_for_other(self, part: str) -> None:
        """Until a further window of it, a dialog, is in sight. Raises ScreenError."""
        self._found(part)

    def fill(self) -> None:
        """Over the whole screen, whatever its own wish."""
        self._screen.tool("windowmove", self._id, "0", "0")
        self._screen.tool("windowsize", "--sync", self._id, *(str(one) for one in self._screen.size))

    def _found(self, part: str) -> str:
        def look() -> str:
            if self._process.poll() is not None:
                raise ScreenError(f"the program ended with {self._process.returncode} before '{part}' was seen.")
            return self._screen.tool("search", "--onlyvisible", "--name", part, check=False)

        return self._screen.wait(_PATIENCE_SECONDS, look, f"no window '{part}'").splitlines()[0]


class Screen:
    """One virtual screen."""

    def __init__(self, number: int, size: tuple[int, int]) -> None:
        self.display = f":{number}"
        self.size = size
        self._env = os.environ | {"DISPLAY": self.display}

    def tool(self, *words: str, check: bool = True) -> str:
        """What xdotool answers."""
        done = subprocess.run(["xdotool", *words], env=self._env, check=False, capture_output=True, text=True)
        if check and done.returncode != 0:
            raise ScreenError(f"xdotool {words[0]}: {done.stderr.strip()}")
        return done.stdout.strip()

    def click(self, across: int, down: int, button: int = 1) -> None:
        """With a mouse that is seen to move there first."""
        self.tool("mousemove", "--sync", str(across), str(down))
        self.tool("click", str(button))

    def keys(self, *names: str) -> None:
        """Presses them, one after the other."""
        self.tool("key", "--delay", "150", *names)

    def type(self, text: str) -> None:
        """Letter by letter."""
        self.tool("type", "--delay", "80", text)

    def wait(self, seconds: float, look: Callable[[], object], otherwise: str = "it did not come") -> str:
        """Until `look` gives something; that as text. Raises ScreenError after so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            seen = look()
            if seen:
                return str(seen)
            time.sleep(_LOOK_SECONDS)
        raise ScreenError(f"{otherwise} within {seconds:.0f} s.")

    def settle(self) -> None:
        """Until two looks at the screen, half a second apart, are the same, or five seconds have gone by."""
        deadline, before = time.monotonic() + 5, b""
        while time.monotonic() < deadline:
            seen = subprocess.run(
                ["scrot", "-o", "/dev/stdout"], env=self._env, check=False, capture_output=True
            ).stdout
            if seen and seen == before:
                return
            before = seen
            time.sleep(0.5)

    def picture(self, path: Path) -> None:
        """A screenshot."""
        subprocess.run(["scrot", "-o", str(path)], env=self._env, check=True)

    @contextlib.contextmanager
    def program(self, command: Sequence[str]) -> Iterator[Window]:
        """Runs a program on it; told to end, it has to within half a minute."""
        process = subprocess.Popen(command, env=self._env)
        try:
            yield Window(self, process)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def virtual_screen(size: tuple[int, int]) -> Iterator[Screen]:
    """A screen of so many pixels, as long as it is used. Raises ScreenError where a tool for it is missing."""
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        raise ScreenError(f"{', '.join(missing)} is missing; on Debian: apt install xvfb openbox xdotool scrot.")
    reading, writing = os.pipe()
    across, down = size
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{across}x{down}x24", "-ac", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            screen = Screen(int(told.readline()), size)
        manager = subprocess.Popen(["openbox"], env=os.environ | {"DISPLAY": screen.display}, stderr=subprocess.DEVNULL)
        try:
            yield screen
        finally:
            manager.terminate()
            manager.wait()
    finally:
        server.terminate()
        server.wait()
