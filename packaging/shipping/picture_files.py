"""Files of icons that hold one picture in several sizes, as Windows and macOS want them; each picture is a PNG.

ICO: Microsoft, "Icons" (directory of 16 bytes an entry; PNG entries since Windows Vista). ICNS: a sequence of chunks
of four letters, a length that counts the head, and the data (Apple's `icns` types ic04 ... ic14).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

_ICNS_TYPES = {
    16: (b"icp4",),
    32: (b"icp5", b"ic11"),
    64: (b"icp6", b"ic12"),
    128: (b"ic07",),
    256: (b"ic08", b"ic13"),
    512: (b"ic09", b"ic14"),
    1024: (b"ic10",),
}


def ico(pictures: Mapping[int, bytes]) -> bytes:
    """An ICO file of PNGs by their side in pixels, 1 to 256."""
    heads, place = b"", 6 + 16 * len(pictures)
    for size, data in sorted(pictures.items()):
        side = size % 256  # 256 is written as 0
        heads += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(data), place)
        place += len(data)
    return struct.pack("<HHH", 0, 1, len(pictures)) + heads + b"".join(data for _, data in sorted(pictures.items()))


def icns(pictures: Mapping[int, bytes]) -> bytes:
    """An ICNS file of PNGs by their side in pixels: 16, 32, 64, 128, 256, 512, 1024."""
    chunks = b"".join(
        kind + struct.pack(">I", 8 + len(data)) + data
        for size, data in sorted(pictures.items())
        for kind in _ICNS_TYPES[size]
    )
    return b"icns" + struct.pack(">I", 8 + len(chunks)) + chunks
