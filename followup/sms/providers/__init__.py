"""The SMS providers, chosen by configuration. Nothing in here knows Django."""

import hmac
import math
from collections.abc import Callable, Mapping
from importlib.util import find_spec

from followup.sms.providers.base import Clock, Provider, ProviderMisconfigured
from followup.sms.providers.simulated import SimulatedProvider

Config = Mapping[str, str]

CONNECT_SECONDS, READ_SECONDS = "3", "10"
INSTALL = "is not installed: pip install --require-hashes -r requirements-sms.txt"


# What each provider cannot do without, and the SDK that it is spoken to with.
NEEDED = {
    "simulated": ("SMS_CARRIER_URL", "SMS_CARRIER_KEY_ID", "SMS_CARRIER_KEY_SECRET"),
    "aliyun": ("SMS_ALIYUN_ACCESS_KEY_ID", "SMS_ALIYUN_ACCESS_KEY_SECRET"),
    "tencent": ("SMS_TENCENT_SECRET_ID", "SMS_TENCENT_SECRET_KEY", "SMS_TENCENT_APP_ID"),
}
SDKS = {"aliyun": "alibabacloud_dysmsapi20170525", "tencent": "tencentcloud"}


def config_check(config: Config) -> None:
    """Look at a configuration without loading an SDK. Raises ``ProviderMisconfigured`` as ``provider_from`` would."""
    name = _name(config)
    required(config, *NEEDED[name])
    timeouts(config)
    if name in SDKS and find_spec(SDKS[name]) is None:
        raise ProviderMisconfigured(f"The SDK for SMS_PROVIDER={name} {INSTALL}")


def _name(config: Config) -> str:
    name = config.get("SMS_PROVIDER") or "simulated"
    if name not in MAKERS:
        raise ProviderMisconfigured(f"SMS_PROVIDER must be one of {', '.join(MAKERS)}, not {name!r}")
    return name


def provider_from(config: Config, *, clock: Clock) -> Provider:
    """The provider that ``SMS_PROVIDER`` names (``simulated`` when it is silent), ready to send.

    Raises ``ProviderMisconfigured`` with the names of everything that is missing.
    """
    return MAKERS[_name(config)](config, clock)


def webhook_token_matches(given: str, expected: str) -> bool:
    """Whether a callback's address carries our token, compared in constant time; without a token nothing matches.

    Neither provider signs what it pushes: the secret in the address is all that tells it from a stranger's.
    """
    return bool(expected) and hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def required(config: Config, *names: str) -> list[str]:
    """The values of ``names``. Raises ``ProviderMisconfigured`` that names all that are missing at once."""
    missing = [name for name in names if not config.get(name)]
    if missing:
        chosen = config.get("SMS_PROVIDER") or "simulated"
        raise ProviderMisconfigured(f"SMS_PROVIDER={chosen} needs {', '.join(missing)}")
    return [config[name] for name in names]


def seconds(config: Config, name: str, default: str) -> float:
    """A time to wait: above zero, below a minute. Raises ``ProviderMisconfigured``."""
    try:
        found = float(config.get(name) or default)
    except ValueError:
        found = math.nan
    if not 0 < found < 60:
        raise ProviderMisconfigured(f"{name} must be a number of seconds above 0 and below 60")
    return found


def timeouts(config: Config) -> dict[str, float]:
    return {
        "connect_seconds": seconds(config, "SMS_CONNECT_SECONDS", CONNECT_SECONDS),
        "read_seconds": seconds(config, "SMS_READ_SECONDS", READ_SECONDS),
    }


def protocol(config: Config, name: str) -> str:
    """``https`` unless the site says otherwise. Raises ``ProviderMisconfigured``."""
    found = config.get(name) or "https"
    if found not in {"http", "https"}:
        raise ProviderMisconfigured(f"{name} must be https or http")
    return found


def simulated(config: Config, clock: Clock) -> Provider:
    url, key_id, secret = required(config, *NEEDED["simulated"])
    return SimulatedProvider(url=url, key_id=key_id, secret=secret, clock=clock, **timeouts(config))


def aliyun(config: Config, clock: Clock) -> Provider:
    key_id, secret = required(config, *NEEDED["aliyun"])
    try:
        from followup.sms.providers.aliyun import AliyunProvider  # its SDK is there only where it is used
    except ImportError as error:
        raise ProviderMisconfigured(f"The SDK for SMS_PROVIDER=aliyun {INSTALL}") from error
    return AliyunProvider(
        access_key_id=key_id,
        access_key_secret=secret,
        endpoint=config.get("SMS_ALIYUN_ENDPOINT") or "dysmsapi.aliyuncs.com",
        protocol=protocol(config, "SMS_ALIYUN_PROTOCOL"),
        clock=clock,
        **timeouts(config),
    )


def tencent(config: Config, clock: Clock) -> Provider:
    secret_id, secret_key, app_id = required(config, *NEEDED["tencent"])
    try:
        from followup.sms.providers.tencent import TencentProvider  # its SDK is there only where it is used
    except ImportError as error:
        raise ProviderMisconfigured(f"The SDK for SMS_PROVIDER=tencent {INSTALL}") from error
    return TencentProvider(
        secret_id=secret_id,
        secret_key=secret_key,
        app_id=app_id,
        region=config.get("SMS_TENCENT_REGION") or "ap-guangzhou",
        endpoint=config.get("SMS_TENCENT_ENDPOINT") or "sms.tencentcloudapi.com",
        protocol=protocol(config, "SMS_TENCENT_PROTOCOL"),
        clock=clock,
        **timeouts(config),
    )


MAKERS: dict[str, Callable[[Config, Clock], Provider]] = {
    "simulated": simulated,
    "aliyun": aliyun,
    "tencent": tencent,
}
