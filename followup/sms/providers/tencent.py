"""Tencent Cloud SMS (2021-01-11) through its official SDK, which signs with TC3-HMAC-SHA256.

Our key travels as ``SessionContext``. Tencent gives it back in receipts (``ext``) and in the records that are asked
for only once its support has enabled that for the account; until then a message whose fate is unknown stays
``PENDING`` rather than being sent again.

Sources: https://cloud.tencent.com/document/api/382/55981 (SendSms), 59178 (receipts), 59179 (replies), 59177 (codes).
"""

from datetime import UTC, date, datetime, time, timedelta

from tencentcloud.common.credential import Credential  # type: ignore[import-untyped]  # the SDK has no types
from tencentcloud.common.exception.tencent_cloud_sdk_exception import (  # type: ignore[import-untyped]
    TencentCloudSDKException,
)
from tencentcloud.common.profile.client_profile import ClientProfile  # type: ignore[import-untyped]
from tencentcloud.common.profile.http_profile import HttpProfile  # type: ignore[import-untyped]
from tencentcloud.sms.v20210111 import models  # type: ignore[import-untyped]
from tencentcloud.sms.v20210111.sms_client import SmsClient  # type: ignore[import-untyped]

from followup.sms.providers import network, payloads
from followup.sms.providers.base import (
    Answer,
    Clock,
    Delivery,
    Inbound,
    MalformedWebhook,
    Outcome,
    Outgoing,
    ProviderProblem,
    Refused,
    Sent,
    Status,
    Unknown,
)

RECEIVED = Answer(b'{"result":0,"errmsg":"OK"}')
RECORDS = 100  # all that one question can list
# A carrier reports within three days; records are kept for seven.
REPORTED_WITHIN = timedelta(hours=72)
KEPT_FOR = timedelta(days=7)
OUTCOMES = {"SUCCESS": Outcome.DELIVERED, "FAIL": Outcome.FAILED}
# What is wrong with the message itself; everything else is about the account, a limit or our configuration.
PERMANENT = {
    "InvalidParameterValue.IncorrectPhoneNumber", "FailedOperation.PhoneNumberParseFail",
    "FailedOperation.PhoneNumberInBlacklist", "FailedOperation.ContainSensitiveWord",
    "InvalidParameter.DirtyWordFound", "InvalidParameterValue.ContentLengthLimit",
    "InvalidParameterValue.TemplateParameterFormatError", "InvalidParameterValue.TemplateParameterLengthLimit",
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
    "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone",
}  # fmt: skip


class TencentProvider:
    """Times are in seconds; ``protocol`` is ``https``, or ``http`` to a simulated carrier."""

    name = "tencent"

    def __init__(
        self,
        *,
        secret_id: str,
        secret_key: str,
        app_id: str,
        region: str,
        endpoint: str,
        protocol: str,
        connect_seconds: float,
        read_seconds: float,
        clock: Clock,
    ) -> None:
        network.logs_quiet()
        self.app_id, self.clock = app_id, clock
        # The SDK hands its one timeout on to requests, which also takes one for each phase.
        http = HttpProfile(protocol=protocol, endpoint=endpoint, reqTimeout=(connect_seconds, read_seconds))
        self._client = SmsClient(Credential(secret_id, secret_key), region, ClientProfile(httpProfile=http))

    def send(self, outgoing: Outgoing) -> Sent:
        request = models.SendSmsRequest()
        request.PhoneNumberSet = [phone_full(outgoing.phone)]
        request.SmsSdkAppId = self.app_id
        request.SignName = outgoing.signature
        request.TemplateId = outgoing.template_code
        request.TemplateParamSet = list(outgoing.values.values())
        request.ExtendCode = outgoing.extension
        request.SessionContext = outgoing.key
        try:
            answer = self._client.SendSms(request)
        except TencentCloudSDKException as error:
            raise problem_of(error) from None
        return sent_of(answer.SendStatusSet or [])

    def query(self, *, key: str, phone: str, day: date, provider_id: str = "") -> Status:
        """Only what the carrier has reported on is listed: an empty list means nothing before ``REPORTED_WITHIN``."""
        begin, now = datetime.combine(day, time.min, tzinfo=payloads.CHINA), self.clock()
        if now - begin > KEPT_FOR:
            return Status(Outcome.PENDING, provider_id, "records-expired")
        listed = self._records(phone, begin, min(begin + timedelta(days=2), now))
        found = [record for record in listed if key == record.SessionContext or provider_id == record.SerialNo]
        if found:
            return status_of(found)
        if provider_id:  # it was accepted, so there will be something to report
            return Status(Outcome.SENT, provider_id, copies=1)
        if any(not record.SessionContext for record in listed):
            return Status(Outcome.PENDING, code="records-without-session-context")
        if now < begin + timedelta(days=1) + REPORTED_WITHIN:
            return Status(Outcome.PENDING, code="not-reported-yet")
        return Status(Outcome.NOT_FOUND)

    def _records(self, phone: str, begin: datetime, end: datetime) -> list["models.PullSmsSendStatus"]:
        request = models.PullSmsSendStatusByPhoneNumberRequest()
        request.PhoneNumber = phone_full(phone)
        request.SmsSdkAppId = self.app_id
        request.BeginTime, request.EndTime = int(begin.timestamp()), int(end.timestamp())
        request.Offset, request.Limit = 0, RECORDS
        try:
            return self._client.PullSmsSendStatusByPhoneNumber(request).PullSmsSendStatusSet or []
        except TencentCloudSDKException as error:
            raise problem_of(error) from None

    def deliveries_parse(self, body: bytes) -> list[Delivery]:
        return [delivery_of(record) for record in payloads.records(body)]

    def inbound_parse(self, body: bytes) -> list[Inbound]:
        return [inbound_of(record) for record in payloads.records(body)]

    def delivery_answer(self) -> Answer:
        return RECEIVED

    def inbound_answer(self) -> Answer:
        return RECEIVED


def phone_full(phone: str) -> str:
    """The number as E.164, the only form that every action takes."""
    return phone if phone.startswith("+") else f"+86{payloads.phone_plain(phone)}"


def refusal(code: str, message: object) -> ProviderProblem:
    """``Unknown`` for their internal errors: nobody promises that they failed before the message went out."""
    if code.startswith("InternalError"):
        return Unknown(f"the provider answered {code}")
    return Refused(code, payloads.message_safe(message), is_permanent=code in PERMANENT)


def problem_of(error: TencentCloudSDKException) -> ProviderProblem:
    """Only an answer of the provider carries a request id; the SDK's own errors are about the way there."""
    if error.get_request_id():
        return refusal(str(error.get_code()), error.get_message())
    if error.get_code() == "ClientNetworkError":
        return network.problem_of(error)
    return Unknown(f"no usable answer ({error.get_code()})")


def sent_of(statuses: list["models.SendStatus"]) -> Sent:
    """The one number's status. Raises ``Refused`` or ``Unknown``."""
    if len(statuses) != 1:
        raise Unknown("the answer names no status")
    status = statuses[0]
    if status.Code != "Ok":
        raise refusal(str(status.Code), status.Message)
    return Sent(str(status.SerialNo))


def status_of(found: list["models.PullSmsSendStatus"]) -> Status:
    """One status for all copies: what arrived counts more than what failed."""
    best = min(found, key=lambda record: record.ReportStatus != "SUCCESS")
    reported_at = datetime.fromtimestamp(best.UserReceiveTime, tz=UTC) if best.UserReceiveTime else None
    outcome = OUTCOMES.get(best.ReportStatus, Outcome.PENDING)
    copies = len({record.SerialNo for record in found})
    return Status(outcome, str(best.SerialNo), str(best.Description or ""), reported_at, copies)


def delivery_of(record: payloads.Record) -> Delivery:
    """One receipt. Its id holds the result too: a correction of an earlier receipt is not its copy."""
    provider_id = payloads.text_of(record, "sid")
    status = payloads.text_of(record, "report_status")
    if status not in OUTCOMES:
        raise MalformedWebhook("report_status is neither SUCCESS nor FAIL")
    return Delivery(
        provider_id=provider_id,
        key=payloads.text_of(record, "ext", is_required=False),
        phone=payloads.phone_plain(payloads.text_of(record, "mobile")),
        is_delivered=status == "SUCCESS",
        code=payloads.text_of(record, "errmsg", is_required=False),
        reported_at=payloads.china_time_of(record, "user_receive_time"),
        receipt_id=payloads.digest("tencent", provider_id, status),
    )


def inbound_of(record: payloads.Record) -> Inbound:
    """One reply. It has no id of its own; who said what when is one."""
    phone = payloads.phone_plain(payloads.text_of(record, "mobile"))
    text = payloads.text_of(record, "text", is_required=False)
    received_at = payloads.unix_time_of(record, "time")
    extension = payloads.text_of(record, "extend", is_required=False)
    own_id = (phone, text, received_at.isoformat(), extension)
    return Inbound(phone, text, received_at, extension, payloads.digest("tencent", *own_id))
