"""Addresses: what is taken, what is refused, what counts as this machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.servers.address import is_loopback, parse
from tests.tables import for_each


@for_each(
    ("text", "url", "place", "is_here"),
    [
        ("http://localhost:11434", "http://localhost:11434/v1", "localhost:11434", True),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1", "127.0.0.1:8080", True),
        ("http://127.9.9.9:1/v1/", "http://127.9.9.9:1/v1", "127.9.9.9:1", True),
        ("http://[::1]:8000", "http://[::1]:8000/v1", "[::1]:8000", True),
        ("https://api.example/openai/v1", "https://api.example/openai/v1", "api.example", False),
        ("http://192.168.0.7:1234", "http://192.168.0.7:1234/v1", "192.168.0.7:1234", False),
        ("http://localhost.evil.example", "http://localhost.evil.example/v1", "localhost.evil.example", False),
        ("http://127.0.0.1.evil.example", "http://127.0.0.1.evil.example/v1", "127.0.0.1.evil.example", False),
        ("HTTPS://API.Example/v1", "https://api.example/v1", "api.example", False),
    ],
)
def test_addresses(text: str, url: str, place: str, *, is_here: bool) -> None:
    """A path is added where there is none; only loopback numbers and `localhost` are this machine."""
    found = parse(text)
    assert (found.url, found.place, found.is_here) == (url, place, is_here)
    assert url.startswith(found.root)
    assert parse(found.url) == found


@for_each(
    ("text", "cure"),
    [
        ("", "write for example"),
        ("localhost:11434", "write for example"),
        ("ftp://localhost", "write for example"),
        ("file:///etc/passwd", "write for example"),
        ("http://", "write for example"),
        ("http://h:99999", "write for example"),
        ("http://user:pass@host", "key_env"),
        ("http://127.0.0.1@evil.example/", "key_env"),
        ("https://host/v1?key=secret", "key_env"),
        ("http://host/a b", "blanks"),
    ],
)
def test_what_is_no_address(text: str, cure: str) -> None:
    """The message says what to write."""
    with pytest.raises(ValueError, match=cure):
        parse(text)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    """Nothing else is raised, and what is taken for this machine is a loopback address."""
    for tried in (text, f"http://{text}", f"http://127.0.0.1{text}"):
        try:
            found = parse(tried)
        except ValueError:
            continue
        assert found.is_here == is_loopback(found.host)
        assert "@" not in found.place
