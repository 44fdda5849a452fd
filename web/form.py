"""What the address of a search asks for.

Give it the query string's values, it gives back a SearchForm and every value that cannot be. The whole state of a
search is in its address, so `SearchForm.arguments` is also how every link of a page is made.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from werkzeug.datastructures import MultiDict

from searcher.config import LimitsConfig

PAGE_LIMIT = 1_000_000
# A date is one short value, a source as long as scraped pages make it; a list of sources is ticked by hand. The caps only
# keep an address in bounds.
VALUE_LIMIT = 200
SOURCE_LIMIT = 1000
SOURCES_LIMIT = 50

SORTS = ("relevance", "newest", "oldest")


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """A parameter that cannot be used, in words for people; parameter is None where no single one is to blame.

    status: the HTTP status it would be refused with alone.
    """

    parameter: str | None
    detail: str
    expected: str | None = None
    got: str | None = None
    status: int = 400

    @classmethod
    def unexpected(cls, parameter: str, expected: str, got: str) -> Problem:
        """The usual message: what the parameter must be, and what it was."""
        shown = got if len(got) <= 80 else got[:79] + "…"
        return cls(parameter, f"{parameter} must be {expected}, got {shown!r}", expected, shown)

    def to_mapping(self) -> dict[str, str | None]:
        """One of the `errors` of a problem document."""
        return {"parameter": self.parameter, "detail": self.detail, "expected": self.expected, "got": self.got}


class ParameterError(Exception):
    """The address asks for what cannot be; carries every problem found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.detail for problem in problems))
        self.problems = problems

    @property
    def status(self) -> int:
        """The status to refuse the request with; a query that is too long (414) is told as such whatever else is wrong."""
        return max(problem.status for problem in self.problems)


@dataclasses.dataclass(frozen=True, slots=True)
class SearchForm:
    """A search as its address states it. after and before are as typed; limit is None unless the address gives one."""

    q: str = ""
    page: int = 1
    limit: int | None = None
    sort: str = "relevance"
    sources: tuple[str, ...] = ()
    after: str | None = None
    before: str | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the query text narrows the search."""
        return bool(self.sources or self.after or self.before)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was asked for; a sort order alone asks for the whole archive in that order."""
        return not self.q.strip() and self == SearchForm(q=self.q)

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """The query string of this search with the changes made, defaults left out.

        A change of anything but the page begins at page 1 again.
        """
        form = dataclasses.replace(self, **({"page": 1} | changes if changes else {}))
        stated = {
            "q": form.q,
            "page": form.page if form.page != 1 else None,
            "limit": form.limit,
            "sort": form.sort if form.sort != "relevance" else None,
            "source": list(form.sources) or None,
            "after": form.after,
            "before": form.before,
        }
        return {name: value for name, value in stated.items() if value is not None}


class FormReader:
    """Reads parameters one by one and keeps what is wrong with them; a bad value reads as the default."""

    def __init__(self, values: MultiDict[str, str], limits: LimitsConfig) -> None:
        self._values = values
        self._limits = limits
        self.problems: list[Problem] = []

    def text(self, name: str, limit: int = VALUE_LIMIT) -> str:
        """One text, empty if it is not there."""
        found = self._values.getlist(name)
        if len(found) > 1:
            self._refuse(name, f"{name} may be given once, got it {len(found)} times")
        value = found[0] if found else ""
        if len(value) > limit:
            self._refuse(name, f"{name} may have {limit:,} characters, got {len(value):,}", 414 if name == "q" else 400)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Every distinct text given under the name, empty ones dropped."""
        found = tuple(dict.fromkeys(value for value in self._values.getlist(name) if value.strip()))
        if len(found) > SOURCES_LIMIT:
            self._refuse(name, f"{name} may be given {SOURCES_LIMIT} times, got it {len(found)} times")
        longest = max(map(len, found), default=0)
        if longest > SOURCE_LIMIT:
            self._refuse(name, f"{name} may have {SOURCE_LIMIT:,} characters, got {longest:,}")
        return found

    def number(self, name: str, highest: int) -> int | None:
        """A whole number from 1 to highest, None if it is not there."""
        value = self.text(name)
        if not value:
            return None
        if re.fullmatch(r"[0-9]{1,9}", value) and 1 <= int(value) <= highest:
            return int(value)
        self.problems.append(Problem.unexpected(name, f"a whole number from 1 to {highest:,}", value))
        return None

    def sort(self) -> str:
        """A sort order."""
        value = self.text("sort")
        if value in ("", *SORTS):
            return value or SORTS[0]
        self.problems.append(Problem.unexpected("sort", f"{', '.join(SORTS[:-1])} or {SORTS[-1]}", value))
        return SORTS[0]

    def switch(self, name: str) -> bool:
        """0 or 1, on unless told otherwise."""
        value = self.text(name)
        if value not in ("", "0", "1"):
            self.problems.append(Problem.unexpected(name, "0 or 1", value))
        return value != "0"

    def form(self) -> SearchForm:
        """The parameters of a search."""
        return SearchForm(
            q=self.text("q", self._limits.query_chars),
            page=self.number("page", PAGE_LIMIT) or 1,
            limit=self.number("limit", self._limits.max_page_size),
            sort=self.sort(),
            sources=self.texts("source"),
            after=self.text("after").strip() or None,
            before=self.text("before").strip() or None,
        )

    def _refuse(self, name: str, detail: str, status: int = 400) -> None:
        self.problems.append(Problem(name, detail, status=status))
