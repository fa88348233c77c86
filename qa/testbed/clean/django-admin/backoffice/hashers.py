"""Django's scrypt at some 20 ms, as this runs in tests. It is real work all the same."""

from django.contrib.auth.hashers import ScryptPasswordHasher


class LightScrypt(ScryptPasswordHasher):
    algorithm = "light_scrypt"
    work_factor = 1 << 13
    parallelism = 1
