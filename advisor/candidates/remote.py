"""Remote candidates: models of servers and of inference providers that the task names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from advisor.candidates.candidate import Candidate
from advisor.engines.engine import GENERATOR_WORKING_SHARE
from advisor.engines.table import ENGINES
from advisor.families import family
from advisor.servers import listing
from advisor.servers.client import ServerError, parse_address
from advisor.task.remote import AUTO, Provider, Server

if TYPE_CHECKING:
    from advisor.candidates.context import Context
    from advisor.servers.listing import Listed

SERVER, PROVIDER = "openai", "hf-inference"
# The router of all requests to providers with Hugging Face's key.
ROUTER = "https://router.huggingface.co"
TOKEN = "HF_TOKEN"  # noqa: S105  the name of a variable
# Abilities of a provider's models by catalog family; all others chat.
_ASKED_FOR = ENGINES[PROVIDER].abilities
# Abilities that providers do not offer.
_NOT_PROVIDED = frozenset({"compare", "look", "hear", "listen"})
# Host names of this machine for servers on it.
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def candidates(context: Context, left_out: dict[str, str]) -> Iterator[Candidate]:
    """Yield a candidate for each model of the task's servers and providers; `left_out` takes names and reasons.

    Only servers of this machine are asked for their models; nothing leaves it here.
    """
    for server in _named(context):
        address = parse_address(server.url)
        listed: dict[str, Listed] = {}
        if address.is_here and server.key_env is None:
            try:
                listed = {each.model: each for each in listing.models_of(address)}
            except ServerError as error:
                if server.model is None:
                    left_out[f"server {address.place}"] = str(error)
                    continue
        for model in [server.model] if server.model is not None else listed:
            made = _served(context, server, model, listed.get(model))
            if isinstance(made, str):
                left_out[f"{model} ({address.place})"] = made
            else:
                yield made
    for provider in context.task.providers:
        made = _provided(context, provider)
        if isinstance(made, str):
            left_out[f"{provider.model} ({provider.provider})"] = made
        else:
            yield made


def _named(context: Context) -> list[Server]:
    """Return the task's servers, with each `auto` replaced by other servers found on this machine."""
    named = [server for server in context.task.servers if server.url != AUTO]
    known = {_listens_at(server.url) for server in named}
    for wish in context.task.servers:
        for running in listing.running() if wish.url == AUTO else ():
            if (at := _listens_at(running.address.url)) not in known:
                known.add(at)
                named.append(wish.model_copy(update={"url": running.address.url}))
    return named


def _listens_at(url: str) -> tuple[str, str | None, int | None, str]:
    """Return a normalised address, equal for all names of this machine."""
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname in _HERE else parts.hostname
    return parts.scheme, host, parts.port or {"http": 80, "https": 443}.get(parts.scheme), parts.path


def _served(context: Context, server: Server, model: str, listed: Listed | None) -> Candidate | str:
    address = parse_address(server.url)
    facts = {
        "model": server.name or f"{_short(model)} ({address.place})",
        "runtime": SERVER,
        "place": "server",
        "ability": server.ability,
        "precision": listed.precision if listed else None,
    }
    options = {
        "url": server.url,
        "model": model,
        "key_env": server.key_env,
        "sent_to": None if address.is_here else address.host,
        "price_per_million_tokens": server.price_per_million_tokens,
    }
    weights = listed.weights_bytes if listed else None
    parameters = server.parameters or (listed.parameters if listed else None)
    return _candidate(context, facts, options, weights=weights, parameters=parameters)


def _short(model: str) -> str:
    """Return a model's usual name; llama-server names it by its file's path."""
    return model.rpartition("/")[2] if model.startswith("/") else model


def _provided(context: Context, provider: Provider) -> Candidate | str:
    card = context.catalog.get(provider.model)
    ability = provider.ability or (_ASKED_FOR.get(card.family or "", "chat") if card is not None else "chat")
    if ability in _NOT_PROVIDED:
        return f"cannot be asked to {ability} through a provider"
    address = parse_address(provider.url or ROUTER)
    facts = {
        "model": provider.name or f"{provider.model} ({provider.provider if provider.url is None else address.place})",
        "runtime": PROVIDER,
        "place": "provider",
        "ability": ability,
        "precision": None,
    }
    options = {
        "url": provider.url,
        "model": provider.model,
        "provider": provider.provider,
        "key_env": TOKEN,
        "sent_to": None if address.is_here else address.host,
        "price_per_million_tokens": provider.price_per_million_tokens,
    }
    return _candidate(context, facts, options, weights=None, parameters=provider.parameters)


def _candidate(
    context: Context, facts: dict[str, Any], options: dict[str, Any], *, weights: int | None, parameters: int | None
) -> Candidate | str:
    """Return the candidate, or the reason why there is none.

    Its memory is that of its weights if the server reports their size, else from the catalog or the parameters (two
    bytes each), else unknown.
    """
    kind, task = family(context.task.family), context.task
    engine = ENGINES[facts["runtime"]]
    method = kind.methods_for(task).get(facts["ability"])
    if not engine.is_installed():
        return engine.missing()
    if method is None:
        return f"cannot do {task.family}: it is only asked to {facts['ability']}"
    if method == "head" and not context.examples.teaching:
        return "needs training rows for its head; set teaching.count"
    if reason := kind.why_not(method, task):
        return reason
    card = context.catalog.get(options["model"]) if "/" in options["model"] else None
    standing = "claimed" if parameters is not None else card.parameters_standing if card else None
    count = parameters or (card.parameters if card else None)
    size = weights if weights is not None else 2 * parameters if parameters is not None else None
    size = card.predicted_bytes() if size is None and card else size
    identity = "|".join(str(options.get(name)) for name in ("url", "model", "provider")) + f"|{facts['ability']}"
    return Candidate(
        **facts,
        fingerprint=hashlib.sha256(identity.encode()).hexdigest(),
        method=method,
        parameters=count,
        parameters_standing=standing if count is not None else None,
        license=card.license if card else None,
        languages=card.languages if card else (),
        weights_bytes=weights or 0,
        serving_bytes=None if size is None else int(size * (1.0 + GENERATOR_WORKING_SHARE)),
        options=options | kind.load_options(task, facts["ability"]) | {"seconds": task.limits.seconds_per_example},
    )
