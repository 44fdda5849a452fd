"""Merger: give it an article inside a transaction, and it finds the article kept already, or keeps it as a new one.

An article that came with an id is that id's, whatever its text says. One without is looked for by URL, then by its
words, then among those that share sampled hashes with it; so a found article may be one that came with an id.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Literal

from index.article import Article, format_time
from index.dedupe import Fingerprint, fingerprint, is_copy, is_version, join
from index.errors import ArticleError
from index.identity import derived_ids
from index.store.rows import BODY, FIELDS, Sealed, from_row, packed, seal, source_key
from index.store.values import Entry, Merged, Outcome, Record

# A key that so many articles have is a template's or boilerplate and finds no copies; candidates beyond the best
# eight are hardly ever one: both bound the work for an article, however large the archive.
MAX_ARTICLES_OF_KEY = 64
MAX_CANDIDATES = 8

# Larger than any change so far: what is deleted takes its number along, so that none is ever used twice.
_NEXT_CHANGE = """
    1 + max((SELECT coalesce(max(change), 0) FROM article), (SELECT coalesce(max(seq), 0) FROM deletion))
"""
_COLUMNS = f"{FIELDS}, checksum, source_key, given, captured"
_PLACES = ", ".join("?" * (_COLUMNS.count(",") + 1))
_INSERT = f"INSERT INTO article (change, {_COLUMNS}) VALUES ({_NEXT_CHANGE}, {_PLACES}) ON CONFLICT (id) DO NOTHING"  # noqa: S608 - ours
_UPDATE = f"UPDATE article SET (change, {_COLUMNS}) = ({_NEXT_CHANGE}, {_PLACES}) WHERE number = ?"  # noqa: S608 - ours
_UNREAD = f"""
    SELECT number, {FIELDS} FROM article WHERE number > (SELECT coalesce(max(article), 0) FROM fingerprint)
    ORDER BY number LIMIT ?
"""  # noqa: S608 - our columns
_READ_AT_ONCE = 1000


@dataclasses.dataclass(frozen=True, slots=True)
class _Kept:
    """A stored article with what the store knows about it beside."""

    number: int
    given: bytes | None
    captured: str | None
    article: Article


@dataclasses.dataclass(frozen=True, slots=True)
class _Found:
    """A kept article that an offered one belongs to: the same text, or another version of it under the same URL."""

    kept: _Kept
    relation: Literal["copy", "version"]


class Merger:
    """Works on one writing connection; every call must be inside a transaction of it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def merge(self, offered: Sealed, captured: datetime | None, mark: Fingerprint | None = None) -> Merged:
        """Keeps the article. ArticleError, with nothing written, if it cannot be stored. mark: its fingerprint, if at hand."""
        article = offered.article
        require_title(article)
        when = format_time(captured) if captured else None
        if article.id is not None:
            return self._merge_given(article.id, offered, when)
        while self.read_unread():
            pass
        mark = mark or fingerprint(article)
        found = self._find(mark)
        return self._insert_new(article, mark, when) if found is None else self._merge_copy(found, article, mark, when)

    def read_unread(self) -> int:
        """Enters the oldest articles that copies could not be found by yet; how many there were, at most a thousand.

        To find copies of an article with an id costs more than to store it, and such articles come by the hundred
        thousand from files whose owner keeps them apart: so it is done when the first article without an id is offered.
        """
        rows = self._connection.execute(_UNREAD, (_READ_AT_ONCE,)).fetchall()
        for number, *row in rows:
            mark = fingerprint(from_row(row))
            self._enter(mark, number)
            self._add_keys(keys_of(mark, owned=True), number)
        return len(rows)

    def restore(self, record: Record) -> bool:
        """Keeps what another store knows of an article; False, with nothing written, if all of it is known here."""
        article, given = record.article, bytes.fromhex(record.given) if record.given is not None else None
        kept = self._kept("id = ?", article.id)
        if kept is None:
            if given is None:
                while self.read_unread():
                    pass
            number = self._insert(seal(article), given, record.captured) or 0
            if given is None:
                mark = fingerprint(article)
                self._enter(mark, number)
                self._add_keys(keys_of(mark, owned=False), number)
        elif (kept.article, kept.given, kept.captured) != (article, given, record.captured):
            self._update(kept, article, given, record.captured)
            number = kept.number
        else:
            return self._add_variants(map(bytes.fromhex, record.variants), kept.number) > 0
        self._add_variants(map(bytes.fromhex, record.variants), number)
        return True

    def adopt(self, entry: Entry) -> int:
        """Enters an article that is not here, just as another store knows it; its number."""
        number = self._insert(seal(entry.article), entry.given, entry.captured) or 0
        values = (number, entry.contents[0], entry.url_key)
        self._connection.execute("INSERT INTO fingerprint (article, content, url_key) VALUES (?, ?, ?)", values)
        self._add_variants(entry.contents[1:], number)
        self._add_keys(entry.keys, number)
        return number

    def delete(self, article_id: str) -> bool:
        """Deletes the article; False if there is none of this id."""
        kept = self._kept("id = ?", article_id)
        if kept is None:
            return False
        if self._is_read(kept.number):
            self._forget_keys(kept)
        # Logged first: its number has to be larger than that of the article.
        self._connection.execute(f"INSERT INTO deletion (seq, article_id) VALUES ({_NEXT_CHANGE}, ?)", (article_id,))  # noqa: S608 - ours
        self._connection.execute("DELETE FROM article WHERE number = ?", (kept.number,))
        return True

    def withdraw(self, article_id: str) -> Article | None:
        """Deletes an article that one page alone gave, and gives it back; None for one of an owner or of more pages."""
        kept = self._kept("id = ?", article_id)
        if kept is None or kept.given is not None or len(kept.article.seen_on) != 1:
            return None
        self.delete(article_id)
        return kept.article

    def _merge_given(self, article_id: str, offered: Sealed, captured: str | None) -> Merged:
        row = self._connection.execute("SELECT given FROM article WHERE id = ?", (article_id,)).fetchone()
        if row is None:
            self._insert(offered, offered.checksum, captured)
            return Merged(article_id, "new")
        if is_news(row[0], offered):
            (kept,) = self._all_kept("id = ?", article_id)
            seen_on = tuple(sorted({*kept.article.seen_on, *offered.article.seen_on}))
            replaced = dataclasses.replace(offered.article, seen_on=seen_on)
            if replaced != kept.article:
                self._update(kept, replaced, offered.checksum, captured)
                return Merged(article_id, "updated")
        return Merged(article_id, "unchanged")

    def _merge_copy(self, found: _Found, article: Article, mark: Fingerprint, captured: str | None) -> Merged:
        kept, before = found.kept, found.kept.article
        joined = dataclasses.replace(join(before, article), id=before.id)
        if found.relation == "version":
            text = article if _is_newer(article, captured, kept) else before
            joined = dataclasses.replace(joined, title=text.title, body=text.body)
        outcome = _outcome(before, joined)
        if outcome != "unchanged":
            self._update(kept, joined, kept.given, captured if joined.body == article.body else kept.captured)
        self._remember_variant(mark, kept.number)
        return Merged(joined.id or "", outcome)

    def _find(self, mark: Fingerprint) -> _Found | None:
        return self._find_by_url(mark) or self._find_by_content(mark) or self._find_by_keys(mark)

    def _find_by_url(self, mark: Fingerprint) -> _Found | None:
        if mark.url is None:
            return None
        condition = "number IN (SELECT article FROM fingerprint WHERE url_key = ?) ORDER BY number LIMIT ?"
        for kept in self._all_kept(condition, mark.url_key, MAX_CANDIDATES):
            other = fingerprint(kept.article)
            if is_copy(mark, other):
                return _Found(kept, "copy")
            if is_version(mark, other):
                return _Found(kept, "version")
        return None

    def _find_by_content(self, mark: Fingerprint) -> _Found | None:
        kept = self._kept("number = (SELECT min(article) FROM fingerprint WHERE content = ?)", mark.content) or self._kept(
            "number = (SELECT article FROM variant WHERE content = ?)", mark.content
        )
        return _Found(kept, "copy") if kept else None

    def _find_by_keys(self, mark: Fingerprint) -> _Found | None:
        for number in self._candidates(mark):
            kept = self._kept("number = ?", number)
            if kept and is_copy(mark, fingerprint(kept.article)):
                return _Found(kept, "copy")
        return None

    def _candidates(self, mark: Fingerprint) -> list[int]:
        """Numbers of articles that share a strong key or any two, most shared keys first, then oldest first."""
        if not mark.keys:
            return []
        rows = self._connection.execute(_lookup(len(mark.keys)), mark.keys).fetchall()
        sizes = Counter(key for key, _ in rows)
        rows = [(key, number) for key, number in rows if sizes[key] <= MAX_ARTICLES_OF_KEY]
        shared = Counter(number for _, number in rows)
        strong = {number for key, number in rows if key in mark.strong_keys}
        likely = [number for number, count in shared.items() if count > 1 or number in strong]
        return sorted(likely, key=lambda number: (-shared[number], number))[:MAX_CANDIDATES]

    def _insert_new(self, article: Article, mark: Fingerprint, captured: str | None) -> Merged:
        """Under the first id that nobody has."""
        for article_id in derived_ids(mark.title, mark.words):
            number = self._insert(seal(dataclasses.replace(article, id=article_id)), None, captured)
            if number is not None:
                self._enter(mark, number)
                self._add_keys(keys_of(mark, owned=False), number)
                return Merged(article_id, "new")
        raise AssertionError("there is always another id")

    def _insert(self, sealed: Sealed, given: bytes | None, captured: str | None) -> int | None:
        """The number of the article now stored; None, with nothing written, if its id is taken."""
        cursor = self._connection.execute(_INSERT, _columns(sealed, given, captured))
        if cursor.rowcount == 0:
            return None
        self._connection.execute("DELETE FROM deletion WHERE article_id = ?", (sealed.article.id,))
        return cursor.lastrowid

    def _update(self, kept: _Kept, article: Article, given: bytes | None, captured: str | None) -> None:
        self._connection.execute(_UPDATE, (*_columns(seal(article), given, captured), kept.number))
        is_new_text = (article.title, article.body) != (kept.article.title, kept.article.body)
        if self._is_read(kept.number):
            mark = fingerprint(article)
            self._enter(mark, kept.number)
            if is_new_text:
                self._forget_keys(kept)
                self._add_keys(keys_of(mark, owned=given is not None), kept.number)
        if is_new_text:
            self._remember_variant(fingerprint(kept.article), kept.number)

    def _is_read(self, number: int) -> bool:
        return self._connection.execute("SELECT 1 FROM fingerprint WHERE article = ?", (number,)).fetchone() is not None

    def _enter(self, mark: Fingerprint, number: int) -> None:
        """Makes the article known by its words and its URL."""
        values = (number, mark.content, mark.url_key)
        self._connection.execute("INSERT OR REPLACE INTO fingerprint (article, content, url_key) VALUES (?, ?, ?)", values)

    def _add_keys(self, keys: tuple[int, ...], number: int) -> None:
        """Makes the article a candidate for copies to come."""
        if keys:
            pairs = [value for key in keys for value in (key, number)]
            self._connection.execute(_add_statement(len(keys)), pairs)

    def _forget_keys(self, kept: _Kept) -> None:
        keys = fingerprint(kept.article).keys
        self._connection.executemany("DELETE FROM sketch WHERE key = ? AND article = ?", [(key, kept.number) for key in keys])

    def _remember_variant(self, mark: Fingerprint, number: int) -> None:
        """A text once found to be a copy is one for ever, though the text that it was compared with may be replaced."""
        self._connection.execute(
            "INSERT OR IGNORE INTO variant SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM fingerprint WHERE content = ?1)",
            (mark.content, number),
        )

    def _add_variants(self, contents: Iterable[bytes], number: int) -> int:
        """How many were not known."""
        rows = [(content, number) for content in contents]
        return self._connection.executemany("INSERT OR IGNORE INTO variant VALUES (?, ?)", rows).rowcount if rows else 0

    def _kept(self, condition: str, *values: object) -> _Kept | None:
        return next(iter(self._all_kept(condition, *values)), None)

    def _all_kept(self, condition: str, *values: object) -> list[_Kept]:
        query = f"SELECT number, given, captured, {FIELDS} FROM article WHERE {condition}"  # noqa: S608 - conditions of ours
        return [_Kept(row[0], row[1], row[2], from_row(row[3:])) for row in self._connection.execute(query, values)]


def require_title(article: Article) -> None:
    """ArticleError if it has none."""
    if not article.title or article.title.isspace():
        raise ArticleError("an article needs a title that is not empty")


def keys_of(mark: Fingerprint, *, owned: bool) -> tuple[int, ...]:
    """The keys that make an article a candidate: one that came with its id (its owner's) by its strong keys only."""
    return mark.strong_keys if owned else mark.keys


def is_news(given: bytes | None, offered: Sealed) -> bool:
    """Whether what an owner offers under an id is other than what came under it last.

    Copies may have been joined to it since, which is no news from its owner.
    """
    return given != offered.checksum


def _columns(sealed: Sealed, given: bytes | None, captured: str | None) -> tuple[object, ...]:
    row, source = sealed.row, source_key(sealed.article.source)
    return (*row[:BODY], packed(sealed.article.body), *row[BODY + 1 :], sealed.checksum, source, given, captured)


def _outcome(before: Article, joined: Article) -> Outcome:
    if joined == before:
        return "unchanged"
    return "duplicate" if dataclasses.replace(joined, seen_on=before.seen_on) == before else "updated"


def _is_newer(article: Article, captured: str | None, kept: _Kept) -> bool:
    """Whether the offered version is the later one: by time of capture, where unknown by order of arrival."""
    if captured is None or kept.captured is None:
        return True
    return (captured, len(article.body), article.body) > (kept.captured, len(kept.article.body), kept.article.body)


@lru_cache(maxsize=64)
def _add_statement(key_count: int) -> str:
    pairs = ", ".join(["(?, ?)"] * key_count)
    return f"INSERT OR IGNORE INTO sketch (key, article) VALUES {pairs}"  # noqa: S608 - placeholders only


@lru_cache(maxsize=64)
def _lookup(key_count: int) -> str:
    """One statement that looks up so many keys, each up to its limit and one more: 18 statements took twice as long."""
    one = f"SELECT key, article FROM (SELECT key, article FROM sketch WHERE key = ? LIMIT {MAX_ARTICLES_OF_KEY + 1})"  # noqa: S608 - our limit
    return " UNION ALL ".join([one] * key_count)
