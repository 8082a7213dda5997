"""Whether a failed request ever left: both SDKs travel with requests and hide what it said behind their own errors."""

import logging
from ssl import SSLCertVerificationError

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from followup.sms.providers.base import ProviderProblem, Unknown, Unreachable


def problem_of(error: BaseException) -> ProviderProblem:
    """``Unreachable`` when no connection was made, else ``Unknown``; named by kind, for the text holds the request.

    ``error`` is what requests raised, or the SDK's own error in whose making that was at hand. One step down and no
    further: what lies below may be the trouble of an earlier request, and would pass this one off as never sent.
    """
    cause = error if isinstance(error, requests.RequestException) else error.__context__
    if isinstance(cause, requests.RequestException) and never_written(cause):
        return Unreachable(f"no connection ({type(cause).__name__})")
    return Unknown(f"no answer ({type(cause or error).__name__})")


def never_written(error: requests.RequestException) -> bool:
    """Whether the connection was not even made: refused, no such host, timed out, or a certificate not trusted."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return True
    return bool(reason and reason.args and isinstance(reason.args[0], SSLCertVerificationError))


def logs_quiet() -> None:
    """Below warnings both libraries log whole requests: phone numbers, texts and keys."""
    for name in ("urllib3", "tencentcloud_sdk_common", "darabonba-core", "alibabacloud-tea"):
        logging.getLogger(name).setLevel(logging.WARNING)
