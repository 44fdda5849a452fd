"""Values without pickle: stored fields as JSON, the payloads of Whoosh's posting formats as rows of numbers.

Give `pack_stored` a dictionary of stored fields and `read_stored` gives it back, equal and of the same types; `to_record`
and `to_payload` do so for what a posting holds beside its weight.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from whoosh import formats

_PLAIN: tuple[type, ...] = (str, int, float, bool, type(None))


class _Tag(NamedTuple):
    """How a value that JSON does not know is written: {name: JSON}."""

    name: str
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


# Types are matched exactly: a subclass would come back as its base.
_TAGS: dict[type, _Tag] = {
    bytes: _Tag("bytes", lambda value: base64.b64encode(value).decode("ascii"), base64.b64decode),
    datetime: _Tag("datetime", datetime.isoformat, datetime.fromisoformat),
    date: _Tag("date", date.isoformat, date.fromisoformat),
    time: _Tag("time", time.isoformat, time.fromisoformat),
    timedelta: _Tag("timedelta", lambda value: [value.days, value.seconds, value.microseconds], lambda parts: timedelta(*parts)),
    Decimal: _Tag("decimal", str, Decimal),
    tuple: _Tag("tuple", lambda value: [_tagged(one) for one in value], tuple),
    set: _Tag("set", lambda value: [_tagged(one) for one in value], set),
    frozenset: _Tag("frozenset", lambda value: [_tagged(one) for one in value], frozenset),
    dict: _Tag("dict", lambda value: [[_tagged(key), _tagged(one)] for key, one in value.items()], dict),
}
_READERS = {tag.name: tag.read for tag in _TAGS.values()}


def pack_stored(stored: dict[str, Any]) -> bytes:
    """The stored fields of a document as JSON; TypeError names the field that cannot be kept."""
    written = {}
    for name, value in stored.items():
        try:
            written[name] = _tagged(value)
        except TypeError as error:
            raise TypeError(f"the stored field {name!r} cannot be kept: {error}") from None
    return json.dumps(list(written.items())).encode("ascii")


def read_stored(raw: bytes) -> dict[str, Any]:
    """The stored fields again."""
    return dict(json.loads(raw, object_hook=_untagged))


def _tagged(value: Any) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is list:
        return [_tagged(one) for one in value]
    if kind in _TAGS:
        tag = _TAGS[kind]
        return {tag.name: tag.write(value)}
    known = ", ".join(one.__name__ for one in (*_PLAIN, list, *_TAGS))
    raise TypeError(f"got a value of type {kind.__name__}, expected one of {known}; store it as text or bytes")


def _untagged(mapping: dict[str, Any]) -> Any:
    ((name, value),) = mapping.items()
    return _READERS[name](value)


class _Rows(NamedTuple):
    """view: what the format decodes its payload as, a list of numbers or tuples; dtype: one of these."""

    view: str
    dtype: np.dtype[Any]


# The formats whose payloads Whoosh pickles.
_PICKLED: dict[type, _Rows] = {
    formats.Positions: _Rows("positions", np.dtype("<u4")),
    formats.Characters: _Rows("characters", np.dtype("<u4,<u4,<u4")),
    formats.PositionBoosts: _Rows("position_boosts", np.dtype("<u4,<f8")),
    formats.CharacterBoosts: _Rows("character_boosts", np.dtype("<u4,<u4,<u4,<f8")),
}
_FREQUENCY_SIZE = 4


def to_record(format_: Any, payload: bytes) -> bytes:
    """A payload as it is kept. Those of formats that are not Whoosh's own are kept as they are."""
    if type(format_) is formats.Frequency:
        # Whoosh gives words for spelling the payload of their text, which begins with the frequency.
        return payload[:_FREQUENCY_SIZE]
    rows = _PICKLED.get(type(format_))
    if rows is None or not payload:
        return payload
    return np.array(format_.decode_as(rows.view, payload), rows.dtype).tobytes()


def to_payload(format_: Any, record: bytes) -> bytes:
    """The payload again."""
    rows = _PICKLED.get(type(format_))
    if rows is None or not record:
        return record
    encoded = format_.encode(np.frombuffer(record, rows.dtype).tolist())
    # CharacterBoosts alone gives its weight as well.
    payload: bytes = encoded[0] if isinstance(encoded, tuple) else encoded
    return payload
