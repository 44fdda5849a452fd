"""The tables of the article store and how a file of an older version becomes one of this version."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from index.errors import StoreError

APPLICATION_ID = 0x53415254  # "SART" in the header of the file: told apart from any other SQLite file

# MIGRATIONS[n] turns version n into version n + 1; a new store runs them all.
MIGRATIONS = (
    """
    CREATE TABLE article (
        number INTEGER PRIMARY KEY AUTOINCREMENT,  -- ours alone; never used twice, so that no row can point to another's heir
        id TEXT NOT NULL UNIQUE,
        url TEXT, title TEXT NOT NULL, body TEXT NOT NULL, source TEXT, author TEXT,
        published TEXT, published_precision TEXT NOT NULL, published_origin TEXT NOT NULL,
        tags TEXT NOT NULL, lang TEXT, role TEXT NOT NULL, seen_on TEXT NOT NULL,  -- tags and seen_on as JSON
        checksum BLOB NOT NULL,   -- sha256 of the columns above, for `check`
        given BLOB,               -- of an article that came with its id: checksum of what came; null for one of our ids
        captured TEXT,            -- when the page was saved that the text was last taken from
        content BLOB NOT NULL,    -- sha256 of the words of title and body
        url_key TEXT,             -- the canonical URL of a main article
        source_key TEXT           -- the source as compared
    );
    CREATE INDEX article_content ON article (content);
    CREATE INDEX article_url ON article (url_key) WHERE url_key IS NOT NULL;
    CREATE INDEX article_source ON article (source_key) WHERE source_key IS NOT NULL;

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

    -- One row for every id that ever was: its latest change. AUTOINCREMENT keeps seq from being used twice.
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
)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Brings the file to this version. StoreError if it is of a newer one, or another program's database."""
    # In one transaction, so that its three questions are about one state: another process may be migrating.
    connection.execute("BEGIN")
    try:
        current = _version(connection, path)
    finally:
        connection.execute("ROLLBACK")
    if current < len(MIGRATIONS):
        # The version is read again inside the transaction: another process may have migrated in between.
        connection.execute("BEGIN IMMEDIATE")
        try:
            for version in range(_version(connection, path), len(MIGRATIONS)):
                for statement in _statements(MIGRATIONS[version]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _version(connection: sqlite3.Connection, path: Path) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application != APPLICATION_ID and (tables or version or application):
        raise StoreError(f"{path} is a database of another program, not an article store; name another data directory (--data)")
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path} was written by a newer version of this program (store version {version}, this one knows "
            f"{len(MIGRATIONS)}); upgrade the program"
        )
    return int(version)


def _statements(script: str) -> list[str]:
    """The statements of a script one by one: `executescript` would commit the transaction it runs in."""
    statements, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return statements
