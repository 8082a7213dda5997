"""Every address of the portal × every post: who gets in, who is told that there is nothing.

``ADDRESSES`` names each page with the action it asks for (``None``: open to anybody); ``ALLOWED`` writes the table of
permissions out a second time, as DOMAIN 2 has it, so that a slip in ``accounts/permissions.py`` shows here. A new page
needs one line in ``ADDRESSES``; a new kind of record in an address one line in ``Samples``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Officer, Role, Unit
from accounts.permissions import PERMISSIONS, Action
from feedback.models import (
    Attachment,
    Channel,
    ContactOpening,
    Feedback,
    ImportBatch,
    Kind,
    OpeningReason,
    State,
    Visit,
)
from followup.models import CallBack, FollowUp, NoticePaper, SmsReply
from measures.models import ActionPlan, Evidence, Measure, Rectification
from opinion_portal import clock
from stations.models import PointCode, SensingPoint
from tests.accounts.cast import screen
from tests.followup.notices import notice_reported, papers_quick
from tests.measures.matters import dispatched

pytestmark = pytest.mark.django_db

A, R = Action, Role
STATION = {R.STATION_OFFICER, R.UNIT_HEAD}
CENTRE = {R.CENTRE, R.DISCIPLINE}
ALLOWED: dict[Action, set[Role]] = {
    A.OFFICE_ENTER: set(Role),
    A.POINT_VIEW: STATION | CENTRE | {R.LEADER},
    A.POINT_POSTER: STATION | CENTRE,
    A.POINT_CODE_CHANGE: {R.CENTRE},
    A.VISIT_VIEW: STATION | CENTRE | {R.LEADER},
    A.VISIT_LOG: STATION | {R.CENTRE},
    A.FEEDBACK_VIEW: STATION | CENTRE | {R.LEADER},
    A.FEEDBACK_TRIAGE: CENTRE,
    A.FEEDBACK_IMPORT: {R.CENTRE},
    A.CONTACT_VIEW: CENTRE | {R.CUSTODIAN},
    A.CONTACT_ASK: CENTRE,
    A.CONTACT_DECIDE: {R.CUSTODIAN},
    A.PLAN_VIEW: STATION | CENTRE | {R.LEADER},
    A.PLAN_MANAGE: CENTRE,
    A.PLAN_PROGRESS: STATION | CENTRE,
    A.MATTER_VIEW: STATION | CENTRE | {R.LEADER},
    A.MATTER_DISPATCH: CENTRE,
    A.MATTER_HANDLE: STATION,
    A.MATTER_ANSWER: {R.UNIT_HEAD},
    A.MATTER_REVIEW: CENTRE,
    A.MATTER_SUSPEND: {R.LEADER},
    A.FOLLOWUP_VIEW: CENTRE | {R.LEADER},
    A.FOLLOWUP_RECORD: CENTRE,
    A.SMS_VIEW: CENTRE,
    A.NOTICE_VIEW: CENTRE | {R.UNIT_HEAD, R.LEADER},
    A.NOTICE_DRAFT: {R.CENTRE},
    A.NOTICE_REVIEW: {R.DISCIPLINE},
    A.NOTICE_SIGN: {R.LEADER},
    A.NOTICE_ANSWER: {R.UNIT_HEAD},
    A.DASHBOARD_VIEW: STATION | CENTRE | {R.LEADER},
    A.AUDIT_VIEW: {R.AUDIT_ADMIN},
    A.OFFICER_VIEW: {R.SYSTEM_ADMIN, R.SECURITY_ADMIN},
    A.ACCOUNT_MANAGE: {R.SYSTEM_ADMIN},
    A.ROLE_MANAGE: {R.SECURITY_ADMIN},
    A.RULE_MANAGE: {R.SYSTEM_ADMIN},
}
ADDRESSES: dict[str, Action | None] = {
    "home": None,
    "health": None,
    "health_ready": None,
    "resident:voice_open": None,
    "resident:voice": None,
    "resident:receipt": None,
    "resident:remark": None,
    "resident:withdraw": None,
    "resident:erase": None,
    "resident:privacy": None,
    "resident:privacy_children": None,
    "surveys:rate": None,
    "surveys:answer": None,
    "resident_api:feedback": None,
    "resident_api:receipt_lookup": None,
    "api_schema": None,
    "accounts:login": None,
    "accounts:language": None,
    "office": A.OFFICE_ENTER,
    "accounts:logout": A.OFFICE_ENTER,
    "accounts:password": A.OFFICE_ENTER,
    "accounts:awake": A.OFFICE_ENTER,
    "accounts:officer_list": A.OFFICER_VIEW,
    "accounts:officer": A.OFFICER_VIEW,
    "accounts:officer_create": A.ACCOUNT_MANAGE,
    "accounts:officer_password": A.ACCOUNT_MANAGE,
    "accounts:officer_switch": A.ACCOUNT_MANAGE,
    "accounts:officer_phone": A.ACCOUNT_MANAGE,
    "accounts:officer_role": A.ROLE_MANAGE,
    "accounts:audit": A.AUDIT_VIEW,
    "accounts:audit_export": A.AUDIT_VIEW,
    "stations:list": A.POINT_VIEW,
    "stations:detail": A.POINT_VIEW,
    "stations:posters": A.POINT_POSTER,
    "stations:poster": A.POINT_POSTER,
    "stations:code_png": A.POINT_POSTER,
    "stations:code_svg": A.POINT_POSTER,
    "stations:code_issue": A.POINT_CODE_CHANGE,
    "stations:code_rotate": A.POINT_CODE_CHANGE,
    "stations:code_revoke": A.POINT_CODE_CHANGE,
    "queue:list": A.FEEDBACK_VIEW,
    "queue:detail": A.FEEDBACK_VIEW,
    "queue:photo": A.FEEDBACK_VIEW,
    "queue:export": A.FEEDBACK_VIEW,
    "queue:alerts": A.FEEDBACK_TRIAGE,
    "queue:accept": A.FEEDBACK_TRIAGE,
    "queue:decide": A.FEEDBACK_TRIAGE,
    "queue:alert_seen": A.FEEDBACK_TRIAGE,
    "openings:list": A.CONTACT_VIEW,
    "openings:detail": A.CONTACT_VIEW,
    "openings:ask": A.CONTACT_ASK,
    "openings:withdraw": A.CONTACT_ASK,
    "openings:show": A.CONTACT_ASK,
    "openings:decide": A.CONTACT_DECIDE,
    "matters:list": A.MATTER_VIEW,
    "matters:detail": A.MATTER_VIEW,
    "matters:move": A.MATTER_VIEW,
    "matters:evidence": A.MATTER_VIEW,
    "matters:evidence_add": A.MATTER_HANDLE,
    "matters:waiting": A.MATTER_DISPATCH,
    "matters:dispatch": A.MATTER_DISPATCH,
    "matters:redispatch": A.MATTER_DISPATCH,
    "plans:list": A.PLAN_VIEW,
    "plans:detail": A.PLAN_VIEW,
    "plans:document": A.PLAN_VIEW,
    "plans:measure": A.PLAN_VIEW,
    "plans:document_replace": A.PLAN_MANAGE,
    "plans:progress_add": A.PLAN_PROGRESS,
    "plans:measure_add": A.PLAN_MANAGE,
    "plans:measure_edit": A.PLAN_MANAGE,
    "followups:list": A.FOLLOWUP_VIEW,
    "followups:detail": A.FOLLOWUP_VIEW,
    "followups:close": A.FOLLOWUP_RECORD,
    "followups:answer": A.FOLLOWUP_RECORD,
    "followups:link": A.FOLLOWUP_RECORD,
    "followups:reply_aside": A.FOLLOWUP_RECORD,
    "callbacks:list": A.FOLLOWUP_VIEW,
    "callbacks:detail": A.FOLLOWUP_VIEW,
    "callbacks:log": A.FOLLOWUP_RECORD,
    "visits:list": A.VISIT_VIEW,
    "visits:detail": A.VISIT_VIEW,
    "visits:log": A.VISIT_LOG,
    "visits:words": A.VISIT_LOG,
    "imports:list": A.FEEDBACK_IMPORT,
    "imports:detail": A.FEEDBACK_IMPORT,
    "imports:progress": A.FEEDBACK_IMPORT,
    "imports:run": A.FEEDBACK_IMPORT,
    "imports:discard": A.FEEDBACK_IMPORT,
    "imports:report": A.FEEDBACK_IMPORT,
    "notices:list": A.NOTICE_VIEW,
    "notices:detail": A.NOTICE_VIEW,
    "notices:paper": A.NOTICE_VIEW,
    "notices:slip": A.NOTICE_VIEW,
    "notices:record": A.NOTICE_VIEW,
    "notices:attachment": A.NOTICE_VIEW,
    "notices:draft": A.NOTICE_DRAFT,
    "notices:edit": A.NOTICE_DRAFT,
    "notices:cancel": A.NOTICE_DRAFT,
    "notices:serve": A.NOTICE_DRAFT,
    "notices:hold": A.NOTICE_DRAFT,
    "notices:review": A.NOTICE_REVIEW,
    "notices:return": A.NOTICE_REVIEW,
    "notices:recheck": A.NOTICE_REVIEW,
    "notices:return_plan": A.NOTICE_REVIEW,
    "notices:return_report": A.NOTICE_REVIEW,
    "notices:sign": A.NOTICE_SIGN,
    "notices:send_back": A.NOTICE_SIGN,
    "notices:void": A.NOTICE_SIGN,
    "notices:sign_for": A.NOTICE_ANSWER,
    "notices:plan": A.NOTICE_ANSWER,
    "notices:report": A.NOTICE_ANSWER,
    "notices:appeal": A.NOTICE_ANSWER,
    "notices:appeal_decide": A.NOTICE_VIEW,
    "sms_hooks:report": None,
    "sms_hooks:reply": None,
    "sms:overview": A.SMS_VIEW,
    "sms:reply_seen": A.SMS_VIEW,
    "insights:dashboard": A.DASHBOARD_VIEW,
    "insights:unit": A.DASHBOARD_VIEW,
}
# A record may ask for more than its page: a photo cannot be redacted, so only those who read all words see it.
# A request for a sealed contact is the asker's (here one of the centre) and the custodian's alone.
NARROWER = {
    "queue:photo": CENTRE,
    "openings:detail": {R.CENTRE, R.CUSTODIAN},
    "openings:withdraw": {R.CENTRE},
    "openings:show": {R.CENTRE},
    "notices:appeal_decide": {R.DISCIPLINE, R.LEADER},
}
# Django's admin site brings some forty addresses; all of them ask for the same.
RULE_TABLES = "admin:"
LOGIN = "/office/login/"


@dataclass(frozen=True)
class Address:
    """One place of the resolver: its full name, what its parts are called, and the view behind it."""

    name: str
    parts: tuple[str, ...]
    view: Any

    @property
    def action(self) -> Action | None:
        """The action that the page is expected to ask for."""
        return A.RULE_MANAGE if self.name.startswith(RULE_TABLES) else ADDRESSES[self.name]


def _addresses(resolver: URLResolver, names: str = "", parts: tuple[str, ...] = ()) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        own = (*parts, *entry.pattern.regex.groupindex, *entry.pattern.converters)
        own = tuple(dict.fromkeys(own))
        if isinstance(entry, URLResolver):
            prefix = f"{names}{entry.namespace}:" if entry.namespace else names
            yield from _addresses(entry, prefix, own)
        elif isinstance(entry, URLPattern):
            yield Address(f"{names}{entry.name or ''}", own, entry.callback)


def _all() -> list[Address]:
    return list(_addresses(get_resolver()))


@pytest.fixture
def samples(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A record for each part of an address; all of them belong to Huangcheng station, where the cast works."""
    papers_quick(monkeypatch)
    station = Unit.objects.get(code="station-huangcheng")
    point = SensingPoint.objects.filter(station=station).order_by("code")[0]
    # One poster is as good as thirty, which take seconds.
    PointCode.objects.exclude(point=point).update(revoked_at=clock.now())
    who = _officer(R.STATION_OFFICER)
    visit = Visit.objects.create(
        client_key=b"v" * 32, point=point, officer=who, place=Visit.Place.SHOP, reached=3, visited_on="2024-05-19"
    )
    voice = Feedback.objects.create(
        client_key=b"f" * 32,
        channel=Channel.QR,
        point=point,
        code_state="live",
        kind=Kind.PRAISE,
        content="谢谢民警帮我找回钱包",
        redacted="谢谢民警帮我找回钱包",
        said_at="2024-05-19T09:00:00+08:00",
        state=State.CONFIRMED,
        item_id="H1",
    )
    Attachment.objects.create(feedback=voice, position=1, media_type="image/jpeg", width=1, height=1, data=b"\xff\xd8")
    now = clock.now()
    opening = ContactOpening.objects.create(
        feedback=voice,
        asked_by=_officer(R.CENTRE),
        asked_at=now,
        reason=OpeningReason.DANGER,
        reason_text="有人可能有生命危险，需要马上联系",
        expires_at=now + timedelta(hours=72),
        changed_at=now,
    )
    matter = dispatched(lead_unit=station)
    evidence = Evidence.objects.create(
        rectification=matter, name="a.pdf", media_type="application/pdf", data=b"%PDF-", size=5, added_by=who
    )
    ActionPlan.objects.update(document=b"%PDF-", document_name="a.pdf", document_type="application/pdf")
    batch = ImportBatch.objects.create(file_name="a.csv", file_digest="0" * 64, source="test")
    return {
        "code": "UNKNOWN",
        "number": point.code,
        "code_id": PointCode.objects.get(point=point, revoked_at=None).pk,
        "feedback_id": voice.pk,
        "position": 1,
        "visit_id": visit.pk,
        "batch_id": batch.pk,
        "opening_id": opening.pk,
        "officer_id": who.pk,
        "rectification_id": matter.pk,
        "evidence_id": evidence.pk,
        "move": "acknowledge",
        "plan_id": ActionPlan.objects.get().pk,
        "measure_id": Measure.objects.filter(plan__isnull=False)[0].pk,
        "notice_id": (notice := notice_reported(station)).pk,
        "form": "pdf",
        "paper_id": NoticePaper.objects.get(notice=notice, kind="plan").pk,
        "unit_code": station.code,
        "follow_up_id": (follow_up := _follow_up(matter)).pk,
        "call_back_id": CallBack.objects.create(follow_up=follow_up, due_at=now).pk,
        "reply_id": _stray().pk,
        "token": "guessed",
        "object_id": "1",
        "app_label": "accounts",
        "url": "nowhere",
    }


def _follow_up(matter: Rectification) -> FollowUp:
    voice, now = matter.voices.get().feedback_id, clock.now()
    return FollowUp.objects.create(
        rectification=matter, feedback_id=voice, round=0, way="receipt", token_digest=b"t" * 32, due_at=now,
        expires_at=now,
    )  # fmt: skip


def _stray() -> SmsReply:
    return SmsReply.objects.create(
        reply_id="stray", text="？", answer="unclear", replied_at="2024-05-19T09:00:00+08:00"
    )


def _officer(role: Role) -> Officer:
    unit = Unit.objects.get(code="station-huangcheng")
    found, _new = Officer.objects.get_or_create(
        username=f"cast-{role}", defaults={"name": role, "role": role, "unit": unit, "must_change_password": False}
    )
    return found


def _path(address: Address, samples: dict[str, object]) -> str:
    return reverse(address.name, kwargs={part: samples[part] for part in address.parts})


def _named() -> list[Address]:
    return [address for address in _all() if not address.name.endswith(":") and address.name]


def test_every_address_is_in_the_table_and_asks_for_the_action_named_there() -> None:
    for address in _all():
        if not address.name.startswith(RULE_TABLES):
            assert address.name in ADDRESSES, f"{address.name}: add a line to ADDRESSES"
        view = address.view
        mark = getattr(view, "access", None) or getattr(getattr(view, "view_class", None), "access", None)
        mark = mark or getattr(getattr(view, "cls", None), "access", None)
        assert mark == (address.action or "public"), address.name


def test_the_table_names_no_address_that_is_gone() -> None:
    assert set(ADDRESSES) <= {address.name for address in _all()}


def test_the_permissions_are_those_of_the_domain() -> None:
    assert {action: set(roles) for action, roles in PERMISSIONS.items()} == ALLOWED


def test_no_one_holds_two_of_the_three_administrators_rights() -> None:
    administrators = [R.SYSTEM_ADMIN, R.SECURITY_ADMIN, R.AUDIT_ADMIN]
    for action in (A.ACCOUNT_MANAGE, A.ROLE_MANAGE, A.AUDIT_VIEW):
        assert sum(role in ALLOWED[action] for role in administrators) == 1
    for action in (A.FEEDBACK_VIEW, A.VISIT_VIEW, A.DASHBOARD_VIEW):
        assert not ALLOWED[action] & set(administrators)


def test_an_address_without_a_mark_is_refused() -> None:
    from django.http import Http404, HttpResponse
    from django.test import RequestFactory

    from opinion_portal.middleware import ClosedByDefaultMiddleware

    closed = ClosedByDefaultMiddleware(lambda _request: HttpResponse())
    with pytest.raises(Http404):
        closed.process_view(RequestFactory().get("/"), lambda _request: HttpResponse(), (), {})


def test_nobody_logged_in_reaches_only_the_open_addresses(samples: dict[str, object]) -> None:
    client = Client()
    for address in _named():
        path = _path(address, samples)
        for answer in (client.get(path), client.post(path)):
            if address.action:
                assert answer.status_code == 302, address.name
                assert answer["Location"].startswith(LOGIN), address.name
            else:
                assert not answer.get("Location", "").startswith(LOGIN), address.name


@pytest.mark.parametrize("role", list(Role))
def test_a_post_reaches_its_own_pages_and_is_told_nothing_of_the_others(role: Role, samples: dict[str, object]) -> None:
    client = screen(_officer(role))
    for address in _named():
        if address.action is None or address.name == "accounts:logout":
            continue
        path = _path(address, samples)
        if role in NARROWER.get(address.name, ALLOWED[address.action]):
            assert _is_let_in(client.get(path), address), f"{role} is refused {address.name}"
        else:
            assert client.get(path).status_code == 404, f"{role} reaches {address.name}"
            assert client.post(path).status_code in ({405, 404} if address.name in NARROWER else {404}), address.name


def _is_let_in(answer: Any, address: Address) -> bool:
    if address.name.startswith(RULE_TABLES):
        # Django looks for the sample's number in each of its tables; there need not be one.
        return answer.status_code in {200, 302, 404, 403, 405}
    return answer.status_code in {200, 204, 302, 400, 405, 422} and not answer.get("Location", "").startswith(LOGIN)


def test_every_rule_table_opens_for_the_system_administrator() -> None:
    from django.contrib import admin

    client = screen(_officer(R.SYSTEM_ADMIN))
    assert client.get("/office/admin/").status_code == 200
    for model in admin.site._registry:
        base = f"/office/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert client.get(base).status_code == 200
        assert client.get(f"{base}add/").status_code == 200
        row = model._default_manager.first()
        if row:
            assert client.get(f"{base}{row.pk}/change/").status_code == 200


def test_a_residents_page_sets_no_cookie(samples: dict[str, object]) -> None:
    client = Client()
    for address in _named():
        path = _path(address, samples)
        if address.action is None and not path.startswith("/office/"):
            assert not client.get(path).cookies, address.name
            assert not client.post(path).cookies, address.name


def test_a_first_password_opens_no_page_but_its_change(samples: dict[str, object]) -> None:
    who = _officer(R.CENTRE)
    who.must_change_password = True
    who.save()
    client = screen(who)
    for address in _named():
        if address.action and R.CENTRE in ALLOWED[address.action] and not address.name.startswith("accounts:"):
            assert client.get(_path(address, samples))["Location"] == "/office/password/", address.name
