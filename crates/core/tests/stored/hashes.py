"""Makes hashes.json: hashes by the tools that other systems use, to be verified by admit.

python3 -m venv env && env/bin/pip install bcrypt passlib django argon2-cffi && env/bin/python hashes.py > hashes.json

Python 3.11 or older, for `crypt` (libxcrypt, what PHP and Linux itself use).
"""

import base64
import crypt
import hashlib
import json
import os
import warnings

warnings.simplefilter("ignore")

import argon2
import bcrypt
import django
from django.conf import settings
from passlib.hash import argon2 as passlib_argon2
from passlib.hash import pbkdf2_sha1, pbkdf2_sha256, pbkdf2_sha512
from passlib.hash import scrypt as passlib_scrypt

settings.configure(
    PASSWORD_HASHERS=[
        "django.contrib.auth.hashers." + name + "PasswordHasher"
        for name in ("PBKDF2", "PBKDF2SHA1", "Argon2", "BCryptSHA256", "BCrypt", "Scrypt", "MD5")
    ]
)
django.setup()
from django.contrib.auth import hashers
from django.contrib.auth.hashers import make_password

PASSWORDS = [
    "correct horse battery",
    "pässwörd with 한글 and 🦊",
    "decomposed e\u0301 and \u1112\u1161\u11ab",
    "compatibility ﬁ ① Ａ",
    " spaces around ",
]
LONG = "0123456789" * 8
made = []


def add(by, password, text):
    made.append({"by": by, "password": password, "hash": text})


def phc(data):
    return base64.b64encode(data).decode().rstrip("=")


for password in PASSWORDS:
    raw = password.encode()
    for prefix in (b"2a", b"2b"):
        add("bcrypt " + bcrypt.__version__, password, bcrypt.hashpw(raw, bcrypt.gensalt(5, prefix)).decode())
    # The prefix that PHP writes, by the library that PHP took its code from.
    salt = crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=2**5)
    add("libxcrypt", password, crypt.crypt(password, salt.replace("$2b$", "$2y$")))
    for hasher in ("pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "scrypt"):
        add("Django " + django.__version__, password, make_password(password, hasher=hasher))
    # The first password at Django's own costs, the others at lower ones, so that the tests are quick.
    hashers.PBKDF2PasswordHasher.iterations = 2000
    hashers.PBKDF2SHA1PasswordHasher.iterations = 2000
    hashers.Argon2PasswordHasher.memory_cost = 1024
    hashers.BCryptSHA256PasswordHasher.rounds = 5
    hashers.BCryptPasswordHasher.rounds = 5
    hashers.ScryptPasswordHasher.work_factor = 2**11
    add("passlib pbkdf2", password, pbkdf2_sha1.using(rounds=5000).hash(password))
    add("passlib pbkdf2", password, pbkdf2_sha256.using(rounds=5000).hash(password))
    add("passlib pbkdf2", password, pbkdf2_sha512.using(rounds=5000).hash(password))
    add("passlib scrypt", password, passlib_scrypt.using(rounds=11).hash(password))
    for variant in ("i", "d", "id"):
        add("passlib argon2", password, passlib_argon2.using(type=variant, memory_cost=1024, rounds=2).hash(password))
    salt = os.urandom(16)
    key = hashlib.pbkdf2_hmac("sha256", raw, salt, 2000, 32)
    add("hashlib, as a PHC string", password, "$pbkdf2-sha256$i=2000,l=32$%s$%s" % (phc(salt), phc(key)))
    key = hashlib.scrypt(raw, salt=salt, n=2**11, r=8, p=1, dklen=32)
    add("hashlib, as a PHC string", password, "$scrypt$ln=11,r=8,p=1$%s$%s" % (phc(salt), phc(key)))

add("argon2-cffi " + argon2.__version__ + ", defaults", PASSWORDS[0], argon2.PasswordHasher().hash(PASSWORDS[0]))
add("passlib scrypt, defaults", PASSWORDS[0], passlib_scrypt.hash(PASSWORDS[0]))
# Cut off by the library at 72 bytes.
add("libxcrypt", LONG, crypt.crypt(LONG, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=2**5)))
add("Django " + django.__version__, LONG, make_password(LONG, hasher="bcrypt_sha256"))

refused = [
    make_password("correct horse battery", hasher="md5"),
    make_password(None),
    hashlib.md5(b"correct horse battery").hexdigest(),
    hashlib.sha1(b"correct horse battery").hexdigest(),
    hashlib.sha256(b"correct horse battery").hexdigest(),
    crypt.crypt("correct horse battery", crypt.mksalt(crypt.METHOD_MD5)),
    crypt.crypt("correct horse battery", crypt.mksalt(crypt.METHOD_SHA512)),
    "correct horse battery",
]
print(json.dumps({"made": made, "refused": refused}, indent=1, ensure_ascii=False))
