"""Language models that rank: a pair's score is the logit of a word after a prompt.

sentence-transformers reads the word and the prompt from the folder of a model saved with it. For published families
whose folders have neither, they are given here, as published by their makers.
"""

import re
from typing import NamedTuple

from advisor.formats.folder import ModelFolder

_ARCHITECTURE = "ForCausalLM"
_QUERY = "{{ messages | selectattr('role', 'eq', 'query') | map(attribute='content') | first }}"
_DOCUMENT = "{{ messages | selectattr('role', 'eq', 'document') | map(attribute='content') | first }}"


class Reranker(NamedTuple):
    """How a family of language models scores a pair."""

    name: re.Pattern[str]  # Pattern in its models' names.
    yes: str  # The word whose logit means that the document answers the query.
    no: str  # The word it is compared with.
    # A chat template with the roles query and document. A newline at its end is an expression, because Jinja removes a
    # plain one.
    template: str


# Their words are single tokens in each family's tokenizer.
PUBLISHED = (
    Reranker(
        re.compile(r"qwen3-reranker", re.IGNORECASE),
        "yes",
        "no",
        "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
        'provided. Note that the answer can only be "yes" or "no".<|im_end|>\n'
        "<|im_start|>user\n<Instruct>: Given a web search query, retrieve relevant passages that answer the query\n"
        f"<Query>: {_QUERY}\n<Document>: {_DOCUMENT}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>"
        "{{ '\\n\\n' }}",
    ),
    Reranker(
        re.compile(r"mxbai-rerank-\w+-v2", re.IGNORECASE),
        "1",
        "0",
        "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
        f"<|im_start|>user\nquery: {_QUERY}\ndocument: {_DOCUMENT}\n"
        "You are a search relevance expert who evaluates how well documents match search queries. For each "
        "query-document pair, carefully analyze the semantic relationship between them, then provide your binary "
        "relevance judgment (0 for not relevant, 1 for relevant).\nRelevance:<|im_end|>\n<|im_start|>assistant"
        "{{ '\\n' }}",
    ),
)


def published(name: str) -> Reranker | None:
    """Return how a model of that name scores a pair, None if its family is unknown."""
    return next((family for family in PUBLISHED if family.name.search(name)), None)


def writes(folder: ModelFolder) -> bool:
    """Return whether a folder holds a language model, without sentence-transformers modules to score with it."""
    named = folder.config.get("architectures")
    return isinstance(named, list) and str(named[:1]).endswith(f"{_ARCHITECTURE}']") and not folder.modules


def reranker_in(folder: ModelFolder) -> Reranker | None:
    """Return how the language model in a folder scores a pair, if the folder does not say so itself."""
    return published(folder.name) if writes(folder) else None
