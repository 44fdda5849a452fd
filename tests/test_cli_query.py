"""`searcher query` and `searcher show`: what is asked of the archive, and what is printed for people and for programs."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from index.errors import ArchiveBusy, IndexDamaged, IndexMissing, RequestError, UnsupportedQuery
from searcher.config import Config
from searcher.engine import Snippet
from tests.cli_fakes import FERRY, FERRY_HIT, NOTE, SILT_HIT, CommandLine, faked, result_of


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return faked(monkeypatch, tmp_path, capsys)


def asked(cli: CommandLine) -> dict[str, object]:
    """What the archive was searched for last."""
    method, options = cli.archive.asked[-1]
    assert method == "search"
    return dict(options)


def test_words_and_defaults(cli: CommandLine) -> None:
    """Words are joined by spaces; the defaults are those of the interface; facets are counted only where they are printed."""
    assert cli("query", "state", "visit to", "china").code == 0
    assert asked(cli) == {
        "query": "state visit to china",
        "limit": 10,
        "page": 1,
        "sort": "relevance",
        "sources": (),
        "after": None,
        "before": None,
        "snippets": True,
        "facets": False,
    }


def test_options_reach_the_archive(cli: CommandLine) -> None:
    """Each option arrives; --source may be given more than once; options may stand between words."""
    line = (
        "query a --limit 5 b --page 2 --sort newest --source X --source Y --after 2025-05 --before yesterday --no-snippets --json"
    )
    cli(*line.split())

    assert asked(cli) == {
        "query": "a b",
        "limit": 5,
        "page": 2,
        "sort": "newest",
        "sources": ("X", "Y"),
        "after": "2025-05",
        "before": "yesterday",
        "snippets": False,
        "facets": True,
    }


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        (["ukraine", "-putin"], "ukraine -putin"),
        (["-putin", "ukraine"], "-putin ukraine"),
        (["-hamas", "-json", "-5", "-a=b"], "-hamas -json -5 -a=b"),
        (["a", "-b", "--limit", "5", "-c"], "a -b -c"),
        (["a", "--source", "-x", "-b"], "a -b"),
        (['"state visit"', '-"no kings"'], '"state visit" -"no kings"'),
        (["--", "--limit", "-x"], "--limit -x"),
        (["caf\udce9"], "caf\ufffd"),
        (["zürich", "北京"], "zürich 北京"),
    ],
)
def test_words_that_begin_with_a_dash(cli: CommandLine, arguments: list[str], query: str) -> None:
    """`-word` is part of the query wherever it stands; after `--` everything is; bytes that are no text do no harm."""
    cli("query", *arguments)

    assert asked(cli)["query"] == query


def test_a_source_may_begin_with_a_dash(cli: CommandLine) -> None:
    """The value of an option is never taken for a word of the query."""
    cli("query", "a", "--source", "-x")

    assert asked(cli)["sources"] == ("-x",)


def test_query_from_standard_input(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """`query -` reads the query, as UTF-8 whatever the locale, without the last newline."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO('"zürich" -x\n'.encode()), encoding="ascii"))
    cli("query", "-")

    assert asked(cli)["query"] == '"zürich" -x'


def test_plain_output(cli: CommandLine) -> None:
    """Piped output is plain: count, numbered titles, source, honest date, id, snippets on one line each; nothing on stderr."""
    ran = cli("query", "ferry")

    assert ran.out == (
        "1–2 of 2 articles (12 ms)\n\n"
        " 1. Ferry to Brask runs again\n"
        "    Harbor Gazette · 2025-05-27 08:30 UTC · a1\n"
        "    The ferry to Brask sailed on Monday.\n\n"
        " 2. Silt in the Orla\n"
        "    undated · b2\n\n"
    )
    assert (ran.code, ran.err) == (0, "")


def test_dates_are_honest(cli: CommandLine) -> None:
    """A date is never printed more exact than it is known; clock times are in the configured time zone."""
    cli.archive.config = Config(timezone="Asia/Tokyo")
    for published, precision, text in (
        ("2025-05-01", "month", "2025-05"),
        ("2025-05-27", "day", "2025-05-27"),
        ("2025-05-27T20:00:00Z", "hour", "2025-05-28 about 05:00 JST"),
        ("2025-05-27T20:15:00Z", "minute", "2025-05-28 05:15 JST"),
        (None, "unknown", "undated"),
    ):
        hit = SILT_HIT._replace(published=published, published_precision=precision)
        cli.archive.result = result_of(hit)
        assert f"    {text} · b2\n" in cli("query", "x").out


def test_colors(cli: CommandLine) -> None:
    """With color, titles are bold and matches red and bold, inside titles too; without the escapes the text is the same."""
    colored = cli("query", "ferry", "--color", "always").out
    plain = cli("query", "ferry", "--color", "never").out

    assert "\x1b[1;31mFerry\x1b[0m\x1b[1m to Brask runs again\x1b[0m" in colored
    assert "    The \x1b[1;31mferry\x1b[0m to Brask" in colored
    for code in ("0", "1", "2", "1;31"):
        colored = colored.replace(f"\x1b[{code}m", "")
    assert colored == plain


@pytest.mark.parametrize(
    ("environment", "options", "is_colored"),
    [
        ({}, (), False),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"FORCE_COLOR": "0"}, (), False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({"NO_COLOR": "1"}, ("--color", "always"), True),
        ({"FORCE_COLOR": "1"}, ("--color", "never"), False),
        ({"FORCE_COLOR": "1"}, ("--json",), False),
    ],
)
def test_when_there_is_color(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], options: tuple[str, ...], is_colored: bool
) -> None:
    """The option is stronger than NO_COLOR, that than FORCE_COLOR; a pipe gets none by itself, programs never."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert ("\x1b[" in cli("query", "ferry", *options).out) == is_colored


def test_wrapping(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines keep within COLUMNS, at the indent of their part, and marks go on over a line break."""
    text = "Chinese President Xi Jinping met the Russian leader in Moscow on Tuesday"
    snippet = Snippet(text, ((0, 28),), 0)
    cli.archive.result = result_of(FERRY_HIT._replace(title=text, title_marks=(), snippets=(snippet,)))
    monkeypatch.setenv("COLUMNS", "30")

    lines = cli("query", "x").out.splitlines()
    colored = cli("query", "x", "--color", "always").out

    assert all(len(line) <= 30 for line in lines)
    assert lines[2:5] == [" 1. Chinese President Xi", "    Jinping met the Russian", "    leader in Moscow on"]
    assert "    \x1b[1;31mChinese President Xi\x1b[0m\n    \x1b[1;31mJinping\x1b[0m met the" in colored


def test_scraped_text_cannot_drive_the_terminal(cli: CommandLine) -> None:
    """Escape sequences, C1 controls, bidi overrides and line breaks of titles, sources and snippets are shown, not obeyed."""
    evil = "a\x1b]0;owned\x07b\u202ec\x9b31m\r\nd\u2066e\ud800"
    cli.archive.result = result_of(
        FERRY_HIT._replace(id=evil, title=evil, source=evil, snippets=(Snippet(evil, ((0, 1),), 0),)),
        interpreted=evil,
    )

    for form in ((), ("--json",), ("--jsonl",)):
        ran = cli("query", "x", *form)
        assert not set(ran.out + ran.err) & set("\x1b\x07\u202e\x9b\r\u2066\ud800")
    assert " 1. a␛]0;owned␇b\ufffdc\ufffd31m␍ d\ufffde\ufffd\n" in cli("query", "x").out
    assert json.loads(cli("query", "x", "--json").out)["hits"][0]["title"] == evil


def test_json(cli: CommandLine) -> None:
    """--json is the whole result as one document, letters as they are."""
    cli.archive.result = result_of(FERRY_HIT._replace(source="Züri Bote"), notes=(NOTE,))
    ran = cli("query", "ferry", "--json")
    document = json.loads(ran.out)

    assert "Züri Bote" in ran.out
    assert list(document) == (
        ["query", "interpreted", "notes", "total", "hits", "facets", "page", "pages", "generation", "took_ms"]
    )
    assert document["hits"][0]["snippets"] == [{"text": FERRY_HIT.snippets[0].text, "marks": [[4, 9]], "start": 0}]
    assert document["notes"] == [{"text": NOTE.text, "start": 0, "end": 5}]
    assert (ran.code, ran.err) == (0, "")


def test_json_lines(cli: CommandLine) -> None:
    """--jsonl is one hit a line."""
    lines = cli("query", "ferry", "--jsonl").out.splitlines()

    assert [json.loads(line)["id"] for line in lines] == ["a1", "b2"]


def test_csv_has_no_formulas(cli: CommandLine) -> None:
    """--csv has the documented columns; a cell that a spreadsheet might run begins with an apostrophe."""
    risky = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=x", "\r=x", "\n=x", "＝1"]
    cli.archive.result = result_of(FERRY_HIT, *(SILT_HIT._replace(title=title) for title in risky))
    rows = list(csv.DictReader(io.StringIO(cli("query", "ferry", "--csv").out, newline="")))

    assert list(rows[0]) == ["id", "title", "url", "source", "published", "published_precision", "score", "snippet"]
    assert (rows[0]["published"], rows[0]["score"], rows[0]["snippet"]) == (
        "2025-05-27T08:30:00Z",
        "4.25",
        "The ferry to Brask sailed on Monday.",
    )
    assert [row["title"] for row in rows[1:]] == ["'" + title.strip() for title in risky]
    assert rows[1]["url"] == rows[1]["source"] == ""


def test_no_hits(cli: CommandLine) -> None:
    """Nothing found: exit code 1, nothing on stdout but the empty JSON result, and help on stderr."""
    cli.archive.result = result_of(interpreted="ferry AND unicorn")
    ran = cli("query", "ferry unicorn")

    assert (ran.code, ran.out) == (1, "")
    assert "read as: ferry AND unicorn\nNothing found." in ran.err
    assert (cli("query", "x", "--jsonl").code, cli("query", "x", "--jsonl").out) == (1, "")
    assert json.loads(cli("query", "x", "--json").out)["total"] == 0


def test_remarks_go_to_standard_error(cli: CommandLine) -> None:
    """How the query was read, notes and the way to the next page are told when they matter, away from the results."""
    cli.archive.result = result_of(FERRY_HIT, interpreted='"ferry', notes=(NOTE,), total=2345, page=2, pages=235)
    ran = cli("query", '"ferry', "--page", "2")

    assert ran.out.startswith("11–11 of 2,345 articles (12 ms)\n\n11. Ferry")
    assert ran.err == 'read as: "ferry\nnote: the quote was never closed\nNext: --page 3 (of 235).\n'


def test_a_page_after_the_last(cli: CommandLine) -> None:
    """A page beyond the end prints nothing and names the last one; something was found, so the exit code is 0."""
    cli.archive.result = result_of(total=12, page=9, pages=2)
    ran = cli("query", "ferry", "--page", "9")

    assert (ran.code, ran.out) == (0, "")
    assert "There is no page 9: the last one is --page 2." in ran.err


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (RequestError("limit must be at most 100"), 2),
        (UnsupportedQuery("embedded", "regular expressions"), 2),
        (IndexMissing("there is no index; run `searcher rebuild`"), 3),
        (IndexDamaged("terms.bin: checksum differs"), 3),
        (ArchiveBusy("process 7 is writing"), 4),
        (KeyboardInterrupt(), 130),
    ],
)
def test_errors_are_one_line(cli: CommandLine, failure: BaseException, code: int) -> None:
    """An error is one line on stderr and its exit code, and the archive is closed all the same."""
    cli.archive.failure = failure
    ran = cli("query", "x")

    assert (ran.code, ran.out) == (code, "")
    assert ran.err.strip() == f"searcher: {str(failure) or 'interrupted'}"
    assert cli.archive.closed


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("query", "Missing argument 'WORDS...'"),
        ("query x --limt 3", "--limit"),
        ("query x --limit 0", "0 is not in the range x>=1"),
        ("query x --limit many", "'many' is not a valid integer"),
        ("query x --sort best", "'best' is not one of"),
        ("show", "Missing argument 'ID'"),
        ("qurey x", "No such command 'qurey'. Did you mean 'query'?"),
        ("frobnicate", "The commands are ingest, query,"),
        ("--colour query x", "--colour"),
    ],
)
def test_wrong_usage(cli: CommandLine, line: str, message: str) -> None:
    """Wrong usage is exit code 2 with the nearest right thing, and nothing is searched."""
    ran = cli(*line.split())

    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert not cli.archive.asked


def test_no_archive_yet(cli: CommandLine, tmp_path: Path) -> None:
    """Searching where nothing is makes no folder; it says what to do, exit code 3."""
    ran = cli("--data", "elsewhere", "query", "x")

    assert ran.code == 3
    assert ran.err.startswith("searcher: there is no archive in elsewhere; `searcher ingest PATH` makes one")
    assert "cluster.hosts" not in ran.err
    assert not (tmp_path / "elsewhere").exists()


def test_a_cluster_without_its_engine(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names a cluster and forgets `engine:` is told so where the archive that is not there would have been searched."""
    monkeypatch.setenv("SEARCHER_CLUSTER_HOSTS", "http://127.0.0.1:9200")
    ran = cli("--data", "elsewhere", "query", "x")

    assert ran.code == 3
    assert ran.err.rstrip().endswith("; `cluster.hosts` is set but not used, which takes `engine: opensearch`")


def test_a_bad_configuration(cli: CommandLine, tmp_path: Path) -> None:
    """A mistake in searcher.yml is told with file and line, exit code 2."""
    (tmp_path / "searcher.yml").write_text("web:\n  prot: 80\n")

    ran = cli("query", "x")

    assert (ran.code, ran.err) == (2, "searcher: searcher.yml:2: unknown key 'prot'; did you mean 'port'?\n")


def test_show(cli: CommandLine) -> None:
    """An article is printed to read: title, source and date, address, body with its paragraphs."""
    ran = cli("show", "a1")

    assert ran.out == (
        "Ferry to Brask runs again\nHarbor Gazette · 2025-05-27 08:30 UTC\nhttps://gazette.example/ferry\n\n"
        "The ferry to Brask sailed on Monday.\n\nNobody was hurt.\n"
    )
    assert ran.code == 0


def test_show_marks_the_query(cli: CommandLine) -> None:
    """--query marks what the query finds in this article."""
    ran = cli("show", "a1", "--query", "ferry", "--color", "always")

    assert "\x1b[1;31mFerry\x1b[0m" in ran.out
    assert "The \x1b[1;31mferry\x1b[0m to Brask" in ran.out
    assert cli.archive.asked[-1] == ("marks", ("ferry",))


def test_show_json(cli: CommandLine) -> None:
    """--json is the article as kept."""
    assert json.loads(cli("show", "a1", "--json").out) == FERRY.to_mapping()


def test_show_nothing(cli: CommandLine) -> None:
    """An unknown id is exit code 1 and one line."""
    ran = cli("show", "zz")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("searcher: no article has the id 'zz'")
