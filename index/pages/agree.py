"""Which blocks of a page are its article: give the blocks and what two extractors made of the page, get a verdict for each.

readability-lxml and trafilatura fail on different pages: the first takes too much at the article's edges, the second
loses short blocks inside it, and each misses some articles altogether. So a block is kept when both kept it; what one
of them alone kept stays only where its strength lies:

- either of them alone: beside an agreed block (in the same parent element) unless it is mostly links, or as a paragraph
  of prose close to the agreed blocks and akin to one (their parents' parents are the same element);
- readability alone: also anywhere between the first and the last agreed block.

An extractor that kept less than a third of what readability kept (or a tenth of what trafilatura kept) has missed the
article, and the other decides. Captions are no part of a body. The measured figures are in tests/quality/floors.json.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from index.pages.blocks import Block

_SHINGLE = 4
# Shares from .70 to .80 gave the same F1 within .001 on both sets of tests/quality; .60 lost .009 on one.
_KEPT_SHARE = 0.8
# From a fifth to a third nothing changed; a half lost .006 on newspaper4k.
_MISSED_BY_TRAFILATURA = 1 / 3
# .3 lost .002 on mozilla_readability (pages where trafilatura took a comment thread), .05 lost .001.
_MISSED_BY_READABILITY = 0.1
_MOSTLY_LINKS = 0.5
# With the close, akin paragraphs F1 rose by .001 on mozilla_readability and by .003 on newspaper4k (standfirsts, leads).
_CLOSE = 3
_PROSE_LENGTH = 80
_FEW_LINKS = 0.2
# Scripts written without spaces count letter by letter: Thai, Lao, Burmese, Khmer, kana, Han, Hangul.
_TOKEN = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+")


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a block is part of the article, and by which rule."""

    keep: bool
    rule: str


class Extract:
    """What one extractor made of the page, as a set of word shingles that any block can be looked up in."""

    def __init__(self, texts: Iterable[str]) -> None:
        blocks = [_tokens(text) for text in texts]
        self._whole = Counter(tuple(block) for block in blocks)
        self._shingles = {shingle for block in blocks for shingle in _shingles(block)}
        self.words = sum(len(block) for block in blocks)

    def kept(self, text: str) -> bool:
        """Whether the extractor kept this block: a short one as a block of its own, a longer one by its shingles."""
        tokens = _tokens(text)
        if len(tokens) <= _SHINGLE:
            return bool(tokens) and tuple(tokens) in self._whole
        shingles = _shingles(tokens)
        return len(shingles & self._shingles) >= _KEPT_SHARE * len(shingles)

    def times(self, text: str) -> int:
        """How often the extractor has this text as a block of its own."""
        return self._whole[tuple(_tokens(text))]


@dataclasses.dataclass(frozen=True, slots=True)
class Extracts:
    """The extracts of one page. strict: trafilatura for precision; plain: without its own fallbacks; stated: JSON-LD."""

    readability: Extract
    strict: Extract
    plain: Extract
    stated: Extract


def judge(blocks: Sequence[Block], extracts: Extracts) -> list[Verdict]:
    """One verdict for each block, in order."""
    readability = [extracts.readability.kept(block.text) for block in blocks]
    strict = [extracts.strict.kept(block.text) for block in blocks]
    either = [
        is_strict or extracts.plain.kept(block.text) or extracts.stated.kept(block.text)
        for is_strict, block in zip(strict, blocks, strict=True)
    ]
    readability_words, strict_words, either_words = (_words(blocks, kept) for kept in (readability, strict, either))
    agreed = [both for both, _ in enumerate(blocks) if readability[both] and either[both]]
    if readability_words < _MISSED_BY_READABILITY * strict_words or not readability_words:
        verdicts = [_alone(kept, "trafilatura") for kept in (strict if strict_words else either)]
    elif either_words < _MISSED_BY_TRAFILATURA * readability_words or not agreed:
        verdicts = [_alone(kept, "readability") for kept in readability]
    else:
        trafilatura = strict if strict_words >= _MISSED_BY_TRAFILATURA * readability_words else either
        verdicts = _together(blocks, readability, trafilatura, agreed)
    return _without_copies(
        blocks, [_without_caption(block, verdict) for block, verdict in zip(blocks, verdicts, strict=True)], extracts
    )


def _alone(kept: bool, extractor: str) -> Verdict:
    return Verdict(True, f"{extractor}: main content") if kept else Verdict(False, f"{extractor}: not main content")


def _together(blocks: Sequence[Block], readability: list[bool], trafilatura: list[bool], agreed: list[int]) -> list[Verdict]:
    """Verdicts where both extractors found the article. agreed: the numbers of the blocks that both kept, ascending."""
    first, last = agreed[0], agreed[-1]
    containers = {blocks[number].container for number in agreed}
    families = {blocks[number].outer for number in agreed} - {0}
    both = frozenset(agreed)
    verdicts = []
    for number, block in enumerate(blocks):
        is_beside = block.container in containers and block.link_share <= _MOSTLY_LINKS
        is_akin = block.outer in families or block.container in families or block.container in containers
        is_close = first - _CLOSE <= number <= last + _CLOSE and is_akin and _is_prose(block)
        if number in both:
            verdicts.append(Verdict(True, "both extractors: main content"))
        elif readability[number]:
            verdicts.append(_placed(is_beside or is_close or first < number < last, "readability"))
        elif trafilatura[number]:
            verdicts.append(_placed(is_beside or is_close, "trafilatura"))
        else:
            verdicts.append(Verdict(False, "both extractors: not main content"))
    return verdicts


def _is_prose(block: Block) -> bool:
    return len(block.text) > _PROSE_LENGTH and block.link_share <= _FEW_LINKS


def _placed(is_inside: bool, extractor: str) -> Verdict:
    return Verdict(is_inside, f"{extractor} only: " + ("part of the article" if is_inside else "away from the article"))


def _without_caption(block: Block, verdict: Verdict) -> Verdict:
    return Verdict(False, "caption of a picture") if verdict.keep and block.caption else verdict


def _without_copies(blocks: Sequence[Block], verdicts: list[Verdict], extracts: Extracts) -> list[Verdict]:
    """Drops further copies of a block (the teaser in a sidebar says what the lead says) beyond those an extractor has.

    The copy in the fullest container stays: that is the one in the article.
    """
    kept = [number for number, verdict in enumerate(verdicts) if verdict.keep]
    fullness = Counter[int]()
    for number in kept:
        fullness[blocks[number].container] += len(blocks[number].text)
    seen = Counter[str]()
    for number in sorted(kept, key=lambda number: (-fullness[blocks[number].container], number)):
        text = blocks[number].text
        seen[text] += 1
        if seen[text] > max(1, *(extract.times(text) for extract in (extracts.readability, extracts.strict, extracts.plain))):
            verdicts[number] = Verdict(False, "copy of a block of the article")
    return verdicts


def _words(blocks: Sequence[Block], kept: Sequence[bool]) -> int:
    return sum(len(_tokens(block.text)) for block, is_kept in zip(blocks, kept, strict=True) if is_kept)


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.casefold())


def _shingles(tokens: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(tokens[start : start + _SHINGLE]) for start in range(len(tokens) - _SHINGLE + 1)}
