"""The one settings file. Everything that differs between installations is read from the environment.

`GONGHUI_ENV` is `production` (default), `development` or `test`. In production the defaults are the safe
ones and a missing secret stops the start; `docs/operating.md` lists every variable.
"""

from __future__ import annotations

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
PACKAGE_DIR = Path(__file__).resolve().parent

ENVIRONMENT = env.str("GONGHUI_ENV", "production")
if ENVIRONMENT not in ("production", "development", "test"):
    raise ImproperlyConfigured(f"GONGHUI_ENV must be production, development or test, not {ENVIRONMENT!r}")
PRODUCTION = ENVIRONMENT == "production"

VAR_DIR = Path(env.str("GONGHUI_VAR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)


def _secret(name: str, development_default: str) -> str:
    """A secret from the environment; outside production a fixed value so that a newcomer can start."""
    value = env.str(name, "")
    if PRODUCTION and development_default in value:
        raise ImproperlyConfigured(f"{name} is the development value, which everybody can read: set one of your own.")
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(
            f"{name} is not set. In production every secret must come from the environment; "
            f"make one with `python -c 'import secrets; print(secrets.token_urlsafe(48))'` "
            f"(for a trial on this machine set GONGHUI_ENV=development)."
        )
    return development_default


# Signs electronic membership cards; empty: made of the key of the blind indexes (`gonghui membership key`).
CARD_KEY = env.str("GONGHUI_CARD_KEY", "")
SECRET_KEY = _secret("GONGHUI_SECRET_KEY", "development-only-" + "0" * 50)
# Comma separated Fernet keys, newest first; older ones stay until `gonghui vault rotate` has run.
VAULT_KEYS = [
    key.strip()
    for key in _secret("GONGHUI_VAULT_KEYS", "ZGV2ZWxvcG1lbnQtb25seS12YXVsdC1rZXktMDAwMDA=").split(",")
    if key.strip()
]
# Key of the blind indexes (exact search on phone and ID number). Changing it needs `gonghui vault reindex`.
VAULT_INDEX_KEY = _secret("GONGHUI_VAULT_INDEX_KEY", "development-only-blind-index-key")

DEBUG = env.bool("GONGHUI_DEBUG", False)
ALLOWED_HOSTS = env.list("GONGHUI_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("GONGHUI_ORIGINS", default=[])
# The union whose installation this is: the top one of those that work here.
ORGANISATION = env.str("GONGHUI_ORGANISATION", "cn")
# A folder with service files of one's own (docs/add-a-service.md); empty: the packaged ones.
SERVICES_FOLDER = env.str("GONGHUI_SERVICES", "")
# A folder with plans of mutual aid of one's own (docs/add-a-plan.md); empty: the packaged examples.
MUTUAL_PLANS_FOLDER = env.str("GONGHUI_MUTUAL_PLANS", "")
# How this installation is named to others too: as issuer of sign-ins and of catalogues (without a slash at the end).
PUBLIC_URL = env.str("GONGHUI_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "csp",
    "django_htmx",
    "gonghui.kernel",
    "gonghui.organisations",
    "gonghui.people",
    "gonghui.law",
    "gonghui.knowledge",
    "gonghui.appeals",
    "gonghui.legal",
    "gonghui.resolution",
    "gonghui.membership",
    "gonghui.services",
    "gonghui.venues",
    "gonghui.wellbeing",
    "gonghui.learning",
    "gonghui.voice",
    "gonghui.craft",
    "gonghui.jobs",
    "gonghui.content",
    "gonghui.aid",
    "gonghui.dues",
    "gonghui.founding",
    "gonghui.exchange",
    "gonghui.finding",
    "gonghui.portal",
    "gonghui.desk",
    "gonghui.api",
    "gonghui.signon",
]

MIDDLEWARE = [
    "gonghui.api.middleware.ApiAnswersMiddleware",
    "gonghui.kernel.middleware.CleanInputMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "gonghui.kernel.middleware.CompressMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "gonghui.people.middleware.ActorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "gonghui.urls"
WSGI_APPLICATION = "gonghui.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gonghui.portal.context.look",
                "gonghui.desk.context.nav",
            ],
        },
    },
]

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'gonghui.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # One writer at a time, readers never blocked; IMMEDIATE takes the writer's place at BEGIN, so that two people
    # acting on one matter queue up instead of failing half way. FULL: an acknowledged appeal survives power loss.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;",
    }
    # A file, not memory: tests of concurrency need connections of their own.
    _database["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
elif _database["ENGINE"] == "django.db.backends.postgresql":
    _database["ENGINE"] = "gonghui.kernel.postgresql"
    _database.setdefault("CONN_MAX_AGE", env.int("GONGHUI_DB_CONN_MAX_AGE", 60))
    _database["CONN_HEALTH_CHECKS"] = True
    # Statements that come again are planned once a connection: half of what an insert costs here is its planning.
    # Off for a pooler that hands each transaction another connection and cannot carry prepared statements.
    if env.bool("GONGHUI_DB_PREPARED", True):
        _database["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 4}
else:
    raise ImproperlyConfigured(f"DATABASE_URL must be sqlite:// or postgres://, not {_database['ENGINE']}")
_database["ATOMIC_REQUESTS"] = False

CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}

AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if ENVIRONMENT == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "people:sign_in"
LOGIN_REDIRECT_URL = "desk:home"
LOGOUT_REDIRECT_URL = "portal:home"

AXES_FAILURE_LIMIT = env.int("GONGHUI_SIGN_IN_FAILURES", 5)
AXES_COOLOFF_TIME = env.float("GONGHUI_SIGN_IN_LOCK_HOURS", 0.5)
# By name and address together: by the name alone anybody could lock a cadre out. Guessing from many addresses at once
# is answered by people.actions.guessing.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "gonghui.people.actions.guessing.address_of"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "gonghui.people.staff_views.locked_out"

# A staff session ends after 30 idle minutes or 10 hours; a worker's lasts 7 days (people.middleware).
SESSION_COOKIE_AGE = 7 * 24 * 3600
STAFF_SESSION_IDLE_SECONDS = env.int("GONGHUI_STAFF_IDLE_SECONDS", 30 * 60)
STAFF_SESSION_MAX_SECONDS = env.int("GONGHUI_STAFF_SESSION_SECONDS", 10 * 3600)
STAFF_SESSIONS_AT_ONCE = env.int("GONGHUI_STAFF_SESSIONS", 3)
# Only a development or test machine may do without; accounts that enrolled a device need it there too.
STAFF_SECOND_FACTOR = PRODUCTION or env.bool("GONGHUI_SECOND_FACTOR", False)

# How the entry is called in the authenticator on a staff member's phone.
OTP_TOTP_ISSUER = "职工之家"

CSRF_FAILURE_VIEW = "gonghui.kernel.pages.csrf_failed"

# Secure cookies and HTTPS are the default; only a development machine may go without.
HTTPS = env.bool("GONGHUI_HTTPS", PRODUCTION)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if env.bool("GONGHUI_BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
TRUSTED_PROXY_COUNT = env.int("GONGHUI_PROXY_COUNT", 0)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        # Charts and the flow diagram set style attributes from script.
        "style-src": [SELF, "'unsafe-inline'"],
        "script-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
# The hours in which working time counts (kernel.calendar); a pause at noon: 09:00-12:00,14:00-18:00.
WORKING_HOURS = env.str("GONGHUI_WORKING_HOURS", "09:00-18:00")

STATIC_URL = "/static/"
STATIC_ROOT = env.str("GONGHUI_STATIC_ROOT", str(VAR_DIR / "static"))
STATICFILES_DIRS = [PACKAGE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION

# Attachments: outside the web root, never served by the web server itself (appeals.attachments).
MEDIA_ROOT = env.str("GONGHUI_FILES", str(VAR_DIR / "files"))
ATTACHMENT_MAX_BYTES = env.int("GONGHUI_ATTACHMENT_MAX_BYTES", 20 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
# A whole request with all its attachments; anything longer is answered before it is read.
REQUEST_MAX_BYTES = env.int("GONGHUI_REQUEST_MAX_BYTES", 128 * 1024 * 1024)
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
CLAMAV_SOCKET = env.str("GONGHUI_CLAMAV", "")
# The Chromium that prints papers as PDF; empty: one found on the path (law.documents.pdf).
CHROMIUM = env.str("GONGHUI_CHROMIUM", "")

# Messages: adapters by channel; `file` writes JSON lines below VAR_DIR/outbox, `console` prints.
OUTBOX_ADAPTERS = {
    "sms": env.str("GONGHUI_SMS_ADAPTER", "file"),
    "wechat": env.str("GONGHUI_WECHAT_ADAPTER", "file"),
    "email": env.str("GONGHUI_EMAIL_ADAPTER", "file"),
}
# The `http` adapter's gateway for each channel: address and bearer token.
OUTBOX_GATEWAYS = {
    channel: (env.str(f"GONGHUI_{channel.upper()}_URL", ""), env.str(f"GONGHUI_{channel.upper()}_TOKEN", ""))
    for channel in OUTBOX_ADAPTERS
}
# How slots of halls are paid online (gonghui/venues/online.py): `counter` not at all, `gateway` by the union's service.
VENUE_PAYMENT = env.str("GONGHUI_VENUE_PAYMENT", "counter")
VENUE_PAYMENT_URL = env.str("GONGHUI_VENUE_PAYMENT_URL", "")
VENUE_PAYMENT_TOKEN = env.str("GONGHUI_VENUE_PAYMENT_TOKEN", "")
# Who opens the door of a nursing room to whoever scanned its code: the keeper, or a lock (gonghui/venues/doors.py).
VENUE_DOOR = env.str("GONGHUI_VENUE_DOOR", "keeper")
VENUE_DOOR_URL = env.str("GONGHUI_VENUE_DOOR_URL", "")
VENUE_DOOR_TOKEN = env.str("GONGHUI_VENUE_DOOR_TOKEN", "")
OUTBOX_DIR = Path(env.str("GONGHUI_OUTBOX_DIR", str(VAR_DIR / "outbox")))
AMQP_URL = env.str("GONGHUI_AMQP_URL", "")
# The models (gonghui/brain/gateway/data/gateway.yaml is the pattern; empty: that file, which needs no network).
GATEWAY_FILE = env.str("GONGHUI_GATEWAY", "")
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("GONGHUI_EMAIL_FROM", "gonghui@localhost")

API_RATE_LIMIT = env.str("GONGHUI_API_RATE", "600/m")
# From one address: a whole factory or a carrier's network may stand behind it, and a crowd is when we must not refuse.
INTAKE_RATE_LIMIT = env.str("GONGHUI_INTAKE_RATE", "300/h")

# Hosts of sign-on partners that may be at an inner address, as on the government's own network.
SIGNON_INNER_HOSTS = env.list("GONGHUI_SIGNON_INNER_HOSTS", default=[])

SHARED_DIR = Path(env.str("GONGHUI_SHARED", str(BASE_DIR.parent / "shared")))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("GONGHUI_LOG_LEVEL", "INFO" if PRODUCTION else "WARNING")},
}
