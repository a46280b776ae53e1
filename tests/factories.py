"""Rows for tests, each with all it needs around it."""

import factory
from factory.django import DjangoModelFactory

from agents.models import Agent, AgentVersion
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


class AgentVersionFactory(DjangoModelFactory):
    class Meta:
        model = AgentVersion

    agent = factory.SubFactory(AgentFactory)
    organization = factory.SelfAttribute("agent.organization")
    number = 1
    spec = factory.LazyFunction(dict)
    published_by = "Somebody"
