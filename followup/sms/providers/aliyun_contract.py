"""Aliyun Dysms (2017-05-25) in the portal's words; how a call travels is left to the adapter.

Sources: https://help.aliyun.com/document_detail/419273.html (SendSms), 419277 (QuerySendDetails), 101867 (SmsReport),
101869 (SmsUp), 101346 (error codes).
"""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from followup.sms.providers import payloads
from followup.sms.providers.base import (
    Answer,
    Clock,
    Delivery,
    Inbound,
    Outcome,
    Outgoing,
    Refused,
    Sent,
    Status,
    Unknown,
)

RECEIVED = Answer('{"code":0,"msg":"接收成功"}'.encode())
PAGE_SIZE = 50
PAGES = 10
# What is wrong with the message itself; everything else is about the account, a limit or our configuration.
PERMANENT = {
    "isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT", "isv.TEMPLATE_MISSING_PARAMETERS",
    "isv.INVALID_PARAMETERS", "isv.INVALID_JSON_PARAM", "isv.BLACK_KEY_CONTROL_LIMIT", "isv.PARAM_LENGTH_LIMIT",
    "isv.PARAM_NOT_SUPPORT_URL", "isv.TEMPLATE_PARAMS_ILLEGAL", "isv.EXTEND_CODE_ERROR",
}  # fmt: skip
# Their system failed somewhere: nobody promises that it failed before the message went out.
IN_DOUBT = {"isp.SYSTEM_ERROR", "isp.GATEWAY_ERROR", "isp.UNKNOWN"}
OUTCOMES = {"1": Outcome.SENT, "2": Outcome.FAILED, "3": Outcome.DELIVERED}
FIRST_TO_COUNT = {"3": 0, "1": 1, "2": 2}


class AliyunContract:
    """Everything but the wire: ``call`` sends one action and returns the body of an answer below status 400."""

    name: str = "aliyun"

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def call(self, action: str, parameters: Mapping[str, str]) -> Mapping[str, object]:
        """Raises ``Refused``, ``Unknown`` or ``Unreachable``."""
        raise NotImplementedError

    def send(self, outgoing: Outgoing) -> Sent:
        answer = answer_checked(self.call("SendSms", self.send_parameters(outgoing)))
        return Sent(str(answer.get("BizId") or ""))

    def send_parameters(self, outgoing: Outgoing) -> dict[str, str]:
        """The parameters of SendSms. Values are texts, as the provider demands (``isv.INVALID_JSON_PARAM``)."""
        parameters = {
            "PhoneNumbers": outgoing.phone,
            "SignName": outgoing.signature,
            "TemplateCode": outgoing.template_code,
            "TemplateParam": json.dumps(dict(outgoing.values), ensure_ascii=False),
            "OutId": outgoing.key,
        }
        return parameters | ({"SmsUpExtendCode": outgoing.extension} if outgoing.extension else {})

    def query(self, *, key: str, phone: str, day: date, provider_id: str = "") -> Status:
        """Looks at ``day`` and, for what was sent over midnight, at the day after."""
        today = self.clock().astimezone(payloads.CHINA).date()
        for asked in (day, day + timedelta(days=1)):
            found = self._found(key, phone, asked, provider_id) if asked <= today else []
            if found:
                return status_of(found, provider_id)
        return Status(Outcome.NOT_FOUND)

    def _found(self, key: str, phone: str, day: date, provider_id: str) -> list[Mapping[str, object]]:
        found: list[Mapping[str, object]] = []
        for page in range(1, PAGES + 1):
            details = self._details(phone, day, provider_id, page)
            found += [detail for detail in details if detail.get("OutId") == key]
            if len(details) < PAGE_SIZE:
                break
        return found

    def _details(self, phone: str, day: date, provider_id: str, page: int) -> list[Mapping[str, object]]:
        parameters = {
            "PhoneNumber": phone,
            "SendDate": f"{day:%Y%m%d}",
            "PageSize": str(PAGE_SIZE),
            "CurrentPage": str(page),
        }
        parameters |= {"BizId": provider_id} if provider_id else {}
        answer = answer_checked(self.call("QuerySendDetails", parameters))
        holder = answer.get("SmsSendDetailDTOs")
        details = holder.get("SmsSendDetailDTO") if isinstance(holder, Mapping) else None
        return [detail for detail in details if isinstance(detail, Mapping)] if isinstance(details, list) else []

    def deliveries_parse(self, body: bytes) -> list[Delivery]:
        return [delivery_of(record) for record in payloads.records(body)]

    def inbound_parse(self, body: bytes) -> list[Inbound]:
        return [inbound_of(record) for record in payloads.records(body)]

    def delivery_answer(self) -> Answer:
        return RECEIVED

    def inbound_answer(self) -> Answer:
        return RECEIVED


def refusal(code: str, message: object) -> Refused:
    return Refused(code, payloads.message_safe(message), is_permanent=code in PERMANENT)


def answer_checked(answer: Mapping[str, object]) -> Mapping[str, object]:
    """The answer when its code is OK. Raises ``Refused``, or ``Unknown`` where the code leaves it open."""
    code = str(answer.get("Code") or "")
    if code == "OK":
        return answer
    if not code or code in IN_DOUBT:
        raise Unknown(f"the provider answered {code or 'without a code'}")
    raise refusal(code, answer.get("Message"))


def status_of(details: list[Mapping[str, object]], provider_id: str) -> Status:
    """One status for all copies: what arrived counts more than what waits, and that more than what failed."""
    best = min(details, key=lambda detail: FIRST_TO_COUNT.get(str(detail.get("SendStatus")), len(FIRST_TO_COUNT)))
    try:
        reported_at: datetime | None = payloads.china_time(str(best.get("ReceiveDate") or ""))
    except (ValueError, OverflowError):
        reported_at = None
    outcome = OUTCOMES.get(str(best.get("SendStatus")), Outcome.PENDING)
    return Status(outcome, provider_id, str(best.get("ErrCode") or ""), reported_at, len(details))


def delivery_of(record: payloads.Record) -> Delivery:
    """One SmsReport. It has no id of its own; what happened to which message when is one. Raises MalformedWebhook."""
    phone = payloads.phone_plain(payloads.text_of(record, "phone_number"))
    provider_id = payloads.text_of(record, "biz_id")
    is_delivered = payloads.flag_of(record, "success")
    reported_at = payloads.china_time_of(record, "report_time")
    return Delivery(
        provider_id=provider_id,
        key=payloads.text_of(record, "out_id", is_required=False),
        phone=phone,
        is_delivered=is_delivered,
        code=payloads.text_of(record, "err_code", is_required=False),
        reported_at=reported_at,
        receipt_id=payloads.digest("aliyun", provider_id, phone, is_delivered, reported_at.isoformat()),
    )


def inbound_of(record: payloads.Record) -> Inbound:
    """One SmsUp. Raises MalformedWebhook."""
    phone = payloads.phone_plain(payloads.text_of(record, "phone_number"))
    text = payloads.text_of(record, "content", is_required=False)
    received_at = payloads.china_time_of(record, "send_time")
    extension = payloads.text_of(record, "dest_code", is_required=False)
    sequence = payloads.text_of(record, "sequence_id", is_required=False)
    own_id = (sequence,) if sequence else (phone, text, received_at.isoformat(), extension)
    return Inbound(phone, text, received_at, extension, payloads.digest("aliyun", *own_id))
