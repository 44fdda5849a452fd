"""Checks an article store: give it a connection, get what is wrong with the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from index.errors import SearcherError
from index.store.rows import FIELDS, checksum, from_row, to_row
from index.store.values import Problem


def check_database(connection: sqlite3.Connection, file: str, *, deep: bool) -> list[Problem]:
    """The problems found, none for a sound file. deep: reads every page and every article, else the structure only."""
    try:
        found = [*_structure(connection, deep), *_change_log(connection), *(_articles(connection) if deep else ())]
        return [Problem(file, what) for what in found]
    except sqlite3.DatabaseError as error:
        return [Problem(file, f"cannot be read: {error}; restore it from a backup")]


def _structure(connection: sqlite3.Connection, deep: bool) -> list[str]:
    """SQLite's own check; the quick one leaves out whether indexes agree with their tables."""
    lines = [line for (line,) in connection.execute("PRAGMA integrity_check" if deep else "PRAGMA quick_check")]
    if lines == ["ok"]:
        return [f"table {row[0]}: row {row[1]} points to nothing" for row in connection.execute("PRAGMA foreign_key_check")]
    return lines


def _change_log(connection: sqlite3.Connection) -> list[str]:
    """An article stands in the log of deletions only if it is gone, and no change has two numbers, or an update would miss it."""
    query = """
        SELECT id, 'is logged as deleted' FROM article JOIN deletion ON article_id = id
        UNION ALL
        SELECT id, 'shares the number of its change' FROM article JOIN deletion ON seq = change
    """
    return [f"article {article_id} {what}, though it is there" for article_id, what in connection.execute(query)]


def _articles(connection: sqlite3.Connection) -> Iterator[str]:
    for sealed, *row in connection.execute(f"SELECT checksum, {FIELDS} FROM article ORDER BY id"):  # noqa: S608 - our columns
        try:
            if checksum(to_row(from_row(row))) != sealed:
                yield f"article {row[0]}: differs from its checksum"
        except (SearcherError, ValueError, TypeError) as error:
            yield f"article {row[0]}: cannot be read ({error})"
