"""Settings: one file, typed from the environment.

Every variable may also be given as a file: ``SECRET_KEY_FILE=/run/secrets/key`` is read, even when
``SECRET_KEY`` is set too. A missing or malformed variable stops the start and is named. There is no branch on the
name of an environment: what the tests run is what production runs.
"""

import base64
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import EnvError, FileAwareEnv
from redis.backoff import NoBackoff
from redis.retry import Retry

from followup.sms.hours import SendingHours, windows_read
from followup.sms.providers import config_check
from followup.sms.providers.base import ProviderMisconfigured
from opinion_portal.logs import structlog_configure

env = FileAwareEnv(strip_whitespace=True)

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))


def _key(encoded: str, name: str) -> bytes:
    """Decode one base64 key of 32 bytes; name the variable when it is not one."""
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not valid base64") from error
    if len(key) != 32:
        raise ImproperlyConfigured(f"{name} must be 32 bytes in base64, not {len(key)}")
    return key


def _sms_templates(text: str) -> dict[str, str]:
    """Read ``text:template,text:template``: what the provider calls the portal's texts."""
    templates = {}
    for part in text.split(",") if text else []:
        code, separator, template = part.strip().partition(":")
        if not separator or not code or not template:
            raise ImproperlyConfigured("SMS_TEMPLATES must read text:template[,text:template…]")
        templates[code] = template
    return templates


def _sms_hours(text: str, name: str) -> SendingHours:
    """Read ``09:00-12:00,14:00-20:00``, in the bureau's time."""
    try:
        return SendingHours(windows_read(text))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must read 09:00-12:00[,14:00-20:00…]") from error


def _sealing_keys(text: str) -> dict[str, bytes]:
    """Read ``id:base64,id:base64``; the first key seals, all of them open."""
    keys = {}
    for part in text.split(","):
        key_id, separator, encoded = part.strip().partition(":")
        if not separator:
            raise ImproperlyConfigured("SEALING_KEYS must read id:base64[,id:base64…]")
        keys[key_id] = _key(encoded, "SEALING_KEYS")
    return keys


# Secrets -------------------------------------------------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY")
RECEIPT_KEY = _key(env.str("RECEIPT_KEY"), "RECEIPT_KEY")
SEALING_KEYS = _sealing_keys(env.str("SEALING_KEYS"))

# Where the portal is reached -----------------------------------------------------------------------------------
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL").rstrip("/")
_public = urlsplit(PUBLIC_BASE_URL)
if _public.scheme not in {"http", "https"} or not _public.hostname:
    raise ImproperlyConfigured("PUBLIC_BASE_URL must be an http:// or https:// address")
ALLOWED_HOSTS: list[str] = [_public.hostname, *env.list("ALLOWED_HOSTS", default=[])]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
USE_HTTPS = _public.scheme == "https"
SECURE_SSL_REDIRECT = USE_HTTPS
SESSION_COOKIE_SECURE = USE_HTTPS
CSRF_COOKIE_SECURE = USE_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if USE_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = USE_HTTPS
SECURE_HSTS_PRELOAD = USE_HTTPS
# Only a proxy that sets (and strips) the header itself may be trusted with it.
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None

DEBUG = False
ROOT_URLCONF = "opinion_portal.urls"
WSGI_APPLICATION = "opinion_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "opinion_portal",
    "accounts",
    "stations",
    "feedback",
    "measures",
    "followup",
    "insights",
    "opinion_portal.rule_tables.RuleTablesConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "axes",
]

MIDDLEWARE = [
    "opinion_portal.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "opinion_portal.middleware.ContentSecurityPolicyMiddleware",
    "opinion_portal.middleware.ErrorPageMiddleware",
    "opinion_portal.middleware.LanguageMiddleware",
    # Sessions, CSRF, login and messages exist for the office alone: a resident's request gets no cookie.
    "opinion_portal.middleware.OfficeSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "opinion_portal.middleware.OfficeCsrfMiddleware",
    "opinion_portal.middleware.OfficeAuthenticationMiddleware",
    "opinion_portal.middleware.OfficeMessageMiddleware",
    "opinion_portal.middleware.OfficeHtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "opinion_portal.middleware.RefusedBodyMiddleware",
    "opinion_portal.middleware.ClosedByDefaultMiddleware",
]

# What a room answers on the web's event loop when nothing is in the way (opinion_portal/rsgi.py).
EXPRESS = {"/api/v1/feedback/": "feedback.resident.express.voice_answered"}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                # The admin site asks for these two.
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "opinion_portal.context.portal",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "opinion_portal.templatetags.portal",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        # The admin site's own templates, and those of the form widgets.
                        "django.template.loaders.app_directories.Loader",
                    ],
                ),
            ],
        },
    },
]

# Stores --------------------------------------------------------------------------------------------------------
try:
    _database = dj_database_url.parse(env.str("DATABASE_URL"), conn_max_age=None, conn_health_checks=True)
except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError):
    # Neither the cause nor the value: a password may stand in it.
    raise ImproperlyConfigured("DATABASE_URL must read postgres://user:password@host:port/database") from None
if _database["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database (decision 1 of the design)")
DATABASES = {
    "default": {
        **_database,
        "ENGINE": "opinion_portal.database",
        "OPTIONS": {
            **_database.get("OPTIONS", {}),
            # A statement that hangs must not hold a web thread for ever; long jobs raise the limit themselves.
            "options": "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000 -c lock_timeout=10000",
            "connect_timeout": 5,
        },
    }
}

REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "portal",
        # The client would otherwise retry for seconds while a page waits.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1, "retry": Retry(NoBackoff(), 0)},
    }
}

# Work carried by Celery; the truth about what is due stays in the database ---------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SOFT_TIME_LIMIT = 840
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker as long as it takes
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Above the longest task: a shorter one would hand a running task to a second worker.
    "visibility_timeout": 1200,
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    # Without a bound, sending to an absent broker would retry for ever and hold the request.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Shanghai"

# Under a receipt ------------------------------------------------------------------------------------------------
# What the rooms beyond feedback tell the resident, left to right (docs/decisions/0005).
RECEIPT_CHAPTERS = ["measures.receipts.chapter", "followup.surveys.receipts.chapter"]

# SMS -----------------------------------------------------------------------------------------------------------
# simulated (the portal's own carrier on one machine), aliyun, tencent; or none, and nothing is ever sent.
SMS_PROVIDER = env.str("SMS_PROVIDER", default="none") or "none"
SMS_TEMPLATES = _sms_templates(env.str("SMS_TEMPLATES", default=""))
# Neither provider signs what it reports: the token in the webhooks' addresses is all that tells it from a stranger.
SMS_WEBHOOK_TOKEN = env.str("SMS_WEBHOOK_TOKEN", default="")
# Residents are written to in these hours, duty phones in those; the bureau's own rules.
SMS_HOURS = _sms_hours(env.str("SMS_HOURS", default="09:00-12:00,14:00-20:00"), "SMS_HOURS")
SMS_DUTY_HOURS = _sms_hours(env.str("SMS_DUTY_HOURS", default="08:00-21:00"), "SMS_DUTY_HOURS")
SMS = {
    "SMS_PROVIDER": SMS_PROVIDER,
    "SMS_CONNECT_SECONDS": env.str("SMS_CONNECT_SECONDS", default=""),
    "SMS_READ_SECONDS": env.str("SMS_READ_SECONDS", default=""),
    "SMS_CARRIER_URL": env.str("SMS_CARRIER_URL", default=""),
    "SMS_CARRIER_KEY_ID": env.str("SMS_CARRIER_KEY_ID", default=""),
    "SMS_CARRIER_KEY_SECRET": env.str("SMS_CARRIER_KEY_SECRET", default=""),
    "SMS_ALIYUN_ACCESS_KEY_ID": env.str("SMS_ALIYUN_ACCESS_KEY_ID", default=""),
    "SMS_ALIYUN_ACCESS_KEY_SECRET": env.str("SMS_ALIYUN_ACCESS_KEY_SECRET", default=""),
    "SMS_ALIYUN_ENDPOINT": env.str("SMS_ALIYUN_ENDPOINT", default=""),
    "SMS_ALIYUN_PROTOCOL": env.str("SMS_ALIYUN_PROTOCOL", default=""),
    "SMS_TENCENT_SECRET_ID": env.str("SMS_TENCENT_SECRET_ID", default=""),
    "SMS_TENCENT_SECRET_KEY": env.str("SMS_TENCENT_SECRET_KEY", default=""),
    "SMS_TENCENT_APP_ID": env.str("SMS_TENCENT_APP_ID", default=""),
    "SMS_TENCENT_REGION": env.str("SMS_TENCENT_REGION", default=""),
    "SMS_TENCENT_ENDPOINT": env.str("SMS_TENCENT_ENDPOINT", default=""),
    "SMS_TENCENT_PROTOCOL": env.str("SMS_TENCENT_PROTOCOL", default=""),
}
if SMS_PROVIDER != "none":
    try:
        config_check(SMS)
    except ProviderMisconfigured as problem:
        raise EnvError(str(problem)) from problem
    if len(SMS_WEBHOOK_TOKEN) < 20:
        raise EnvError(f"SMS_PROVIDER={SMS_PROVIDER} needs SMS_WEBHOOK_TOKEN, 20 characters or more")

# Emergencies ---------------------------------------------------------------------------------------------------
# Words of danger raise the alert in what was said at most so many days before it arrived; older letters keep them.
ALERT_WITHIN_DAYS = env.int("ALERT_WITHIN_DAYS", default=3)

# Officers ------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.Officer"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.backends.OfficerBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.ThreeClassesValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "office"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = env.int("SESSION_IDLE_SECONDS", default=1800)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_PATH = "/office/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_PATH = "/office/"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "opinion_portal.errors.csrf_failure"
# DOMAIN 7: five failures lock the account for thirty minutes (GB/T 22239-2019 level 3).
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5
AXES_LOCK_OUT_AT_FAILURE = True
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
# An attempt during the lock does not lengthen it: the page has told when to try again.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_CLIENT_IP_CALLABLE = "accounts.lockout.no_address"
SILENCED_SYSTEM_CHECKS = [
    "axes.W002",  # the login page answers a lock itself; axes' middleware is not needed
    "security.W003",  # it stands in OfficeCsrfMiddleware: a resident's form has no cookie that could be misused
    "axes.W006",  # locked by account alone, on purpose: a new address or browser wins no new attempts
]

# Language and time ---------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
ROOMS = ["accounts", "stations", "feedback", "measures", "followup", "insights"]
LOCALE_PATHS = [BASE_DIR / "locale" / name for name in ["opinion_portal", *ROOMS]]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# Files ---------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "var" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Three photos of 10 MB and room for a few that are too large: those must be read for the rest of the form to be kept.
BODY_MAX = 64 * 1024 * 1024
# Five photos' worth: three of a phone's photos fit, and a form never grows past it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# A folder with the site's own licensed fonts (方正小标宋, 仿宋_GB2312 …) for official papers; else free ones are set.
_fonts = env.str("NOTICE_FONTS", default="")
NOTICE_FONTS = Path(_fonts) if _fonts else None

# Headers -------------------------------------------------------------------------------------------------------
# Nothing inline, nothing foreign; the same for every page, so it is one constant header.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# API -----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    # Denied unless a view says otherwise.
    "DEFAULT_PERMISSION_CLASSES": ["opinion_portal.api.Denied"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "opinion_portal.api.problem_details",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Opinion portal",
    "DESCRIPTION": "What a resident's device may send to the portal and ask of it.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

# Logs ----------------------------------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING_CONFIG = None
structlog_configure(LOG_LEVEL)
