"""Checks an article store: give it a connection, get what is wrong with the file."""

from __future__ import annotations

import sqlite3

from index.store.rows import FIELDS, checksum
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
    """Every article must stand in the change log as there, every deleted one as gone, or an update would miss it."""
    query = """
        SELECT id FROM article WHERE id NOT IN (SELECT article_id FROM change WHERE NOT deleted)
        UNION ALL
        SELECT article_id FROM change WHERE NOT deleted AND article_id NOT IN (SELECT id FROM article)
    """
    return [f"article {article_id}: the change log disagrees with the articles" for (article_id,) in connection.execute(query)]


def _articles(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(f"SELECT checksum, {FIELDS} FROM article ORDER BY id")  # noqa: S608 - our columns
    return [f"article {row[1]}: differs from its checksum" for row in rows if checksum(row[1:]) != row[0]]
