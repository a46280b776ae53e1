"""Agents and their versions, the runs of an agent, and what they use: models, tools, knowledge and credentials."""

from agents.models.agents import Agent, AgentVersion
from agents.models.archives import AgentArchive, ArchiveStatus
from agents.models.credentials import Credential
from agents.models.endpoints import ModelCall, ModelDefaults, ModelEndpoint, Provider, Purpose
from agents.models.images import AgentImage, ImageLogPiece, ImageState
from agents.models.knowledge import Chunk, Document, DocumentState, KnowledgeSource
from agents.models.memories import Memory, MemoryEntry, MemoryScope, Word
from agents.models.runs import AgentRun, AgentRunStatus, VerdictWord
from agents.models.sandbox_definitions import SandboxDefinition
from agents.models.tools import Method, SendAs, Tool
from agents.models.topics import TopicRoute
from agents.models.trajectory import TrajectoryChunk

__all__ = [
    "Agent",
    "AgentArchive",
    "AgentImage",
    "AgentRun",
    "AgentRunStatus",
    "AgentVersion",
    "ArchiveStatus",
    "Chunk",
    "Credential",
    "Document",
    "DocumentState",
    "ImageLogPiece",
    "ImageState",
    "KnowledgeSource",
    "Memory",
    "MemoryEntry",
    "MemoryScope",
    "Method",
    "ModelCall",
    "ModelDefaults",
    "ModelEndpoint",
    "Provider",
    "Purpose",
    "SandboxDefinition",
    "SendAs",
    "Tool",
    "TopicRoute",
    "TrajectoryChunk",
    "VerdictWord",
    "Word",
]
