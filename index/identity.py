"""Who an article is: give it a URL or the words of an article, and it gives back what stays the same when they vary.

Use it where articles are kept under ids. Whether two texts are copies of one another is decided in `index.dedupe`.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import count
from urllib.parse import parse_qsl, urlencode, urlsplit

# The id of an article without one is made from its title and this many opening words, so that a copy that was cut
# off or edited further down has the same id in a fresh store. Of 18,677 newswire items 83 share both with another
# that is a different story, and get an id from all their words.
OPENING_WORDS = 20

_ID_BYTES = 10  # 16 characters, 80 bits: among a million articles two have the same by chance once in 2e12 archives
_DIGEST_BYTES = 16
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING = frozenset({"fbclid", "gclid", "dclid", "msclkid", "igshid", "mc_cid", "mc_eid", "cmpid", "ocid", "ref_src"})


def derived_ids(title: bytes, words: Sequence[bytes]) -> Iterator[str]:
    """Ids for an article that came without one, best first; the store takes the first that no other article has.

    The first is the same for every copy that differs only after its opening words, the second for the same words only.
    """
    yield _name(title + b"\n" + b" ".join(words[:OPENING_WORDS]))
    whole = title + b"\n\n" + b" ".join(words)
    yield _name(whole)
    for number in count(2):
        yield _name(b"%b\n%d" % (whole, number))


def content_digest(title: bytes, words: Sequence[bytes]) -> bytes:
    """The same for articles that have the same words in title and body, whatever their punctuation, case and layout."""
    return sha256(title + b"\n" + b" ".join(words)).digest()[:_DIGEST_BYTES]


def canonical_url(url: str | None) -> str | None:
    """A URL by which an article can be known again, None where it names a whole site or is no web address.

    http and https, `www.`, default ports, a slash at the end, fragments and tracking parameters make no difference;
    the order of the other parameters neither.
    """
    if url is None:
        return None
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").removeprefix("www.")
    if scheme not in _DEFAULT_PORTS or not host:
        return None
    parameters = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _tracks(name)]
    path = parts.path.rstrip("/")
    if not path and not parameters:
        return None
    place = host if port in (None, _DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    return f"{place}{path}?{urlencode(sorted(parameters))}" if parameters else place + path


def _tracks(parameter: str) -> bool:
    return parameter.lower().startswith("utm_") or parameter.lower() in _TRACKING


def _name(text: bytes) -> str:
    return b32encode(sha256(text).digest()[:_ID_BYTES]).decode("ascii").lower()
