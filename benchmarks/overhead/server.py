"""An OpenAI-compatible server on loopback: llama.cpp with one GGUF file. Arguments: the file, threads."""

from __future__ import annotations

import sys

import xllamacpp


def main() -> None:
    """Serve until the input ends; print the address first."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = sys.argv[1]
    parameters.n_ctx, parameters.n_parallel, parameters.port, parameters.warmup = 2048, 1, 0, False
    parameters.verbosity = 0
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads, threads.poll = int(sys.argv[2]), 0
    parameters.cache_ram_mib = 0  # every pass has the same texts: they shall be read each time
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
