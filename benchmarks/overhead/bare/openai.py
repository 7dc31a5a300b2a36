"""A server that speaks OpenAI's protocol, asked over one connection that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable


def prepare(job: dict[str, Any]) -> Callable[[list[str]], object]:
    """Connect."""
    client = httpx.Client(timeout=600, trust_env=False)

    def one(text: str) -> Any:  # noqa: ANN401  what the server says
        messages = [{"role": "system", "content": job["system"]}, {"role": "user", "content": text}]
        asked = {"model": job["model"], "messages": messages, "temperature": 0, "max_tokens": 256}
        answer = client.post(f"{job['url']}/chat/completions", json=asked | {"response_format": job["form"]})
        return answer.raise_for_status().json()["choices"][0]["message"]["content"]

    return lambda texts: [one(text) for text in texts]
