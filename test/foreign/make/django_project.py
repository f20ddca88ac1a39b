"""Makes the database of a new Django project with its own table of users.

Usage: django_project.py FOLDER
"""

import sys

import django
from django.conf import settings
from django.core.management import call_command

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{sys.argv[1]}/django.db"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    PASSWORD_HASHERS=[
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
        "django.contrib.auth.hashers.BCryptPasswordHasher",
    ],
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()
call_command("migrate", verbosity=0)

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User

PASSWORD = "pässword😀"
for hasher in ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt"]:
    user = User.objects.create_user(hasher, f"django-{hasher}@example.com", first_name="Zoë", last_name="王")
    user.password = make_password(PASSWORD, hasher=hasher)
    user.save()
User.objects.create_user("inactive", "django-inactive@example.com", PASSWORD, is_active=False)
User.objects.create_user("unusable", "django-unusable@example.com", None)
User.objects.create_user("no-address", "", PASSWORD)
