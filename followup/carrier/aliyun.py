"""Aliyun's side of the contract: checks ACS3-HMAC-SHA256, takes SendSms and QuerySendDetails, refuses as Aliyun does.

Sources: https://help.aliyun.com/document_detail/2593177.html (signature), 419273 (SendSms), 419277 (QuerySendDetails),
101346 (error codes). The older signature in the query (HMAC-SHA1) is not spoken: the current SDK never sends it.
"""

import hashlib
import hmac
import json
import re
import time
from secrets import randbelow

from followup.carrier.bodies import carrier_code
from followup.carrier.exchange import Draft, Exchange
from followup.carrier.store import Message
from followup.carrier.wire import Request, Response, china_day_bounds, china_text, json_response, request_id, utc_moment
from followup.sms.providers import acs3

VERSION = "2017-05-25"
CLOCK_SECONDS = 900
DAY_SECONDS, PER_DAY = 86400, 50
TEXT_LENGTH = 500
PAGE_SIZE = 50
SIGNED = {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-content-sha256", "x-acs-signature-nonce"}
AUTHORIZATION = re.compile(rf"{acs3.ALGORITHM} Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{{64}})")
PHONE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
WAITING, FAILED, DELIVERED = 1, 2, 3


class Refusal(Exception):
    """An answer that accepts nothing. Errors of the gateway have an HTTP status of their own, those of SMS have 200."""

    def __init__(self, code: str, message: str, status: int = 200) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status

    def response(self) -> Response:
        content = {"RequestId": request_id(), "Code": self.code, "Message": self.message}
        if self.status >= 400:
            content |= {"HostId": "dysmsapi.aliyuncs.com", "Recommend": "https://api.aliyun.com/troubleshoot"}
        return json_response(content, self.status)


def answer(request: Request, exchange: Exchange) -> tuple[Response, Message | None]:
    """What Aliyun would answer, with the message when one was accepted."""
    try:
        signature_check(request, exchange)
        return _act(request, exchange)
    except Refusal as refusal:
        return refusal.response(), None


def _act(request: Request, exchange: Exchange) -> tuple[Response, Message | None]:
    action = request.header("x-acs-action")
    if action == "QuerySendDetails":
        return details(request, exchange), None
    if action != "SendSms":
        raise Refusal("InvalidAction.NotFound", "Specified api is not found, please check your url and method.", 404)
    message = exchange.accept(draft_read(request, exchange))
    content = {"Message": "OK", "RequestId": request_id(), "Code": "OK", "BizId": message.provider_id}
    return json_response(content), message


def signature_check(request: Request, exchange: Exchange) -> None:
    """Raises ``Refusal`` with the gateway's code when a request is not signed as it should be."""
    found = AUTHORIZATION.fullmatch(request.header("authorization"))
    signed = found[2].split(";") if found else []
    if not found or not SIGNED.issubset(signed):
        raise Refusal("IncompleteSignature", "The request signature does not conform to Aliyun standards.", 400)
    if found[1] != exchange.options.key_id:
        raise Refusal("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
    if request.header("x-acs-version") != VERSION:
        raise Refusal("InvalidVersion", "Specified parameter Version is not valid.", 400)
    _date_check(request.header("x-acs-date"), exchange.clock())
    body_hash = hashlib.sha256(request.body).hexdigest()
    canonical = acs3.canonical_request(request.method, request.query, request.headers, signed, body_hash)
    expected = acs3.signature(exchange.options.key_secret, canonical)
    if request.header("x-acs-content-sha256") != body_hash or not hmac.compare_digest(expected, found[3]):
        words = "Specified signature is not matched with our calculation. server string to sign is:"
        raise Refusal("SignatureDoesNotMatch", words + canonical, 400)


def _date_check(written: str, now: float) -> None:
    try:
        is_fresh = abs(utc_moment(written) - now) <= CLOCK_SECONDS
    except ValueError:
        raise Refusal(
            "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.", 400
        ) from None
    if not is_fresh:
        raise Refusal("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", 400)


def draft_read(request: Request, exchange: Exchange) -> Draft:
    """The message in a SendSms. Raises ``Refusal`` with the code of the first rule that it breaks."""
    query = request.query
    if exchange.faults.take("refuse"):
        raise Refusal("isv.AMOUNT_NOT_ENOUGH", "账户余额不足")
    phone = PHONE.fullmatch(query.get("PhoneNumbers", ""))
    if not phone:
        raise Refusal("isv.MOBILE_NUMBER_ILLEGAL", "手机号码格式错误")
    signature, template = query.get("SignName", ""), query.get("TemplateCode", "")
    if not 2 <= len(signature) <= 16:
        raise Refusal("isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名")
    if not template:
        raise Refusal("isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板")
    extension = query.get("SmsUpExtendCode", "")
    if not re.fullmatch(r"[0-9]{0,7}", extension):
        raise Refusal("isv.EXTEND_CODE_ERROR", "扩展码使用错误，相同的扩展码不可用于多个签名")
    text = f"【{signature}】{text_of(query.get('TemplateParam', ''), template, query.get('SimulatedText', ''))}"
    if len(text) > TEXT_LENGTH:
        raise Refusal("isv.PARAM_LENGTH_LIMIT", "参数超过长度限制")
    limit_check(exchange, phone[1], signature, template)
    return Draft("aliyun", query.get("OutId", ""), biz_id(), phone[1], signature, template, text, extension)


def text_of(parameters: str, template: str, finished: str) -> str:
    """The text as the phone shows it; without the approved templates only their variables are known."""
    try:
        values = json.loads(parameters or "{}")
    except ValueError:
        values = None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise Refusal("isv.INVALID_JSON_PARAM", "参数格式错误，请修改为字符串值")
    return finished or "，".join([f"[{template}]", *(f"{name}：{value}" for name, value in values.items())])


def limit_check(exchange: Exchange, phone: str, signature: str, template: str) -> None:
    """At most fifty in any 24 hours to one number with the same signature and template (notices)."""
    lately = exchange.store.messages_of(phone, since=exchange.clock() - DAY_SECONDS)
    wanted = ("aliyun", signature, template)
    same = [message for message in lately if (message.contract, message.signature, message.template) == wanted]
    if len(same) >= PER_DAY:
        raise Refusal("isv.BUSINESS_LIMIT_CONTROL", f"触发天级流控Permits:{PER_DAY}")


def biz_id() -> str:
    return f"{time.time_ns() // 1000}{randbelow(100_000):05d}^0"


def details(request: Request, exchange: Exchange) -> Response:
    """QuerySendDetails: one number's messages of one day, newest first, in pages."""
    query = request.query
    try:
        start, end = china_day_bounds(query.get("SendDate", ""))
        size, page = int(query.get("PageSize", "")), int(query.get("CurrentPage", ""))
    except ValueError:
        raise Refusal("isv.INVALID_PARAMETERS", "参数异常") from None
    if not 1 <= size <= PAGE_SIZE or page < 1:
        raise Refusal("isv.INVALID_PARAMETERS", "参数异常")
    found = [
        message
        for message in reversed(exchange.store.messages_of(query.get("PhoneNumber", ""), start, end))
        if message.contract == "aliyun" and query.get("BizId", message.provider_id) == message.provider_id
    ]
    shown = [detail(message, exchange.clock()) for message in found[(page - 1) * size : page * size]]
    content = {"TotalCount": len(found), "Message": "OK", "RequestId": request_id(), "Code": "OK"}
    return json_response(content | {"SmsSendDetailDTOs": {"SmsSendDetailDTO": shown}})


def detail(message: Message, now: float) -> dict[str, object]:
    known: dict[str, object] = {
        "PhoneNum": message.phone,
        "TemplateCode": message.template,
        "Content": message.text,
        "SendDate": china_text(message.accepted_at),
        "SendStatus": WAITING,
        "OutId": message.key,
    }
    if not message.is_reported(now):
        return known
    status = DELIVERED if message.is_delivered else FAILED
    return known | {
        "SendStatus": status, "ErrCode": carrier_code(message)[0], "ReceiveDate": china_text(message.reported_at),
    }  # fmt: skip
