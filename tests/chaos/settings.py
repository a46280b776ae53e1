"""Callboard's own settings, with kinds of step that leave a trace outside the database."""

from console.settings import *  # noqa: F403
from orchestration.steps.registry import STEP_KINDS

STEP_KINDS |= {
    "trace": "tests.chaos.steps.TraceStep",
    "ask": "tests.chaos.steps.AskStep",
    "announced": "tests.chaos.steps.AnnounceStep",
    "nap": "tests.chaos.steps.NapStep",
    "send_back": "tests.chaos.steps.SendBackStep",
    "each": "tests.chaos.steps.EachStep",
    "poison": "tests.chaos.steps.PoisonStep",
    "agent_field": "tests.chaos.steps.PoisonableAgentField",
}
