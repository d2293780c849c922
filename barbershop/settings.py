"""Every setting, read from the environment once. `docs/reference/settings.md` explains each."""

import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from phonenumbers import SUPPORTED_REGIONS

from barbershop.embedded_postgres import EmbeddedPostgres
from barbershop.env import SafeEnv, read_dotenv

BASE_DIR = Path(__file__).resolve().parent.parent
read_dotenv(BASE_DIR / ".env")
env = SafeEnv()

VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

# --- Django -------------------------------------------------------------------------------------------------
DEBUG: bool = env.switch("DEBUG", default=False)
INSECURE_SECRET_KEY = "development-only-" * 4
SECRET_KEY: str = env.str("SECRET_KEY", default=INSECURE_SECRET_KEY if DEBUG else environ.Env.NOTSET)
ALLOWED_HOSTS: list[str] = env.words("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS: list[str] = env.words("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "csp",
    "procrastinate.contrib.django",
    "observability",
    "accounts",
    "schedules",
    "bookings",
    "barbershop",
]
MIDDLEWARE = [
    "barbershop.proxies.TrustedProxyMiddleware",
    "observability.middleware.CorrelationMiddleware",
    "observability.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "barbershop.urls"
WSGI_APPLICATION = "barbershop.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG

# --- Database -----------------------------------------------------------------------------------------------
DATA_DIR = BASE_DIR / ".data"
# How many threads of one process run ORM work at once; its connection pool has room for two more.
DATABASE_THREADS: int = env.whole("DATABASE_THREADS", default=8, low=1, high=64)


def _database() -> tuple[dict[str, Any], EmbeddedPostgres | None]:
    if env.is_set("DATABASE_URL"):
        return env.postgres_url("DATABASE_URL"), None
    if not DEBUG:
        raise ImproperlyConfigured("DATABASE_URL: set it; the embedded PostgreSQL is for DEBUG only.")
    server = EmbeddedPostgres(DATA_DIR)
    return dict(server.connection_settings()), server


_default_database, EMBEDDED_POSTGRES = _database()
DATABASES = {
    "default": _default_database
    | {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": _default_database.get("OPTIONS", {})
        | {
            "pool": {"min_size": 1, "max_size": DATABASE_THREADS + 2, "timeout": 10},
            # Values travel apart from statements: plans are reused, and the server's log can't quote a person.
            "server_side_binding": True,
            "prepare_threshold": 5,
            # A forgotten transaction somewhere else must not stop everybody: waiting for its lock ends with an error.
            "options": "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s",
        },
    }
}

# --- Cache --------------------------------------------------------------------------------------------------
REDIS_URL: str = env.str("REDIS_URL", default="")
CACHES = {
    "default": {"BACKEND": "barbershop.cache.SharedRedisCache", "LOCATION": [REDIS_URL]}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 1000}}
}

# --- Telegram -----------------------------------------------------------------------------------------------
TELEGRAM_BOT_TOKEN: str = env.str("TELEGRAM_BOT_TOKEN", default="")
TELEGRAM_API_BASE: str = env.str("TELEGRAM_API_BASE", default="https://api.telegram.org")
# How updates come: fetched by the bot, or pushed by Telegram to the web at PUBLIC_URL with the secret in a header.
TELEGRAM_MODE: str = env.choice("TELEGRAM_MODE", default="polling", of=("polling", "webhook"))
TELEGRAM_WEBHOOK_SECRET: str = env.str("TELEGRAM_WEBHOOK_SECRET", default="")
PUBLIC_URL: str = env.str("PUBLIC_URL", default="").rstrip("/")

# Token buckets: what one person may send at once and in a minute, and how many updates of all are handled in a second.
THROTTLE_USER_BURST: int = env.whole("THROTTLE_USER_BURST", default=20, low=1, high=1_000)
THROTTLE_USER_PER_MINUTE: int = env.whole("THROTTLE_USER_PER_MINUTE", default=60, low=1, high=6_000)
THROTTLE_ALL_PER_SECOND: int = env.whole("THROTTLE_ALL_PER_SECOND", default=100, low=1, high=10_000)

# --- The shop -----------------------------------------------------------------------------------------------
SHOP_NAME: str = env.str("SHOP_NAME", default="Barbershop")
SHOP_ADDRESS: str = env.str("SHOP_ADDRESS", default="")
SHOP_TIME_ZONE: str = env.str("SHOP_TIME_ZONE", default="Europe/Moscow")
SHOP_PHONE_REGION: str = env.str("SHOP_PHONE_REGION", default="RU")
SHOP_LANGUAGE: str = env.choice("SHOP_LANGUAGE", default="ru", of=("ru", "en"))
BOOKING_HORIZON_DAYS: int = env.whole("BOOKING_HORIZON_DAYS", default=30, low=1, high=365)
BOOKING_MIN_NOTICE_MINUTES: int = env.whole("BOOKING_MIN_NOTICE_MINUTES", default=30, low=0, high=10_080)
CANCEL_MIN_NOTICE_MINUTES: int = env.whole("CANCEL_MIN_NOTICE_MINUTES", default=120, low=0, high=10_080)
# How long a freed time is held for who waits, and another time for a booking that is in the way of time off.
WAITLIST_HOLD_MINUTES: int = env.whole("WAITLIST_HOLD_MINUTES", default=15, low=1, high=1_440)
MOVE_HOLD_MINUTES: int = env.whole("MOVE_HOLD_MINUTES", default=720, low=5, high=10_080)
# From so many missed visits in a year on, a client confirms each booking or loses it; 0 asks nobody.
NO_SHOWS_BEFORE_CONFIRM: int = env.whole("NO_SHOWS_BEFORE_CONFIRM", default=2, low=0, high=100)
# How long a link that makes its opener a master or an administrator can be used.
INVITE_DAYS: int = env.whole("INVITE_DAYS", default=7, low=1, high=90)

try:
    ZoneInfo(SHOP_TIME_ZONE)
except (KeyError, ValueError, OSError):
    raise ImproperlyConfigured("SHOP_TIME_ZONE: not a name of the IANA time zone database.") from None
if SHOP_PHONE_REGION not in SUPPORTED_REGIONS:
    raise ImproperlyConfigured("SHOP_PHONE_REGION: not two capital letters of a region that has phone numbers.")
USE_TZ = True
TIME_ZONE = SHOP_TIME_ZONE
USE_I18N = True
LANGUAGE_CODE = SHOP_LANGUAGE
LANGUAGES = [("ru", "Русский"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "barbershop" / "locale"]

# --- Security -----------------------------------------------------------------------------------------------
# The addresses of the one proxy hop whose X-Forwarded-Proto is believed; none by default.
TRUSTED_PROXIES: list[str] = env.words("TRUSTED_PROXIES")
SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_HSTS_PRELOAD = not DEBUG
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Metrics ------------------------------------------------------------------------------------------------
# The bearer token of every scrape; without one, every scrape is refused. Port 0 exposes nothing.
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")
METRICS_ADDR: str = env.str("METRICS_ADDR", default="127.0.0.1")
BOT_METRICS_PORT: int = env.whole("BOT_METRICS_PORT", default=0, low=0, high=65_535)

# --- Logs ---------------------------------------------------------------------------------------------------
LOG_LEVEL: str = env.choice("LOG_LEVEL", default="INFO", of=("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT: str = env.choice("LOG_FORMAT", default="json", of=("json", "console"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "observability.logs.JsonFormatter"},
        "console": {"()": "observability.logs.ConsoleFormatter"},
    },
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": LOG_FORMAT,
        }
    },
    "root": {"handlers": ["stdout"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "aiogram": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
    },
}
