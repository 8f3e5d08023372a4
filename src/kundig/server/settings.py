"""Django's settings, all of them derived from the workspace: there is no second file to configure."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path
from typing import Any

from kundig.server import databases, firm, hosts
from kundig.server.people.identity import configured

HERE = Path(__file__).parent
KUNDIG = firm.settings()
PLACE = Path(os.environ.get("KUNDIG_WORKSPACE", ""))
IS_SET_UP = (PLACE / "kundig.toml").is_file()


def _secret() -> str:
    """Django's secret, made from the workspace's key: who can read that can read everything anyway."""
    key = (PLACE / "key").read_bytes() if IS_SET_UP else b"no workspace"
    return hmac.new(key, b"kundig server sessions", hashlib.sha256).hexdigest()


SECRET_KEY = _secret()
DEBUG = False
HTTPS = KUNDIG.public_url.startswith("https://")
ALLOWED_HOSTS = hosts.answered(KUNDIG)
ROOT_URLCONF = "kundig.server.urls"
WSGI_APPLICATION = "kundig.server.wsgi.application"
APPS = ("people", "sources", "desk", "explore", "privacy", "rules")
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    *(configured.APPS if KUNDIG.oidc_issuer else ()),
    *(f"kundig.server.{name}" for name in APPS),
]
MIDDLEWARE = [
    "kundig.server.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kundig.server.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "kundig.server.security.ErrorMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE, HERE / "people"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kundig.server.navigation.context",
            ],
            "builtins": ["kundig.server.tags", "django.templatetags.static"],
        },
    }
]
DATABASES = {"default": databases.configured(KUNDIG.database, PLACE if IS_SET_UP else None)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "kundig.server.people.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "kundig"
MFA_ADAPTER = "kundig.server.people.adapter.SecondFactor"
SOCIALACCOUNT_PROVIDERS = configured.providers(KUNDIG, PLACE)
SOCIALACCOUNT_ADAPTER = "kundig.server.people.identity.adapter.Identities"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form that is answered by leading to another host is against the CSP
CACHES = {"default": databases.cache(KUNDIG.database, PLACE if IS_SET_UP else None)}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_COOKIE_NAME = "kundig_lang"
USE_I18N = True
USE_TZ = True
TIME_ZONE = KUNDIG.time_zone

STATIC_URL = "static/"
STATICFILES_DIRS = [HERE / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{PREFIX}kundig_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 7 * 24 * 3600
CSRF_COOKIE_NAME = f"{PREFIX}kundig_csrf"
CSRF_TRUSTED_ORIGINS = [KUNDIG.public_url.rstrip("/")] if KUNDIG.public_url else []
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
USE_X_FORWARDED_HOST = False

DEFAULT_FROM_EMAIL = KUNDIG.mail_from or "kundig@localhost"
LOGGING_CONFIG = "kundig.server.logs.configure"
LOGGING: dict[str, Any] = {}
SILENCED_SYSTEM_CHECKS = ["security.W001", "security.W002", "security.W004", "security.W008", "security.W020"]
