"""Looks at a page as people with other eyes and fingers need it: axe's rules, widths, sizes of what is touched."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import BrowserContext, Page, ViewportSize

PHONE_WIDTH: ViewportSize = {"width": 360, "height": 780}
DESK_WIDTH: ViewportSize = {"width": 1280, "height": 800}
TARGET, ELDER_TARGET = 44, 60

_RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"], preload: false });
  // A rule that breaks down has found nothing, which is not to have found nothing wrong.
  const broken = found.incomplete.filter((one) =>
    one.nodes.some((node) => node.none.some(({ id }) => id === "error-occurred")));
  return [...found.violations, ...broken].map(({ id, impact, help, nodes }) => ({
    id, impact, help,
    nodes: nodes.map((node) => `${node.target.join(" ")}: ${(node.failureSummary ?? "").replace(/\\s+/g, " ")}`),
  }));
}"""
_ANATOMY = """() => ({
  lang: document.documentElement.lang,
  title: document.title,
  headings: document.querySelectorAll("h1").length,
})"""
# Opens whatever can be opened and shows what waits for its moment: notes of a lost network, alerts, buttons of scripts.
_UNFOLD = """() => {
  for (const one of document.querySelectorAll("details")) {
    one.removeAttribute("name");
    one.open = true;
  }
  for (const one of document.querySelectorAll("main [hidden]")) one.hidden = false;
}"""
# What sticks out of the window, named by its outermost element; not what scrolls inside a box of its own.
_OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const out = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > width + 1);
  const names = out.slice(0, 5).map((one) => `${one.tagName.toLowerCase()}.${one.className}`);
  return [`the page is ${document.documentElement.scrollWidth} px wide`, ...names];
}"""
# Buttons, cards with a radio or a tick, fields and links that stand alone. A link within a sentence may be smaller.
_TARGETS = """(least) => {
  const small = [];
  const isInSentence = (link) => {
    const line = link.closest("p, li, dd, td, label, span");
    if (!line || getComputedStyle(link).display !== "inline") return false;
    const links = [...line.querySelectorAll("a")].map((one) => one.textContent).join("");
    return line.textContent.replace(/\\s/g, "").length > links.replace(/\\s/g, "").length;
  };
  const reachOf = (one) => (one.matches("[type=radio], [type=checkbox]") ? one.closest("label") ?? one : one);
  for (const one of document.querySelectorAll("button, a[href], summary, select, textarea, input:not([type=hidden])")) {
    if (one.getAttribute("aria-hidden") === "true" || !one.checkVisibility({ visibilityProperty: true })) continue;
    if (one.matches(".skip, .skip-link") || (one.matches("a") && isInSentence(one))) continue;
    const { width, height } = reachOf(one).getBoundingClientRect();
    if (Math.round(width) < least || Math.round(height) < least) {
      const name = (one.textContent.trim() || one.name || one.className).slice(0, 30);
      small.push(`${one.tagName.toLowerCase()} "${name}" ${Math.round(width)}×${Math.round(height)}`);
    }
  }
  return small;
}"""


# Reading the text of a colour was a quarter of axe's time, mostly for the same few colours; it sets these four.
_COLOURS_KEPT = """(() => {
  const { prototype } = axe.commons.color.Color;
  const read = prototype.parseString;
  const known = new Map();
  prototype.parseString = function (text) {
    if (known.has(text)) {
      [this.r, this.g, this.b, this.alpha] = known.get(text);
    } else {
      read.call(this, text);
      known.set(text, [this.r, this.g, this.b, this.alpha]);
    }
    return this;
  };
})();"""


def axe_load(context: BrowserContext) -> None:
    """Have axe in every document of ``context`` before the document's own scripts.

    Handing it over anew for each page would take longer than the look.
    """
    axe = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    context.add_init_script(script=f"{axe}\n{_COLOURS_KEPT}")


def faults_of(page: Page, sizes: Sequence[ViewportSize], *, least_target: int = 0) -> list[str]:
    """Everything wrong with the page as it stands, at each of ``sizes``; ``least_target`` in pixels, 0 asks none."""
    faults = _anatomy_faults(page.evaluate(_ANATOMY))
    page.evaluate(_UNFOLD)
    # The size it has comes first: each change lays the whole page out anew.
    for size in sorted(sizes, key=lambda size: size != page.viewport_size):
        page.set_viewport_size(size)
        found = [*axe_faults(page), *page.evaluate(_OVERFLOW)]
        if least_target:
            found += page.evaluate(_TARGETS, least_target)
        faults += [f"{size['width']} px: {text}" for text in found]
    return faults


def _anatomy_faults(anatomy: dict[str, Any]) -> list[str]:
    faults = []
    if anatomy["lang"].lower() not in {"zh-hans", "en"}:
        faults.append(f"lang is {anatomy['lang']!r}")
    if not anatomy["title"].strip(" ·"):
        faults.append("no title")
    if anatomy["headings"] != 1:
        faults.append(f"{anatomy['headings']} first headings")
    return faults


def axe_faults(page: Page) -> list[str]:
    """What axe, loaded into the page before its own scripts, finds wrong."""
    return [
        f"{one['impact']} {one['id']} ({one['help']}): {'; '.join(one['nodes'][:3])}" for one in page.evaluate(_RUN)
    ]
