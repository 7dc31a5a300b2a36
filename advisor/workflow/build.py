"""The graph, as it reads in DESIGN: interview, shortlist and plan, probe, decide, report; then the next part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.graph import START, StateGraph

from advisor.workflow import nodes
from advisor.workflow.context import Context
from advisor.workflow.state import KEPT_CLASSES, State

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph


def serializer() -> JsonPlusSerializer:
    """Return what writes the state into checkpoints: plain values and our own frozen classes, nothing else."""
    return JsonPlusSerializer(allowed_msgpack_modules=[(kind.__module__, kind.__qualname__) for kind in KEPT_CLASSES])


def build(checkpoints: BaseCheckpointSaver[Any]) -> CompiledStateGraph[State, Context, State, State]:
    """Return the graph, kept in the given checkpoints."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("read", nodes.read)
    graph.add_node("ask", nodes.ask)
    graph.add_node("propose", nodes.propose)
    graph.add_node("plan", nodes.plan)
    graph.add_node("probe", nodes.probe)
    graph.add_node("decide", nodes.decide)
    graph.add_node("report", nodes.report)
    graph.add_edge(START, "read")
    graph.add_conditional_edges("read", nodes.after_read)
    graph.add_conditional_edges("propose", nodes.after_propose)
    graph.add_edge("ask", "read")
    graph.add_conditional_edges("plan", nodes.after_plan)
    graph.add_conditional_edges("probe", nodes.after_probe)
    graph.add_conditional_edges("decide", nodes.after_decide)
    graph.add_conditional_edges("report", nodes.after_report)
    return graph.compile(checkpointer=checkpoints)
