"""Callboard's own settings, with a step that does nothing: what is left is what the engine itself takes."""

from console.settings import *  # noqa: F403
from orchestration.steps.registry import STEP_KINDS

STEP_KINDS |= {"nothing": "benchmarks.steps.NothingStep"}
