"""HTML of a site that a profile knows by its lines: read as a dump of it would be."""

from __future__ import annotations

from datetime import datetime, timezone

from index.pages.clean import clean_page
from index.pages.page import Page
from index.pages.profiles import Profiles

CAPTURED = datetime(2025, 8, 13, 12, tzinfo=timezone.utc)
PAGE = """<!doctype html><html><head><title>Bells ring - Daily8</title><link rel="canonical" href="https://www.daily8.com/en/bells">
<script>var x = "Related Articles";</script></head><body><nav><ul><li>Home</li></ul></nav>
<h1>Bells ring over the marsh</h1><h2>Bells ring over the marsh</h2><div><span>Hill Times</span><span>21-05-2025</span></div>
<p>The bells rang for the first time since the flood, and
the <a href="/geese">geese</a> rose from the reeds.</p><p>The warden counted forty of them.</p>
<div>Orange background</div><h3>Try Our AI Features</h3><p>Explore what Daily8 AI can do for you:</p><h3>Comments</h3>
<p>No comments yet...</p><h2>Related Articles</h2>
<article><h3>Ferry to sail again</h3><h4>Ferry to sail again</h4><p>Lake Post</p><p><i>time</i>2 hours ago</p>
<ul><li>Lake Post</li></ul><h3>Ferry to sail again</h3><p>The ferry will sail again once its keel has been painted.</p></article>
<footer><h3>DOWNLOAD THE APP</h3><p>Get Started Now: Download the App</p></footer></body></html>"""


def test_html_of_a_known_site_gives_its_articles() -> None:
    """Main and related articles come out as from a text dump, the address from the page, no furniture in any body."""
    cleaned = clean_page(Page("bells.html", PAGE, CAPTURED, "html"), Profiles.load())
    found = [(a.role, a.title, a.source, a.published, a.url) for a in cleaned.articles]

    assert found == [
        ("main", "Bells ring over the marsh", "Hill Times", "2025-05-21", "https://www.daily8.com/en/bells"),
        ("related", "Ferry to sail again", "Lake Post", "2025-08-13T10:00:00Z", None),
    ]
    assert [a.body for a in cleaned.articles] == [
        "The bells rang for the first time since the flood, and the geese rose from the reeds.\n\n"
        "The warden counted forty of them.",
        "The ferry will sail again once its keel has been painted.",
    ]
