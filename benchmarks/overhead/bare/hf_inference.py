"""An inference endpoint, asked by huggingface_hub's own client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huggingface_hub import InferenceClient

if TYPE_CHECKING:
    from collections.abc import Callable


def prepare(job: dict[str, Any]) -> Callable[[list[str]], object]:
    """Connect."""
    client = InferenceClient(base_url=job["url"], timeout=600)

    def one(text: str) -> Any:  # noqa: ANN401  what the server says
        messages = [{"role": "system", "content": job["system"]}, {"role": "user", "content": text}]
        asked = {"temperature": 0, "max_tokens": 256, "response_format": job["form"]}
        return client.chat_completion(messages=messages, **asked).choices[0].message.content

    return lambda texts: [one(text) for text in texts]
