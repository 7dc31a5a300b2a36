"""The sections of a task file about remote models, and about costs."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from advisor.servers import client
from advisor.task.fields import Count, Section, Text

AUTO = "auto"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
_ABILITIES = Literal["chat", "encode", "classify", "entail", "tag", "read", "rewrite", "transcribe", "see"]

Price = Annotated[float, Field(ge=0)]


def _url(value: object) -> object:
    return client.parse_address(value).url if isinstance(value, str) and value != AUTO else value


Url = Annotated[Text, BeforeValidator(_url)]


class Served(Section):
    """Settings that servers and providers have in common."""

    name: Text | None = Field(None, description="how reports call it; default: the model and where it runs")
    parameters: Count | None = Field(None, description='how many it has, if you know, e.g. "7B": orders it by size')
    price_per_million_tokens: Price | None = Field(
        None, description="read and generated alike, in your currency; goes before that of costs"
    )


class Server(Served):
    """A server that speaks OpenAI's protocol: Ollama, vLLM, LM Studio, llama-server, or a service."""

    url: Url = Field(
        description="its address; without a path /v1 is meant, e.g. http://127.0.0.1:11434; auto: those found here"
    )
    model: Text | None = Field(None, description="the model's name there; default: each that a server here lists")
    key_env: Text | None = Field(None, description="the environment variable that holds its key")
    ability: Literal["chat", "encode"] = Field("chat", description="what the model is asked for")

    @model_validator(mode="after")
    def _names_its_model(self) -> Server:
        # Checked here, without echoing the value: it may be the key itself.
        if self.key_env is not None and not _VARIABLE.fullmatch(self.key_env):
            raise ValueError("key_env: write the name of the variable that holds the key, not the key")
        if self.url == AUTO:
            if self.model is not None or self.key_env is not None:
                raise ValueError("auto means every model of the servers found here; give an address for one")
            return self
        if self.model is None and (self.key_env is not None or not client.parse_address(self.url).is_here):
            raise ValueError("model: name it; only servers of this machine without a key are asked for their list")
        return self


class Provider(Served):
    """A model behind Hugging Face's inference providers, or an inference endpoint of one's own; its key is HF_TOKEN."""

    model: Text = Field(description="its Hub id")
    provider: Text = Field("hf-inference", description="who runs it, as huggingface_hub names providers, or auto")
    url: Text | None = Field(None, description="the address of an inference endpoint of your own")
    ability: _ABILITIES | None = Field(None, description="what it is asked for; default: by its family in the catalog")

    @field_validator("url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None:
            client.parse_address(value)
        return value


class Costs(Section):
    """The user's own prices; missing ones are not counted."""

    price_per_million_tokens: Price | None = Field(None, description="of models elsewhere, read and generated alike")
    price_per_hour: Price | None = Field(None, description="of this machine, or one like it")
    watts: Price | None = Field(None, description="that this machine draws while it works; needs price_per_kwh")
    price_per_kwh: Price | None = Field(None, description="of electricity")
    currency: Text = Field("", max_length=8, description="shown with the figures, e.g. EUR")

    @model_validator(mode="after")
    def _whole(self) -> Costs:
        if (self.watts is None) != (self.price_per_kwh is None):
            raise ValueError("give watts and price_per_kwh together")
        if self.watts is not None and self.price_per_hour is not None:
            raise ValueError("give price_per_hour, or watts and price_per_kwh, not both")
        return self


def _servers(value: object) -> object:
    if isinstance(value, str) and value.strip().casefold() == AUTO:
        return [{"url": AUTO}]
    if isinstance(value, str | dict):
        raise ValueError("write a list of servers, each with its url, or auto")  # noqa: TRY004  pydantic's
    return value


Servers = Annotated[
    list[Server],
    BeforeValidator(_servers),
    WithJsonSchema({"anyOf": [{"type": "array", "items": Server.model_json_schema()}, {"const": AUTO}]}),
]
