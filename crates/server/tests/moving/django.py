"""Makes django.json and django.jsonl: what `manage.py dumpdata` writes for a site with these users.

python3 -m venv env && env/bin/pip install 'bcrypt<5' django argon2-cffi && env/bin/python django.py
"""

import sys

sys.path.pop(0)

import django
from django.conf import settings
from django.contrib.auth import hashers

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    PASSWORD_HASHERS=[
        "django.contrib.auth.hashers." + name + "PasswordHasher"
        for name in ("PBKDF2", "Argon2", "BCryptSHA256", "Scrypt", "MD5")
    ],
    USE_TZ=True,
)
django.setup()
from django.contrib.auth.models import Group, User
from django.core.management import call_command

call_command("migrate", verbosity=0)
editors = Group.objects.create(name="Shop editors")
everybody = Group.objects.create(name="모두")

# Each with the password "<name> and the lantern".
for number, (name, hasher) in enumerate(
    [("root", "pbkdf2_sha256"), ("Alice", "argon2"), ("bob@example.org", "bcrypt_sha256"), ("carol", "scrypt"),
     ("dave", "pbkdf2_sha256"), ("old", "md5"), ("locked", None)]
):
    password = hashers.make_password(name + " and the lantern" if hasher else None, hasher=hasher or "default")
    user = User(username=name, password=password, email=name + "@example.org")
    user.is_superuser = user.is_staff = name == "root"
    user.is_active = name != "dave"
    user.date_joined = "2024-01-0%dT12:00:00Z" % (number + 1)
    user.save()
    user.groups.add(everybody)
    if name == "Alice":
        user.groups.add(editors)

for form in ("json", "jsonl"):
    call_command("dumpdata", "auth.user", "auth.group", format=form, output="django." + form)
