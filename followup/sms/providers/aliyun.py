"""Aliyun Dysms through its official SDK, which signs with ACS3-HMAC-SHA256 and is never asked to try again itself."""

from collections.abc import Mapping
from typing import Any

from alibabacloud_dysmsapi20170525 import models  # type: ignore[import-untyped]  # the SDK has no types
from alibabacloud_dysmsapi20170525.client import Client  # type: ignore[import-untyped]
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException  # type: ignore[import-untyped]
from alibabacloud_tea_openapi.utils_models import Config  # type: ignore[import-untyped]
from darabonba.exceptions import RetryError  # type: ignore[import-untyped]
from darabonba.runtime import RuntimeOptions  # type: ignore[import-untyped]
from Tea.exceptions import UnretryableException  # type: ignore[import-untyped]

from followup.sms.providers import network
from followup.sms.providers.aliyun_contract import AliyunContract, refusal
from followup.sms.providers.base import Clock, ProviderProblem, Unknown


class AliyunProvider(AliyunContract):
    """Times are in seconds; ``protocol`` is ``https``, or ``http`` to a simulated carrier."""

    def __init__(
        self,
        *,
        access_key_id: str,
        access_key_secret: str,
        endpoint: str,
        protocol: str,
        connect_seconds: float,
        read_seconds: float,
        clock: Clock,
    ) -> None:
        super().__init__(clock)
        network.logs_quiet()
        config = Config(
            access_key_id=access_key_id, access_key_secret=access_key_secret, endpoint=endpoint, protocol=protocol
        )
        self._client = Client(config)
        self._runtime = RuntimeOptions(
            autoretry=False,
            max_attempts=1,
            connect_timeout=round(connect_seconds * 1000),
            read_timeout=round(read_seconds * 1000),
        )
        self._actions: dict[str, tuple[Any, Any]] = {
            "SendSms": (self._client.send_sms_with_options, models.SendSmsRequest),
            "QuerySendDetails": (self._client.query_send_details_with_options, models.QuerySendDetailsRequest),
        }

    def call(self, action: str, parameters: Mapping[str, str]) -> Mapping[str, object]:
        act, request = self._actions[action]
        try:
            answer = act(request().from_map(dict(parameters)), self._runtime)
        except AlibabaCloudException as error:
            raise _problem_of(error) from None
        except UnretryableException as error:
            raise _trouble_of(error.inner_exception) from None
        return answer.body.to_map() if answer.body else {}


def _trouble_of(error: BaseException) -> ProviderProblem:
    """What went wrong on the way. The SDK wraps in ``RetryError`` what requests raised, and nothing else."""
    if isinstance(error, RetryError):
        return network.problem_of(error)
    return Unknown(f"no usable answer ({type(error).__name__})")


def _problem_of(error: AlibabaCloudException) -> ProviderProblem:
    """The provider's own error answer; one without a status was found by the SDK before anything was sent."""
    if (error.status_code or 0) >= 500:
        return Unknown(f"the provider answered {error.status_code}")
    return refusal(str(error.code), (error.data or {}).get("Message") or error.message)
