"""Rows for tests, each with all it needs around it."""

import uuid
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from agents.models import (
    Agent,
    AgentArchive,
    AgentRun,
    AgentRunStatus,
    AgentVersion,
    ArchiveStatus,
    KnowledgeSource,
    Memory,
    MemoryScope,
    ModelCall,
    ModelEndpoint,
    Provider,
    Purpose,
    SandboxDefinition,
    Tool,
)
from agents.sandbox_definitions.shape import SandboxSettings
from console.access import Role
from console.models import Membership, Organization, Project, User
from orchestration.models import Dialect, Pipeline, PipelineVersion


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = Organization

    slug = factory.Sequence(lambda n: f"org-{n}")
    name = factory.Sequence(lambda n: f"Organization {n}")


class ProjectFactory(DjangoModelFactory):
    class Meta:
        model = Project

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Project {n}")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person-{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    organization = factory.SubFactory(OrganizationFactory)
    role = Role.ORG_ADMIN


class PipelineFactory(DjangoModelFactory):
    class Meta:
        model = Pipeline

    project = factory.SubFactory(ProjectFactory)
    organization = factory.SelfAttribute("project.organization")
    name = factory.Sequence(lambda n: f"Pipeline {n}")
    dialect = Dialect.FIELDS


class PipelineVersionFactory(DjangoModelFactory):
    class Meta:
        model = PipelineVersion

    pipeline = factory.SubFactory(PipelineFactory)
    organization = factory.SelfAttribute("pipeline.organization")
    number = 1
    definition = factory.LazyFunction(dict)
    graph = factory.LazyFunction(dict)
    published_by = "Somebody"


class AgentFactory(DjangoModelFactory):
    class Meta:
        model = Agent

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"agent-{n}")
    runtime = "python"


class AgentArchiveFactory(DjangoModelFactory):
    """An archive that is confirmed; there is no file behind it."""

    class Meta:
        model = AgentArchive

    organization = factory.SubFactory(OrganizationFactory)
    filename = factory.Sequence(lambda n: f"agent-{n}.zip")
    size_bytes = 100
    status = ArchiveStatus.CONFIRMED
    upload_expires_at = factory.LazyFunction(timezone.now)
    uploaded_by = "Somebody"
    sha256 = "0" * 64


class AgentVersionFactory(DjangoModelFactory):
    class Meta:
        model = AgentVersion

    agent = factory.SubFactory(AgentFactory)
    organization = factory.SelfAttribute("agent.organization")
    number = 1
    spec = factory.LazyFunction(dict)
    published_by = "Somebody"


class ModelEndpointFactory(DjangoModelFactory):
    class Meta:
        model = ModelEndpoint

    organization = factory.SubFactory(OrganizationFactory)
    display_name = factory.Sequence(lambda n: f"Model {n}")
    provider = Provider.OPENAI_COMPATIBLE
    model_id = factory.Sequence(lambda n: f"model-{n}")
    base_url = "http://127.0.0.1:1/v1"
    input_price = Decimal(2)
    output_price = Decimal(10)


class ModelCallFactory(DjangoModelFactory):
    class Meta:
        model = ModelCall

    organization = factory.SubFactory(OrganizationFactory)
    purpose = Purpose.AGENT
    model = "model-1"
    input_tokens = 1_200
    output_tokens = 34
    cost = Decimal("0.005")
    latency_ms = 1


class ToolFactory(DjangoModelFactory):
    class Meta:
        model = Tool

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"tool-{n}")
    url = "http://127.0.0.1:1/things/{{id}}"


class SandboxDefinitionFactory(DjangoModelFactory):
    class Meta:
        model = SandboxDefinition

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"sandbox-{n}")
    settings = factory.LazyFunction(lambda: SandboxSettings().model_dump(mode="json", exclude_none=True))


class AgentRunFactory(DjangoModelFactory):
    """A run that has ended well and was not graded yet."""

    class Meta:
        model = AgentRun

    project = factory.SubFactory(ProjectFactory)
    organization = factory.SelfAttribute("project.organization")
    agent = factory.SubFactory(AgentFactory, organization=factory.SelfAttribute("..organization"))
    version = factory.SubFactory(AgentVersionFactory, agent=factory.SelfAttribute("..agent"))
    run_id = factory.LazyFunction(uuid.uuid4)
    node_id = "answer"
    title = "Say hello"
    task_input = factory.LazyFunction(lambda: {"user_instruction": "Say hello"})
    status = AgentRunStatus.COMPLETED
    final_response = "Hello"


class KnowledgeSourceFactory(DjangoModelFactory):
    class Meta:
        model = KnowledgeSource

    project = factory.SubFactory(ProjectFactory)
    organization = factory.SelfAttribute("project.organization")
    name = factory.Sequence(lambda n: f"Source {n}")


class MemoryFactory(DjangoModelFactory):
    """A memory of one project."""

    class Meta:
        model = Memory

    project = factory.SubFactory(ProjectFactory)
    organization = factory.SelfAttribute("project.organization")
    scope = MemoryScope.PROJECT
    name = factory.Sequence(lambda n: f"Memory {n}")
