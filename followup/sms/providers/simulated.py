"""The embedded default: Aliyun's contract spoken to the simulated carrier of ``followup/carrier``.

A small client of its own instead of the SDK, so that a portal straight from a clone sends and receives without
fifty more packages. It signs as the SDK does and passes the same contract test. It sends one parameter more than
Aliyun knows, the finished text: a real provider holds the approved templates, the simulated phone has only this.
"""

import http.client
import json
import uuid
from collections.abc import Mapping
from datetime import UTC
from urllib.parse import urlencode, urlsplit

from followup.sms.providers import acs3
from followup.sms.providers.aliyun_contract import AliyunContract, refusal
from followup.sms.providers.base import Clock, Outgoing, ProviderMisconfigured, Unknown, Unreachable

VERSION = "2017-05-25"


class SimulatedProvider(AliyunContract):
    """``url`` is where the simulated carrier listens, such as ``http://127.0.0.1:8025``. Times are in seconds."""

    name = "simulated"

    def __init__(
        self, *, url: str, key_id: str, secret: str, connect_seconds: float, read_seconds: float, clock: Clock
    ) -> None:
        super().__init__(clock)
        self.host, self.port = _place(url)
        self.key_id, self.secret = key_id, secret
        self.connect_seconds, self.read_seconds = connect_seconds, read_seconds

    def send_parameters(self, outgoing: Outgoing) -> dict[str, str]:
        return super().send_parameters(outgoing) | {"SimulatedText": outgoing.text}

    def call(self, action: str, parameters: Mapping[str, str]) -> Mapping[str, object]:
        status, body = self._post(f"/?{urlencode(parameters)}", self._headers(action, parameters))
        if status >= 500:
            raise Unknown(f"the provider answered {status}")
        try:
            answer = json.loads(body)
        except ValueError:
            raise Unknown("the answer is not JSON") from None
        if status >= 400:
            raise refusal(str(answer.get("Code")), answer.get("Message"))
        return dict(answer)

    def _headers(self, action: str, parameters: Mapping[str, str]) -> dict[str, str]:
        headers = {
            "host": f"{self.host}:{self.port}",
            "x-acs-action": action,
            "x-acs-version": VERSION,
            "x-acs-date": f"{self.clock().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": acs3.EMPTY_BODY,
        }
        return headers | {"Authorization": acs3.authorization(self.key_id, self.secret, "POST", parameters, headers)}

    def _post(self, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.connect_seconds)
        try:
            connection.connect()
        except OSError as error:
            raise Unreachable(f"no connection ({type(error).__name__})") from None
        try:
            connection.sock.settimeout(self.read_seconds)
            connection.request("POST", path, headers=dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unknown(f"no answer ({type(error).__name__})") from None
        finally:
            connection.close()


def _place(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port or parts.scheme != "http":
        raise ProviderMisconfigured("SMS_CARRIER_URL must look like http://127.0.0.1:8025")
    return host, port
