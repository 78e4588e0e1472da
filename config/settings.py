"""The settings (background.py: those of background work). Installations differ by environment."""

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import env
from config.background import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent

RELAY_ENV = env.text("RELAY_ENV", "production")
if RELAY_ENV not in {"production", "demo", "test"}:
    raise ImproperlyConfigured("RELAY_ENV is production, demo or test.")
HTTPS = env.flag("HTTPS", default=True)

SECRET_KEY = env.text("SECRET_KEY")
FAILPOINTS = env.text("FAILPOINTS", "")
if FAILPOINTS and RELAY_ENV != "test":
    raise ImproperlyConfigured("FAILPOINTS kills processes: only tests may set it.")
DEBUG = env.flag("DEBUG", default=False)
if DEBUG and RELAY_ENV == "production":
    raise ImproperlyConfigured("DEBUG shows records to strangers: it cannot be on in production.")
# Health checks come from the machine itself.
ALLOWED_HOSTS = [*env.items("ALLOWED_HOSTS", []), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.items("CSRF_TRUSTED_ORIGINS", [])

# What an operator may say about the installation.
BRAND = {
    "name_en": env.text("BRAND_NAME_EN", "Relay"),
    "name_fr": env.text("BRAND_NAME_FR", "Relais"),
    "owner": env.text("BRAND_OWNER", ""),
}
EXIT_URL = env.text("EXIT_URL", "")  # where "exit quickly" leads; empty: Relay's own neutral page
DEMO_PASSWORD = env.text("DEMO_PASSWORD", "relay-demo-2026" if RELAY_ENV != "production" else "")

INSTALLED_APPS = [
    "config",
    "notifications",
    "referrals",
    "cases",
    "coordination",
    "audit",
    "allauth",
    "allauth.account",
    "guardian",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "coordination.middleware.RequestTransactionMiddleware",
    "coordination.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "coordination.middleware.MethodMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "coordination.context.shell",
            ],
        },
    }
]

# Every process logs in as its own role (relay_app, relay_worker, relay_owner), never as another.
DATABASES = {"default": env.database(env.text("DATABASE_URL"))}
# Not kept in Redis: rate limits of sign-in have to work while the broker is away.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},  # Django's 300 would forget the limits of busy hours
    }
}

# Accounts
AUTH_USER_MODEL = "coordination.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "coordination:home"
ACCOUNT_ADAPTER = "coordination.accounts.InvitedOnly"
ACCOUNT_FORMS = {"login": "coordination.signing_in.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"

ANONYMOUS_USER_NAME = None
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]  # only coordination.access reads grants
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False

# Sessions and headers
SESSION_COOKIE_AGE = 10 * 60 * 60  # seconds
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
# What a page says next names desks and codes: it is not kept in the browser, as a cookie would be.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "coordination.views.pages.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # bytes, files apart

# In memory or not at all: what is sent is never a file on disk.
IMPORT_MAX_BYTES = env.number("IMPORT_MAX_BYTES", 1024 * 1024)
IMPORT_MAX_ROWS = env.number("IMPORT_MAX_ROWS", 1000)
EXPORT_MAX_ROWS = env.number("EXPORT_MAX_ROWS", 500)
EXPORTS_AN_HOUR = env.number("EXPORTS_AN_HOUR", 5)  # a person
IMPORT_SECRET = env.text("IMPORT_SECRET", SECRET_KEY)  # a new one forgets which rows came before
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = IMPORT_MAX_BYTES + 64 * 1024  # bytes
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "America/Toronto"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT: Path | None = BASE_DIR / "staticfiles"
STORAGES = {
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if RELAY_ENV != "production":
    STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    STATIC_ROOT = None  # nothing is collected: files are served from where they are
    WHITENOISE_USE_FINDERS = True

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Mail says that something waits, and nothing else. Without a server, notices stay inside Relay.
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.number("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_TLS", default=bool(EMAIL_HOST))
EMAIL_TIMEOUT = 10  # seconds; a row stays locked while its mail is sent
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", None if EMAIL_HOST else "relay@localhost")
PUBLIC_URL = env.text("PUBLIC_URL", None if EMAIL_HOST else "").rstrip("/")  # that a mail leads to
MAIL = bool(EMAIL_HOST)
SIGNING_KEY = env.text("SIGNING_KEY", "")  # 32 bytes in base64, Ed25519: signs releases
METRICS_TOKEN = env.text("METRICS_TOKEN", "")  # who watches shows it; empty: no metrics

# Proxies in front that write X-Forwarded-For. What stands further left in it, a visitor wrote.
PROXIES = env.number("PROXIES", 1 if HTTPS else 0)
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES

THROTTLE_RATES = {
    "read": f"{env.number('API_READS_A_MINUTE', 600)}/min",
    "write": f"{env.number('API_WRITES_A_MINUTE', 120)}/min",
    "stranger": f"{env.number('API_STRANGERS_A_MINUTE', 30)}/min",
    "invitation": f"{env.number('INVITATIONS_A_MINUTE', 10)}/min",
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "coordination.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "coordination.authentication.WithinScope",
        "coordination.authentication.ActsForOwnDesk",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "config.api.pagination.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "coordination.throttling.Reading",
        "coordination.throttling.Writing",
        "coordination.throttling.Stranger",
    ],
    "DEFAULT_THROTTLE_RATES": THROTTLE_RATES,
    "NUM_PROXIES": PROXIES,
    "EXCEPTION_HANDLER": "config.api.problems.handle",
    "PAGE_SIZE": 25,
    # Moments are the encoder's: ISO 8601 in UTC, wherever they come from.
    "DATETIME_FORMAT": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Relay API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["coordination.authentication.WithinScope"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.schema.describe_refusals",
        "config.api.schema.describe_pages",
    ],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "ServicesEnum": "config.api.schema.services",
        "DeclineReasonEnum": "config.api.schema.decline_reasons",
        "BasisEnum": "config.api.schema.bases",
        "OrganisationKindEnum": "config.api.schema.organisation_kinds",
        "AskedForEnum": "config.api.schema.asked_for",
        "BreachLevelEnum": "config.api.schema.breach_levels",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"discreet": {"()": "config.discreet.Discreet"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "discreet"}},
    # Without Django's own handler, which would mail the whole request of an error.
    "loggers": {"django": {"handlers": [], "propagate": True}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
}

BADGES = {"inbox": "referrals.worklist.waiting_for_us", "notices": "notifications.queries.unread"}
"""Badge of the page's frame -> the function that counts it for an actor."""

WAITING = {
    **BADGES,
    "groups": "coordination.group_actions.waiting",
    "left": "referrals.holdings.count_left",
    "overdue": "referrals.overdue.count",
    "unassigned": "referrals.unassigned.count",
    "registers": "coordination.registers.waiting",
    "review": "coordination.reviews.undecided",
    "training": "coordination.training.completions.to_confirm",
    "reviews": "coordination.reviews.waiting_for_the_office",
    "stewardship": "coordination.stewardship.waiting",
}
"""What waits behind a door of the start page -> the function that counts it for an actor."""

LATE_TEAMS = "referrals.overdue_teams.late_teams"
"""The function that counts, for the overview, what is overdue by team."""
