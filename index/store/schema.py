"""The tables of the article store and how a file of an older version becomes one of this version."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from index.dedupe import key_of_url
from index.errors import StoreError
from index.store.rows import CHECKSUM_BYTES, packed

APPLICATION_ID = 0x53415254  # "SART" in the header of the file: told apart from any other SQLite file

# MIGRATIONS[n] turns version n into version n + 1; a new store runs them all.
MIGRATIONS = (
    """
    CREATE TABLE article (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        url TEXT, title TEXT NOT NULL, body TEXT NOT NULL, source TEXT, author TEXT,
        published TEXT, published_precision TEXT NOT NULL, published_origin TEXT NOT NULL,
        tags TEXT NOT NULL, lang TEXT, role TEXT NOT NULL, seen_on TEXT NOT NULL,
        checksum BLOB NOT NULL,
        given BLOB,
        captured TEXT,
        content BLOB NOT NULL,
        url_key TEXT,
        source_key TEXT
    );
    CREATE INDEX article_content ON article (content);
    CREATE INDEX article_url ON article (url_key) WHERE url_key IS NOT NULL;
    CREATE INDEX article_source ON article (source_key) WHERE source_key IS NOT NULL;

    CREATE TABLE variant (
        content BLOB PRIMARY KEY,
        article INTEGER NOT NULL REFERENCES article (number) ON DELETE CASCADE
    ) WITHOUT ROWID;
    CREATE INDEX variant_article ON variant (article);

    CREATE TABLE sketch (
        key INTEGER NOT NULL,
        article INTEGER NOT NULL,
        PRIMARY KEY (key, article)
    ) WITHOUT ROWID;

    CREATE TABLE change (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        article_id TEXT NOT NULL UNIQUE,
        deleted INTEGER NOT NULL
    );

    -- Inputs that were read: whole pages (line 0, every version of one) and lines of files (the latest version).
    CREATE TABLE page (
        number INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE
    );
    CREATE TABLE reading (
        page INTEGER NOT NULL REFERENCES page (number),
        line INTEGER NOT NULL,
        digest TEXT NOT NULL,
        captured TEXT,
        articles TEXT NOT NULL,   -- ids, as JSON
        PRIMARY KEY (page, line, digest)
    ) WITHOUT ROWID;
    """,
    """
    DROP INDEX article_content;
    DROP INDEX article_url;
    DROP INDEX article_source;
    DROP INDEX variant_article;
    ALTER TABLE variant RENAME TO former_variant;
    ALTER TABLE sketch RENAME TO former_sketch;
    ALTER TABLE article RENAME TO former_article;

    -- What is asked for alone stands before the body: SQLite need not pass the body's pages to read it.
    CREATE TABLE article (
        number INTEGER PRIMARY KEY AUTOINCREMENT,  -- ours alone; never used twice, so that no row can point to another's heir
        change INTEGER NOT NULL UNIQUE,            -- of its latest change; grows, and is never used twice
        id TEXT NOT NULL UNIQUE,
        url TEXT, title TEXT NOT NULL, source TEXT, author TEXT,
        published TEXT, published_precision TEXT NOT NULL, published_origin TEXT NOT NULL,
        tags TEXT NOT NULL, lang TEXT, role TEXT NOT NULL, seen_on TEXT NOT NULL,  -- tags and seen_on as JSON
        source_key TEXT,          -- the source as compared
        checksum BLOB NOT NULL,   -- of the article's own columns, the body as text, for `check`
        given BLOB,               -- of an article that came with its id: checksum of what came; null for one of our ids
        captured TEXT,            -- when the page was saved that the text was last taken from
        body BLOB NOT NULL        -- a zstandard frame
    );
    CREATE INDEX article_source ON article (source_key) WHERE source_key IS NOT NULL;

    -- The latest change of every id that is gone. An id is in `article` or here, never in both.
    CREATE TABLE deletion (
        seq INTEGER PRIMARY KEY,
        article_id TEXT NOT NULL UNIQUE
    );

    -- What copies are found by. Articles that came with an id are entered when the first one without comes after them;
    -- until then they are those with numbers above all of these.
    CREATE TABLE fingerprint (
        article INTEGER PRIMARY KEY REFERENCES article (number) ON DELETE CASCADE,
        content BLOB NOT NULL,    -- digest of the words of title and body
        url_key INTEGER           -- hash of the canonical URL of a main article
    );
    CREATE INDEX fingerprint_content ON fingerprint (content);
    CREATE INDEX fingerprint_url ON fingerprint (url_key) WHERE url_key IS NOT NULL;

    -- Content digests of copies that were joined to an article and differ from what is kept.
    CREATE TABLE variant (
        content BLOB PRIMARY KEY,
        article INTEGER NOT NULL REFERENCES article (number) ON DELETE CASCADE
    ) WITHOUT ROWID;
    CREATE INDEX variant_article ON variant (article);

    -- Sampled hashes, by which candidates for near duplicates are found; deleted by key, so no index on article.
    CREATE TABLE sketch (
        key INTEGER NOT NULL,
        article INTEGER NOT NULL,
        PRIMARY KEY (key, article)
    ) WITHOUT ROWID;

    INSERT INTO sqlite_sequence (name, seq) SELECT 'article', seq FROM sqlite_sequence WHERE name = 'former_article';
    INSERT INTO article
        SELECT number, coalesce((SELECT seq FROM change WHERE article_id = id), (SELECT max(seq) FROM change) + number),
               id, url, title, source, author, published, published_precision, published_origin, tags, lang, role, seen_on,
               source_key, shortened(checksum), shortened(given), captured, packed(body)
        FROM former_article ORDER BY number;
    INSERT INTO deletion SELECT seq, article_id FROM change WHERE deleted ORDER BY seq;
    INSERT INTO fingerprint SELECT number, shortened(content), key_of_url(url_key) FROM former_article ORDER BY number;
    INSERT OR IGNORE INTO variant SELECT shortened(content), article FROM former_variant ORDER BY content;
    INSERT OR IGNORE INTO sketch SELECT key >> 16, article FROM former_sketch ORDER BY key, article;

    DROP TABLE former_variant;
    DROP TABLE former_sketch;
    DROP TABLE former_article;
    DROP TABLE change;
    """,
)

CURRENT_VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Brings the file to this version. StoreError if it is of a newer one, or another program's database.

    22,000 articles of version 1 take four seconds, and while it lasts the disk holds them twice.
    """
    if version_of(connection, path) == CURRENT_VERSION:
        return
    _add_functions(connection)
    # The version is read again inside the transaction: another process may have migrated in between.
    connection.execute("BEGIN IMMEDIATE")
    try:
        former = _version(connection, path)
        for version in range(former, CURRENT_VERSION):
            for statement in _statements(MIGRATIONS[version]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise
    if former:
        # Gives the space of the former tables back. Where that cannot be (a full disk, a reader), articles to come use it.
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("VACUUM")


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the file, 0 for an empty one. StoreError if it is newer than this program, or another program's."""
    # In one transaction, so that its three questions are about one state: another process may be migrating.
    connection.execute("BEGIN")
    try:
        return _version(connection, path)
    finally:
        _roll_back(connection)


def _roll_back(connection: sqlite3.Connection) -> None:
    """Ends the transaction, unless SQLite has: it does on a full disk, and a second end would hide that error."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _version(connection: sqlite3.Connection, path: Path) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application != APPLICATION_ID and (tables or version or application):
        raise StoreError(f"{path} is a database of another program, not an article store; name another data directory (--data)")
    if version > CURRENT_VERSION:
        raise StoreError(
            f"{path} was written by a newer version of this program (store version {version}, this one knows "
            f"{CURRENT_VERSION}); upgrade the program"
        )
    return int(version)


def _add_functions(connection: sqlite3.Connection) -> None:
    """What the migrations compute outside SQL."""
    connection.create_function("packed", 1, packed, deterministic=True)
    connection.create_function("key_of_url", 1, key_of_url, deterministic=True)
    connection.create_function("shortened", 1, lambda digest: digest and digest[:CHECKSUM_BYTES], deterministic=True)


def _statements(script: str) -> list[str]:
    """The statements of a script one by one: `executescript` would commit the transaction it runs in."""
    statements, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return statements
