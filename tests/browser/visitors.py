"""The portal's officers at their screens: one login for each post and module, kept in a browser context."""

import json

from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.watching import Watch
from tests.support.servers import LOGINS
from tests.support.stack import PortalStack

PHONE = {"viewport": {"width": 360, "height": 780}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
DESK = {"viewport": {"width": 1280, "height": 800}}
OWN_PASSWORD = "Zhi-Ban-2026-shi"


def zh(text: str) -> str:
    """``text`` as the Chinese pages say it: the tests follow the catalogue, not one translator's wording."""
    with translation.override("zh-hans"):
        return translation.gettext(text)


class Visitors:
    """Opens browsers for residents and officers, all under watch, all Chinese unless said otherwise."""

    def __init__(self, portal: PortalStack, browser: Browser, watch: Watch) -> None:
        self.portal, self.browser, self.watch = portal, browser, watch
        self.logins = {login["role"]: login for login in json.loads((portal.folder / LOGINS).read_text())}
        self._desks: dict[str, BrowserContext] = {}

    def context(self, **options: object) -> BrowserContext:
        """A fresh browser: no cookie, no storage."""
        chosen = {"base_url": self.portal.url, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", **DESK, **options}
        context = self.browser.new_context(**chosen)  # type: ignore[arg-type]  # playwright names each option apart
        context.set_default_timeout(15_000)
        return self.watch.over(context)

    def desk(self, post: str) -> BrowserContext:
        """The browser of the officer of ``post``, logged in, the first password changed."""
        if post not in self._desks:
            self._desks[post] = self.context()
            page = self._desks[post].new_page()
            self.log_in(page, post)
            self.choose_password(page, post)
            page.close()
        return self._desks[post]

    def log_in(self, page: Page, post: str) -> None:
        """Fill in the login page and send it."""
        page.goto("/office/login/")
        page.get_by_label(zh("Account")).fill(self.logins[post]["username"])
        page.get_by_label(zh("Password"), exact=True).fill(self.logins[post]["password"])
        page.get_by_role("button", name=zh("Log in"), exact=True).click()

    def choose_password(self, page: Page, post: str) -> None:
        """Change the first password, as the portal demands before anything else."""
        page.get_by_role("heading", level=1, name=zh("Choose your own password")).wait_for()
        page.locator("[name=new_password1]").fill(OWN_PASSWORD)
        page.locator("[name=new_password2]").fill(OWN_PASSWORD)
        page.get_by_role("button", name=zh("Save password")).click()
        page.wait_for_url(lambda address: "/password/" not in address)
        self.logins[post]["password"] = OWN_PASSWORD
