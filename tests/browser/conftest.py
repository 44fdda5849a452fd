"""A served archive and a headless Chromium.

SEARCHER_CHROMIUM names the browser where it is not found by itself. Without one the tests are skipped, except under CI,
where a missing browser is a failure: a test that is never run proves nothing.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.web_fakes import invented_articles
from tests.web_process import Served, run_searcher, served

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Scraped text as it may come: none of it may ever run.
HOSTILE = {
    "id": "hostile",
    "title": "Storm <script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
    "body": "A storm <svg onload=\"document.title='owned'\"> <iframe src='javascript:top.document.title=1'></iframe> of markup.",
    "source": "<b onmouseover=\"document.title='owned'\">The Wire</b>",
    "url": "javascript:document.title='owned'",
    "tags": ["\"><script>document.title='owned'</script>"],
    "published": "2023-01-01",
}


def _chromium() -> str:
    named = os.environ.get("SEARCHER_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is not None:
        return found
    with sync_playwright() as playwright:  # what `playwright install chromium` fetched where no package was to be had
        fetched = playwright.chromium.executable_path
    if Path(fetched).exists():
        return fetched
    message = f"no browser: none of {', '.join(_NAMES)} is on the PATH and SEARCHER_CHROMIUM is not set"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the invented articles and a hostile one, made by `searcher ingest`."""
    folder = tmp_path_factory.mktemp("browser")
    lines = [json.dumps(article.to_mapping()) for article in invented_articles()] + [json.dumps(HOSTILE)]
    (folder / "articles.jsonl").write_text("\n".join(lines), encoding="utf-8")
    run_searcher("--data", str(folder / "var"), "ingest", str(folder / "articles.jsonl"))
    return folder / "var"


@pytest.fixture(scope="session")
def server(data: Path) -> Iterator[Served]:
    """`searcher serve` on a free port."""
    with served(data) as server:
        yield server


@pytest.fixture(scope="session")
def base_url(server: Served) -> str:
    """Where the pages are, without a slash at the end."""
    return server.url.rstrip("/")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without memory of other tests; motion reduced, so that jumps are over when they are looked at."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, base_url: str) -> Iterator[Page]:
    """A page that fails its test if it asks another host, breaks the content policy, logs an error or opens a dialog."""
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    # A dialog keeps the page waiting, so a test that meets one fails by its time limit as well.
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.on("request", lambda request: faults.append(request.url) if not request.url.startswith(base_url) else None)
    yield page
    assert faults == []


def _is_fault(message: ConsoleMessage) -> bool:
    # A page that refuses a search is a 400 on purpose; the browser writes that to the console too.
    return message.type in ("error", "warning") and "status of 400" not in message.text
