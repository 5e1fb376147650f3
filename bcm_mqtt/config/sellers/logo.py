"""`letter.logo`: a picture file as an SVG that needs no other file."""

import re
from base64 import b64encode
from pathlib import Path
from struct import unpack
from typing import Final

_LARGEST: Final = 300_000
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_SIZES_OF_JPEG: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_EXPECTED: Final = "expected a PNG, JPEG or SVG file of at most 300 kB"
_ACTIVE: Final = re.compile(
    r"<!(?:DOCTYPE|ENTITY)|<script|<foreignObject|\bon\w+\s*=|@import"
    r"|href\s*=\s*[\"'](?!#|data:image/)|url\(\s*[\"']?(?!#)",
    re.IGNORECASE,
)
"""What makes an SVG more than a picture: it would load something, or run."""
_BOX: Final = re.compile(r"<svg\b[^>]*\bviewBox\s*=\s*[\"']([^\"']+)[\"']", re.IGNORECASE)
_LENGTH: Final = r"<svg\b[^>]*\b{}\s*=\s*[\"']([0-9.]+)(?:px|pt|mm)?[\"']"


def logo_of(file: Path) -> tuple[str, float]:
    """A logo as SVG, and its width by its height.

    Raises:
        ValueError: it is no picture, or more than one.
    """
    try:
        content = file.read_bytes() if file.stat().st_size <= _LARGEST else b""
    except OSError as error:
        raise ValueError(f"no such file {file}: {_EXPECTED}") from error
    if not content:
        raise ValueError(_EXPECTED)
    if content.startswith(_PNG) and len(content) > len(_PNG) + 16:
        width, height = unpack(">II", content[16:24])
        return _framed(content, "png", width, height)
    if content.startswith(_JPEG):
        return _framed(content, "jpeg", *_size_of_jpeg(content))
    return _svg(content)


def _svg(content: bytes) -> tuple[str, float]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(_EXPECTED) from None
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    if "<svg" not in text[:2000]:
        raise ValueError(_EXPECTED)
    if found := _ACTIVE.search(text):
        raise ValueError(
            f"{_EXPECTED}, without {found[0].strip()!r}: a logo loads and runs nothing"
        )
    if box := _BOX.search(text):
        sides = [float(side) for side in re.findall(r"-?[0-9.]+", box[1])]
        width, height = [*sides, 0.0, 0.0, 0.0, 0.0][2:4]
    else:
        lengths = (re.search(_LENGTH.format(side), text) for side in ("width", "height"))
        width, height = (float(length[1]) if length else 0 for length in lengths)
    if width <= 0 or height <= 0:
        raise ValueError(f"{_EXPECTED}, an SVG with a viewBox or its width and height")
    return text, width / height


def _framed(content: bytes, kind: str, width: int, height: int) -> tuple[str, float]:
    """Pixels within an SVG."""
    if not width or not height:
        raise ValueError(_EXPECTED)
    data = b64encode(content).decode()
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/{kind};base64,{data}"/></svg>'
    )
    return svg, width / height


def _size_of_jpeg(content: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if marker in _SIZES_OF_JPEG:
            height, width = unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + length
    raise ValueError(_EXPECTED)
