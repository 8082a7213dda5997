"""The two front doors: for residents, and for the office."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from accounts.pages import OfficeRequest, office_page, public_page
from accounts.permissions import Action, may


@public_page
def home(request: HttpRequest) -> HttpResponseBase:
    """What this is, where to look up a receipt, where officers log in."""
    return render(request, "home.html")


# The first page of each post: what its holder comes for.
_FIRST_PAGES = [
    (Action.FEEDBACK_TRIAGE, "queue:list"),
    (Action.CONTACT_DECIDE, "openings:list"),
    (Action.MATTER_ANSWER, "matters:list"),
    (Action.VISIT_LOG, "visits:list"),
    (Action.DASHBOARD_VIEW, "insights:dashboard"),
    (Action.AUDIT_VIEW, "accounts:audit"),
    (Action.ACCOUNT_MANAGE, "accounts:officer_list"),
    (Action.ROLE_MANAGE, "accounts:officer_list"),
]


@office_page(Action.OFFICE_ENTER)
def office(request: OfficeRequest) -> HttpResponseBase:
    """Send the officer to the page of his or her post."""
    for action, page in _FIRST_PAGES:
        if may(request.user, action):
            return redirect(page)
    return render(request, "office_empty.html")
