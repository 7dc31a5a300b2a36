"""Keys and passwords, recognised by the name of what holds them or by their form, and taken out of a text."""

import os
import re

HIDDEN = "***"
# Names of variables that hold keys or lead to them, e.g. HF_TOKEN, OPENAI_APIKEY, PGPASSWORD, GITHUB_PAT. It is broad:
# a setting that a worker lacks is soon missed, a key that it has is not.
SECRET = re.compile(
    r"SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|CONN(?:ECTION)?_?STR"
    r"|(?:KEY|TOKEN|PASS|PWD|CRED|AUTH|AUTHORIZATION|COOKIE|WEBHOOK)S?(?:FILE)?(?![A-Z])"
    r"|(?<![A-Z])(?:PAT|DSN|JWT|SAS)S?(?![A-Z])",
    re.IGNORECASE,
)
_FORM = r"(?:hf_|sk-|gh[a-z]_|github_pat_|glpat-|xox[a-z]-)[\w-]{16,}"
# Values that hold one, whatever their name: scheme://user:password@host, "...;Password=...", hf_..., sk-...
SECRET_VALUE = re.compile(
    r"://(?:[^\s/@]+|[^\s/@:]*:(?!\d+/)\S+)@"
    r"|(?:^|[\s;&?])(?:password|pwd|account_?key|access_?key|api_?key|token)\s*=\s*\S"
    rf"|^{_FORM}$",
    re.IGNORECASE,
)
_FOLDERS = frozenset({"PWD", "OLDPWD"})  # of the shell
# Shorter values are words that stand in any text.
_LEAST_LENGTH = 6
_USER = re.compile(r"(://)(?:[^\s/@]+|[^\s/@:]*:(?!\d+/)\S+)@")
_QUERY = re.compile(r"(\w://[^\s?'\"]+)\?[^\s'\"]+")
_NAMED = re.compile(r"\b([\w.-]+)(['\"]?\s*[=:]\s*['\"]?)([^\s'\",;&]+)")
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE)
_ANY_TOKEN = re.compile(_FORM)


def is_secret(name: str, value: str) -> bool:
    """Return whether a variable looks like a key, a password, or an address that holds one."""
    return (name not in _FOLDERS and SECRET.search(name) is not None) or SECRET_VALUE.search(value) is not None


def without_secrets(text: str) -> str:
    """Return a text without the values of variables that hold keys, and without what looks like one.

    Users and queries of addresses, `name=value` and `name: value` where the name speaks of a key, bearer tokens, and
    the tokens of services that have a form of their own.
    """
    held = {value for name, value in os.environ.items() if len(value) >= _LEAST_LENGTH and is_secret(name, value)}
    for value in sorted(held, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    text = _USER.sub(rf"\1{HIDDEN}@", text)
    text = _QUERY.sub(rf"\1?{HIDDEN}", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _ANY_TOKEN.sub(HIDDEN, text)
    return _NAMED.sub(_hidden, text)


def _hidden(match: re.Match[str]) -> str:
    name, sign, _ = match.groups()
    return f"{name}{sign}{HIDDEN}" if SECRET.search(name) else match[0]
