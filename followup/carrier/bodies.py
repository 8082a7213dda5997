"""What the portal's webhooks are told, in each provider's words (fields: see the adapters' sources)."""

import json
from collections.abc import Callable

from followup.carrier.store import Message
from followup.carrier.wire import china_text

DELIVERED = {"aliyun": ("DELIVERED", "用户接收成功"), "tencent": ("DELIVRD", "用户短信送达成功")}
NOT_REACHED = ("MK:0001", "手机关机或无法接通")
# Aliyun counts a part of a long text as one message: 70 characters alone, 67 each in parts.
ALONE, IN_PARTS = 70, 67


def carrier_code(message: Message) -> tuple[str, str]:
    """The code and its words that the carrier reports."""
    return DELIVERED[message.contract] if message.is_delivered else NOT_REACHED


def parts(text: str) -> int:
    return 1 if len(text) <= ALONE else -(-len(text) // IN_PARTS)


def aliyun_report(message: Message) -> object:
    code, words = carrier_code(message)
    return [
        {
            "phone_number": message.phone,
            "send_time": china_text(message.accepted_at),
            "report_time": china_text(message.reported_at),
            "success": message.is_delivered,
            "err_code": code,
            "err_msg": words,
            "sms_size": str(parts(message.text)),
            "biz_id": message.provider_id,
            "out_id": message.key,
        }
    ]


def aliyun_reply(message: Message, reply: int, text: str, moment: float, extension: str) -> object:
    return [
        {
            "phone_number": message.phone,
            "send_time": china_text(moment),
            "content": text,
            "sign_name": message.signature,
            "dest_code": extension,
            "sequence_id": 1_000_000_000 + reply,
        }
    ]


def tencent_report(message: Message) -> object:
    code, words = carrier_code(message)
    return [
        {
            "user_receive_time": china_text(message.reported_at),
            "nationcode": "86",
            "mobile": message.phone,
            "report_status": "SUCCESS" if message.is_delivered else "FAIL",
            "errmsg": code,
            "description": words,
            "sid": message.provider_id,
            "ext": message.key,
        }
    ]


def tencent_reply(message: Message, reply: int, text: str, moment: float, extension: str) -> object:
    return {
        "extend": extension,
        "mobile": message.phone,
        "nationcode": "86",
        "sign": message.signature,
        "text": text,
        "time": int(moment),
    }


REPORTS: dict[str, Callable[[Message], object]] = {"aliyun": aliyun_report, "tencent": tencent_report}
REPLIES: dict[str, Callable[[Message, int, str, float, str], object]] = {
    "aliyun": aliyun_reply,
    "tencent": tencent_reply,
}


def report_body(message: Message) -> str:
    return json.dumps(REPORTS[message.contract](message), ensure_ascii=False)


def reply_body(message: Message, reply: int, text: str, moment: float, extension: str) -> str:
    return json.dumps(REPLIES[message.contract](message, reply, text, moment, extension), ensure_ascii=False)


def is_taken(contract: str, status: int, body: bytes) -> bool:
    """Whether the portal's answer ends the pushing. Aliyun wants a number as ``code``, Tencent ``result`` 0."""
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    if status != 200 or not isinstance(answer, dict):
        return False
    return isinstance(answer.get("code"), int) if contract == "aliyun" else answer.get("result") == 0
