"""RankingProfile: the numbers of the score, and the score itself.

    score(article, query) = sum over the query's words and phrases of boost * part

    word    part = (1 - surface) * bm25(stem) + surface * bm25(word as written)
    phrase  part = sum of bm25(word as written) over its words, for articles that hold the phrase
    prefix, wildcard, fuzzy                 part = 1
    source:, tag:, date: and other filters  part = 0

    bm25(t) = idf(t) * f * (k1 + 1) / (f + k1 * (1 - b + b * length / average_length))
    idf(t)  = ln(1 + (n - df + 0.5) / (df + 0.5))

f is the term's frequency in the article, summed over title, lead and rest of the body, each times the zone's weight
(`index.schema.ZoneWeights`): BM25F (Robertson, Zaragoza, Taylor 2004). length is counted with the same weights. `title:`
counts in the title alone and takes length for average_length. n, df and the average length are those of the articles that
can be found; deleted ones never count, so a score does not depend on how the index came about.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_LEAST_DIVISOR = np.finfo(np.float64).tiny


@dataclasses.dataclass(frozen=True, slots=True)
class RankingProfile:
    """k1: how fast repetition saturates; b: how much length counts, 0 to 1; surface: share of the form as written.

    These and the zone weights were chosen together on six test collections (time, cranfield, cisi, medline, adi, npl; query
    words joined by OR): mean nDCG@10 .511, MAP .397. Changing one thing: the textbook's 1.2 and .75 give .503 and .391, no
    share for the surface .509 and .394, no weight for the lead .507 and .394. It is a flat hill.
    """

    k1: float = 1.8
    b: float = 0.72
    surface: float = 0.2

    def dampening(self, relative_length: Array | float) -> Any:
        """What frequencies are weighed against, for articles of these lengths (each over the average): the sum beside f."""
        return self.k1 * (1 - self.b) + self.k1 * self.b * relative_length

    def bm25(self, idf: float, frequency: Array, dampening: Array | float) -> Array:
        """One term's part of the scores."""
        part: Array = frequency * (idf * (self.k1 + 1))
        # Both are 0 where neither the zones of a term nor lengths count, and then so is the part.
        part /= np.maximum(frequency + dampening, _LEAST_DIVISOR)
        return part


def inverse_document_frequency(articles: int, document_frequency: int) -> float:
    """How rare a term is; never negative (Lucene's form of Robertson and Spärck Jones)."""
    return math.log(1 + (articles - document_frequency + 0.5) / (document_frequency + 0.5))
