"""Pages are read from files, folders and standard input; what cannot be read is quarantined with its reason."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import socket
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.pages.page import Quarantined, Reading
from index.pages.read import read_inputs

_CAPTURED = datetime(2025, 6, 1, 12, 0, tzinfo=timezone.utc)
_HTML = "<!DOCTYPE html><html><head><title>{title}</title></head><body><article><p>{body}</p></article></body></html>"
_BODY = "It rained for three days, and on the fourth the river stood in the market place up to the fountain's rim."
_DUMP = f"Rain floods the market\n\n{_BODY}\n"


def page(title: str = "Rain floods the market", body: str = _BODY) -> bytes:
    return _HTML.format(title=title, body=body).encode()


def read(*paths: str | Path, captured: datetime | None = _CAPTURED) -> list[Reading | Quarantined]:
    return list(read_inputs(paths, captured=captured))


def reasons(found: Iterable[Reading | Quarantined]) -> list[str]:
    return [one.reason for one in found if isinstance(one, Quarantined)]


def only(found: list[Reading | Quarantined]) -> Reading:
    (one,) = found
    assert isinstance(one, Reading), one
    return one


class _Stdin:
    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)


@pytest.mark.parametrize("name", ["a.html", "a.htm", "a.XHTML", "a.txt", "a", "a.html.gz"])
def test_html_is_known_by_name_and_by_its_beginning(tmp_path: Path, name: str) -> None:
    """HTML is read as HTML whatever the file is called, gzipped or not."""
    raw = gzip.compress(page()) if name.endswith(".gz") else page()
    (tmp_path / name).write_bytes(raw)
    reading = only(read(tmp_path / name))
    assert (reading.articles[0].title, reading.articles[0].body) == ("Rain floods the market", _BODY)


@pytest.mark.parametrize("name", ["a.txt", "a.dump", "a", "a.txt.gz"])
def test_text_dumps(tmp_path: Path, name: str) -> None:
    """Anything else that is text is read as a text dump, gzipped or not."""
    raw = _DUMP.encode()
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    article = only(read(tmp_path / name)).articles[0]
    assert (article.title, article.body) == ("Rain floods the market", _BODY)


def test_reading_tells_where_and_when(tmp_path: Path) -> None:
    """A reading holds the path as given, the digest of the page itself and the time of its capture."""
    path = tmp_path / "a.html"
    path.write_bytes(page())
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(page()))
    reading = only(read(path))
    assert (reading.path, reading.line, reading.captured) == (str(path), None, _CAPTURED)
    assert reading.digest == hashlib.sha256(page()).hexdigest()
    assert only(read(tmp_path / "a.html.gz")).digest == reading.digest
    assert reading.articles[0].seen_on == (path.as_posix(),)


def test_origin_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path is kept as given in the reading, and made absolute in what the article was seen on."""
    (tmp_path / "a.html").write_bytes(page())
    monkeypatch.chdir(tmp_path)
    reading = only(read("./a.html"))
    assert reading.path == "a.html"
    assert reading.articles[0].seen_on == ((tmp_path / "a.html").as_posix(),)


def test_time_of_capture_is_that_of_the_file(tmp_path: Path) -> None:
    """Without a stated time a page was captured when its file was last changed."""
    path = tmp_path / "a.html"
    path.write_bytes(page())
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert only(read(path, captured=None)).captured == datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc)


def test_a_naive_time_of_capture_is_utc(tmp_path: Path) -> None:
    """A stated time without a zone is taken as UTC."""
    (tmp_path / "a.html").write_bytes(page())
    assert only(read(tmp_path / "a.html", captured=datetime(2025, 6, 1, 12, 0))).captured == _CAPTURED


def test_folders_are_walked_in_order(tmp_path: Path) -> None:
    """Folders are read whole, sorted by name, hidden files and folders left out."""
    for name in ("b/2.html", "b/1.html", "a.html", "c/d/e/3.html", ".hidden.html", ".git/x.html", "b/.x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(page())
    found = read(tmp_path)
    assert [Path(one.path).relative_to(tmp_path).as_posix() for one in found] == [
        "a.html",
        "b/1.html",
        "b/2.html",
        "c/d/e/3.html",
    ]
    assert not reasons(found)


def test_links_are_followed_inside_and_once(tmp_path: Path) -> None:
    """Loops of links end, a file reached twice is read once, and a link that leads out is not followed."""
    outside = tmp_path / "outside.html"
    outside.write_bytes(page())
    folder = tmp_path / "pages"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.html").write_bytes(page())
    (folder / "again.html").symlink_to("a.html")
    (folder / "deep" / "loop").symlink_to(folder)
    (folder / "self").symlink_to("self")
    (folder / "gone").symlink_to("nothing")
    (folder / "out.html").symlink_to(outside)
    found = read(folder)
    assert [one.path for one in found if isinstance(one, Reading)] == [str(folder / "a.html")]
    told = {Path(one.path).name: one.reason for one in found if isinstance(one, Quarantined)}
    assert set(told) == {"self", "gone", "out.html"}
    assert "leads out" in told["out.html"]
    assert only(read(folder / "out.html")).articles


def test_pipes_sockets_and_devices_are_no_pages(tmp_path: Path) -> None:
    """A named pipe would wait forever for a writer; it is named and skipped, in a folder and as an argument."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        found = read(tmp_path, tmp_path / "pipe", "/dev/null")
    assert [reason.split(",", maxsplit=1)[0] for reason in reasons(found)] == [
        "it is a named pipe",
        "it is a socket",
        "it is a named pipe",
        "it is a device",
    ]


def test_empty_folder_and_missing_path(tmp_path: Path) -> None:
    """A folder without a file and a path without anything are told, and the rest is read."""
    (tmp_path / "empty" / "also").mkdir(parents=True)
    (tmp_path / "a.html").write_bytes(page())
    found = read(tmp_path / "empty", tmp_path / "missing", tmp_path / "nul\0", tmp_path / "a.html")
    assert reasons(found[:3]) == [
        "the folder holds no file to read",
        "there is no such file or folder",
        "it cannot be read (embedded null byte)",
    ]
    assert isinstance(found[3], Reading)


@pytest.fixture
def common_user() -> Iterator[Path]:
    """A folder that everybody may enter, and the rights of a user who is not root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        was_root = os.geteuid() == 0
        if was_root:
            os.chown(folder, 65534, -1)
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if was_root:
                os.seteuid(0)


def test_unreadable_file_and_folder(common_user: Path) -> None:
    """What may not be read is told as that, and the rest is read."""
    (common_user / "a.html").write_bytes(page())
    (common_user / "a.html").chmod(0)
    (common_user / "folder").mkdir()
    (common_user / "folder").chmod(0)
    refused = reasons(read(common_user))
    (common_user / "folder").chmod(0o700)

    assert len(refused) == 2
    assert all("permission denied" in reason for reason in refused)


def test_unreadable_file_is_told_by_any_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused file is quarantined with what to do; shown with a refusal that root meets as well."""
    (tmp_path / "a.html").write_bytes(page())
    (tmp_path / "b.html").write_bytes(page())
    original = os.open

    def refuse(path: str | Path, *rest: int, **more: int) -> int:
        if Path(path).name == "a.html":
            raise PermissionError(13, "Permission denied", str(path))
        return original(path, *rest, **more)

    monkeypatch.setattr(os, "open", refuse)
    refused, fine = read(tmp_path)
    assert isinstance(refused, Quarantined)
    assert "permission denied" in refused.reason
    assert isinstance(fine, Reading)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "it is empty"),
        (b" \n\t\n ", "it is empty"),
        (b"\xef\xbb\xbf", "it is empty"),
        (b"%PDF-1.7\n1 0 obj", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "a PNG image"),
        (b"\xff\xd8\xff\xe0" + b"x" * 50, "a JPEG image"),
        (b"PK\x03\x04" + b"x" * 50, "a ZIP archive"),
        (bytes(range(256)) * 20, "NUL bytes"),
        (b"Some text\n\nwith a NUL \0 in it", "NUL bytes (the first is byte 23)"),
        (b"\x01\x02\x03\x04 text \x05\x06" * 20, "control characters"),
        (b"\xff\xfe\x00\xd8\x41", "UTF-16"),
        (gzip.compress(page())[:-12], "its gzip is broken"),
        (b"\x1f\x8b" + b"nonsense", "its gzip is broken"),
        (gzip.compress(gzip.compress(page())), "gzip within gzip"),
        (b"<html><body><nav><a href='/'>Home</a></nav></body></html>", "the page has no article"),
    ],
)
def test_bad_pages_are_quarantined(tmp_path: Path, raw: bytes, reason: str) -> None:
    """Each kind of bad input is told as what it is, and the run goes on to the next."""
    (tmp_path / "bad.txt").write_bytes(raw)
    (tmp_path / "good.html").write_bytes(page())
    bad, good = read(tmp_path)
    assert isinstance(bad, Quarantined)
    assert reason in bad.reason
    assert bad.line is None
    assert isinstance(good, Reading)


def test_pages_have_a_limit(tmp_path: Path) -> None:
    """A page of more than 20 MB is not read whole."""
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(30_000_000_000)
    assert "larger than 20 MB" in reasons(read(tmp_path))[0]


def test_gzip_bombs_stop(tmp_path: Path) -> None:
    """A small file that unpacks to gigabytes stops at the limit, one that unpacks to a few megabytes at the ratio."""
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(b"<p>x</p>" * 10_000_000))
    (tmp_path / "b.html.gz").write_bytes(gzip.compress(b"<p>x</p>" * 1_000_000))
    large, bloated = reasons(read(tmp_path))
    assert "larger than 20 MB" in large
    assert "200 times" in bloated


def test_assets_of_saved_pages_are_no_pages(tmp_path: Path) -> None:
    """Style sheets and scripts that a browser saved beside a page do not become articles."""
    (tmp_path / "style.css").write_text("body { color: red }")
    (tmp_path / "app.js").write_text("var x = 1")
    assert all("style sheet or script" in reason for reason in reasons(read(tmp_path)))


def test_names_of_any_bytes(tmp_path: Path) -> None:
    """A file name that is not UTF-8 is read, and stored as text that can be printed."""
    (tmp_path / os.fsdecode(b"caf\xe9.html")).write_bytes(page())
    reading = only(read(tmp_path))
    assert reading.path.endswith("caf\ufffd.html")
    assert reading.articles[0].seen_on[0].endswith("caf\ufffd.html")


def test_a_page_that_breaks_the_cleaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that makes a parser fail in an unforeseen way is quarantined, and the run goes on."""
    (tmp_path / "a.html").write_bytes(page())
    (tmp_path / "b.txt").write_text(_DUMP)

    def fail(*_: object) -> None:
        raise AssertionError("we should not get here!")

    monkeypatch.setattr("index.pages.clean.clean_html", fail)
    broken, fine = read(tmp_path)
    assert isinstance(broken, Quarantined)
    assert broken.reason.startswith("cleaning it failed (AssertionError: we should not get here!)")
    assert isinstance(fine, Reading)


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        (page(), "Rain floods the market"),
        (_DUMP.encode(), "Rain floods the market"),
        (gzip.compress(page()), "Rain floods the market"),
    ],
)
def test_standard_input_is_a_page(monkeypatch: pytest.MonkeyPatch, raw: bytes, title: str) -> None:
    """`-` reads HTML or a dump from standard input, told apart by how it begins; it was captured now."""
    monkeypatch.setattr(sys, "stdin", _Stdin(raw))
    reading = only(read("-", captured=None))
    assert (reading.path, reading.articles[0].title, reading.articles[0].seen_on) == ("-", title, ("-",))
    assert reading.captured is not None
    assert abs(reading.captured - datetime.now(timezone.utc)) < timedelta(minutes=1)
    assert any("time of capture is now" in note for note in reading.notes)


def test_standard_input_with_a_stated_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stated time of capture there is nothing to note about it."""
    monkeypatch.setattr(sys, "stdin", _Stdin(page()))
    reading = only(read("-"))
    assert reading.captured == _CAPTURED
    assert not any("time of capture" in note for note in reading.notes)


@pytest.mark.parametrize("raw", [b"", b"\0\0\0", b"\x1f\x8bnonsense"])
def test_bad_standard_input(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    """What is wrong with standard input is quarantined under the name `-`."""
    monkeypatch.setattr(sys, "stdin", _Stdin(raw))
    (found,) = read("-")
    assert isinstance(found, Quarantined)
    assert found.path == "-"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    raw=st.binary(max_size=400), name=st.sampled_from(["a.html", "a.txt", "a.json", "a.jsonl", "a.html.gz", "a.jsonl.gz", "a"])
)
def test_arbitrary_bytes_never_raise(tmp_path: Path, raw: bytes, name: str) -> None:
    """Whatever a file holds, it becomes readings or is quarantined."""
    path = tmp_path / name
    path.write_bytes(raw)
    assert all(isinstance(one, Reading | Quarantined) for one in read(path))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pieces=st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<div>",
                "<table>",
                "<td>",
                "<script>",
                "</script>",
                "<!--",
                "-->",
                "<a href='",
                "&amp;",
                "&#0;",
                "&#xD800;",
                "\ud7ff",
                "\x0c",
                "word word word. ",
                "<article>",
                "<title>",
                "<br>",
                "<svg>",
                "<template>",
            ]
        ),
        max_size=60,
    )
)
def test_tag_soup_never_raises(tmp_path: Path, pieces: list[str]) -> None:
    """Any order of tags becomes an article without markup, or is quarantined."""
    path = tmp_path / "soup.html"
    path.write_text("<html>" + "".join(pieces), encoding="utf-8")
    for one in read(path):
        assert isinstance(one, Reading | Quarantined)
        if isinstance(one, Reading):
            assert all(article.body.strip() and article.title.strip() and "\0" not in article.body for article in one.articles)
