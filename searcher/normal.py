"""Normal form of query trees: build And, Or and Not with these, and equal searches are equal trees.

A tree so built has no And or Or of one child, none directly inside its like, no Not under a Not, and a Not only beside
something that matches: what only excludes is And((All(), Not(x), ...)). Nothing at all is NOTHING, Or of no children.
"""

from __future__ import annotations

from collections.abc import Iterable

from searcher.query import All, And, Not, Or, Query

NOTHING = Or(())


def conjunction(children: Iterable[Query], *, implicit: bool = False) -> Query:
    """All of the children; of none: All()."""
    flat: list[Query] = []
    for child in children:
        if isinstance(child, And) and (child.implicit == implicit or _only_excludes(child)):
            flat.extend(child.children)
        else:
            flat.append(child)
    if NOTHING in flat:
        return NOTHING
    kept = [child for child in flat if not isinstance(child, All)]
    if not kept:
        return All()
    if all(isinstance(child, Not) for child in kept):
        return And((All(), *kept))
    return kept[0] if len(kept) == 1 else And(tuple(kept), implicit)


def disjunction(children: Iterable[Query]) -> Query:
    """Any of the children; of none: NOTHING."""
    flat: list[Query] = []
    for child in children:
        if isinstance(child, Or):
            flat.extend(child.children)
        else:
            flat.append(conjunction((child,)))
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def negation(child: Query) -> Query:
    """Not the child. A Not that stands alone in a query goes through `conjunction` to become one that matches."""
    if isinstance(child, Not):
        return child.child
    if isinstance(child, All):
        return NOTHING
    if child == NOTHING:
        return All()
    if isinstance(child, And) and _only_excludes(child) and len(child.children) == 2:
        return negation(child.children[1])
    return Not(child)


def _only_excludes(query: And) -> bool:
    """Whether this is And((All(), Not, ...))."""
    return isinstance(query.children[0], All)
