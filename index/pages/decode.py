"""Raw bytes become text: give the bytes of a page, get its text, or PageError with a reason for people.

In this order: a byte order mark, UTF-8 where it is valid throughout, the charset that the HTML states, charset-normalizer.
Valid UTF-8 goes before the stated charset because a page saved from a browser is UTF-8 whatever it still says of itself,
and text in another encoding is hardly ever valid UTF-8 by accident; 7-bit encodings, which always are, go first.
"""

from __future__ import annotations

import codecs
import re
from typing import Literal

from charset_normalizer import from_bytes

from index.errors import PageError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "an image or sound (RIFF)"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x1f\x8b", "gzip within gzip"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
)
_CHARSET = re.compile(rb"""<(?:meta\b[^>]*?charset|\?xml\b[^>]*?encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_HTML_START = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta|article|main)\b",
    re.IGNORECASE | re.DOTALL,
)
_HEAD_BYTES = 4096
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
# What browsers take these names to mean (WHATWG encodings): pages that state them hold the larger set.
_BROWSER_NAMES = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_SEVEN_BIT = frozenset(("iso2022_jp", "hz", "iso2022_kr"))
# charset-normalizer decodes everything once per encoding it knows; 64 KB tell as much as 20 MB.
_SAMPLE = 65_536
# Damaged pages: one wrong byte in a thousand characters is a torn transfer, more is another encoding or no text.
_TOLERATED = 1 / 1000
_TOLERATED_CONTROLS = 1 / 100


def decode_page(raw: bytes) -> str:
    """The text of a page; PageError when it is empty, binary, or in no encoding that can be told."""
    if not raw.strip():
        raise PageError("it is empty")
    for magic, kind in _MAGIC:
        if raw.startswith(magic):
            raise PageError(f"it is binary ({kind}), not a page of text or HTML")
    text = _decoded(raw)
    if not text.strip():
        raise PageError("it is empty")
    controls = len(_CONTROL.findall(text))
    if controls > _TOLERATED_CONTROLS * len(text):
        raise PageError(f"it is binary: {controls} of its {len(text)} characters are control characters")
    return text


def media_of(text: str, name: str) -> Literal["text", "html"]:
    """Whether the text is HTML, by the name's ending or by how it begins."""
    if name.lower().endswith((".html", ".htm", ".xhtml")) or _HTML_START.match(text[:_HEAD_BYTES]):
        return "html"
    return "text"


def _decoded(raw: bytes) -> str:
    for bom, name in _BOMS:
        if raw.startswith(bom):
            return _strictly(raw, name)
    if b"\x00" in raw:
        return _wide(raw)
    stated = _stated_charset(raw)
    if stated in _SEVEN_BIT and (b"\x1b" in raw or stated == "hz"):
        return _strictly(raw, stated)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if stated and stated != "utf-8":
        try:
            return raw.decode(stated)
        except (UnicodeDecodeError, LookupError):
            pass
    return _torn_utf8(raw) or _detected(raw)


def _strictly(raw: bytes, name: str) -> str:
    try:
        return raw.decode(name)
    except UnicodeDecodeError as error:
        message = f"it says that it is {name.upper()}, and byte {error.start + 1} is not ({error.reason}); save it again as UTF-8"
        raise PageError(message) from None


def _wide(raw: bytes) -> str:
    """UTF-16 without a byte order mark, known by its zeros in every other byte; any other text with zeros is none."""
    sample = raw[:_HEAD_BYTES]
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        halves = sample[offset::2]
        others = sample[1 - offset :: 2]
        if halves.count(0) > 0.4 * len(halves) and others.count(0) <= 0.05 * len(others):
            return _strictly(raw, name)
    raise PageError(f"it holds NUL bytes (the first is byte {raw.index(0) + 1}): it is binary, or damaged")


def _stated_charset(raw: bytes) -> str | None:
    match = _CHARSET.search(raw[:_HEAD_BYTES])
    if not match:
        return None
    try:
        name = codecs.lookup(match[1].decode("ascii")).name
    except LookupError:
        return None
    return _BROWSER_NAMES.get(name, name)


def _torn_utf8(raw: bytes) -> str | None:
    """UTF-8 with a few broken bytes, which become U+FFFD; None where the bytes are not UTF-8 otherwise."""
    text = raw.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(1 for character in text[:_SAMPLE] if ord(character) > 0x7F) - broken
    return text if broken <= max(1, _TOLERATED * len(text)) and whole > 4 * broken else None


def _detected(raw: bytes) -> str:
    sample = raw if len(raw) <= _SAMPLE else raw[:_SAMPLE].rsplit(b"\n", 1)[0]
    for match in from_bytes(sample):
        try:
            return raw.decode(match.encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    raise PageError("it is in no encoding that can be told (tried UTF-8, UTF-16, Windows and ISO ones); save it again as UTF-8")
