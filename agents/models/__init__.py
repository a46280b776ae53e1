"""Agents and their versions, the runs of an agent, and what they use: models and credentials."""

from agents.models.agents import Agent, AgentVersion
from agents.models.credentials import Credential
from agents.models.endpoints import ModelCall, ModelDefaults, ModelEndpoint, Provider, Purpose
from agents.models.runs import AgentRun, AgentRunStatus, VerdictWord
from agents.models.trajectory import TrajectoryChunk

__all__ = [
    "Agent",
    "AgentRun",
    "AgentRunStatus",
    "AgentVersion",
    "Credential",
    "ModelCall",
    "ModelDefaults",
    "ModelEndpoint",
    "Provider",
    "Purpose",
    "TrajectoryChunk",
    "VerdictWord",
]
