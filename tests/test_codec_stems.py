"""The field `stem`: a stem with one form keeps no list, and yet every way of reading gives what its forms have together."""

from __future__ import annotations

import random
from collections import defaultdict

import numpy as np
import pytest

from index.analysis import Analyzer
from index.bulk.dictionaries import Dictionaries
from index.bulk.inverter import Batch, Inverter, Plan
from index.codec.container import Container
from index.codec.field_reader import FieldReader
from index.codec.segment import SegmentReader
from index.schema import ZoneWeights
from tests.invented import articles


@pytest.fixture(scope="module")
def segment(tmp_path_factory: pytest.TempPathFactory) -> SegmentReader:
    prefix = tmp_path_factory.mktemp("stems") / "s"
    # Zone weights that make many sums, so that some of them are rare.
    inverter = Inverter(Plan(prefix, ZoneWeights(2.25, 1.5, 1.0, 5), Dictionaries(), 64 << 20), Analyzer())
    inverter.add(Batch(0, articles(60)))
    return SegmentReader(inverter.finish()[0].path)


def expected(segment: SegmentReader) -> list[dict[int, float]]:
    """For each stem its documents and their weights, from the forms."""
    surface = segment.field("surface")
    found: list[dict[int, float]] = [defaultdict(float) for _ in range(len(segment.field("stem").terms))]
    for form, stem in enumerate(segment.stem_numbers().tolist()):
        for document, weight in zip(surface.documents(form).tolist(), surface.weights(form).tolist(), strict=True):
            found[stem][document] += weight
    return [dict(sorted(postings.items())) for postings in found]


def test_every_stem_has_the_postings_of_its_forms(segment: SegmentReader) -> None:
    """One by one, as a range and picked out, stems have the documents of all their forms, and the sums of their weights."""
    stem, postings = segment.field("stem"), expected(segment)
    for number, own in enumerate(postings):
        assert stem.documents(number).tolist() == list(own)
        assert stem.weights(number).tolist() == list(own.values())
        assert stem.count(number) == len(own)
    rng = random.Random(1)
    for _ in range(20):
        low, high = sorted(rng.choices(range(len(postings) + 1), k=2))
        picked = np.array(sorted(rng.sample(range(len(postings)), min(7, len(postings)))), np.int64)
        for documents, weights, numbers in (
            (stem.documents_of(low, high), stem.weights_of(low, high), range(low, high)),
            (stem.documents_at(picked), stem.weights_at(picked), picked.tolist()),
        ):
            assert documents[0].tolist() == [document for number in numbers for document in postings[number]]
            assert documents[1].tolist() == [len(postings[number]) for number in numbers]
            assert weights.tolist() == [weight for number in numbers for weight in postings[number].values()]
        assert stem.counts(low, high).tolist() == [len(own) for own in postings[low:high]]


def test_lists_are_kept_once(segment: SegmentReader) -> None:
    """The section of a stem is empty if it has one form, and only then."""
    plain = FieldReader(Container(segment.container.path), "stem")
    forms = np.bincount(segment.stem_numbers())
    assert {1, 2} <= set(forms.tolist())
    assert [plain.count(number) == 0 for number in range(len(forms))] == (forms == 1).tolist()
    assert (plain.sizes() == 0).tolist() == (forms == 1).tolist()
    assert (segment.field("stem").sizes() > 0).all()
