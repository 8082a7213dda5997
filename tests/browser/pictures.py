"""The pictures of the README: a resident's form and receipt on a phone, the centre's queue and dashboard on a desk."""

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.visitors import PHONE, Visitors

WORDS = "学校门口放学时车停成三排，孩子只能在车缝里走，能不能下午四点到五点派人管一管？"


def pictures_take(visitors: Visitors, link: str, folder: Path) -> None:
    """Write the four PNG files into ``folder``."""
    phone = visitors.context(**PHONE).new_page()
    _form(phone, link)
    _take(phone, folder / "resident-form.png")
    phone.locator("form#voice").evaluate("form => form.requestSubmit()")
    phone.locator("#digits").wait_for()
    _take(phone, folder / "receipt.png")
    phone.context.close()
    desk = visitors.desk("centre").new_page()
    for name, address in (("queue", "/office/feedback/"), ("dashboard", "/office/dashboard/")):
        desk.goto(address)
        _take(desk, folder / f"{name}.png")
    desk.close()


def _form(page: Page, link: str) -> None:
    page.goto(link)
    page.locator("[name=service_rating][value='3']").check()
    page.locator("[name=safety_rating][value='4']").check()
    page.locator("[name=kind][value=suggestion]").check()
    page.locator("[name=content]").fill(WORDS)
    page.locator("form#voice").evaluate("form => form.scrollIntoView()")


def _take(page: Page, path: Path) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement?.blur()")
    page.screenshot(path=path, animations="disabled")
