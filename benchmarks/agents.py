"""What `advisor mcp` costs: seconds until its tools are listed, and tokens of descriptions and answers.

    python -m benchmarks.agents

Asks a real server over stdio about the first mails of the spam example. Tokens are counted as the server does, by Llama
2's tokenizer, which is packaged with the catalog's encoder.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mcp import Client
from mcp.client.stdio import StdioServerParameters

from advisor.cli.mcp.fitting import tokens
from advisor.report.layout import table
from tests.tui.mails import short_mails

WORDS = "which small model can sort these mails? right 75% of the time is enough"


async def ask() -> None:
    """Print what a conversation costs."""
    with tempfile.TemporaryDirectory() as folder:
        mails = short_mails(Path(folder) / "mails", 300, 200)
        command = ["-m", "advisor", "mcp", "--folder", str(mails.parent)]
        began = time.perf_counter()
        async with Client(StdioServerParameters(command=sys.executable, args=command, env=dict(os.environ))) as client:
            tools = (await client.list_tools()).tools
            print(f"tools listed after {time.perf_counter() - began:.1f} s")
            described = {
                tool.name: tool.model_dump_json(exclude_none=True, exclude={"output_schema"}) for tool in tools
            }
            rows: list[tuple[str, ...]] = []

            async def call(name: str, **arguments: object) -> dict[str, Any]:
                began = time.perf_counter()
                (content,) = (answer := await client.call_tool(name, arguments)).content
                seconds = f"{time.perf_counter() - began:.1f}"
                rows.append((name, str(tokens(described[name])), str(tokens(content.text)), seconds))
                return answer.structured_content or {}

            await call("machine")
            await call("search_models", text="sort German support mails")
            answer = await call("understand_task", task=WORDS, examples=mails.name)
            while "next" in answer:
                answer = await call(answer["next"]["tool"], **answer["next"].get("arguments", {}))
            await call("verify")
            await call("compare", first="last", second="last")
            await call("stop_run", handle="last")
            await call("result", run="no-such-run")  # an error's length
    header = ("tool", "its description", "its answer", "seconds")
    print("\n".join(table(header, rows, frozenset({1, 2, 3}))))
    print(f"descriptions of all tools: {sum(map(tokens, described.values()))} tokens")


if __name__ == "__main__":
    asyncio.run(ask())
    code = "import sys, time; at = time.time(); import advisor.cli.app; print(time.time() - at, *sys.modules)"
    taken, *modules = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    print(f"the command line imports in {float(taken):.2f} s, {'with' if 'mcp' in modules else 'without'} the SDK")
