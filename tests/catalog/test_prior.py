"""What is known of a model by its name and its original."""

from catalog import ModelCard, prior
from tests.tables import for_each


@for_each(
    ("name", "base", "relation", "is_altered"),
    [
        ("x/Qwen3.5-0.8-Cyber-GGUF", "Qwen/Qwen3.5-0.8B", "quantized", True),
        ("x/Qwen3.5-0.8B-GGUF", "Qwen/Qwen3.5-0.8B", "quantized", False),
        ("x/Qwen_Qwen3.5-0.8B-Q4_K_M-GGUF", "Qwen/Qwen3.5-0.8B", "quantized", False),
        ("google/gemma-4-E4B-it-qat-q4_0-gguf", "google/gemma-4-E4B-it-qat-q4_0-unquantized", "quantized", False),
        ("x/other", "y/Model", "merge", True),
        ("x/other", "y/Model", "finetune", False),
    ],
)
def test_a_smaller_copy_that_lacks_its_originals_name_is_altered(
    name: str, base: str, relation: str, *, is_altered: bool
) -> None:
    assert prior.is_altered(ModelCard(id=name, base_model=base, base_relation=relation)) is is_altered
