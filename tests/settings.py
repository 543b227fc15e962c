"""Settings of the test project; a server's URL in DATABASE_URL runs the tests on it."""

from __future__ import annotations

import os
from pathlib import Path

import dj_database_url

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only for tests"
DEBUG = False
USE_TZ = True
TIME_ZONE = "America/Bogota"  # neither the service's nor UTC, and without summer time
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.urls"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_tim",
]
MIDDLEWARE = [
    "tests.csp.strict_policy",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
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
STATIC_URL = "static/"
DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite://:memory:")
if DATABASE_URL.startswith("mysql:"):
    import pymysql

    pymysql.install_as_MySQLdb()
DATABASES = {"default": dj_database_url.parse(DATABASE_URL)}
if DATABASE_URL.startswith("postgres"):
    # Nobody needs what a test wrote after a crash of the server.
    DATABASES["default"]["OPTIONS"] = {"options": "-c synchronous_commit=off"}
DJANGO_TIM = {
    "default": {
        "SDK_APP_ID": 1400000000,
        "SECRET_KEY": "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e",
        "ADMIN": "administrator",
        "CALLBACK_TOKENS": ["the token of now", "the token of before"],
        "HOST": "http://127.0.0.1:1",  # every test that calls out names its own simulator
    }
}
# The usual one is slow on purpose, and every test of the admin makes a user.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
