"""Article: what is taken for one, and how it is written."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, format_time, normalized, parse_time
from index.errors import ArticleError


def test_json_round_trip() -> None:
    """An article read from its own JSON is the same article."""
    article = Article(
        title="T", body="B", id="1", url="https://example.com", source="S", author="A", published="2025-05-27T08:30:00Z",
        published_precision="hour", published_origin="relative", tags=("x",), lang="en", role="related", seen_on=("p",),
    )  # fmt: skip

    assert Article.from_mapping(article.to_mapping()) == article


@pytest.mark.parametrize("name", ["body", "text", "content"])
def test_names_of_the_body(name: str) -> None:
    """Text and content stand for body."""
    assert Article.from_mapping({"title": "T", name: "B"}).body == "B"


@pytest.mark.parametrize(
    ("written", "published", "precision"),
    [
        ("2025-05", "2025-05-01", "month"),
        ("2025-05-27", "2025-05-27", "day"),
        ("2025-05-27T08:30", "2025-05-27T08:30:00Z", "minute"),
        ("2025-05-27 08:30:15.5", "2025-05-27T08:30:15Z", "minute"),
        ("2025-05-27T08:30:00+02:00", "2025-05-27T06:30:00Z", "minute"),
        (date(2025, 5, 27), "2025-05-27", "day"),
        (datetime(2025, 5, 27, 8, 30), "2025-05-27T08:30:00Z", "minute"),
        (datetime(70, 1, 2), "0070-01-02T00:00:00Z", "minute"),
        (None, None, "unknown"),
        ("", None, "unknown"),
    ],
)
def test_times_are_written_one_way(written: Any, published: str | None, precision: str) -> None:
    """Any ISO 8601 time becomes ours, with the precision it was written in, and date stands for published."""
    article = Article.from_mapping({"title": "T", "body": "B", "date": written})

    assert (article.published, article.published_precision) == (published, precision)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"body": "B"}, "title"),
        ({"title": " ", "body": "B"}, "title"),
        ({"title": "T"}, "body"),
        ({"title": "T", "body": 5}, "body must be text"),
        ({"title": "T", "body": "B", "published": "last week"}, "ISO 8601"),
        ({"title": "T", "body": "B", "published": "0001-01-01T00:00:00+01:00"}, "ISO 8601"),
        ({"title": "T", "body": "B", "published": "9999-12-31T23:59:59-12:00"}, "ISO 8601"),
        ({"title": "T", "body": "B", "tags": "x"}, "tags must be a list"),
        ({"title": "T", "body": "B", "tags": [1]}, "tags must hold texts"),
        ({"title": "T", "body": "B", "role": "boss"}, "main, related"),
    ],
)
def test_what_is_no_article(mapping: dict[str, Any], message: str) -> None:
    """What lacks a part or has one of the wrong kind is refused, and the message says what was expected."""
    with pytest.raises(ArticleError, match=message):
        Article.from_mapping(mapping)


def test_text_that_cannot_be_stored_is_mended() -> None:
    """NUL goes, lone surrogates become question marks, line ends become newlines."""
    article = Article.from_mapping({"title": "a\x00b", "body": "x\r\ny\ud800z"})

    assert (article.title, article.body) == ("ab", "x\ny?z")


@given(st.datetimes(timezones=st.just(timezone.utc)))
def test_times_come_back(moment: datetime) -> None:
    """A time written and read again is the same second."""
    assert abs(parse_time(format_time(moment)) - moment) < timedelta(seconds=1)


@given(st.text())
def test_normalized_is_idempotent(text: str) -> None:
    """Normalizing twice changes nothing."""
    assert normalized(normalized(text)) == normalized(text)
