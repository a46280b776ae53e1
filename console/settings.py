"""Django's settings, and the only reader of the environment. docs/configuration.md lists every variable."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from console.embedded.home import Home
from console.settings_guard import Chosen, Env, problems, refuse
from console.static_files import fingerprint, is_immutable

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

# The instance -----------------------------------------------------------------------------------------------------

CALLBOARD_HOME = Home(Path(env.str("CALLBOARD_HOME", default=str(BASE_DIR / "var"))).resolve())
CALLBOARD_PORT = env.int("CALLBOARD_PORT", default=8000)
CALLBOARD_BIND = env.str("CALLBOARD_BIND", default="127.0.0.1")
#: Where a browser finds this instance.
CALLBOARD_URL = env.str("CALLBOARD_URL", default=f"http://127.0.0.1:{CALLBOARD_PORT}").rstrip("/")

#: Whether `make up` fills an empty database with a demo; without one it prints a link to the set-up.
CALLBOARD_DEMO = env.bool("CALLBOARD_DEMO", default=True)

DEBUG = env.bool("CALLBOARD_DEBUG", default=False)
_embedded_secrets = (
    {}
    if env.str("CALLBOARD_SECRET_KEY", default="") and env.str("CALLBOARD_KEYS", default="")
    else CALLBOARD_HOME.secrets()
)
SECRET_KEY = env.str("CALLBOARD_SECRET_KEY", default="") or _embedded_secrets["secret_key"]
#: The key ring of stored credentials: `id:base64 key, …`; the first one encrypts.
CALLBOARD_KEYS = env.str("CALLBOARD_KEYS", default="") or _embedded_secrets["keys"]

_url = urlsplit(CALLBOARD_URL)
ALLOWED_HOSTS = env.list("CALLBOARD_HOSTS", default=[_url.hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]"])
CALLBOARD_ORIGINS = env.list(
    "CALLBOARD_ORIGINS",
    default=sorted({CALLBOARD_URL, *(f"http://{host}:{CALLBOARD_PORT}" for host in ("127.0.0.1", "localhost"))}),
)
CSRF_TRUSTED_ORIGINS = CALLBOARD_ORIGINS

# Limits and choices ----------------------------------------------------------------------------------------------

#: `auto`, `docker` or `bubblewrap`.
CALLBOARD_SANDBOX = env.str("CALLBOARD_SANDBOX", default="auto")
CALLBOARD_BASE_IMAGE = env.str("CALLBOARD_BASE_IMAGE", default="pipelines-workspace-base")
#: The container engine's runtime for sandboxes, such as runsc or kata; empty is its default.
CALLBOARD_SANDBOX_RUNTIME = env.str("CALLBOARD_SANDBOX_RUNTIME", default="")
#: Certificates handed into sandboxes and image builds, for networks with an authority of their own.
CALLBOARD_CA_BUNDLE = env.str("CALLBOARD_CA_BUNDLE", default="")
#: Hosts, `host:port` pairs and networks on the inside that tools and webhooks may ask.
CALLBOARD_TRUSTED_HOSTS = env.list("CALLBOARD_TRUSTED_HOSTS", default=[])
#: Agent runs that one worker process group carries at once on this machine.
CALLBOARD_AGENT_SLOTS = env.int("CALLBOARD_AGENT_SLOTS", default=4)
CALLBOARD_CONTROL_SLOTS = env.int("CALLBOARD_CONTROL_SLOTS", default=2)
#: Steps with effects that one organization may have in flight over all machines.
CALLBOARD_ORGANIZATION_CAP = env.int("CALLBOARD_ORGANIZATION_CAP", default=100)
#: The largest output of a step that is kept in its row; more is an artifact.
CALLBOARD_STEP_OUTPUT_BYTES = env.int("CALLBOARD_STEP_OUTPUT_BYTES", default=1024 * 1024)
CALLBOARD_UPLOAD_BYTES = env.int("CALLBOARD_UPLOAD_BYTES", default=20_000_000)

# Django ----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "console.apps.ConsoleConfig",
    "evaluation.apps.EvaluationConfig",
    "orchestration.apps.OrchestrationConfig",
    "agents.apps.AgentsConfig",
    "console.apps.OpsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "channels",
    "csp",
    "django_celery_beat",
    "django_htmx",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "console.private_answers.PrivateAnswersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "console.middleware.SessionOriginMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "console.middleware.ActorMiddleware",
    "console.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "console.urls"
ASGI_APPLICATION = "console.asgi.application"
WSGI_APPLICATION = None
AUTH_USER_MODEL = "console.User"
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "console.navigation.context",
            ],
            "builtins": ["console.templatetags.callboard"],
        },
    }
]

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# Single sign-on and second factors, by django-allauth (console/signing_in/accounts.py) -------------------------------

#: The address of an OpenID Connect provider, without `/.well-known/openid-configuration`; none turns it off.
CALLBOARD_OIDC_ISSUER = env.str("CALLBOARD_OIDC_ISSUER", default="").rstrip("/")
CALLBOARD_OIDC_NAME = env.str("CALLBOARD_OIDC_NAME", default="Single sign-on")
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "sso",
                "name": CALLBOARD_OIDC_NAME,
                "client_id": env.str("CALLBOARD_OIDC_CLIENT_ID", default=""),
                "secret": env.str("CALLBOARD_OIDC_CLIENT_SECRET", default=""),
                "settings": {"server_url": CALLBOARD_OIDC_ISSUER, "oauth_pkce_enabled": True},
            }
        ]
        if CALLBOARD_OIDC_ISSUER
        else [],
    }
}
# A form that leads to the provider would have to be let through the policy of the pages; a link need not.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_ADAPTER = "console.signing_in.accounts.SingleSignOnAdapter"
ACCOUNT_ADAPTER = "console.signing_in.accounts.AccountAdapter"
# The address that a provider sends people back to, whatever a proxy in front says of itself.
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _url.scheme
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# Addresses come from invitations, or from a provider that vouches for them.
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ADAPTER = "console.signing_in.accounts.SecondFactorAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Callboard"
MFA_TOTP_TOLERANCE = 1
# Browsers give passkeys to pages of https alone, and to those of the machine itself.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = _url.hostname in {"localhost", "127.0.0.1"}

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"

STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_URL = f"/static/{fingerprint(BASE_DIR / 'static')}/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_IMMUTABLE_FILE_TEST = is_immutable
MEDIA_ROOT = CALLBOARD_HOME.files
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = CALLBOARD_UPLOAD_BYTES
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# Database and broker ---------------------------------------------------------------------------------------------

CALLBOARD_EMBEDS_DATABASE = not env.str("DATABASE_URL", default="")
CALLBOARD_EMBEDS_BROKER = not env.str("REDIS_URL", default="")
DATABASES: dict[str, dict[str, Any]] = {
    "default": CALLBOARD_HOME.database if CALLBOARD_EMBEDS_DATABASE else env.db_url("DATABASE_URL")
}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),  # such as sslmode, from the address
    # Without both of these the engine's hot statements are planned anew each time (docs/decisions/0004-raw-sql.md).
    "server_side_binding": True,
    "prepare_threshold": 3,
    "pool": {"min_size": 0, "max_size": 16, "timeout": 10},
    # A process that hangs in the middle of a change, on a machine that vanished too, must not keep its locks for ever.
    "options": "-c idle_in_transaction_session_timeout=60s",
}
# A connection that the pool kept through a restart of the database is replaced instead of failing a request.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

REDIS_URL = env.str("REDIS_URL", default=CALLBOARD_HOME.redis_url)
_broker_url = REDIS_URL.replace("unix://", "redis+socket://", 1)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}},
}

CELERY_BROKER_URL = env.str("CALLBOARD_BROKER_URL", default=_broker_url)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A worker that loses the broker goes on with its steps: it holds their leases in the database, not in a message.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
# How long a new pool process may take to report; the default of 4 s has a busy machine kill what it has just started.
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A drain may hold an agent's step for its whole run, at most half an hour and the time to set up and to grade.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 2 * 3600,
    "socket_keepalive": True,
    # A broker that is there and does not answer must not hold up whoever only sends a hint.
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "health_check_interval": 10,
}
CELERY_TASK_DEFAULT_QUEUE = "control"
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_BEAT_SCHEDULER = "console.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "orchestration.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "resume seeding": {"task": "evaluation.resume_seeding", "schedule": 10.0, "options": {"expires": 10}},
    "delete stale uploads": {"task": "evaluation.delete_stale_uploads", "schedule": 3600.0},
    "resume ingestion": {"task": "agents.resume_ingestion", "schedule": 15.0, "options": {"expires": 15}},
    "resume regrades": {"task": "evaluation.resume_regrades", "schedule": 30.0, "options": {"expires": 30}},
    "deliver": {"task": "console.deliver", "schedule": 15.0, "options": {"expires": 15}},
    "forget deliveries": {"task": "console.forget_deliveries", "schedule": 6 * 3600.0},
    "forget events": {"task": "orchestration.forget_events", "schedule": 6 * 3600.0},
    "clear sessions": {"task": "console.clear_sessions", "schedule": 3600.0},
    "make partitions": {"task": "orchestration.make_partitions", "schedule": 6 * 3600.0},
}
CELERY_TIMEZONE = TIME_ZONE

#: Called with what has changed after each commit of the engine; the console tells the open pages.
RUN_EVENT_LISTENER = "console.live.announce"
#: Called in the transaction in which a run begins or ceases to wait for people; the console tells them.
RUN_WAIT_LISTENER = "console.notifications.waits.begun"
RUN_WAIT_END_LISTENER = "console.notifications.waits.ended"

# The browser -----------------------------------------------------------------------------------------------------

# Cookies do not heed ports, so two instances on one machine need names of their own.
_https = _url.scheme == "https"
SESSION_COOKIE_NAME = "__Host-session" if _https else f"callboard-session-{CALLBOARD_PORT}"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_ENGINE = "console.signing_in.sessions"
SESSION_COOKIE_AGE = env.int("CALLBOARD_SESSION_HOURS", default=12) * 3600
#: A session without a request for so long ends before its time.
CALLBOARD_SESSION_IDLE_SECONDS = env.int("CALLBOARD_SESSION_IDLE_MINUTES", default=120) * 60
#: Reverse proxies in front of the web process: how many additions to X-Forwarded-For are to be trusted.
CALLBOARD_PROXIES = env.int("CALLBOARD_PROXIES", default=0)
CSRF_COOKIE_NAME = "__Host-csrf" if _https else f"callboard-csrf-{CALLBOARD_PORT}"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "console.views.errors.csrf_failed"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
if _https and CALLBOARD_PROXIES:
    # Only a proxy of ours may say that the browser came by https.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, *(origin.replace("http", "ws", 1) for origin in CALLBOARD_ORIGINS)],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# E-mail ----------------------------------------------------------------------------------------------------------

#: `smtp+tls://user:password@host:587`; without one, links are only shown.
CALLBOARD_SENDS_MAIL = bool(env.str("CALLBOARD_EMAIL_URL", default=""))
if CALLBOARD_SENDS_MAIL:
    globals().update(env.email_url("CALLBOARD_EMAIL_URL"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("CALLBOARD_EMAIL_FROM", default=f"Callboard <callboard@{_url.hostname or 'localhost'}>")

# What is told ----------------------------------------------------------------------------------------------------

#: Who shows it as a bearer token may read /metrics; without one there is no such page.
CALLBOARD_METRICS_TOKEN = env.str("CALLBOARD_METRICS_TOKEN", default="")
#: `text`, lines of key=value for people, or `json`, an object a line for programs.
CALLBOARD_LOG_FORMAT = env.str("CALLBOARD_LOG_FORMAT", default="text")
CALLBOARD_LOG_LEVEL = env.str("CALLBOARD_LOG_LEVEL", default="INFO").upper()

# Logging ---------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "console.logs.Formatter", "look": CALLBOARD_LOG_FORMAT}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": CALLBOARD_LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "daphne": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
    },
}

# Safety ----------------------------------------------------------------------------------------------------------

_problems = list(
    problems(
        Chosen(
            url=CALLBOARD_URL,
            bind=CALLBOARD_BIND,
            hosts=ALLOWED_HOSTS,
            debug=DEBUG,
            secret_key=SECRET_KEY,
            keys=CALLBOARD_KEYS,
            has_own_secrets=bool(_embedded_secrets),
            embeds_database=CALLBOARD_EMBEDS_DATABASE,
            metrics_token=CALLBOARD_METRICS_TOKEN,
            sandbox=CALLBOARD_SANDBOX,
            ca_bundle=CALLBOARD_CA_BUNDLE,
            trusted_hosts=CALLBOARD_TRUSTED_HOSTS,
            log_format=CALLBOARD_LOG_FORMAT,
            log_level=CALLBOARD_LOG_LEVEL,
            positive={
                "CALLBOARD_AGENT_SLOTS": CALLBOARD_AGENT_SLOTS,
                "CALLBOARD_CONTROL_SLOTS": CALLBOARD_CONTROL_SLOTS,
                "CALLBOARD_ORGANIZATION_CAP": CALLBOARD_ORGANIZATION_CAP,
                "CALLBOARD_STEP_OUTPUT_BYTES": CALLBOARD_STEP_OUTPUT_BYTES,
                "CALLBOARD_UPLOAD_BYTES": CALLBOARD_UPLOAD_BYTES,
            },
        )
    )
)
if _problems:
    refuse(_problems)
