"""Site profiles: everything we know of one site's pages, as data. Give a page, get the profile of its site.

A profile is one YAML file; a second site is a second file and no code. `Profiles.load()` reads those that come with the
package and, after them, those of a directory of the user's, which win where both know a site or have the same name.
The file's keys are the fields below; sites/daily8.yml is the worked example.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from index.article import normalized
from index.errors import ConfigError
from index.pages.page import Page
from index.pages.yamlfile import read_yaml

_SHIPPED = Path(__file__).with_name("sites")
_HINTS_NEEDED = 2
_FIRST_LINES = 3
# A longer line is no furniture; its beginning is all that is compared.
_MAX_PHRASE = 200
_DEFAULT = "default"
_DATE_SHAPES = ("DD-MM-YYYY", "YYYY-MM-DD", "DD MONTH YYYY", "MONTH DD, YYYY", "MONTH DD YYYY", "DD/MM/YYYY")


@dataclasses.dataclass(frozen=True, slots=True)
class Phrases:
    """Whole lines to recognize, whatever their case and punctuation; one that ends in `*` stands for any line so begun."""

    texts: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()

    @classmethod
    def from_texts(cls, texts: tuple[str, ...]) -> Phrases:
        """From the texts of a profile."""
        beginnings = tuple(_key(text[:-1]) for text in texts if text.endswith("*"))
        return cls(frozenset(_key(text) for text in texts if not text.endswith("*")), beginnings)

    def matches(self, line: str) -> bool:
        """Whether the line is one of them."""
        key = _key(line[:_MAX_PHRASE])
        is_whole = key in self.texts and len(line) <= _MAX_PHRASE
        return is_whole or (bool(self.beginnings) and key.startswith(self.beginnings))


@dataclasses.dataclass(frozen=True, slots=True)
class Detect:
    """How a page of the site is known: its host, or a certain text anywhere, or two of the hints as whole lines."""

    hosts: tuple[str, ...] = ()
    certain: tuple[str, ...] = ()
    hints: Phrases = Phrases()


@dataclasses.dataclass(frozen=True, slots=True)
class LineRules:
    """Lines that are no part of any article.

    page_start: the first line of a page, also where dumps were joined. header: only before the first title.
    anywhere: wherever it stands. last: only where no text follows before the article ends ("Comments" may be a heading).
    promos: what lines to other stories begin with (`READ MORE: ...`). inserted: words put between sentences, exactly so
    written. captions: the words before `: Reuters` in a caption.
    """

    page_start: Phrases = Phrases()
    header: Phrases = Phrases()
    anywhere: Phrases = Phrases()
    last: Phrases = Phrases()
    promos: tuple[str, ...] = ()
    inserted: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Sections:
    """The lines that begin a part of the page: its tags, the end of its article, related articles, its footer."""

    tags: Phrases = Phrases()
    end: Phrases = Phrases()
    related: Phrases = Phrases()
    footer: Phrases = Phrases()


@dataclasses.dataclass(frozen=True, slots=True)
class Glue:
    """Words without a space before the first line, after any line's end, or after the end of its last sentence only."""

    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    ends_after_sentence: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class DateRules:
    """The shapes of printed dates (YYYY, MM, DD, MONTH and what stands between), and words glued before them."""

    shapes: tuple[str, ...] = _DATE_SHAPES
    prefixes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for shape in self.shapes:
            if "YYYY" not in shape or "DD" not in shape or not ("MM" in shape or "MONTH" in shape):
                raise ValueError(f"the date shape {shape!r} must hold YYYY, DD, and MM or MONTH, as DD-MM-YYYY does")


@dataclasses.dataclass(frozen=True, slots=True)
class ItemRules:
    """A related item: the order of its source and date, the marks of its list lines, sources known by name."""

    date_first: bool = False
    bullets: str = "•·*‣▪●◦-–"
    sources: Phrases = Phrases()


@dataclasses.dataclass(frozen=True, slots=True)
class HtmlRules:
    """CSS selectors for the site's HTML: the main article, each related item, and the parts inside either of them."""

    main: str | None = None
    related: str | None = None
    title: str | None = None
    source: str | None = None
    date: str | None = None
    body: str | None = None
    drop: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Profile:
    """All rules of one site; without any, a page is one article: a title, perhaps source and date, and a body."""

    name: str
    detect: Detect = Detect()
    lines: LineRules = LineRules()
    sections: Sections = Sections()
    glue: Glue = Glue()
    dates: DateRules = DateRules()
    item: ItemRules = ItemRules()
    html: HtmlRules | None = None

    @property
    def has_related(self) -> bool:
        """Whether the site's pages hold related articles, told by what their lines say."""
        return bool(self.sections.related.texts or self.sections.related.beginnings)


class Profiles:
    """The profiles at hand, and which of them a page calls for."""

    def __init__(self, profiles: tuple[Profile, ...], fingerprints: Mapping[str, str] | None = None) -> None:
        self._by_name = {profile.name: profile for profile in profiles}
        self._fingerprints = fingerprints or {}

    @classmethod
    def load(cls, extra_dir: Path | None = None) -> Profiles:
        """The profiles of the package and then those (*.yml, *.yaml) of the directory; ConfigError if one is wrong."""
        paths = sorted(_SHIPPED.glob("*.yml"))
        if extra_dir is not None:
            if not extra_dir.is_dir():
                raise ConfigError(f"{extra_dir}:1: is not a directory; name one that holds site profiles (*.yml)")
            paths += sorted(path for path in extra_dir.iterdir() if path.suffix in (".yml", ".yaml"))
        profiles = [read_yaml(Profile, path) for path in paths]
        digests = [hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in paths]
        return cls(tuple(profiles), {profile.name: digest for profile, digest in zip(profiles, digests, strict=True)})

    def fingerprint(self, profile: Profile) -> str:
        """Changes whenever the file of the profile does; empty for a profile that came from no file."""
        return self._fingerprints.get(profile.name, "")

    def names(self) -> tuple[str, ...]:
        """The names of all profiles, sorted."""
        return tuple(sorted(self._by_name))

    def for_page(self, page: Page) -> Profile:
        """The profile of the page's site, by its host or by its text; the default profile for a site unknown."""
        sites = [profile for name, profile in reversed(self._by_name.items()) if name != _DEFAULT]
        host = (urlsplit(page.origin).hostname or "") if "://" in page.origin else ""
        text = page.text.replace("\u00a0", " ")
        lines = text.splitlines() if page.media == "text" else []
        for profile in sites:
            if _is_host(host, profile.detect.hosts) or _is_text(text, lines, profile):
                return profile
        return self._by_name[_DEFAULT]


def _is_host(host: str, known: tuple[str, ...]) -> bool:
    return any(host == name or host.endswith("." + name) for name in known)


def _is_text(text: str, lines: list[str], profile: Profile) -> bool:
    detect = profile.detect
    if any(certain in text for certain in detect.certain):
        return True
    hints = {_key(line) for line in lines if detect.hints.matches(line)}
    return len(hints) + _has_title_twice(lines, profile.lines.page_start) >= _HINTS_NEEDED


def _has_title_twice(lines: list[str], page_start: Phrases) -> bool:
    """Whether the page begins as this site's pages do and then prints a title twice: enough to know a dump cut short."""
    first = list(itertools.islice((line.strip() for line in lines if line.strip()), _FIRST_LINES))
    return len(first) == _FIRST_LINES and page_start.matches(first[0]) and first[1] == first[2]


@functools.lru_cache(maxsize=256)
def _key(text: str) -> str:
    """Text as compared: letters and digits only, unless it has none. A line is asked of about seven lists in a row."""
    return normalized(text) or text.strip()
