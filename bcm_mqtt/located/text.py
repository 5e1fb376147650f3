"""Bytes of a file as text: UTF-8, or a problem that says where it is not and what to do."""

import codecs

from bcm_mqtt.errors import InputError

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def utf8_of(content: bytes, source: str) -> str:
    """The text of a file's bytes, without a byte order mark.

    Args:
        content: Of the whole file.
        source: Its name in problems.

    Raises:
        InputError: it is not UTF-8; with the line of the first byte that is not.
    """
    if content.startswith(_UTF_16):
        message = "is UTF-16 text: expected UTF-8; save it as UTF-8 (a spreadsheet: CSV UTF-8)"
        raise InputError.of(message, source=source)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + before.replace(b"\r\n", b"").count(b"\r") + 1
        shown = content[error.start : error.start + 1].decode("cp1252", errors="replace")
        message = (
            f"is not UTF-8 text: byte 0x{content[error.start]:02X}, which Windows-1252 takes for "
            f"{shown!r}; save it as UTF-8 (a spreadsheet: CSV UTF-8)"
        )
        raise InputError.of(message, source=source, line=line) from None
