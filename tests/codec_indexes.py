"""Indexes of stock Whoosh for the tests of the codec: the same documents written with our codec and with Whoosh's own."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from whoosh import analysis, fields, formats, index
from whoosh.codec import default_codec

from index.codec.whoosh_codec import ColumnsCodec

Document = Mapping[str, Any]

CODECS = {"ours": ColumnsCodec, "whoosh": default_codec}

# Few words, so that queries meet; documents of up to ten, as Whoosh's own codec keeps only such lengths exactly.
WORDS = "port strike strikes striker minister union war wars visit visited zürich 中国 may will not".split()


def schema() -> fields.Schema:
    """Every stock kind of field."""
    simple = analysis.SimpleAnalyzer()
    return fields.Schema(
        id=fields.ID(stored=True, unique=True),
        body=fields.TEXT(analyzer=simple, stored=True),
        stemmed=fields.TEXT(analyzer=analysis.StemmingAnalyzer(stoplist=None)),
        spelled=fields.TEXT(analyzer=analysis.StemmingAnalyzer(stoplist=None), spelling=True),
        chars=fields.TEXT(analyzer=simple, chars=True),
        counts=fields.TEXT(analyzer=simple, phrase=False),
        boosted=fields.TEXT(analyzer=simple, field_boost=2.5),
        boosts=fields.FieldType(formats.PositionBoosts(), simple, scorable=True),
        exists=fields.FieldType(formats.Existence(field_boost=1.5), simple, scorable=True),
        vectored=fields.TEXT(analyzer=simple, vector=formats.Positions()),
        tags=fields.KEYWORD(stored=True, commas=True, scorable=True),
        number=fields.NUMERIC(int, stored=True, sortable=True, signed=True),
        real=fields.NUMERIC(float, stored=True),
        when=fields.DATETIME(stored=True, sortable=True),
        flag=fields.BOOLEAN(stored=True),
        grams=fields.NGRAM(minsize=2, maxsize=3),
        gramwords=fields.NGRAMWORDS(minsize=2, maxsize=3),
        kept=fields.STORED,
        place=fields.ID(sortable=True),
        **{"dotted.name": fields.ID(stored=True)},
    )


def documents(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Documents with some fields missing here and there; the same seed gives the same documents."""
    rng = random.Random(seed)
    return [_document(rng, number) for number in range(count)]


def _document(rng: random.Random, number: int) -> dict[str, Any]:
    text = " ".join(rng.choices(WORDS, k=rng.randint(1, 10)))
    document = {
        "id": f"d{number}",
        **dict.fromkeys(("body", "stemmed", "spelled", "chars", "counts", "boosts", "exists", "vectored"), text),
        "boosted": text,
        "tags": ",".join(rng.sample(("world", "north sea", "trade"), rng.randint(0, 3))),
        "number": rng.randint(-1000, 1000),
        "real": rng.random() * 10,
        "when": datetime(2025, 1, 1) + timedelta(hours=rng.randint(0, 9000)),
        "flag": rng.random() < 0.5,
        "grams": rng.choice([word for word in WORDS if len(word) != 7]),  # they have 11 grams
        "gramwords": text[:20],
        "kept": rng.choice([("a", 1), {"b": [1.5, None]}, b"\0\n", {"x", "y"}]),
        "place": rng.choice(("harbor", "dock", "pier")),
        "dotted.name": rng.choice(("a.b", "100%")),
    }
    for name in rng.sample(sorted(set(document) - {"id", "body"}), rng.randint(0, 4)):
        del document[name]
    return document


def build(folder: Path, codec: str, batches: Iterable[Sequence[Document]], of: fields.Schema | None = None) -> Any:
    """An index in a new folder with one segment for each batch, opened anew."""
    folder.mkdir()
    made = index.create_in(str(folder), of or schema())
    for batch in batches:
        writer = made.writer(codec=CODECS[codec]())
        for document in batch:
            writer.add_document(**document)
        writer.commit(merge=False)
    return index.open_dir(str(folder))


def both(folder: Path, batches: Sequence[Sequence[Document]], of: fields.Schema | None = None) -> tuple[Any, Any]:
    """The same index with our codec and with Whoosh's."""
    return build(folder / "ours", "ours", batches, of), build(folder / "whoosh", "whoosh", batches, of)
