"""A world as bytes and back: MessagePack, typed and bounded on decoding, no code in it."""

from __future__ import annotations

from hvgui.engine.world import World


def snapshot(world: World) -> bytes:
    """The world as MessagePack."""
    raise NotImplementedError


def restore(data: bytes) -> World:
    """The world again; it goes on exactly as the one it was taken from. Raises ValueError with a sentence."""
    raise NotImplementedError
