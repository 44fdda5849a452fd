"""The command line as its users meet it: a process of its own, real files, pipes, a terminal, signals."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CTRL_C = "\x03"
ARTICLES = [
    {
        "id": f"n{number}",
        "title": title,
        "body": body,
        "source": source,
        "date": day,
    }
    for number, (title, body, source, day) in enumerate(
        [
            (
                "Ferry to Brask sails again",
                "The ferry to Brask sailed on Monday. Captain Ode steered it.",
                "Harbor Gazette",
                "2025-05-26",
            ),
            ("Silt in the Orla channel", "Silt delays the ferry, the harbor master said.", "Northern Wire", "2025-05-27"),
            ("Honey harvest fails", "Beekeepers expect little honey after the cold May.", "Northern Wire", "2025-06-01"),
            ("Tram to the university", "The tram reaches the university in spring.", "Harbor Gazette", None),
        ],
        1,
    )
]


def environment(**changes: str) -> dict[str, str]:
    """The environment of a command: ours without what would change its output."""
    unset = ("COLUMNS", "NO_COLOR", "FORCE_COLOR")
    kept = {name: value for name, value in os.environ.items() if name not in unset and not name.startswith("SEARCHER_")}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error::ResourceWarning"} | changes


def ran(command: list[str], folder: Path, stdin: bytes = b"", **changes: str) -> subprocess.CompletedProcess[bytes]:
    """Runs any command line in the folder to its end."""
    return subprocess.run(
        command, cwd=folder, input=stdin, capture_output=True, env=environment(**changes), timeout=120, check=False
    )


def searcher(*arguments: str, folder: Path, stdin: bytes = b"", **changes: str) -> subprocess.CompletedProcess[bytes]:
    """Runs one command of ours."""
    return ran([sys.executable, "-m", "searcher", *arguments], folder, stdin, **changes)


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Runs a script of bash in which SEARCHER is our command."""
    return ran(["bash", "-c", script.replace("SEARCHER", f"{sys.executable} -m searcher")], folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose archive holds the invented articles; tests that change it make their own."""
    return made_archive(tmp_path_factory.mktemp("archive"))


def made_archive(folder: Path) -> Path:
    """Ingests the invented articles, as a compressed file."""
    with gzip.open(folder / "news.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(article) + "\n" for article in ARTICLES)
    done = searcher("ingest", "news.jsonl.gz", folder=folder)
    assert (done.returncode, done.stdout) == (0, b"+4 new\n"), done.stderr.decode()
    return folder


def test_no_index_until_update(tmp_path: Path) -> None:
    """`ingest --no-index` keeps and does not index: exit code 3 with the way out, then `update` makes it searchable."""
    (tmp_path / "a.jsonl").write_text(json.dumps(ARTICLES[0]) + "\n")
    searcher("ingest", "--no-index", "a.jsonl", folder=tmp_path)
    done = searcher("query", "ferry", folder=tmp_path)

    assert (done.returncode, done.stderr.count(b"\n")) == (3, 1)
    assert searcher("stats", folder=tmp_path).returncode == 3
    assert searcher("update", folder=tmp_path).returncode == 0
    assert searcher("query", "ferry", folder=tmp_path).returncode == 0


def test_where_the_archive_is(folder: Path, tmp_path: Path) -> None:
    """--data beats SEARCHER_DATA beats searcher.yml beats var; nothing there is exit code 3."""
    archive = str(folder / "var")
    (tmp_path / "searcher.yml").write_text("data: nowhere\n")

    assert searcher("query", "ferry", folder=tmp_path).returncode == 3
    assert searcher("query", "ferry", folder=tmp_path, SEARCHER_DATA=archive).returncode == 0
    assert searcher("--data", archive, "query", "ferry", folder=tmp_path, SEARCHER_DATA="none").returncode == 0
    (tmp_path / "searcher.yml").write_text(f"data: {archive}\n")
    assert searcher("query", "ferry", folder=tmp_path).returncode == 0
    (tmp_path / "searcher.yml").write_text("date: var\n")
    done = searcher("query", "ferry", folder=tmp_path)
    assert (done.returncode, done.stderr) == (2, b"searcher: searcher.yml:1: unknown key 'date'; did you mean 'data'?\n")


def test_inspect_stores_nothing(tmp_path: Path) -> None:
    """`inspect` shows each line's fate and `--articles` the articles; neither leaves anything behind."""
    (tmp_path / "page.txt").write_text("Ferry sails again\n\nThe ferry to Brask sailed on Monday, nine days after the storm.\n")
    table = searcher("inspect", "page.txt", folder=tmp_path)
    articles = searcher("inspect", "page.txt", "--articles", "--captured", "2025-05-27", folder=tmp_path)

    assert table.returncode == articles.returncode == 0
    assert re.search(rb"^ +1 .*title .*Ferry sails again$", table.stdout, re.MULTILINE)
    assert [json.loads(line)["title"] for line in articles.stdout.splitlines()] == ["Ferry sails again"]
    assert [path.name for path in tmp_path.iterdir()] == ["page.txt"]
    assert searcher("inspect", "missing.txt", "--articles", folder=tmp_path).returncode == 5


def test_a_closed_pipe_is_quiet(folder: Path) -> None:
    """`| head -1` ends the command without a word, as a success."""
    for command in ("query ferry", "export", "--help"):
        done = shell(f"SEARCHER {command} | true; echo ${{PIPESTATUS[0]}}", folder)
        assert done.stdout.strip() == b"0", command
        assert b"Traceback" not in done.stderr and b"BrokenPipe" not in done.stderr and b"Exception" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told(folder: Path) -> None:
    """Output that cannot be written is one line and exit code 2, not a traceback."""
    done = shell("SEARCHER export > /dev/full", folder)

    assert (done.returncode, done.stderr) == (2, b"searcher: [Errno 28] No space left on device\n")


def test_closed_streams(folder: Path) -> None:
    """Started without stdin, stdout or stderr (as some services do), a command still ends with its exit code."""
    for closed in (">&-", "<&- >&- 2>&-"):
        done = shell(f"SEARCHER query ferry {closed}", folder)
        assert done.returncode == 0, closed
        assert b"Traceback" not in done.stderr


def test_any_locale(folder: Path) -> None:
    """Where the terminal speaks Latin-1, programs still get UTF-8 and people get stand-ins; nothing fails."""
    latin = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    plain = searcher("query", "ferry", folder=folder, **latin)
    document = searcher("query", "ferry café", "--json", folder=folder, **latin)

    assert (plain.returncode, plain.stdout[:11]) == (0, b"1\\u20132 of")
    assert json.loads(document.stdout.decode("utf-8"))["query"] == "ferry café"


class Terminal:
    """A command on a terminal of 40 columns of its own; `seen` is what it has printed."""

    def __init__(self, *arguments: str, folder: Path, **changes: str) -> None:
        self.seen = ""
        self._pid, self._leader = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            os.execve(sys.executable, [sys.executable, "-m", "searcher", *arguments], environment(**changes))  # noqa: S606 - ours
        fcntl.ioctl(self._leader, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))

    def read_until(self, pattern: str, seconds: float = 60) -> str:
        """Reads until the pattern is seen, or the end."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.seen) and time.monotonic() < end:
            if not select.select([self._leader], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(self._leader, 65536)
            except OSError:
                break
            if not data:
                break
            self.seen += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return self.seen

    def type(self, text: str) -> None:
        """Types on the keyboard."""
        os.write(self._leader, text.encode())

    def interrupt(self) -> None:
        """Types Ctrl-C until it is heard.

        One that arrives between Python's last look for signals and the read of the keyboard, a moment after the prompt
        is seen, is only noticed at the next key.
        """
        for _ in range(10):
            self.type(CTRL_C)
            if "interrupted" in self.read_until("interrupted", seconds=5):
                return

    def ends_with(self) -> int:
        """Reads to the end; the exit code."""
        self.read_until("(?!)")
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """Ends what still runs."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._leader)


@pytest.fixture
def terminal() -> Iterator[list[Terminal]]:
    """Terminals to close at the end."""
    opened: list[Terminal] = []
    yield opened
    for one in opened:
        one.close()


def on_terminal(opened: list[Terminal], *arguments: str, folder: Path, **changes: str) -> Terminal:
    """Starts a command on a terminal."""
    opened.append(Terminal(*arguments, folder=folder, **changes))
    return opened[-1]


def test_a_terminal_gets_colors_and_its_width(folder: Path, terminal: list[Terminal]) -> None:
    """On a terminal: bold titles, red matches, nothing wider than the terminal."""
    screen = on_terminal(terminal, "query", "ferry", folder=folder, TERM="xterm-256color")

    assert screen.ends_with() == 0
    assert "\x1b[1;31m" in screen.seen
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in screen.seen.splitlines()) <= 40


@pytest.mark.parametrize("changes", [{"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_without_colors(folder: Path, terminal: list[Terminal], changes: dict[str, str]) -> None:
    """NO_COLOR and TERM=dumb take the color away, and nothing else."""
    screen = on_terminal(terminal, "query", "ferry", folder=folder, **changes)

    assert screen.ends_with() == 0
    assert "\x1b" not in screen.seen
    assert "Ferry to Brask" in screen.seen


def test_ingest_shows_progress_on_a_terminal(tmp_path: Path, terminal: list[Terminal]) -> None:
    """The progress line is redrawn in place and gone at the end, before the summary."""
    lines = [json.dumps({"title": f"Title {n}", "body": f"Body of the article number {n}."}) for n in range(300)]
    (tmp_path / "many.jsonl").write_text("\n".join(lines))
    screen = on_terminal(terminal, "ingest", "many.jsonl", folder=tmp_path, TERM="xterm")

    assert screen.ends_with() == 0
    assert re.search(r"\rreading: [\d,]+ article", screen.seen)
    assert "\r\x1b[K+300 new\n" in screen.seen


def test_delete_asks_on_a_terminal(tmp_path: Path, terminal: list[Terminal]) -> None:
    """Delete asks; Ctrl-C at the question deletes nothing, exit code 130."""
    made_archive(tmp_path)
    screen = on_terminal(terminal, "delete", "n1", folder=tmp_path)
    screen.read_until(r"Delete 1 article from var\? \[y/N\]")
    screen.interrupt()

    assert screen.ends_with() == 130
    assert "Traceback" not in screen.seen
    assert searcher("show", "n1", folder=tmp_path).returncode == 0


def test_interrupted_while_reading(tmp_path: Path, terminal: list[Terminal]) -> None:
    """Ctrl-C while a query is being typed ends with 130 and no traceback."""
    made_archive(tmp_path)
    screen = on_terminal(terminal, "query", "-", folder=tmp_path)
    screen.read_until("Ctrl-D")
    screen.interrupt()

    assert screen.ends_with() == 130
    assert "Traceback" not in screen.seen


def test_serve_prints_its_address(folder: Path) -> None:
    """`serve --port 0` prints one URL that answers, and ends on SIGTERM and Ctrl-C without a traceback."""
    for number, code in ((signal.SIGTERM, 0), (signal.SIGINT, 0)):
        process = subprocess.Popen(
            [sys.executable, "-m", "searcher", "serve", "--port", "0"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            text=True,
        )
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url)
            with urllib.request.urlopen(url + "api/v1/search?q=ferry", timeout=30) as response:  # noqa: S310 - http, as just seen
                assert json.load(response)["total"] == 2
        finally:
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
        assert (out, "Traceback" in err) == ("", False)
        assert process.returncode == code
