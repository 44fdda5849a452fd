"""WordFields: the tokens of a run of articles to the fields surface, stem, title, title_stem, author and url of a segment.

Tokens come in tables from the BulkAnalyzer; they are numbers until `write`, which sorts the vocabulary and inverts.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.analysis.bulk import TokenTable, Vocabulary
from index.arrays import offsets_of
from index.bulk.inversion import Occurrences, Weigh
from index.codec.container import ContainerWriter
from index.codec.fields import FieldWriter, without_lists
from index.codec.gaps import encode_steps
from index.schema import LENGTH_UNIT, TITLE_GAP, ZoneWeights

Array = np.ndarray[Any, np.dtype[Any]]

# Left out after the last position of each document, so that no phrase reaches into the next.
_DOCUMENT_GAP = 1
_STEMMED = {"surface": "stem", "title": "title_stem"}


class WordFields:
    """All fields of words of one run."""

    def __init__(self, weights: ZoneWeights) -> None:
        self._weights = weights
        self._fields = {name: _Field() for name in ("surface", "title", "author", "url")}
        self._body_starts: list[Array] = []
        self._lengths: list[Array] = []

    def __len__(self) -> int:
        return sum(len(field.occurrences) for field in self._fields.values())

    def add_text(self, table: TokenTable) -> None:
        """More articles. Titles and bodies alternate in the table; they share the positions of `surface`, title first."""
        titles, bodies = table.spans[0::2], table.spans[1::2]
        body_starts = titles + TITLE_GAP
        moved = np.zeros(len(table.counts), np.int64)
        moved[1::2] = body_starts
        positions = table.positions + np.repeat(moved, table.counts)
        spans = np.where(bodies > 0, body_starts + bodies, titles)
        self._fields["surface"].add(table.terms, positions, table.counts[0::2] + table.counts[1::2], spans)
        self._body_starts.append(body_starts)

        in_title = np.repeat(np.arange(len(table.counts)) % 2 == 0, table.counts)
        self._fields["title"].add(table.terms[in_title], table.positions[in_title], table.counts[0::2], titles)
        self._lengths.append(self._weighted_lengths(titles, bodies))

    def add(self, name: str, table: TokenTable) -> None:
        """The tokens of another field of the same articles."""
        self._fields[name].add(table.terms, table.positions, table.counts, table.spans)

    def lengths(self) -> Array:
        """The weighted length of each article in LENGTH_UNITs."""
        return joined(self._lengths)

    def write(self, container: ContainerWriter, folder: Path, vocabulary: Vocabulary) -> None:
        """Appends the sections of all fields. The occurrences are used up."""
        terms, ranks = _ranked(vocabulary.terms)
        stems, stem_ranks = _ranked(vocabulary.stems)
        stem_of = np.empty(len(terms), np.int64)
        stem_of[ranks] = stem_ranks[vocabulary.stem_of]
        for name, field in self._fields.items():
            occurrences, spans = field.occurrences, field.spans()
            weigh = self._zone_weights(spans) if name == "surface" else None
            occurrences.renumber(ranks)
            with FieldWriter(folder) as writer:
                for postings in occurrences.postings(terms, spans, weigh, positions=True):
                    writer.add(postings)
                writer.finish(container, name, spans)
            if name in _STEMMED:
                stem_of_present = stem_of[occurrences.terms()]
                occurrences.renumber(stem_of)
                numbers = np.searchsorted(occurrences.terms(), stem_of_present)
                # A stem of `surface` with one form has no lists: they are those of the form.
                is_alone = np.bincount(numbers) == 1 if name == "surface" else np.zeros(len(stems), bool)
                with FieldWriter(folder) as writer:
                    known = 0
                    for postings in occurrences.postings(stems, spans, weigh, positions=False):
                        writer.add(without_lists(postings, is_alone[known : known + len(postings.terms)]))
                        known += len(postings.terms)
                    writer.finish(container, _STEMMED[name])
                if name == "surface":
                    container.add("surface.stems", encode_steps(numbers))
            occurrences.clear()

    def _weighted_lengths(self, titles: Array, bodies: Array) -> Array:
        weights, leads = self._weights, np.minimum(bodies, self._weights.lead_words)
        lengths = weights.title * titles + weights.lead * leads + weights.body * (bodies - leads)
        return np.rint(lengths * LENGTH_UNIT).astype(np.int64)

    def _zone_weights(self, spans: Array) -> Weigh:
        weights = self._weights
        bases, body_starts = offsets_of(spans), joined(self._body_starts)

        def weigh(documents: Array, positions: Array) -> Array:
            in_body = positions - bases[documents] - body_starts[documents]
            return np.where(in_body < 0, weights.title, np.where(in_body < weights.lead_words, weights.lead, weights.body))

        return weigh


class _Field:
    """The occurrences of a field, and how many positions each document takes."""

    def __init__(self) -> None:
        self.occurrences = Occurrences()
        self._spans: list[Array] = []
        self._end = 0

    def add(self, terms: Array, positions: Array, counts: Array, spans: Array) -> None:
        """More documents. positions: within each; counts: tokens of each; spans: positions of each."""
        taken = spans + _DOCUMENT_GAP
        bases = offsets_of(taken) + self._end
        self._spans.append(taken)
        self._end = int(bases[-1])
        self.occurrences.add(terms, np.repeat(bases[:-1], counts) + positions)

    def spans(self) -> Array:
        """How many positions each document takes in the segment."""
        return joined(self._spans)


def joined(pieces: Sequence[Array]) -> Array:
    """Arrays of int64 end to end."""
    return np.concatenate(pieces) if pieces else np.empty(0, np.int64)


def _ranked(terms: Sequence[str]) -> tuple[list[str], Array]:
    """The terms sorted as their UTF-8 is (Python compares by code point, which is the same), and the place of each."""
    order = sorted(range(len(terms)), key=terms.__getitem__)
    ranks = np.empty(len(terms), np.int64)
    ranks[order] = np.arange(len(terms))
    return [terms[number] for number in order], ranks
