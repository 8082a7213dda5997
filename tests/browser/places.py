"""Every page of the portal and how to come to it, in a portal where a morning has passed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

# What the addresses of the pages name: numbers, codes, receipts (see ``morning.py``), and ``query``, the display.
Names = Mapping[str, object]
Arrive = Callable[[Page, Names], object]


@dataclass(frozen=True)
class Place:
    """One page: what it is, who stands before it (a post, or nobody), how one comes to it, its status."""

    name: str
    arrive: Arrive
    post: str = ""
    status: int = 200

    def __str__(self) -> str:
        return self.name


# Ways -----------------------------------------------------------------------------------------------------------------
def at(path: str) -> Arrive:
    """By its address."""
    return lambda page, names: page.goto(path.format(**names))


def sent(path: str, form: str, **fields: str) -> Arrive:
    """By sending ``form`` of the page at ``path`` with ``fields``, whatever the browser thinks of them."""

    def arrive(page: Page, names: Names) -> None:
        page.goto(path.format(**names))
        for name, value in fields.items():
            page.locator(f"{form} [name='{name}']").first.fill(value)
        page.locator(form).evaluate("form => { form.noValidate = true; }")
        with page.expect_navigation():
            page.locator(form).evaluate("form => form.requestSubmit()")

    return arrive


def receipt(kind: str, *then: str) -> Arrive:
    """By looking up a receipt, then pressing the buttons of the forms that end in ``then``."""

    def arrive(page: Page, names: Names) -> None:
        page.goto(f"/r/{names['query']}")
        page.locator("main [name=receipt]").first.fill(str(names.get(f"receipt_{kind}", kind)))
        with page.expect_navigation():
            page.locator("main form").first.evaluate("form => form.requestSubmit()")
        for ending in then:
            with page.expect_navigation():
                page.locator(f"form[action*='{ending}']").evaluate("form => form.requestSubmit()")

    return arrive


def voice(words: str) -> Arrive:
    """By saying ``words`` under a poster's code."""
    return sent("/p/{code}/{query}", "form#voice", content=words)


def _expired(page: Page, names: Names) -> None:
    page.goto("/office/login/")
    page.context.clear_cookies()
    with page.expect_navigation():
        page.locator("main form").evaluate("form => { form.noValidate = true; form.requestSubmit(); }")


def _overfull(page: Page, names: Names) -> None:
    page.goto("/r/")
    fields = "<input type=hidden name=much value=1>" * 2001
    with page.expect_navigation():
        page.locator("main form").evaluate("(form, fields) => { form.innerHTML += fields; form.submit(); }", fields)


def _locked(page: Page, names: Names) -> None:
    for _attempt in range(5):
        sent("/office/login/", "main form", username="nobody", password="guess")(page, names)


def _guessed(page: Page, names: Names) -> None:
    for guess in range(11):
        page.request.post("/r/", form={"receipt": f"{guess:016d}"})
    receipt("0000000000000000")(page, names)


# Places ---------------------------------------------------------------------------------------------------------------
RESIDENT = [
    Place("the first page", at("/{query}")),
    Place("the form", at("/p/{code}/{query}")),
    Place("the form without a code", at("/p/{query}")),
    Place("the form under a revoked code", at("/p/{revoked}/{query}")),
    Place("the form under an unknown code", at("/p/ABCDEFGH/{query}")),
    Place("the form sent empty", sent("/p/{code}/{query}", "form#voice")),
    Place("the form with a wrong number", sent("/p/{code}/{query}", "form#voice", phone="12", content="路灯坏了")),
    Place("the answer", voice("门口路灯坏了一个月")),
    Place("the answer in an emergency", voice("楼下有人拿刀追着砍人，快来人")),
    Place("the look-up", at("/r/{query}")),
    Place("a receipt that nobody has", receipt("1234567890123456"), status=404),
    Place("a receipt that waits", receipt("waiting")),
    Place("a receipt with a reply", receipt("told")),
    Place("a receipt with an empty remark", receipt("waiting", "/remark/")),
    Place("the question before withdrawing", receipt("waiting", "/withdraw/")),
    Place("the question before erasing", receipt("waiting", "/erase/")),
    Place("a receipt whose number was opened", receipt("opened")),
    Place("a withdrawn receipt", receipt("withdrawn")),
    Place("a receipt whose matter is being handled", receipt("handled")),
    Place("a receipt that may be rated", receipt("rated")),
    Place("a receipt rated by halves", receipt("rated", "/rate/")),
    Place("a receipt of somebody dissatisfied", receipt("dissatisfied")),
    Place("the link of an SMS", at("/s/{link}/{query}")),
    Place("the link sent empty", sent("/s/{link}/{query}", "form#survey")),
    Place("a link that was answered", at("/s/{link_done}/{query}")),
    Place("a link that nobody has", at("/s/abcdefghijklmnop/{query}"), status=404),
    Place("the privacy notice", at("/privacy/{query}")),
    Place("the notice for children", at("/privacy/children/{query}")),
    Place("an address that is not there", at("/nowhere/{query}"), status=404),
]

CENTRE, OFFICER, SYSTEM, SECURITY = "centre", "station_officer", "system_admin", "security_admin"
DISCIPLINE, LEADER, HEAD = "discipline", "leader", "unit_head"
CUSTODIAN = "custodian"
OFFICE = [
    Place("the login", at("/office/login/")),
    Place("the login after a rest", at("/office/login/?rest=1&next=/office/visits/")),
    Place("a failed login", sent("/office/login/", "main form", username="x", password="y")),
    Place("an office address that is not there", at("/office/nowhere/"), CENTRE, 404),
    Place("the queue", at("/office/feedback/"), CENTRE),
    Place("all messages", at("/office/feedback/?state=any&since=2020-01-01"), CENTRE),
    Place("a search without a hit", at("/office/feedback/?search=犀牛"), CENTRE),
    Place("a message with a photo", at("/office/feedback/{photo}/"), CENTRE),
    Place("an emergency", at("/office/feedback/{urgent}/"), CENTRE),
    Place("a decided message", at("/office/feedback/{told}/"), CENTRE),
    Place("a duplicate", at("/office/feedback/{duplicate}/"), CENTRE),
    Place(
        "a decision without a reason",
        sent("/office/feedback/{photo}/", "#decide-out_of_scope form"),
        CENTRE,
        422,
    ),
    Place("the queue of a station", at("/office/feedback/"), OFFICER),
    Place("a message at a station", at("/office/feedback/{passed}/"), OFFICER),
    Place("the SMS page", at("/office/sms/"), CENTRE),
    Place("the SMS that failed", at("/office/sms/?state=failed"), CENTRE),
    Place("SMS of which there are none", at("/office/sms/?state=failed&before=1"), CENTRE),
    Place("the matters to be closed", at("/office/follow-ups/"), CENTRE),
    Place("matters closed without a reason", sent("/office/follow-ups/", "main form"), CENTRE, 422),
    Place("the SMS to be read", at("/office/follow-ups/?pile=unclear"), CENTRE),
    Place("who is waited for", at("/office/follow-ups/?pile=waiting"), CENTRE),
    Place("all follow-ups", at("/office/follow-ups/?pile=all"), CENTRE),
    Place("a follow-up with an unclear SMS", at("/office/follow-ups/{follow_up}/"), CENTRE),
    Place("a follow-up with an answer", at("/office/follow-ups/{follow_up_done}/"), CENTRE),
    Place("the call-backs", at("/office/call-backs/"), CENTRE),
    Place("the call-backs that have ended", at("/office/call-backs/?pile=done"), CENTRE),
    Place("a call-back", at("/office/call-backs/{call_back}/"), CENTRE),
    Place("a call logged by halves", sent("/office/call-backs/{call_back}/", "form[action$='/log/']"), CENTRE, 422),
    Place("the matters with reminders", at("/office/matters/"), "unit_head"),
    Place("the matters that wait", at("/office/matters/"), CENTRE),
    Place("all matters", at("/office/matters/?pile=all&state=handling"), CENTRE),
    Place("no matter", at("/office/matters/?search=犀牛"), CENTRE),
    Place("the matters of a station", at("/office/matters/"), OFFICER),
    Place("a matter to be signed for", at("/office/matters/{matter}/"), HEAD),
    Place("a matter being handled", at("/office/matters/{matter_asking}/"), HEAD),
    Place("a matter that asks", at("/office/matters/{matter_asking}/"), CENTRE),
    Place("a matter to be reviewed", at("/office/matters/{matter_answered}/"), CENTRE),
    Place("a review without words", sent("/office/matters/{matter_answered}/", "#form-rework"), CENTRE, 422),
    Place("a returned matter", at("/office/matters/{matter_returned}/redispatch/"), CENTRE),
    Place("what waits to be dispatched", at("/office/matters/waiting/"), CENTRE),
    Place("a dispatch", at("/office/matters/dispatch/?feedback={waiting_voice}"), CENTRE),
    Place(
        "a dispatch that still tells who spoke",
        sent("/office/matters/dispatch/?feedback={waiting_voice}", "#dispatch", brief="我住3号楼2单元501，太吵"),
        CENTRE,
        422,
    ),
    Place("nothing to dispatch", at("/office/matters/dispatch/?feedback={photo}"), CENTRE, 409),
    Place("the plans", at("/office/plans/"), CENTRE),
    Place("a plan", at("/office/plans/1/"), CENTRE),
    Place("a measure", at("/office/plans/measures/{measure}/"), CENTRE),
    Place("a measure to be changed", at("/office/plans/measures/{measure}/edit/"), CENTRE),
    Place("a new measure without a title", sent("/office/plans/1/measures/new/", "main form"), CENTRE, 422),
    Place("a measure to a unit", at("/office/plans/measures/{measure}/?days=90"), HEAD),
    Place("progress without words", sent("/office/plans/measures/{measure}/", "#progress"), CENTRE, 422),
    Place("the visits", at("/office/visits/"), OFFICER),
    Place("the form of a visit", at("/office/visits/log/"), OFFICER),
    Place("a visit without a number", sent("/office/visits/log/", "form[data-visit]"), OFFICER, 422),
    Place("a visit", at("/office/visits/{visit}/"), OFFICER),
    Place("the points", at("/office/points/"), CENTRE),
    Place("the points on a map", at("/office/points/?view=map"), CENTRE),
    Place("no point", at("/office/points/?q=犀牛"), CENTRE),
    Place("a point", at("/office/points/{point}/"), CENTRE),
    Place("a point without a code", at("/office/points/{closed}/"), CENTRE),
    Place("the question before replacing a code", at("/office/points/{point}/codes/{code_id}/rotate/"), CENTRE),
    Place("the question before revoking a code", at("/office/points/{point}/codes/{code_id}/revoke/"), CENTRE),
    Place(
        "a code revoked without a reason", sent("/office/points/{point}/codes/{code_id}/revoke/", "main form"), CENTRE
    ),
    Place("a code that is revoked already", at("/office/points/{closed}/codes/{closed_id}/revoke/"), CENTRE),
    Place("the question before a new code", at("/office/points/{closed}/codes/issue/"), CENTRE),
    Place("the imports", at("/office/imports/"), CENTRE),
    Place("an import without a file", sent("/office/imports/", "main form"), CENTRE, 422),
    Place("the columns of a file", at("/office/imports/{preview}/"), CENTRE),
    Place("an import", at("/office/imports/{imported}/"), CENTRE),
    Place("the notices", at("/office/notices/?state=any"), CENTRE),
    Place("no notice", at("/office/notices/?state=over"), CENTRE),
    Place("the question for whom to draft", at("/office/notices/draft/"), CENTRE),
    Place("the form of a notice", at("/office/notices/{notice_draft}/edit/"), CENTRE),
    Place(
        "a notice with a resident's number in it",
        sent("/office/notices/{notice_draft}/edit/", "main form", facts="群众电话13900004321反映噪声"),
        CENTRE,
        422,
    ),
    Place("a notice to be reviewed", at("/office/notices/{notice_draft}/"), DISCIPLINE),
    Place("the review of a notice", at("/office/notices/{notice_draft}/review/"), DISCIPLINE),
    Place("the signature under a notice", at("/office/notices/{notice_reviewed}/sign/"), LEADER),
    Place("the question before a notice is void", at("/office/notices/{notice_issued}/void/"), LEADER),
    Place("an appeal to be decided", at("/office/notices/{notice_appealed}/appeal/decide/"), LEADER),
    Place("the service of a notice", at("/office/notices/{notice_issued}/serve/"), CENTRE),
    Place("a service that nobody signed", sent("/office/notices/{notice_issued}/serve/", "main form"), CENTRE, 422),
    Place("a notice with its interview held", at("/office/notices/{notice_held}/"), CENTRE),
    Place("the notices of a unit", at("/office/notices/"), HEAD),
    Place("a notice to its unit", at("/office/notices/{notice_issued}/"), HEAD),
    Place("the form of a plan", at("/office/notices/{notice_held}/plan/"), HEAD),
    Place("an appeal without a reason", sent("/office/notices/{notice_held}/appeal/", "main form"), HEAD, 422),
    Place("the dashboard", at("/office/dashboard/"), CENTRE),
    Place("the dashboard of the day", at("/office/dashboard/?period=today"), CENTRE),
    Place("the dashboard of a station", at("/office/dashboard/"), OFFICER),
    Place("the dashboard of a department", at("/office/dashboard/unit/public-order/"), CENTRE),
    Place("the own password", at("/office/password/"), CENTRE),
    Place("a password without a hand", sent("/office/password/", "main form"), CENTRE),
    Place("the officers", at("/office/officers/"), SYSTEM),
    Place("an officer to the system administrator", at("/office/officers/{officer}/"), SYSTEM),
    Place("an officer to the security administrator", at("/office/officers/{officer}/"), SECURITY),
    Place("the form of an account", at("/office/officers/new/"), SYSTEM),
    Place("an account without a name", sent("/office/officers/new/", "main form"), SYSTEM),
    Place("the audit log", at("/office/audit/"), "audit_admin"),
    Place("an empty audit log", at("/office/audit/?actor=nobody"), "audit_admin"),
    Place("a wrong period of the audit log", at("/office/audit/?since=2026-02-02&until=2026-01-01"), "audit_admin"),
    Place("what waits for a custodian", at("/office/"), CUSTODIAN),
    Place("a request for a contact", at("/office/openings/{asked}/"), CUSTODIAN),
    Place("a decision without a button", sent("/office/openings/{asked}/", "form[action$='/decide/']"), CUSTODIAN, 422),
    Place("the own requests for contacts", at("/office/openings/"), CENTRE),
    Place("the form to ask for a contact", at("/office/openings/ask/{contact}/"), "discipline"),
    Place("a request without a reason", sent("/office/openings/ask/{contact}/", "main form"), "discipline", 422),
    Place("no contact to ask for", at("/office/openings/ask/{photo}/"), CENTRE),
    Place("an own request for a contact", at("/office/openings/{asked}/"), CENTRE),
    Place("a contact shown", sent("/office/openings/{opened}/", "form[action$='/show/']"), CENTRE),
    Place("the rule tables", at("/office/admin/"), SYSTEM),
    Place("a rule table", at("/office/admin/measures/measure/"), SYSTEM),
    Place("a rule", at("/office/admin/feedback/subcategory/T1/change/"), SYSTEM),
    Place("a rule without words", sent("/office/admin/feedback/category/add/", "#content-main form"), SYSTEM),
    Place("the question before deleting a rule", at("/office/admin/measures/calendarday/{day}/delete/"), SYSTEM),
]

# These leave their mark on whoever comes next, so they come last.
ERRORS = [
    Place("a form that was left for too long", _expired, status=403),
    Place("a request that cannot be read", _overfull, status=400),
    Place("a locked login", _locked, status=429),
    Place("too many wrong receipts", _guessed, status=429),
]
