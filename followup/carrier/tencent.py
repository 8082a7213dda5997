"""Tencent's side of the contract: checks TC3-HMAC-SHA256, takes SendSms and PullSmsSendStatusByPhoneNumber.

Sources: https://cloud.tencent.com/document/api/382/52071 (signature), 55981 (SendSms), 59177 (error codes).
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

from followup.carrier.bodies import carrier_code, parts
from followup.carrier.exchange import Draft, Exchange
from followup.carrier.store import Message
from followup.carrier.wire import Request, Response, china_day_bounds, china_text, json_response, request_id

ALGORITHM, SERVICE, VERSION = "TC3-HMAC-SHA256", "sms", "2021-01-11"
CLOCK_SECONDS = 300
PER_DAY = 10
PHONES, TEXT_LENGTH = 200, 500
AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=([^/,]+)/(\d{{4}}-\d\d-\d\d)/([^/,]+)/tc3_request,"
    r" SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)
PHONE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")


class Refusal(Exception):
    """An answer that accepts nothing; Tencent's errors always come with HTTP status 200."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message

    def response(self) -> Response:
        return _response({"Error": {"Code": self.code, "Message": self.message}})


def _response(content: Mapping[str, object]) -> Response:
    return json_response({"Response": {**content, "RequestId": request_id()}})


def answer(request: Request, exchange: Exchange) -> tuple[Response, Message | None]:
    """What Tencent would answer, with the (last) message when one was accepted."""
    try:
        signature_check(request, exchange)
        return _act(request, exchange)
    except Refusal as refusal:
        return refusal.response(), None


def _act(request: Request, exchange: Exchange) -> tuple[Response, Message | None]:
    if request.header("x-tc-version") != VERSION:
        raise Refusal("NoSuchVersion", "The specified API version does not exist.")
    said = content_read(request.body)
    if said.get("SmsSdkAppId") != exchange.options.app_id:
        raise Refusal("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId verify fail.")
    action = request.header("x-tc-action")
    if action == "PullSmsSendStatusByPhoneNumber":
        return _response({"PullSmsSendStatusSet": records(said, exchange)}), None
    if action != "SendSms":
        raise Refusal("InvalidAction", "The specified action does not exist.")
    return _send(said, exchange)


def signature_check(request: Request, exchange: Exchange) -> None:
    """Raises ``Refusal`` with the gateway's code when a request is not signed as it should be."""
    found = AUTHORIZATION.fullmatch(request.header("authorization"))
    if not found or not {"content-type", "host"}.issubset(found[4].split(";")):
        raise Refusal("AuthFailure.InvalidAuthorization", "The authorization header does not conform to the standard.")
    if found[1] != exchange.options.key_id:
        raise Refusal("AuthFailure.SecretIdNotFound", "The SecretId is not found, please ensure that it is correct.")
    stamp = request.header("x-tc-timestamp")
    if not re.fullmatch(r"[0-9]{1,11}", stamp) or abs(int(stamp) - exchange.clock()) > CLOCK_SECONDS:
        raise Refusal("AuthFailure.SignatureExpire", "The provided credentials have expired.")
    is_day = found[2] == f"{datetime.fromtimestamp(int(stamp), tz=UTC):%Y-%m-%d}"
    expected = signature(exchange.options.key_secret, request, found[2], found[4])
    if not is_day or found[3] != SERVICE or not hmac.compare_digest(expected, found[5]):
        words = "The provided credentials could not be validated. Please check your signature is correct."
        raise Refusal("AuthFailure.SignatureFailure", words)


def signature(secret: str, request: Request, day: str, signed: str) -> str:
    """The signature that a request for ``day`` (UTC) must carry, in hexadecimal."""
    lines = "".join(f"{name}:{request.header(name).strip()}\n" for name in signed.split(";"))
    body_hash = hashlib.sha256(request.body).hexdigest()
    canonical = f"{request.method}\n/\n\n{lines}\n{signed}\n{body_hash}"
    scope = f"{day}/{SERVICE}/tc3_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join([ALGORITHM, request.header("x-tc-timestamp"), scope, hashed])
    key = f"TC3{secret}".encode()
    for step in (day, SERVICE, "tc3_request"):
        key = _hmac(key, step)
    return _hmac(key, to_sign).hex()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def content_read(body: bytes) -> Mapping[str, object]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal("FailedOperation.JsonParseFail", "Json parse fail.") from None
    if not isinstance(content, dict):
        raise Refusal("InvalidParameter", "The request body is not an object.")
    return content


def _texts(said: Mapping[str, object], name: str) -> list[str]:
    values = said.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Refusal("InvalidParameter", f"{name} is not an array of strings.")
    return values


def _send(said: Mapping[str, object], exchange: Exchange) -> tuple[Response, Message | None]:
    phones = _texts(said, "PhoneNumberSet")
    if not 1 <= len(phones) <= PHONES:
        raise Refusal("LimitExceeded.PhoneNumberCountLimit", "The number of mobile numbers exceeds the limit.")
    statuses, accepted = [], None
    for phone in phones:
        try:
            accepted = exchange.accept(draft_read(said, phone, exchange))
            statuses.append(_status(phone, said, "Ok", "send success", accepted))
        except Refusal as refusal:
            statuses.append(_status(phone, said, refusal.code, refusal.message, None))
    return _response({"SendStatusSet": statuses}), accepted


def _status(phone: str, said: Mapping[str, object], code: str, message: str, sent: Message | None) -> dict[str, object]:
    return {
        "SerialNo": sent.provider_id if sent else "",
        "PhoneNumber": f"+86{sent.phone}" if sent else phone,
        "Fee": parts(sent.text) if sent else 0,
        "SessionContext": said.get("SessionContext") or "",
        "Code": code,
        "Message": message,
        "IsoCode": "CN",
    }


def draft_read(said: Mapping[str, object], number: str, exchange: Exchange) -> Draft:
    """The message to one number. Raises ``Refusal`` with the code of the first rule that it breaks."""
    if exchange.faults.take("refuse"):
        raise Refusal("FailedOperation.InsufficientBalanceInSmsPackage", "insufficient balance in SMS package")
    phone = PHONE.fullmatch(number)
    if not phone:
        raise Refusal("InvalidParameterValue.IncorrectPhoneNumber", "incorrect phone number")
    signature_name, template = str(said.get("SignName") or ""), str(said.get("TemplateId") or "")
    if not 2 <= len(signature_name) <= 16:
        raise Refusal("FailedOperation.SignatureIncorrectOrUnapproved", "signature incorrect or unapproved")
    if not template:
        raise Refusal("FailedOperation.TemplateIncorrectOrUnapproved", "template incorrect or unapproved")
    # Without the approved templates only their variables are known.
    text = f"【{signature_name}】{'，'.join([f'[{template}]', *_texts(said, 'TemplateParamSet')])}"
    if len(text) > TEXT_LENGTH:
        raise Refusal("InvalidParameterValue.ContentLengthLimit", "the text is too long")
    limit_check(exchange, phone[1])
    key, extension = str(said.get("SessionContext") or ""), str(said.get("ExtendCode") or "")
    return Draft("tencent", key, f"2645:{uuid4().int % 10**28}", phone[1], signature_name, template, text, extension)


def limit_check(exchange: Exchange, phone: str) -> None:
    """At most ten to one number on one day in China."""
    start, end = china_day_bounds(china_text(exchange.clock())[:10].replace("-", ""))
    today = [message for message in exchange.store.messages_of(phone, start, end) if message.contract == "tencent"]
    if len(today) >= PER_DAY:
        words = "the number of SMS messages sent from a single mobile number per day exceeds the upper limit"
        raise Refusal("LimitExceeded.PhoneNumberDailyLimit", words)


def records(said: Mapping[str, object], exchange: Exchange) -> list[dict[str, object]]:
    """PullSmsSendStatusByPhoneNumber: only what the phone's carrier has reported on."""
    phone = PHONE.fullmatch(str(said.get("PhoneNumber")))
    begin, end, limit = said.get("BeginTime"), said.get("EndTime"), said.get("Limit")
    if not phone or not isinstance(begin, int) or not isinstance(end, int) or not isinstance(limit, int):
        raise Refusal("InvalidParameter", "PhoneNumber, BeginTime, EndTime or Limit is invalid.")
    found = exchange.store.messages_of(phone[1], begin, end + 1)
    now = exchange.clock()
    known = [message for message in found if message.contract == "tencent" and message.is_reported(now)]
    return [record(exchange.as_told(message)) for message in known[:limit]]


def record(message: Message) -> dict[str, object]:
    return {
        "UserReceiveTime": int(message.reported_at),
        "CountryCode": "86",
        "SubscriberNumber": message.phone,
        "PhoneNumber": f"+86{message.phone}",
        "SerialNo": message.provider_id,
        "ReportStatus": "SUCCESS" if message.is_delivered else "FAIL",
        "Description": carrier_code(message)[0],
        "SessionContext": message.key,
    }
