"""How the pages look and fit: both themes, narrow screens, targets, contrast, weight."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

STATES = (
    "/",
    "/?q=storm",
    "/?q=ferry+storm&source=Northern+Wire&source=Harbor+Gazette&after=2024-02&sort=newest",
    "/?q=storm&page=3",
    "/?q=%22walrus+ballet%22&source=Northern+Wire",
    "/?q=markup+storm",
    "/?q=storm+foo:bar+%22open",
    "/article/a07?q=ferry+storm#m3",
    "/article/hostile?q=storm",
    "/help",
)
ERRORS = ("/?q=storm&after=soonish", "/nowhere")

# Contrast of every piece of text against the nearest ground painted behind it, by the formula of WCAG 2.2.
_CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const luminance = (color) => {
    const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = [...color].slice(0, 3).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || element.closest("svg") || !element.checkVisibility()) continue;
    const [a, b] = [luminance(rgba(getComputedStyle(element).color)), luminance(ground(element))];
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.outerHTML.slice(0, 100)]);
  }
  return found;
}"""

# Everything to press that is not a link inside running text: those may be as small as the text.
_SMALL_TARGETS = """() => [...document.querySelectorAll(
    "button, summary, input:not([type=hidden]), .pill, .quiet, .choice, .pages a, .hop a")]
  .filter((element) => element.checkVisibility())
  .map((element) => [element.getBoundingClientRect(), element.outerHTML.slice(0, 100)])
  .filter(([box, html]) => !html.includes("checkbox") && (box.width < 24 || box.height < 24))
  .map(([box, html]) => html)"""


@pytest.mark.parametrize("width", [320, 375])
def test_narrow_screens_need_no_sideways_scrolling(browser: Browser, base_url: str, width: int) -> None:
    """At phone width no state is wider than the screen, and nothing sticks out of it."""
    context = browser.new_context(viewport={"width": width, "height": 700})
    page = context.new_page()
    for address in STATES + ERRORS:
        page.goto(base_url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Browser, base_url: str, scheme: Literal["light", "dark"]) -> None:
    """Every visible text has a contrast of 4.5:1 or more in both themes, in every state."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    for address in STATES + ERRORS:
        page.goto(base_url + address)
        contrasts = page.evaluate(_CONTRASTS)
        assert len(contrasts) > 5
        assert [found for found in contrasts if found[0] < 4.5] == [], address
    context.close()


def test_the_themes_differ(browser: Browser, base_url: str) -> None:
    """Who prefers dark gets light text on a dark ground, and the other way round."""
    shades = {}
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(f"{base_url}/?q=storm")
        style = "getComputedStyle(document.body)"
        shades[scheme] = [
            sum(map(int, page.evaluate(f"{style}.{name}.match(/\\d+/g)")[:3])) for name in ("backgroundColor", "color")
        ]
        context.close()

    assert shades["light"][0] - shades["light"][1] > 400
    assert shades["dark"][1] - shades["dark"][0] > 400


def test_targets_are_large_enough(page: Page, base_url: str) -> None:
    """Whatever is pressed outside running text is at least 24 by 24 pixels."""
    for address in STATES:
        page.goto(base_url + address)
        assert page.evaluate(_SMALL_TARGETS) == [], address


def test_focus_is_seen(page: Page, base_url: str) -> None:
    """The keyboard reaches the skip link first, it shows itself, and every stop has an outline."""
    page.goto(f"{base_url}/?q=storm")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    outlined = (
        "(e => { const box = e.closest('.searchbox') ?? e; return getComputedStyle(box).outlineStyle })(document.activeElement)"
    )
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate(outlined) != "none"


def test_the_filters_are_one_press_away_on_a_phone(browser: Browser, base_url: str) -> None:
    """Filters stand below the results on a narrow screen; a link above the results leads there."""
    context = browser.new_context(viewport={"width": 375, "height": 700}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{base_url}/?q=storm")
    page.get_by_role("link", name="Filters", exact=True).click()
    assert page.evaluate("Math.abs(document.getElementById('filters').getBoundingClientRect().top)") < 50
    context.close()


def test_the_start_page_is_light(page: Page, base_url: str) -> None:
    """Page, style, script and icon together weigh at most 30 KB."""
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())))
    page.goto(base_url, wait_until="networkidle")

    assert len(sizes) >= 3
    assert sum(sizes) <= 30_000


def test_no_state_breaks_the_policy_or_asks_elsewhere(page: Page, base_url: str) -> None:
    """Every state is drawn without an error in the console; the page fixture watches."""
    for address in STATES:
        page.goto(base_url + address)
        assert page.locator("h1").count() == 1
