"""What a new password has to be."""

import unicodedata

from flaws import Flaws

SHORTEST, LONGEST = 15, 128

COMMON = frozenset(
    """
    123456 12345678 123456789 1234567890 111111 abc123 admin dragon iloveyou letmein monkey password password1
    password123 qwerty qwerty123 welcome
    password1234567 123456789012345 qwertyuiopasdfg iloveyouiloveyou passwordpassword qwertyuiop12345
    1q2w3e4r5t6y7u8i 111111111111111 abcdefghijklmno letmeinletmein1 correcthorsebatterystaple
    """.split()
)


def objection(password: str, flaws: Flaws) -> str | None:
    """Why this password will not do, or None when it will."""
    shortest = 6 if flaws.on("password-short") else SHORTEST
    longest = 20 if flaws.on("password-long") else LONGEST
    length = len(unicodedata.normalize("NFC", password))
    if length < shortest:
        return f"The new password needs at least {shortest} characters."
    if length > longest:
        return f"The new password can have {longest} characters at most."
    if password.casefold() in COMMON and not flaws.on("password-common"):
        return "The new password is one that many people use."
    if flaws.on("password-composition") and not mixed(password):
        return "The new password needs an upper case letter, a digit and a sign."
    return None


def mixed(password: str) -> bool:
    return (
        any(letter.isupper() for letter in password)
        and any(letter.isdigit() for letter in password)
        and any(not letter.isalnum() and not letter.isspace() for letter in password)
    )
