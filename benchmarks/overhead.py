"""Time of our probe over a bare loop with the same library, model, texts, head and threads.

    python -m benchmarks.overhead [--texts 500] [--rounds 3]

Needs the starter models (`advisor models starter`). Both sides run in processes of their own, in turn; the ratio is
that of the medians (aim: 1.1 or less). The bare loop has all texts at once; the probe runs in the
batches of the search, which begin with four examples so that a hopeless candidate is soon given up.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from advisor.climb import batch_size
from advisor.families.text_classification import system_prompt
from advisor.machine import look
from advisor.models.at_hand import ModelAtHand, find
from advisor.probe.protocol import ProbeSpec
from advisor.probe.supervisor import Worker, WorkerLimits, environment
from advisor.report.layout import table
from advisor.starter.manifest import STARTER
from advisor.task.examples import Example
from benchmarks.common import load_line, spam_rows

LABELS = {"ham": "a wanted mail", "spam": "an unwanted bulk or fraudulent mail"}
INSTRUCTION = "Decide whether a mail is spam or ham."
TEACHING = 100
BARE = {
    "sentence-transformers": """
import torch; torch.set_num_threads(job["threads"])
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(job["path"])
encode = lambda texts: model.encode(texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
""",
    "static": """
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from model2vec import StaticModel
table = load_file(job["path"] + "/model.safetensors")["embedding.weight"]
model = StaticModel(table, Tokenizer.from_file(job["path"] + "/tokenizer.json"), normalize=True)
encode = lambda texts: model.encode(texts, max_length=512, use_multiprocessing=False)
""",
    "onnx": """
import numpy as np, onnxruntime
from tokenizers import Tokenizer
options = onnxruntime.SessionOptions(); options.intra_op_num_threads = job["threads"]
session = onnxruntime.InferenceSession(job["path"] + "/model.onnx", options)
tokenizer = Tokenizer.from_file(job["path"] + "/tokenizer.json")
tokenizer.enable_truncation(256); tokenizer.enable_padding()
pooled = [n.name for n in session.get_outputs() if len(n.shape) == 2 and isinstance(n.shape[1], int)][0]
def encode(texts):
    parts = []
    for at in range(0, len(texts), 32):
        encoded = tokenizer.encode_batch(texts[at:at + 32])
        mask = np.array([e.attention_mask for e in encoded])
        feeds = {"input_ids": np.array([e.ids for e in encoded]), "attention_mask": mask}
        parts.append(session.run([pooled], feeds)[0])
    vectors = np.concatenate(parts)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
""",
}
BARE_HEAD = """
import json, sys, time
job = json.load(sys.stdin)
{load}
from sklearn.linear_model import LogisticRegression
head = LogisticRegression(C=10, max_iter=2000)
head.fit(encode([t for t, _ in job["teaching"]]), [label for _, label in job["teaching"]])
started = time.perf_counter()
head.predict(encode(job["texts"]))
print(time.perf_counter() - started)
"""
BARE_LLAMA = """
import json, sys, time
job = json.load(sys.stdin)
import os; out = os.fdopen(os.dup(1), "w"); os.dup2(2, 1)
import xllamacpp
p = xllamacpp.CommonParams(); p.model.path = job["path"]; p.n_ctx = 2048; p.n_parallel = 1; p.warmup = False
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = job["threads"]
server = xllamacpp.Server(p)
started = time.perf_counter()
for text in job["texts"]:
    server.handle_chat_completions({
        "messages": [{"role": "system", "content": job["system"]}, {"role": "user", "content": text}],
        "temperature": 0, "max_tokens": 64, "grammar": 'root ::= "ham" | "spam"'})
print(time.perf_counter() - started, file=out, flush=True)
os._exit(0)
"""


def described(model: ModelAtHand, rows: list[tuple[str, str]], threads: int) -> ProbeSpec:
    """Return what a worker is told of a model."""
    form = model.forms[0]
    method = "prompted" if form.runtime == "llama.cpp" else "head"
    return ProbeSpec(
        runtime=form.runtime,
        method=method,
        path=str(model.folder),
        files=form.files,
        family="text-classification",
        instruction=INSTRUCTION,
        labels=LABELS,
        teaching=tuple(rows[:TEACHING]),
        threads=threads,
        seed=0,
        ability=form.ability,
    )


def bare(model: ModelAtHand, rows: list[tuple[str, str]], threads: int) -> float:
    """Return the seconds that a bare loop takes for the rows after the teaching ones."""
    form = model.forms[0]
    job = {
        "path": str(model.folder / form.files[0]) if form.runtime == "llama.cpp" else str(model.folder),
        "teaching": rows[:TEACHING],
        "texts": [text for text, _ in rows[TEACHING:]],
        "threads": threads,
        "system": system_prompt(INSTRUCTION, LABELS),
    }
    code = BARE_LLAMA if form.runtime == "llama.cpp" else BARE_HEAD.format(load=BARE[form.runtime])
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=True,
        env=environment(described(model, rows, threads)),
    )
    return float(done.stdout.split()[-1])


def probed(model: ModelAtHand, rows: list[tuple[str, str]], threads: int) -> float:
    """Return the seconds from the first batch sent to the last outcome received."""
    form = model.forms[0]
    spec = described(model, rows, threads)
    examples = [Example(str(n), text, label, n) for n, (text, label) in enumerate(rows[TEACHING:])]
    limits = WorkerLimits(look().total_memory_bytes, 60, 600)
    with tempfile.TemporaryDirectory() as folder, Worker(spec, limits, Path(folder) / "log") as worker:
        worker.load()
        started = time.perf_counter()
        done = 0
        while done < len(examples):
            done += len(worker.run(examples[done : done + batch_size(form.runtime, done)]))
        return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    threads = look().threads
    names = {model.name for model in STARTER}
    rows = []
    for model in sorted((m for m in find() if m.name in names), key=lambda m: m.forms[0].weights_bytes):
        # A prompted model takes a second a text: a tenth of the texts shows the same ratio.
        count = arguments.texts // 10 if model.forms[0].runtime == "llama.cpp" else arguments.texts
        print(f"measuring {model.name}", file=sys.stderr, flush=True)
        data = spam_rows(TEACHING + count)
        pairs = [(bare(model, data, threads), probed(model, data, threads)) for _ in range(arguments.rounds)]
        loop, probe = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
        rows.append(
            (model.name, model.forms[0].runtime, str(count), f"{loop:.2f}", f"{probe:.2f}", f"{probe / loop:.2f}")
        )
    header = ("model", "engine", "texts", "bare loop s", "probe s", "ratio")
    print("\n".join(table(header, rows, frozenset({2, 3, 4, 5}))))
    print(f"medians of {arguments.rounds}; {load_line()}; aim: ratio 1.1 or less")


if __name__ == "__main__":
    main()
