"""Requests to llama.cpp; the report prints these functions, so that a user's code asks as the probe does."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

# Context, unless the task's texts are longer.
CONTEXT_TOKENS = 2048
SPARE_TOKENS = 8
# Maximum of requests per choice; two options with a common prefix take a few.
MOST_LOOKS = 12
PLAIN_STOP = "\n\nInput:\n"


def neutral(text: str, control: Sequence[str]) -> str:
    """Return a text without control tokens, with which it could open turns of the chat.

    Each is split by a space; one that still is a control token, or became one, is removed.
    """
    names = sorted((token for token in control if token), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, names)) or r"(?!)")
    text = pattern.sub(lambda found: " ".join((found[0][0], found[0][1:])) if len(found[0]) > 1 else "", text)
    while pattern.search(text):
        text = pattern.sub("", text)
    return text


def completer(server: Any, has_template: bool) -> Callable[[dict[str, Any]], dict[str, Any]]:  # noqa: ANN401, FBT001
    """Return the function that answers chats: the server, with plain text for a model without chat template."""
    if has_template:
        chat: Callable[[dict[str, Any]], dict[str, Any]] = server.handle_chat_completions
        return chat

    def complete(asked: dict[str, Any]) -> dict[str, Any]:
        said = {"system": "{}", "user": "Input:\n{}", "assistant": "Answer:\n{}"}
        blocks = [said[message["role"]].format(message["content"]) for message in asked["messages"]]
        begun = asked["messages"][-1]["role"] == "assistant"
        prompt = "\n\n".join(blocks if begun else [*blocks, "Answer:\n"])
        form = asked.get("response_format")
        held = {} if form is None else {"json_schema": form["json_schema"]["schema"]}
        left_out = ("messages", "response_format", "logprobs", "top_logprobs", "chat_template_kwargs")
        plain = {name: value for name, value in asked.items() if name not in left_out}
        if asked.get("logprobs"):
            plain["logprobs"] = asked["top_logprobs"]
        answer: dict[str, Any] = server.handle_completions(plain | held | {"prompt": prompt, "stop": [PLAIN_STOP]})
        for choice in answer.get("choices", ()):
            choice["message"] = {"content": choice["text"]}
        return answer

    return complete


def grammar_of_texts(options: Sequence[str]) -> str:
    """Return a GBNF grammar of exactly the given texts."""

    def quoted(text: str) -> str:
        escaped = "".join(c if c.isascii() and (c.isalnum() or c in " _-") else f"\\U{ord(c):08X}" for c in text)
        return f'"{escaped}"'

    return "root ::= " + " | ".join(quoted(option) for option in options)


def request(messages: list[dict[str, str]], held_to: Any, max_tokens: int) -> dict[str, Any]:  # noqa: ANN401
    """Return the engine's request; `held_to` is a list of texts, a JSON schema, or None."""
    asked = {"messages": messages, "temperature": 0, "max_tokens": max_tokens, "n_predict": max_tokens}
    asked |= {"cache_prompt": True, "chat_template_kwargs": {"enable_thinking": False}}
    if isinstance(held_to, list):
        asked["grammar"] = grammar_of_texts(held_to)
    elif held_to is not None:
        asked["response_format"] = {"type": "json_schema", "json_schema": {"schema": held_to}}
    return asked


def ask_one_token(complete: Any, messages: list[dict[str, str]], options: list[str]) -> dict[str, Any]:  # noqa: ANN401
    """Ask for one token, with the probabilities of all tokens that the options allow there."""
    options_asked = {"logprobs": True, "top_logprobs": 1000, "n_probs": 1000, "post_sampling_probs": True}
    sampled = {"temperature": 1, "top_k": 0, "top_p": 1, "min_p": 0, "seed": 0}
    answer: dict[str, Any] = complete(request(messages, options, 1) | options_asked | sampled)
    return answer


def tokens_needed(held_to: Any, max_tokens: int, context: int) -> int:  # noqa: ANN401
    """Return the most tokens that an answer may need, since a token has at least one byte."""
    if isinstance(held_to, list):
        return max(len(option.encode()) for option in held_to) + SPARE_TOKENS
    return min(max_tokens, context // 4)


def overflow(answer: dict[str, Any], needed: int, context: int) -> float:
    """Return the factor by which the prompt exceeds the context minus the answer's tokens; 0 if it fits."""
    error = answer.get("error")
    if error is not None and error.get("type") != "exceed_context_size_error":
        return 0.0
    used = answer["usage"]["prompt_tokens"] if error is None else error.get("n_prompt_tokens") or 2 * context
    factor = used / max(1, context - needed)
    return factor if factor > 1 or error is not None else 0.0


def ask(complete: Any, messages: list[Any], held_to: Any, max_tokens: int, context: int, biases: Any) -> Any:  # noqa: ANN401, PLR0917
    """Return the answer, its tokens, the probability of a chosen option, and the tokens read.

    `biases` are added to the options' log-probabilities; None or none are zeros.
    """
    messages, answer = fitted(complete, messages, held_to, max_tokens, context)
    is_choice = isinstance(held_to, list)
    if is_choice and "error" not in answer:
        chosen = choose(complete, messages, held_to, answer, biases)
        if chosen[0] is not None:
            return (*chosen, answer["usage"]["prompt_tokens"])
        answer = complete(request(messages, held_to, tokens_needed(held_to, 0, context)))
    if "error" in answer:
        raise RuntimeError(str(answer["error"].get("message", answer["error"])))
    content = str(answer["choices"][0]["message"]["content"])
    if is_choice and content not in held_to:
        raise RuntimeError(f"the engine answered outside the grammar: {content[:60]!r}")
    return content, answer["usage"]["completion_tokens"], None, answer["usage"]["prompt_tokens"]


def fitted(complete: Any, messages: list[Any], held_to: Any, max_tokens: int, context: int) -> Any:  # noqa: ANN401
    """Return the chat and the engine's answer, for options its first token.

    A last message too long for the context is cut at its end until it fits.
    """
    is_choice = isinstance(held_to, list)
    while True:
        answer = (
            ask_one_token(complete, messages, held_to)
            if is_choice
            else complete(request(messages, held_to, max_tokens))
        )
        text = messages[-1]["content"]
        factor = overflow(answer, tokens_needed(held_to, max_tokens, context), context)
        if not factor or not text[1:]:
            return messages, answer
        # Aim below the limit: tokens are not evenly distributed over the text.
        text = text[: int(len(text) * min(1.0, 1 / factor) * 0.9)]
        messages = [*messages[:-1], {"role": "user", "content": text}]


def choose(complete: Any, messages: list[Any], options: list[str], answer: Any, biases: Any) -> Any:  # noqa: ANN401
    """Return the most probable option, the tokens used, and its probability; None if undecided without biases.

    With them an undecided prefix counts evenly for its options: decoding would ignore the biases.
    """
    weights = dict(zip(options, map(math.exp, biases or [0.0] * len(options)), strict=True))

    def leads(share: Any, shared: Any, unclear: float) -> bool:  # noqa: ANN401
        ranked = sorted((share[option] * weights[option] for option in options), reverse=True)
        unknown = unclear * max(weights.values())
        for part, begun in shared:
            unknown += part * max(weights[option] for option in options if option.startswith(begun))
        return bool(ranked[0]) and bool(ranked[0] - sum(ranked[1:2]) >= unknown)

    share, shared, tokens, is_decided = shares(complete, messages, options, answer, leads)
    if not is_decided and not (any(biases or ()) and any(share.values())):
        return None, tokens, None
    for part, begun in () if is_decided else shared:
        those = [option for option in options if option.startswith(begun)]
        share |= {option: share[option] + part / len(those) for option in those}
    weighed = {option: share[option] * weights[option] for option in options}
    chosen = max(options, key=lambda option: weighed[option])
    return chosen, tokens, min(1.0, weighed[chosen] / sum(weighed.values()))


def shares(complete: Any, messages: list[Any], options: list[str], answer: Any, is_enough: Any) -> Any:  # noqa: ANN401
    """Return the options' probabilities, those of prefixes, the tokens used, and whether that is known well enough.

    An option can be tokenized in many ways; its probability is the sum over those that the grammar allows. Prefixes
    shared by several options are expanded, the most probable first, until `is_enough(known, shared, unclear)`.
    """
    share = dict.fromkeys(options, 0.0)
    shared = [(1.0, "")]
    unclear, tokens = 0.0, 0
    for turn in range(MOST_LOOKS):
        mass, begun = shared.pop()
        if turn:
            rest = [option[len(begun) :] for option in options if option.startswith(begun)]
            answer = ask_one_token(complete, [*messages, {"role": "assistant", "content": begun}], rest)
        # An incomplete character comes without probabilities.
        seen = [] if "error" in answer else (answer["choices"][0].get("logprobs") or {}).get("content")
        if not seen:
            shared.append((mass, begun))
            break
        tokens += answer["usage"]["completion_tokens"]
        for text, option, part in ways_on(seen[0]["top_probs"], begun, options):
            if option is not None:
                share[option] += mass * part
            elif text is not None:
                shared.append((mass * part, text))
            else:
                unclear += mass * part
        shared.sort()
        if is_enough(share, shared, unclear):
            return share, shared, tokens, True
        if not shared:
            break
    return share, shared, tokens, False


def ways_on(tokens: list[dict[str, Any]], begun: str, options: list[str]) -> list[tuple[Any, Any, float]]:
    """Return the options' continuations of a prefix: (text, None) if shared or (None, option), with their share.

    A prefix that ends within a character has neither.
    """
    ways: dict[Any, float] = {}
    for token in tokens:
        whole = begun.encode() + bytes(token["bytes"])
        # A token with empty text ends the answer.
        ends = [o for o in options if (o.encode().startswith(whole) if token["bytes"] else o == begun)]
        key = (whole, ends[0] if len(ends) == 1 else None)
        if ends:
            ways[key] = ways.get(key, 0.0) + token["prob"]
    total = sum(ways.values()) or 1.0
    found = []
    for (whole, option), probability in ways.items():
        text = whole.decode(errors="ignore")
        is_text = option is None and text.encode() == whole
        found.append((text if is_text else None, option, probability / total))
    return found


# Without `completer`: models that need it run through this library.
SHARED = (
    neutral,
    grammar_of_texts,
    request,
    ask_one_token,
    tokens_needed,
    overflow,
    ask,
    fitted,
    choose,
    shares,
    ways_on,
)
