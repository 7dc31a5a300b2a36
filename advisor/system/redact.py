"""Recognise keys and passwords by their variable's name or by their form, and remove them from a text."""

import os
import re

HIDDEN = "***"
# Names of variables with keys or paths of keys, e.g. HF_TOKEN, OPENAI_APIKEY, PGPASSWORD, GITHUB_PAT. It is broad: a
# worker's missing setting is soon noticed, a leaked key is not.
SECRET = re.compile(
    r"SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|CONN(?:ECTION)?_?STR"
    r"|(?:KEY|TOKEN|PASS|PWD|CRED|AUTH|AUTHORIZATION|COOKIE|WEBHOOK)S?(?:FILE)?(?![A-Z])"
    r"|(?<![A-Z])(?:PAT|DSN|JWT|SAS)S?(?![A-Z])",
    re.IGNORECASE,
)
_FORM = r"(?:hf_|sk-|gh[a-z]_|github_pat_|glpat-|xox[a-z]-)[\w-]{16,}"
# Values with one under any name: scheme://user:password@host, "...;Password=...", hf_..., sk-...
SECRET_VALUE = re.compile(
    r"://(?:[^\s/@]+|[^\s/@:]*:(?!\d+/)\S+)@"
    r"|(?:^|[\s;&?])(?:password|pwd|account_?key|access_?key|api_?key|token)\s*=\s*\S"
    rf"|^{_FORM}$",
    re.IGNORECASE,
)
_FOLDERS = frozenset({"PWD", "OLDPWD"})  # the shell's
# Shorter values are ordinary words.
_LEAST_LENGTH = 6
_USER = re.compile(r"(://)(?:[^\s/@]+|[^\s/@:]*:(?!\d+/)\S{1,4000})@")
_QUERY = re.compile(r"(\w://[^\s?'\"]+)\?[^\s'\"]+")
_NAMED = re.compile(r"(?<![\w.-])([\w.-]+)(['\"]?\s*[=:]\s*['\"]?)([^\s'\",;&]+)")
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE)
_ANY_TOKEN = re.compile(_FORM)


def is_secret(name: str, value: str) -> bool:
    """Return whether a variable looks like a key, a password, or an address that contains one."""
    return (name not in _FOLDERS and SECRET.search(name) is not None) or SECRET_VALUE.search(value) is not None


def without_secrets(text: str) -> str:
    """Return a text without the values of variables that hold keys, and without anything that looks like one.

    Removed are users and queries of addresses, `name=value` and `name: value` if the name suggests a key, bearer
    tokens, and services' tokens in their own form.
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
