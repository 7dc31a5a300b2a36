"""The commands as tools for agents: by the SDK's own client, in memory, over stdio with a real run, and over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from advisor.cli.mcp import answers, jobs
from advisor.cli.mcp.allowed import Allowed, examples_of
from advisor.cli.mcp.fitting import USUAL, fit, refused, tokens
from advisor.cli.mcp.server import ANNOTATIONS, TOKEN, make
from advisor.errors import EXIT_CODE_MEANINGS, ExitCode
from advisor.runs.reader import open_run
from tests import warm
from tests.conftest import ROOT, Home, Ran, linked_home, run_advisor, run_python
from tests.tables import for_each
from tests.tui.mails import short_mails

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from mcp.types import CallToolResult

    Call = Callable[..., Awaitable[dict[str, Any]]]

STATIC = "wordllama-l2-supercat-256"
QUESTION = "which small model can sort these mails? right 75% of the time is enough"


async def called(client: Client, name: str, arguments: dict[str, Any]) -> CallToolResult:
    """Call a tool; its answer is short, and the same document as text and as values."""
    answer = await client.call_tool(name, arguments)
    (content,) = answer.content
    assert json.loads(content.text) == answer.structured_content
    if "max_tokens" not in arguments:
        assert tokens(content.text) <= USUAL, content.text
    return answer


def talk(allowed: Allowed, steps: Callable[[Call], Awaitable[None]]) -> None:
    """Let a script call the tools of a server in this process; an error's document is its "error"."""

    async def all_steps() -> None:
        async with Client(make(allowed)) as client:
            await client.list_tools()  # then the client checks answers against their schemas

            async def call(name: str, **arguments: Any) -> dict[str, Any]:
                found = (await called(client, name, arguments)).structured_content
                assert found is not None
                return found

            await steps(call)

    asyncio.run(all_steps())


async def follow(call: Call, answer: dict[str, Any], until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Do what each answer says comes next, until one is as wanted."""
    while not until(answer):
        assert "next" in answer, answer
        answer = await call(answer["next"]["tool"], **answer["next"].get("arguments", {}))
    return answer


@pytest.fixture
def ran(quick_run: tuple[Home, Ran], here: Home) -> tuple[Allowed, Path]:
    """A finished run in a home of this very process, and a server that may read its examples."""
    runs = here.data / "model-advisor" / "runs"
    shutil.copytree(quick_run[0].data / "model-advisor" / "runs", runs, dirs_exist_ok=True)
    (run,) = [folder for folder in runs.iterdir() if (folder / "result.json").is_file()]
    place = Path(examples_of(open_run(run))).parent  # of the test process that made the run
    return Allowed((place.resolve(),), send_to=("a.example",)), run


def keep_job(
    handle: str, progress: str = "", *, files: Sequence[str] = (), process: psutil.Process | None = None
) -> None:
    """Keep a job as a server does; without a process, its own has ended and printed nothing. One that runs is older."""
    pid, created = (1, 0.0) if process is None else (process.pid, process.create_time())
    folder = jobs.jobs_dir() / handle
    folder.mkdir(parents=True)
    known = {"arguments": {}, "files": [*files], "pid": pid, "created": created, "began": float(process is None)}
    (folder / "job.json").write_text(json.dumps(known), encoding="utf-8")
    (folder / "out").touch()
    (folder / "err").write_text(progress, encoding="utf-8")


def test_each_tool_answers(ran: tuple[Allowed, Path]) -> None:
    """In the schema it names, in few tokens, and with as much as is asked for."""
    allowed, run = ran

    async def steps(call: Call) -> None:
        machine = await call("machine")
        assert (machine["may_download"], machine["folders"][0]) == ("0", str(allowed.folders[0]))
        assert STATIC in machine["models"]
        question = {"task": "sort mails into ham and spam"}
        lacks, same = await asyncio.gather(*(call("understand_task", **question) for _ in range(2)))
        assert lacks == same
        assert (lacks["must_answer"]["key"], lacks["next"]["tool"]) == ("examples", "understand_task")
        assert lacks["next"]["arguments"] == question  # consent to send is no answer
        found = await call("search_models", text="sort German mails", max_parameters="400M")
        assert found["family"] == "text-classification"
        assert found["models"]
        brief, whole = await call("result"), await call("result", run=run.name[:6], max_tokens=20_000)
        document = json.loads((run / "result.json").read_text(encoding="utf-8"))
        assert brief["verdict"] == whole["verdict"] == document["verdict"]
        report = " ".join(whole["lines"])
        assert all(each["name"][:40] in report for each in document["candidates"])  # longer ones are cut
        assert brief["more"]
        assert "more" not in whole
        same = await call("compare", first="last", second=str(run))
        assert (same["only_first_right"], same["p_value"]) == (0, 1.0)
        keep_job(other := "verify-0123456789", files=["/gone/mails.csv"])  # nothing that this server may read
        for tool in ("run_status", "stop_run"):
            assert (await call(tool, handle=other))["error"]["kind"] == "consent_needed"
        keep_job(other := "run-9876543210", files=["/gone/mails.csv"])
        assert (await call("result", run=other))["error"]["kind"] == "consent_needed"
        keep_job(cut := "run-0123456789", "one: 3 of 9 right\n")
        status = await call("run_status")
        assert (status["state"], status["doing"], status["next"]["tool"]) == (
            "interrupted",
            "one: 3 of 9 right",
            "start_run",
        )
        assert "interrupted" in (await call("result", run=cut))["error"]["message"]
        for long in ("sort my mails " * 2000, "邮件分类" * 2000):  # `called` counts the tokens
            for tool, argument in (("understand_task", "task"), ("search_models", "text"), ("result", "run")):
                await call(tool, **{argument: long})
        refusal = await follow(call, await call("verify"), lambda answer: "error" in answer)
        assert (refusal["error"]["kind"], refusal["error"]["exit_code"]) == ("input", 2)  # it recommends none

    talk(allowed, steps)


def test_commands_are_stopped_and_cleared_away(here: Home, tmp_path: Path) -> None:
    """The process ends, what it measured stays; of those that are over only the newest are kept."""
    shutil.copy(ROOT / "tests" / "task" / "evaluations" / "mails.eval", tmp_path)
    for number in range(jobs.KEPT + 1):
        keep_job(f"plan-{number:010x}")

    async def steps(call: Call) -> None:
        keep_job(handle := "run-0123456789", process=psutil.Process(process.pid))
        assert (await call("run_status", handle=handle))["state"] == "running"
        plan = await call("plan", task="mails.eval", wait=0)  # begins a job, so old ones are deleted
        assert {handle, plan["handle"]} < {job.handle for job in jobs.jobs()}
        assert len(jobs.jobs()) == jobs.KEPT + 1  # the running one stays
        stopped = await call("stop_run", handle=handle)
        assert stopped["state"] == "interrupted"
        assert "next" not in stopped
        # The run after its plan: of two at once the later would be refused the folder.
        ended = await call("stop_run", handle=plan["handle"], wait=55)
        assert ended.get("state") == "interrupted", ended
        run = await call("start_run", handle=plan["handle"], wait=0)  # an evaluation is a task and its examples
        ended = await call("stop_run", handle=run["handle"], wait=55)
        assert ended.get("state") == "interrupted", ended

    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        try:
            talk(Allowed((tmp_path.resolve(),)), steps)
        finally:
            process.kill()
    assert process.returncode == -signal.SIGTERM


WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("understand_task", {"task": "sort", "examples": "no.csv"}, "input", "no.csv"),
    ("understand_task", {"task": "sort", "examples": "/etc/passwd"}, "consent_needed", "--folder"),
    ("understand_task", {"task": "sort", "examples": "link.csv"}, "consent_needed", "--folder"),
    ("plan", {"task": "../outside.yaml"}, "consent_needed", "--folder"),
    ("plan", {"task": "inside.yaml"}, "consent_needed", "--folder"),
    ("plan", {"task": "relative.yaml"}, "consent_needed", "--folder"),
    ("plan", {"task": "linked.yaml"}, "consent_needed", "--folder"),
    ("plan", {"task": "registry.yaml"}, "consent_needed", "--folder"),
    ("plan", {"task": "names.yaml"}, "consent_needed", "--folder"),
    ("understand_task", {"task": "sort", "examples": "registry.yaml"}, "consent_needed", "--folder"),
    ("understand_task", {"task": "sort", "examples": "promptfoo.yaml"}, "input", "outside this file's folder"),
    ("plan", {"task": "sort", "answers": {"documents.path": "/etc"}}, "consent_needed", "--folder"),
    ("plan", {"task": "sort", "answers": {"documents": "../outside.yaml"}}, "consent_needed", "--folder"),
    ("plan", {"task": "sort", "answers": {"send_to": ["a.example"]}}, "input", "send_to"),
    ("plan", {"task": " "}, "input", "task"),
    ("plan", {"task": "sort", "require": "sure"}, "input", "require"),
    ("start_run", {"handle": "plan-0123456789"}, "input", "plan-0123456789"),
    ("run_status", {"handle": "../../etc"}, "input", "handle"),
    ("run_status", {}, "input", "no job"),
    ("result", {"run": "ffffffffffff"}, "input", "ffffffffffff"),
    ("result", {"run": "/etc"}, "consent_needed", "--folder"),
    ("result", {}, "input", "no run on files of these folders"),
    ("export", {"output": "/elsewhere"}, "consent_needed", "--folder"),
    ("search_models", {"text": "sort", "licenses": ["no-such"]}, "input", "no-such"),
    ("search_models", {"text": "sort", "max_tokens": 1}, "input", "max_tokens"),
    ("no_tool", {}, "input", "start_run"),
]


def test_errors_say_what_and_what_to_do(ran: tuple[Allowed, Path], tmp_path: Path) -> None:
    """In the words and exit codes of the command line; nothing outside the folders is read, and nothing is run."""
    folder = tmp_path / "allowed"
    folder.mkdir()
    (folder / "link.csv").symlink_to("/etc/passwd")
    (tmp_path / "outside.yaml").write_text("name: x\n", encoding="utf-8")
    (tmp_path / "data").mkdir()
    for name, text in {
        "inside": f"examples: {{path: {tmp_path / 'outside.yaml'}}}\n",
        "relative": "examples: {path: x.csv}\ndocuments: {path: ../outside.yaml}\n",
        "linked": "teaching: {path: link.csv}\n",
        "registry": "e.v0: {class: 'm:Match', args: {samples_jsonl: samples.jsonl}}\n",
        "names": "examples: {path: registry.yaml}\n",
        "promptfoo": "tests: file://../outside.yaml\n",
    }.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")

    shutil.copy(ROOT / "tests" / "task" / "evaluations" / "mails.eval", folder)
    assert Allowed((folder,)).task("mails.eval") == str(folder / "mails.eval")  # a task, though no text

    async def steps(call: Call) -> None:
        elsewhere = ("result", {"run": ran[1].name}, "consent_needed", "--folder")  # its examples are
        for name, arguments, kind, names in [*WRONG, elsewhere]:
            given = {"max_tokens": 300} | arguments if name != "no_tool" else arguments
            error = (await call(name, **given))["error"]
            assert (error["kind"], error["exit_code"]) == (kind, ExitCode.BAD_INPUT), (name, arguments, error)
            assert error["meaning"] == EXIT_CODE_MEANINGS[ExitCode.BAD_INPUT]
            assert names in f"{error['message']}; {error['what_to_do']}", (name, arguments, error)

    talk(Allowed((folder.resolve(),)), steps)
    assert jobs.jobs() == []


ADVICE = [
    ("give it with --set labels=[A,B]", 'give it with answers={"labels": [A,B]}'),
    ("if you agree, add --send-to api.example", "--allow-send api.example (a flag of `advisor mcp`"),
    ("add --download SIZE", "--allow-download SIZE (a flag of `advisor mcp`"),
    ("if you agree, add --allow-code scorer.py", "tools run no code that a task brings"),
]


@for_each("advice, shown", ADVICE)
def test_advice_is_in_the_tools_words(advice: str, shown: str) -> None:
    """An argument where there is one; else a flag that only the person who starts the server can give."""
    error = {"kind": "input", "message": "so", "what_to_do": advice, "exit_code": 2}
    document = refused(error).structured_content
    assert shown in document["error"]["what_to_do"]


def test_an_answer_always_fits() -> None:
    """Whatever it holds; what is left out is named with its number, the last fields first."""
    long = ["ßå漢" * 60] * 40
    answer = answers.Understood(
        facts={f"key{number}": long[0] for number in range(30)},
        notices=long,
        assumed=["a"],
        next=answers.Next(tool="plan", arguments={"task": "word " * 2000}),
    )
    for most in (200, 300, 5000):
        document = fit(answer, most).structured_content or {}
        assert tokens(json.dumps(document, ensure_ascii=False, separators=(",", ":"))) <= most
        assert document["facts"] is not None
        assert any(name.startswith("notices: ") for name in document["more"]), document["more"]
    error = {"kind": "input", "message": long[0] * 9, "what_to_do": long[0] * 9, "exit_code": 2}
    (content,) = refused(error).content
    assert tokens(content.text) <= USUAL
    assert fit(answers.Status(handle="run-1", state="running", seconds=1), 200).structured_content == {
        "handle": "run-1",
        "state": "running",
        "seconds": 1,
    }


def test_the_page_has_the_tools() -> None:
    """With what each does and its hints; their schemas name every argument."""
    page = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")

    async def steps() -> None:
        async with Client(make(Allowed((ROOT,)))) as client:
            tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == list(ANNOTATIONS)
        for tool in tools:
            hints = "reads" if tool.annotations.read_only_hint else "adds"
            hints = "stops" if tool.annotations.destructive_hint else hints
            assert f"| `{tool.name}` | {(tool.description or '').splitlines()[0]} | {hints} |" in page, tool.name
            assert (tool.output_schema or {})["type"] == "object"
            assert "max_tokens" in tool.input_schema["properties"]

    asyncio.run(steps())
    for block in re.findall(r"^```json\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE):
        json.loads(block)
    commands = [line.split()[1:] for line in page.splitlines() if line.startswith("advisor mcp")]
    assert commands
    options = run_python("-m", "advisor", "mcp", "--help").stdout
    assert all(flag in options for command in commands for flag in command if flag.startswith("--"))


@pytest.mark.soak
def test_an_agent_gets_to_a_recommendation(starter_home: Home, tmp_path: Path) -> None:
    """Over stdio, by what tools and answers say alone; the server is killed while the run goes on."""
    home = linked_home(tmp_path / "home", starter_home, STATIC)
    mails = short_mails(tmp_path / "mails", 300, 200)
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "advisor", "mcp", "--folder", str(mails.parent)],
        env=os.environ | home.environment,
    )
    handles: list[str] = []

    async def begins() -> None:
        before = warm.forked()
        async with Client(server) as client:
            (process,) = warm.forked() - before
            names = {tool.name for tool in (await client.list_tools()).tools}

            async def call(name: str, **arguments: Any) -> dict[str, Any]:
                assert name in names
                return (await called(client, name, arguments)).structured_content or {}

            read = await call("understand_task", task=QUESTION, examples=mails.name)
            assert read["facts"]["labels"] == ["ham", "spam"]
            assert read["facts"]["bar.pass_rate"] == 0.75
            run = await follow(call, read, lambda answer: answer.get("handle", "").startswith("run-"))
            again = await call("start_run", handle=run["handle"])
            assert again["handle"] == run["handle"]  # it is joined, not begun twice
            handles.append(run["handle"])
            os.kill(process, signal.SIGKILL)

    async def ends() -> None:
        async with Client(server) as client:

            async def call(name: str, **arguments: Any) -> dict[str, Any]:
                return (await called(client, name, arguments)).structured_content or {}

            said: list[str | None] = []

            async def progress(done: float, total: float | None, message: str | None) -> None:
                said.append(message)

            first = await client.call_tool("run_status", {"wait": 1}, progress_callback=progress)
            assert first.structured_content["handle"] == handles[0]
            assert said or first.structured_content["state"] == "finished"
            found = await follow(call, first.structured_content, lambda answer: "verdict" in answer)
            assert (found["verdict"], found["strength"]) == ("passes", "certified")
            assert found["model"] in {STATIC, "words and characters"}
            made = await follow(call, found, lambda answer: "same" in answer)
            assert (mails.parent / f"model-{found['run']}" / "predict.py").is_file()
            assert made["same"] == made["checked"] > 0
            held = await follow(call, await call("verify", wait=0), lambda answer: "verdict" in answer)
            assert (held["verdict"], held["exit_code"]) == ("holds", 0)

    asyncio.run(begins())
    asyncio.run(ends())


@pytest.mark.usefixtures("cold")
@pytest.mark.usefixtures("here")
def test_a_plan_without_examples_is_a_shortlist(tmp_path: Path) -> None:
    """Of untested models, with the same call as the next step, once there are examples."""

    async def steps(call: Call) -> None:
        task = "sort Portuguese reviews of our shop into positive, neutral and negative"
        answer = await follow(call, await call("plan", task=task, wait=50), lambda answer: answer["state"] != "running")
        assert "not tested" in answer["lines"][0]
        assert any(each.startswith("pysentimiento/bertabaporu-pt-sentiment") for each in answer["candidates"])
        assert answer["next"]["tool"] == "plan"
        assert answer["next"]["arguments"]["task"] == task

    talk(Allowed((tmp_path,)), steps)


def test_over_http_the_token_decides(home: Home, tmp_path: Path) -> None:
    """Without it, or with a wrong one, nothing is answered; it listens on this machine alone."""
    token = "right-" + "0" * 20
    environment = os.environ | home.environment | {TOKEN: token}
    command = [sys.executable, "-m", "advisor", "mcp", "--folder", str(tmp_path), "--http", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as server:
        address = re.fullmatch(r"listening at (http://127\.0\.0\.1:\d+/mcp)\n", server.stderr.readline())
        assert address is not None
        assert token not in server.stderr.readline()

        async def status(headers: dict[str, str]) -> int:
            async with create_mcp_http_client(headers=headers) as http:
                return int((await http.post(address[1], json={})).status_code)

        async def ask(headers: dict[str, str]) -> str:
            if await status(headers) == 401:
                return "refused"
            async with (
                create_mcp_http_client(headers=headers) as http,
                Client(streamable_http_client(address[1], http_client=http)) as client,
            ):
                return str(((await client.call_tool("machine", {})).structured_content or {})["folders"])

        try:
            assert asyncio.run(ask({})) == "refused"
            rebound = {"Authorization": f"Bearer {token}", "Host": "other.example"}
            assert asyncio.run(status(rebound)) == 421  # a page of another site that resolves to this machine
            assert asyncio.run(ask({"Authorization": "Bearer wrong"})) == "refused"
            assert asyncio.run(ask({"Authorization": f"Bearer {token}"})) == str([str(tmp_path.resolve())])
        finally:
            server.terminate()


def test_the_sdk_is_an_extra(home: Home, tmp_path: Path) -> None:
    """Help does without it; without it one line says what to install; wrong folders are refused."""
    code = (
        "import sys\nfrom advisor.cli.app import invoke\ninvoke(['mcp', '--help'])\n"
        "assert 'mcp' not in sys.modules\nsys.modules['mcp'] = None\n"
        "from advisor.cli.failure import guarded\nsys.exit(guarded(lambda: invoke(['mcp'])))"
    )
    done = run_python("-c", code, home=home)
    assert (done.returncode, done.stderr.splitlines()) == (
        5,
        ["error: the package mcp is not installed; pip install 'model-advisor[mcp]'"],
    )
    for arguments, cwd in (
        (["--folder", "nowhere"], tmp_path),
        ([], tmp_path.anchor),
        (["--allow-download", "x"], tmp_path),
    ):
        run_advisor(home, "mcp", *arguments, cwd=cwd, code=2)
