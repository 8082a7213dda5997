"""The pictures of the README: a resident's form and receipt on a phone, the centre's queue and dashboard on a desk."""

import os
from pathlib import Path

from playwright.sync_api import Page

from opinion_portal.startup.places import CHECKOUT
from tests.browser.visitors import PHONE, Visitors

WORDS = "学校门口放学时车停成三排，孩子只能在车缝里走，能不能下午四点到五点派人管一管？"


def picture_folder(own: Path) -> Path:
    """Where pictures go: with ``WRITE_SCREENSHOTS=1`` into the README's folder, else into a test's ``own``."""
    if os.environ.get("WRITE_SCREENSHOTS") != "1":
        return own
    folder = CHECKOUT / "docs" / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder


def pictures_take(visitors: Visitors, link: str, folder: Path) -> None:
    """Write the four PNG files into ``folder``."""
    phone = visitors.context(**PHONE).new_page()
    _form(phone, link)
    picture_take(phone, folder / "resident-form.png")
    phone.locator("form#voice").evaluate("form => form.requestSubmit()")
    phone.locator("#digits").wait_for()
    picture_take(phone, folder / "receipt.png")
    phone.context.close()
    desk = visitors.desk("centre").new_page()
    for name, address in (("queue", "/office/feedback/"), ("dashboard", "/office/dashboard/")):
        desk.goto(address)
        picture_take(desk, folder / f"{name}.png")
    desk.close()


def _form(page: Page, link: str) -> None:
    page.goto(link)
    page.locator("[name=service_rating][value='3']").check()
    page.locator("[name=safety_rating][value='4']").check()
    page.locator("[name=kind][value=suggestion]").check()
    page.locator("[name=content]").fill(WORDS)
    page.locator("form#voice").evaluate("form => form.scrollIntoView()")


def picture_take(page: Page, path: Path) -> None:
    """Write what ``page`` shows, once it stands still."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement?.blur()")
    page.screenshot(path=path, animations="disabled")
