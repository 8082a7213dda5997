"""A morning at the portal, so that every page has something to show. Runs inside the portal's own environment:

``manage.py shell -c "from tests.browser.morning import play; play()"`` prints what the pages' addresses name.
"""

import json
import uuid
from io import BytesIO

from django.conf import settings
from django.test import Client

from accounts.models import Officer
from feedback.classifying import suggestions_make
from feedback.imports.services import import_start, import_upload, imports_continue
from feedback.models import Channel, ContactOpening, Feedback, ImportBatch, Kind, OpeningReason, State, Visit
from feedback.openings.services import contact_show, contact_use, opening_approve, opening_ask
from feedback.queue.services import Decision, feedback_classify
from feedback.resident.photos import photo_read
from feedback.services import Photo, Submitted, Voice, feedback_submit, feedback_withdraw
from feedback.visits.services import Opinion, visit_log
from insights.services import tallies_refresh
from measures.models import CalendarDay
from opinion_portal import clock
from stations.models import PointCode
from stations.services import code_revoke
from tests.browser.followups import followups_play
from tests.browser.matters import matters_play
from tests.browser.notices import notices_play
from tests.browser.outbox import outbox_play
from tests.browser.things import letters_file, phone_photo

PHONE = "19900009876"
TELL = "您反映的事情不属于公安机关职责范围。请拨打 12345 政务服务便民热线。"


def play() -> None:
    """Residents speak, an officer visits, the centre imports and decides; prints the names as JSON."""
    centre = Officer.objects.get(username="zhongxin")
    live, closed = _codes(centre)
    names: dict[str, object] = {
        "point": live.point.code, "code": live.code, "code_id": live.pk,
        "closed": closed.point.code, "revoked": closed.code, "closed_id": closed.pk,
        "officer": Officer.objects.get(username="suozhang").pk,
        "day": str(CalendarDay.objects.create(day="2027-02-07", is_working=True, reason="春节调休").day),
        "visit": _visit(live).pk,
        "imported": _import(centre, is_run=True).pk, "preview": _import(centre, is_run=False).pk,
    }  # fmt: skip
    names |= _residents(live, centre) | notices_play() | followups_play() | matters_play() | _sessions()
    outbox_play(int(str(names["told"])))
    tallies_refresh(now=clock.now())
    print(json.dumps(names))  # read by the test that ran this


def _sessions() -> dict[str, object]:
    """Every officer logged in, the first password long changed: ``session_<post>`` holds the cookie's value."""
    Officer.objects.update(must_change_password=False)
    sessions: dict[str, object] = {}
    for officer in Officer.objects.all():
        client = Client()
        client.force_login(officer, backend="accounts.backends.OfficerBackend")
        sessions[f"session_{officer.role}"] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return sessions


def _codes(centre: Officer) -> tuple[PointCode, PointCode]:
    codes = list(PointCode.objects.select_related("point__station").order_by("point__code"))
    code_revoke(code=codes[-1], reason="海报被撕", actor=centre)
    return codes[0], codes[-1]


def _visit(code: PointCode) -> Visit:
    officer = Officer.objects.get(username="minjing")
    said = [Opinion(0, "路口红绿灯时间太短，老人过不去。", 3, 4, Kind.SUGGESTION), Opinion(1, "", 5, 5)]
    return visit_log(
        officer=officer, client_id=str(uuid.uuid4()), point=code.point, place=Visit.Place.HOUSEHOLD, reached=12,
        visited_on=clock.bureau_day(clock.now()), note="上午入户", opinions=said,
    ).visit  # fmt: skip


def _import(centre: Officer, *, is_run: bool) -> ImportBatch:
    rows = ["B-1,路灯不亮,小区门口路灯坏了一个月，晚上走路害怕。,求助", "B-2,,,"]
    data = letters_file(rows)["buffer"]
    batch = import_upload(officer=centre, name="来信.csv", data=data, source="领导信箱", is_rated_out=False)
    if is_run:
        import_start(batch=batch, columns=batch.columns, actor=centre)
        imports_continue(now=clock.now())
    return batch


def _photo() -> Photo:
    data = phone_photo()["buffer"]
    return photo_read(BytesIO(data), size=len(data))


def _residents(code: PointCode, centre: Officer) -> dict[str, object]:
    def say(content: str, **more: object) -> Submitted:
        voice = {"client_id": str(uuid.uuid4()), "channel": Channel.QR, "point_code": code.code, "content": content}
        return feedback_submit(voice=Voice(**voice | more))  # type: ignore[arg-type]  # tests name real fields

    for grade in (1, 3, 4, 4, 5, 5):
        say("", service_rating=grade, safety_rating=min(5, grade + 1))
    photo = say("校门口放学时间天天堵，孩子过马路很危险。", photos=[_photo()], service_rating=2, kind=Kind.COMPLAINT)
    urgent = say("楼下有人拿刀追着砍人，快来人，就在大门口", kind=Kind.HELP)
    waiting = say("楼道里堆满杂物，消防通道走不通。", phone=PHONE, no_call=True)
    told = say("家里暖气一直不热，物业和供热公司互相推。", kind=Kind.HELP)
    passed = say("社区民警经常来走动，心里踏实，点个赞。", kind=Kind.PRAISE, service_rating=5)
    again = say("社区民警经常来走动，心里很踏实，点个赞。", kind=Kind.PRAISE)
    withdrawn = say("算了，我再想想。", phone=PHONE)
    feedback_withdraw(feedback=Feedback.objects.get(pk=withdrawn.feedback_id))
    asking = say("小区东门晚上有人打群架，具体几号楼电话里说。", phone=PHONE)
    while suggestions_make(limit=100):
        pass
    for sent, decision in (
        (told, Decision(State.OUT_OF_SCOPE, reason="12345", public_reply=TELL)),
        (passed, Decision(State.CONFIRMED, "P3", Kind.PRAISE, code.point.station_id)),
        (again, Decision(State.DUPLICATE, duplicate_of_id=passed.feedback_id)),
    ):
        feedback_classify(feedback_id=sent.feedback_id, officer=centre, decision=decision, expected_id=None)
    numbers = {"photo": photo, "urgent": urgent, "told": told, "passed": passed, "duplicate": again}
    receipts = {"waiting": waiting, "told": told, "withdrawn": withdrawn, "opened": asking}
    openings = {"asked": _ask(waiting, centre).pk, "opened": _open(asking, centre).pk, "contact": asking.feedback_id}
    return (
        {name: sent.feedback_id for name, sent in numbers.items()}
        | openings
        | {f"receipt_{name}": sent.receipt for name, sent in receipts.items()}
    )


def _ask(sent: Submitted, centre: Officer) -> ContactOpening:
    why = "反映的位置说不清楚，可能有人有生命危险"
    return opening_ask(feedback_id=sent.feedback_id, officer=centre, reason=OpeningReason.DANGER, reason_text=why)


def _open(sent: Submitted, centre: Officer) -> ContactOpening:
    opening = _ask(sent, centre)
    opening_approve(opening=opening, officer=Officer.objects.get(username="baoguan"), note="同意")
    contact_show(opening=opening, officer=centre)
    contact_use(feedback_id=sent.feedback_id, purpose="acknowledge")
    return opening
