"""Pages in any encoding become the same text."""

from __future__ import annotations

import codecs

import pytest

from index.errors import PageError
from index.pages.decode import decode_page, media_of

_GERMAN = (
    "Die Müllgebühren steigen, beschloss der Rat. „Das ist ärgerlich“, sagte Bürgermeister Groß – für Häuser über 19 €. " * 3
)
_FRENCH = (
    "Le préfet a annoncé que l’été dernier, près de la forêt, des élèves avaient été évacués à cause d’une forte tempête. " * 3
)
_RUSSIAN = "Министр иностранных дел прибыл в столицу с официальным визитом, сообщает пресс-служба правительства страны. " * 3
_JAPANESE = "市は昨日、新しい図書館を来月開館すると発表した。開館時間は午前九時から午後八時までとなる予定である。" * 3
_CHINESE = "山城市交通局昨日宣布，地铁三号线将于下月开始试运行，共设十九座车站，连接老城区与东部新城。" * 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_encodings(encoding: str) -> None:
    """Unicode in any width, with a byte order mark or without, is read; the mark is no part of the text."""
    assert decode_page(_GERMAN.encode(encoding)) == _GERMAN


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (_GERMAN, "cp1252"),
        (_FRENCH, "cp1252"),
        (_RUSSIAN, "cp1251"),
        (_RUSSIAN, "koi8-r"),
        (_JAPANESE, "shift_jis"),
        (_CHINESE, "gb18030"),
    ],
)
def test_older_encodings_are_detected(text: str, encoding: str) -> None:
    """Text in an older encoding is told by its bytes."""
    assert decode_page(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("meta", "encoding"),
    [
        ('<meta charset="iso-8859-1">', "cp1252"),
        ("<meta http-equiv='Content-Type' content='text/html; charset=windows-1252'>", "cp1252"),
        ("<META CHARSET=US-ASCII>", "cp1252"),
    ],
)
def test_stated_charset_means_what_browsers_take_it_for(meta: str, encoding: str) -> None:
    """Latin 1 stated in a page means Windows 1252, with its curly quotes and the euro sign."""
    page = f"<html><head>{meta}</head><body>Ein „Wort“ für 5 €</body></html>"
    assert decode_page(page.encode(encoding)) == page


@pytest.mark.parametrize(
    ("charset", "encoding", "text"),
    [
        ("gb2312", "gb18030", "镕基"),
        ("shift_jis", "cp932", "①髙"),
        ("euc-kr", "cp949", "똠방각하"),
        ("iso-2022-jp", "iso2022_jp", "図書館"),
    ],
)
def test_stated_asian_charsets(charset: str, encoding: str, text: str) -> None:
    """The names of Asian charsets stand for the larger sets that pages use under them."""
    page = f'<html><head><meta charset="{charset}"></head><body>{text}</body></html>'
    assert decode_page(page.encode(encoding)) == page


def test_valid_utf8_goes_before_a_stale_charset() -> None:
    """A page saved as UTF-8 that still states Latin 1 is read as UTF-8."""
    page = f'<html><head><meta charset="iso-8859-1"></head><body>{_GERMAN}</body></html>'
    assert decode_page(page.encode()) == page


def test_unknown_charset_is_passed_over() -> None:
    """A charset that does not exist is no reason to give a page up."""
    page = f'<html><head><meta charset="x-unheard-of"></head><body>{_GERMAN}</body></html>'
    assert decode_page(page.encode("cp1252")) == page


def test_torn_utf8_keeps_its_text() -> None:
    """One broken byte in a UTF-8 page costs one character, not the encoding of all others."""
    raw = _RUSSIAN.encode() + b"\xd0"
    assert decode_page(raw) == _RUSSIAN + "\ufffd"


def test_broken_utf16_is_an_error() -> None:
    """A byte order mark is believed; where the bytes do not keep its promise the page is given up, with the byte."""
    with pytest.raises(PageError, match="UTF-16, and byte"):
        decode_page(codecs.BOM_UTF16_LE + b"\x00\xd8\x41")


@pytest.mark.parametrize(
    ("text", "name", "media"),
    [
        ("<!doctype HTML><p>x", "a.txt", "html"),
        ("  \n<?xml version='1.0'?><!-- saved --><!-- twice --><html>", "-", "html"),
        ("<html lang=en>", "dump", "html"),
        ("x", "A.HTM", "html"),
        ("Prices < 5 > 3", "a.txt", "text"),
        ("<b>not</b> a page", "a.txt", "text"),
        ("The <html> element", "a.txt", "text"),
    ],
)
def test_media_by_name_and_beginning(text: str, name: str, media: str) -> None:
    """A page is HTML by the ending of its name or by how it begins, and text otherwise."""
    assert media_of(text, name) == media


def test_media_of_endless_comments_is_quick() -> None:
    """A page of comments without end is looked at once, not in every way that comments can be split."""
    assert media_of("<!-- -->" * 500_000, "a") == "text"
