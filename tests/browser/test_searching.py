"""What a person does: type, read, turn pages, narrow, open an article, jump from match to match, come back."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.web_process import run_searcher


def _search(page: Page, base_url: str, words: str) -> None:
    page.goto(base_url)
    page.get_by_label("Search the archive").fill(words)
    page.get_by_role("button", name="Search").click()


def test_typing_words_gives_marked_results(page: Page, base_url: str) -> None:
    """From the start page to a list of articles with the words marked in title and text."""
    _search(page, base_url, "ferry storm")

    expect(page).to_have_url(f"{base_url}/?q=ferry+storm")
    expect(page.get_by_role("status")).to_contain_text("of 42 articles")
    expect(page.locator("li.hit")).to_have_count(10)
    expect(page.locator("li.hit").first.locator("mark").first).to_be_visible()


def test_the_box_has_the_cursor_on_the_start_page_only(page: Page, base_url: str) -> None:
    """On the start page one types at once; on results the arrow keys scroll."""
    page.goto(base_url)
    expect(page.locator("#q")).to_be_focused()
    page.goto(f"{base_url}/?q=storm")
    expect(page.locator("#q")).not_to_be_focused()


def test_turning_pages_and_back(page: Page, base_url: str) -> None:
    """Next leads to other articles; the browser's back button to the first ones again."""
    page.goto(f"{base_url}/?q=storm")
    first = page.locator("li.hit h2").all_text_contents()
    page.get_by_role("link", name="Next →").click()
    expect(page.get_by_role("status")).to_contain_text("11–20 of")

    assert not set(first) & set(page.locator("li.hit h2").all_text_contents())
    page.go_back()
    assert page.locator("li.hit h2").all_text_contents() == first


def test_narrowing_by_source_and_widening_again(page: Page, base_url: str) -> None:
    """A source in the margin narrows the results, a second one widens them, its chip takes it away."""
    page.goto(f"{base_url}/?q=storm")
    side = page.get_by_role("complementary", name="Filters")
    side.get_by_role("link", name=re.compile("^Northern Wire")).click()
    expect(page.locator(".chips")).to_contain_text("Northern Wire")
    assert set(page.locator("li.hit .source").all_text_contents()) == {"Northern Wire"}
    one = page.get_by_role("status").text_content()
    side.get_by_role("link", name=re.compile("^Harbor Gazette")).click()
    expect(page.locator(".chips a.pill")).to_have_count(2)
    assert page.get_by_role("status").text_content() != one
    page.get_by_role("link", name="Remove Harbor Gazette").click()
    expect(page.locator(".chips a.pill")).to_have_count(1)


def test_a_bar_of_the_timeline_narrows_to_its_month(page: Page, base_url: str) -> None:
    """Clicking a bar shows the articles of that month, and the bar stands out."""
    page.goto(f"{base_url}/?q=storm+-markup")
    page.locator(".timeline a").first.click()

    expect(page.locator(".chips a.pill")).to_have_text(re.compile("January 2024"))
    assert all("January 2024" in date for date in page.locator("li.hit time").all_text_contents())
    expect(page.locator(".timeline a.chosen")).to_have_count(1)


def test_dates_typed_in_the_margin(page: Page, base_url: str) -> None:
    """From and Up to narrow by date; a date that cannot be read is told at its field."""
    page.goto(f"{base_url}/?q=storm")
    page.get_by_label("From").fill("2025-05")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".chips")).to_contain_text("from May 2025")
    page.get_by_label("Up to").fill("soonish")
    page.get_by_label("Up to").press("Enter")
    expect(page.locator("#before")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#problem-before")).to_contain_text("soonish")
    expect(page.get_by_label("From")).to_have_value("2025-05")


def test_matches_of_an_article_one_after_the_other(page: Page, base_url: str) -> None:
    """The bar jumps to the first match, arrows step round, the place is always shown, the match is in sight."""
    page.goto(f"{base_url}/article/a07?q=ferry+storm")
    page.get_by_role("link", name="Jump to the first").click()
    here = page.locator("mark:target + .hop")
    expect(here).to_contain_text("1 of 7")
    here.get_by_role("link", name="Next match").click()
    expect(here).to_contain_text("2 of 7")
    here.get_by_role("link", name="Previous match").click()
    here.get_by_role("link", name="Previous match").click()
    expect(here).to_contain_text("7 of 7")
    expect(page.locator("mark:target")).to_be_in_viewport()
    page.locator("mark:target a").click()
    expect(here).to_contain_text("1 of 7")


def test_back_to_the_same_results(page: Page, base_url: str) -> None:
    """The link back from an article restores page, order and filters."""
    address = f"{base_url}/?q=storm&page=2&sort=newest&source=Northern+Wire"
    page.goto(address)
    page.locator("li.hit h2 a").first.click()
    page.get_by_role("link", name="Back to the results").click()

    expect(page).to_have_url(address)


def test_everything_works_without_javascript(browser: Browser, base_url: str) -> None:
    """The whole way from words to match and back, scripts off."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    _search(page, base_url, "ferry storm")
    page.get_by_role("link", name="Newest", exact=True).click()
    page.get_by_role("link", name="Page 2", exact=True).click()
    page.locator(".side").get_by_role("link", name=re.compile("^Northern Wire")).click()
    page.locator("li.hit h2 a").first.click()
    page.get_by_role("link", name="Jump to the first").click()
    expect(page.locator("mark:target + .hop")).to_be_visible()
    page.get_by_role("link", name="Back to the results").click()
    expect(page.locator("li.hit").first).to_be_visible()
    assert "sort=newest" in page.url and "Northern" in page.url
    context.close()


def test_the_slash_key_leads_to_the_box(page: Page, base_url: str) -> None:
    """/ focuses and selects, is a plain character while typing, and Escape leaves the box."""
    page.goto(f"{base_url}/?q=storm")
    box = page.locator("#q")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("9/11")
    expect(box).to_have_value("9/11")
    page.keyboard.press("Escape")
    expect(box).not_to_be_focused()


def test_j_and_k_step_through_results_and_matches(page: Page, base_url: str) -> None:
    """J and k walk down and up the titles, and from match to match in an article."""
    page.goto(f"{base_url}/?q=storm")
    titles = page.locator("li.hit h2 a")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(titles.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(titles.nth(0)).to_be_focused()
    page.goto(f"{base_url}/article/a07?q=ferry+storm")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("mark:target")).to_have_id("m2")
    page.keyboard.press("k")
    expect(page.locator("mark:target")).to_have_id("m1")


def test_single_keys_can_be_switched_off(page: Page, base_url: str) -> None:
    """Speech input types stray letters: the switch on the help page keeps them from doing anything."""
    page.goto(f"{base_url}/help")
    page.get_by_label("Single keys are on").uncheck()
    page.goto(f"{base_url}/?q=storm")
    page.keyboard.press("/")
    expect(page.locator("#q")).not_to_be_focused()
    page.goto(f"{base_url}/help")
    expect(page.get_by_label("Single keys are on")).not_to_be_checked()


def test_hostile_text_does_nothing(page: Page, base_url: str) -> None:
    """Markup in every field of an article is read as text, in results and in the article."""
    page.goto(f"{base_url}/?q=markup+storm")
    expect(page.locator("li.hit h2").first).to_contain_text("<script>document.title='owned'</script>")
    expect(page.locator("li.hit a.out")).to_have_count(0)
    page.locator("li.hit h2 a").first.click()
    expect(page.locator(".body")).to_contain_text("<svg onload=")
    assert "owned'" in page.title()
    assert page.title() != "owned"


def test_new_articles_are_found_without_a_restart(page: Page, base_url: str, data: Path, tmp_path: Path) -> None:
    """What is ingested while the server runs is in the next search, and gone again when it is deleted."""
    address = f"{base_url}/?q=quokka"
    page.goto(address)
    expect(page.get_by_role("status")).to_contain_text("No articles found")
    new = tmp_path / "new.jsonl"
    new.write_text(
        json.dumps({"id": "new", "title": "A quokka in the harbor", "body": "It came by the ferry."}), encoding="utf-8"
    )
    run_searcher("--data", str(data), "ingest", str(new))
    page.goto(address)
    expect(page.locator("li.hit h2")).to_have_text("A quokka in the harbor")
    run_searcher("--data", str(data), "delete", "new", "--yes")
    page.goto(address)
    expect(page.get_by_role("status")).to_contain_text("No articles found")
