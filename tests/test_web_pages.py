"""The pages, read as a browser would read them: every route and every state of the search page."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from searcher.reports import ClusterState
from tests.web_fakes import FakeArchive, client_of, invented_articles, note, one, page_of


@pytest.fixture
def archive() -> FakeArchive:
    """Forty-two invented articles."""
    return FakeArchive(invented_articles())


@pytest.fixture
def client(archive: FakeArchive) -> Iterator[FlaskClient]:
    """A client of the pages over the archive."""
    with client_of(archive) as client:
        yield client


def _query_of(link: Tag) -> dict[str, list[str]]:
    return parse_qs(urlsplit(str(link["href"])).query)


def _link(page: BeautifulSoup, text: str, scope: str = "body") -> Tag:
    (found,) = [link for link in page.select(f"{scope} a") if " ".join(link.get_text().split()).startswith(text)]
    return found


def test_start_page_says_what_is_in_the_archive(client: FlaskClient) -> None:
    """Number of articles and sources, months from and to, and the newest headlines."""
    page = page_of(client, "/")

    assert "42 articles from 3 sources, January 2024 to June 2025" in " ".join(one(page, ".size").get_text().split())
    assert len(page.select(".headlines li")) == 5
    assert [item.get_text() for item in page.select("section[aria-labelledby=sources-title] bdi")] == [
        "Harbor Gazette",
        "Northern Wire",
        "Emberton Courier",
    ]
    assert len(page.select(".timeline a")) == 18


def test_every_example_of_the_start_page_is_a_search(client: FlaskClient) -> None:
    """Examples are links that put their own text into the search box."""
    links = page_of(client, "/").select(".examples a.pill")

    assert len(links) >= 4
    assert [_query_of(link)["q"] for link in links] == [[link.get_text()] for link in links]


def test_an_empty_archive_says_how_to_fill_it() -> None:
    """No articles: no search that finds nothing, but the command to run."""
    with client_of(FakeArchive()) as client:
        assert one(page_of(client, "/"), "pre").get_text() == "searcher ingest PATH"


def test_results_state(client: FlaskClient) -> None:
    """Count, range, ten numbered hits with title, source, date and marked snippets."""
    page = page_of(client, "/?q=ferry+storm")
    first = one(page, "li.hit")

    assert " ".join(one(page, "[role=status]").get_text().split()) == "1–10 of 42 articles in 3 ms"
    assert one(page, "title").get_text() == "ferry storm – Searcher"
    assert len(page.select("li.hit")) == 10
    assert one(first, ".source").get_text() == "Northern Wire"
    assert 1 <= len(first.select(".snippet")) <= 3
    assert {mark.get_text().lower() for mark in page.select(".snippet mark")} == {"ferry", "storm"}


def test_marked_text_is_the_text(client: FlaskClient, archive: FakeArchive) -> None:
    """Taking the marks away leaves the title as it is kept."""
    titles = [title.get_text() for title in page_of(client, "/?q=ferry").select("li.hit h2")]

    assert titles == [hit.title for hit in archive.search("ferry").hits]


def test_dates_of_hits_keep_their_precision(client: FlaskClient) -> None:
    """Month, day, minute and hour are told apart, in words and in the datetime; undated has no <time>."""
    page = page_of(client, "/?q=storm&limit=42")
    shown = {time.get_text(): time["datetime"] for time in page.select("li.hit time")}

    assert shown["October 2024"] == "2024-10"
    assert shown["3 November 2024"] == "2024-11-03"
    assert shown["5 March 2024, 09:30 UTC"] == "2024-03-05T09:30Z"
    assert shown["8 June 2025, about 14:00 UTC"] == "2025-06-08T14:00Z"
    assert one(page, "li.hit:not(:has(time)) .meta").get_text().startswith("Northern Wire · undated")


def test_links_to_originals_tell_them_nothing(client: FlaskClient) -> None:
    """An original is linked if it has a web address, and never learns where the reader came from."""
    links = page_of(client, "/?q=storm").select("li.hit a.out")

    assert len(links) == 8
    assert all(link["rel"] == ["noopener", "noreferrer", "nofollow"] for link in links)


def test_titles_lead_to_the_article_with_the_search(client: FlaskClient) -> None:
    """The article knows the search it was found by, filters included."""
    link = one(page_of(client, "/?q=storm&sort=newest&source=Northern+Wire"), "li.hit h2 a")

    assert urlsplit(str(link["href"])).path == "/article/a07"
    assert _query_of(link) == {"q": ["storm"], "sort": ["newest"], "source": ["Northern Wire"]}


def test_pagination_links_keep_the_search(client: FlaskClient) -> None:
    """Page links change the page and nothing else; the current one is marked; there is no way past the ends."""
    page = page_of(client, "/?q=storm&sort=oldest&page=2")
    nav = one(page, "nav[aria-label='Pages of results']")

    assert [link.get_text() for link in nav.select("a")] == ["← Previous", "1", "2", "3", "4", "5", "Next →"]
    assert one(nav, "[aria-current=page]").get_text() == "2"
    assert _query_of(_link(page, "Next")) == {"q": ["storm"], "sort": ["oldest"], "page": ["3"]}
    assert page_of(client, "/?q=storm&page=5").find("a", rel="next") is None
    assert page_of(client, "/?q=storm").find("a", rel="prev") is None


def test_list_numbers_go_on_from_page_to_page(client: FlaskClient) -> None:
    """The first hit of page 2 is number 11."""
    assert one(page_of(client, "/?q=storm&page=2"), "ol.hits")["start"] == "11"


def test_one_page_has_no_pagination(client: FlaskClient) -> None:
    """Ten hits or fewer need no page links."""
    page = page_of(client, "/?q=honey+valleys")

    assert 0 < len(page.select("li.hit")) <= 10
    assert page.select_one("nav.pages") is None


def test_a_page_past_the_end_leads_back(client: FlaskClient) -> None:
    """Page 9 of 5 says so and links the last one."""
    page = page_of(client, "/?q=storm&page=9")

    assert one(page, ".empty h2").get_text() == "There is no page 9"
    assert _query_of(_link(page, "Go to the last page"))["page"] == ["5"]


def test_sort_links_keep_the_search_and_begin_anew(client: FlaskClient) -> None:
    """Changing the order goes back to page 1 and keeps the filters."""
    page = page_of(client, "/?q=storm&page=2&source=Northern+Wire&sort=newest")

    assert one(page, ".sort [aria-current]").get_text() == "Newest"
    assert _query_of(_link(page, "Oldest")) == {"q": ["storm"], "sort": ["oldest"], "source": ["Northern Wire"]}


def test_a_new_query_keeps_sort_and_filters(client: FlaskClient) -> None:
    """The form carries the state of the search, so typing other words does not lose it."""
    page = page_of(client, "/?q=storm&page=2&sort=newest&source=Northern+Wire&source=Harbor+Gazette&after=2024-05")
    fields = page.select("form#search input, input[form=search]")

    assert [(field["name"], field["value"]) for field in fields] == [
        ("q", "storm"),
        ("sort", "newest"),
        ("source", "Northern Wire"),
        ("source", "Harbor Gazette"),
        ("after", "2024-05"),
        ("before", ""),
    ]


def test_facets_count_and_choose_several(client: FlaskClient) -> None:
    """A source link adds that source; chosen ones are marked and their link takes them away."""
    page = page_of(client, "/?q=storm&source=Northern+Wire")
    gazette, wire = _link(page, "Harbor Gazette", ".side"), _link(page, "Northern Wire", ".side")

    assert _query_of(gazette)["source"] == ["Northern Wire", "Harbor Gazette"]
    assert (wire["aria-current"], "source" in _query_of(wire)) == ("true", False)
    assert one(wire, ".count").get_text() == "17"


def test_months_are_links_newest_first(client: FlaskClient) -> None:
    """A month link asks for that month alone; the rest are behind "more", undated last."""
    page = page_of(client, "/?q=storm")
    months = page.select("section[aria-labelledby=months-title] a")

    assert [one(month, "bdi").get_text() for month in months[:2]] == ["June 2025", "May 2025"]
    assert _query_of(months[0]) == {"q": ["storm"], "after": ["2025-06"], "before": ["2025-06"]}
    assert _query_of(months[-1]) == {"q": ["storm date:none"]}
    assert one(page, "section[aria-labelledby=months-title] details summary").get_text() == "13 more"


def test_chips_take_filters_away(client: FlaskClient) -> None:
    """Every filter in force is shown above the results, with a link to the search without it."""
    page = page_of(client, "/?q=storm&source=Northern+Wire&after=2024-05&before=2025-02-10")
    chips = page.select(".chips a.pill")

    assert [one(chip, "bdi").get_text() for chip in chips] == ["Northern Wire", "from May 2024", "up to 10 February 2025"]
    assert _query_of(chips[1]) == {"q": ["storm"], "source": ["Northern Wire"], "before": ["2025-02-10"]}
    assert _query_of(_link(page, "Clear all")) == {"q": ["storm"]}


def test_timeline_bars_are_links_with_text(client: FlaskClient) -> None:
    """Each bar says its month and count and leads to that month; the whole has a text for those who do not see it."""
    page = page_of(client, "/?q=storm&source=Northern+Wire")
    bar = one(page, ".timeline a")

    assert one(page, ".timeline svg")["aria-label"] == "Articles over time, February 2024 to June 2025; most in June 2024"
    assert one(bar, "title").get_text() == "February 2024: 1"
    assert _query_of(bar) == {"q": ["storm"], "source": ["Northern Wire"], "after": ["2024-02"], "before": ["2024-02"]}


def test_notes_show_what_they_are_about(client: FlaskClient, archive: FakeArchive) -> None:
    """A remark on a part of the query quotes that part; one on the whole query does not."""
    archive.result_changes = {
        "notes": (note("is no field, searched as text", 6, 10), note("no article has all of these words", 0, 10))
    }

    notes = page_of(client, "/?q=storm+foo:").select(".notes li")

    assert " ".join(notes[0].get_text().split()) == "foo: is no field, searched as text"
    assert notes[1].get_text().strip() == "no article has all of these words"


def test_the_reading_of_the_query_is_shown_where_it_differs(client: FlaskClient) -> None:
    """The line "Read as" appears if the query was read as anything but what was typed."""
    assert one(page_of(client, "/?q=ferry+storm"), ".read-as code").get_text() == "ferry AND storm"
    assert page_of(client, "/?q=storm").select_one(".read-as") is None


def test_filters_alone_are_a_search(client: FlaskClient) -> None:
    """A source without words lists its articles, and says so in the title."""
    page = page_of(client, "/?source=Northern+Wire&sort=newest")

    assert one(page, "title").get_text() == "All articles – Searcher"
    assert {source.get_text() for source in page.select("li.hit .source")} == {"Northern Wire"}


def test_nothing_found_helps(client: FlaskClient) -> None:
    """The empty state tells what was searched and offers wider searches."""
    page = page_of(client, "/?q=%22walrus+ballet%22&source=Northern+Wire")
    ways = page.select(".empty ul a")

    assert one(page, "[role=status]").get_text().split()[:3] == ["No", "articles", "found"]
    assert one(page, ".empty h2").get_text() == 'Nothing found for "walrus ballet"'
    assert "Northern Wire" in one(page, ".empty p").get_text()
    assert [_query_of(way) for way in ways] == [
        {"q": ['"walrus ballet"']},
        {"q": ["walrus ballet"], "source": ["Northern Wire"]},
        {"q": ["walrus OR ballet"], "source": ["Northern Wire"]},
    ]


def test_a_bad_date_is_told_at_its_field(client: FlaskClient) -> None:
    """400, what was typed is kept, and the message is tied to the field."""
    response = client.get("/?q=storm&after=soonish")
    page = BeautifulSoup(response.data, "lxml")
    field = one(page, "#after")

    assert response.status_code == 400
    assert (field["value"], field["aria-invalid"]) == ("soonish", "true")
    message = one(page, "#" + str(field["aria-describedby"]).split()[-1])
    assert "soonish" in message.get_text()
    assert one(page, "#q")["value"] == "storm"


@pytest.mark.parametrize(
    ("address", "status", "told"),
    [
        ("/?q=a&page=0", 400, "page must be a whole number from 1"),
        ("/?q=a&page=two", 400, "got 'two'"),
        ("/?q=a&page=٣", 400, "page must be"),
        ("/?q=a&sort=best", 400, "relevance, newest or oldest"),
        ("/?q=a&limit=101", 400, "limit must be a whole number from 1 to 100"),
        ("/?q=a&q=b", 400, "q may be given once"),
        ("/?q=" + "x" * 4097, 414, "q may have 4,096 characters, got 4,097"),
        ("/?q=a&after=" + "1" * 201, 400, "after may have 200 characters"),
        ("/?" + "&".join(f"source={number}" for number in range(51)), 400, "source may be given 50 times, got it 51 times"),
    ],
)
def test_searches_that_cannot_be_made(client: FlaskClient, address: str, status: int, told: str) -> None:
    """A parameter out of range is refused with what was expected and what was found."""
    response = client.get(address)

    assert response.status_code == status
    assert told in one(BeautifulSoup(response.data, "lxml"), "main").get_text()


@pytest.mark.parametrize("address", ["/", "/?q=storm", "/?q=walrus", "/?q=a&page=0", "/article/a07?q=storm", "/help", "/nowhere"])
def test_every_page_has_its_landmarks(client: FlaskClient, address: str) -> None:
    """One h1, one main, a search landmark, a skip link that lands, labels for all fields, unique ids, a language."""
    page = BeautifulSoup(client.get(address).data, "lxml")
    ids = [str(tag["id"]) for tag in page.select("[id]")]

    assert (len(page.select("h1")), len(page.select("main")), len(page.select("search"))) == (1, 1, 1)
    assert one(page, "html")["lang"] == "en"
    assert one(page, "a.skip")["href"] == "#" + str(one(page, "main")["id"])
    assert len(ids) == len(set(ids))
    for field in page.select("input:not([type=hidden])"):
        assert page.select_one(f"label[for={field['id']}]") or field.find_parent("label")
    for reference in page.select("[aria-labelledby], [aria-describedby]"):
        named = str(reference.get("aria-labelledby") or reference["aria-describedby"]).split()
        assert set(named) <= set(ids)


def test_the_page_has_the_name_of_the_settings(archive: FakeArchive) -> None:
    """web.title names the site, on the page, in the tab and among the browser's search engines."""
    archive.config = dataclasses.replace(
        archive.config, web=dataclasses.replace(archive.config.web, title="Tide & Times", per_page=5)
    )
    with client_of(archive) as client:
        page = page_of(client, "/?q=storm")
        assert one(page, ".brand").get_text() == "Tide & Times"
        assert one(page, "title").get_text() == "storm – Tide & Times"
        assert len(page.select("li.hit")) == 5


def test_unchanged_pages_cost_no_body(client: FlaskClient, archive: FakeArchive) -> None:
    """The same search again is a 304; other results, another page or other state are not."""
    first = client.get("/?q=storm")
    etag = {"If-None-Match": first.headers["ETag"]}

    assert first.headers["Cache-Control"] == "private, no-cache"
    again = client.get("/?q=storm", headers=etag)
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/?q=storm&page=2", headers=etag).status_code == 200
    archive.result_changes = {"generation": 8}
    assert client.get("/?q=storm", headers=etag).status_code == 200


def test_the_start_page_is_new_when_what_it_shows_is(client: FlaskClient, archive: FakeArchive) -> None:
    """It changes with the articles, and not with the state of the cluster that keeps them, which it does not show."""
    etag = {"If-None-Match": client.get("/").headers["ETag"]}
    archive.cluster = ClusterState("news", "3.8.0", "yellow", 3, "news-000001", 1, 1)
    assert client.get("/", headers=etag).status_code == 304
    archive.articles.pop("a01")
    assert client.get("/", headers=etag).status_code == 200


def test_another_look_is_another_page(client: FlaskClient, archive: FakeArchive) -> None:
    """A page kept by the browser is not shown again after the settings that shape it have changed."""
    etag = {"If-None-Match": client.get("/?q=storm").headers["ETag"]}
    archive.config = dataclasses.replace(archive.config, web=dataclasses.replace(archive.config.web, title="Tide"))
    with client_of(archive) as renamed:
        assert renamed.get("/?q=storm", headers=etag).status_code == 200
