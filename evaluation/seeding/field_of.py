"""The agent field of a pipeline version, as seeding and grading know it."""

from evaluation.field import AgentFieldConfig
from evaluation.seeding.wiring import Wiring, wire
from orchestration.dialects import fields
from orchestration.models import PipelineVersion


def config_of(version: PipelineVersion) -> AgentFieldConfig:
    return AgentFieldConfig.model_validate(fields.agent_field(version.definition).agent_config)


def wiring_of(version: PipelineVersion) -> Wiring:
    """Return which columns a version's uploads have, and what they feed."""
    return wire(config_of(version).odyssey_seed_columns, fields.columns(version.definition))
