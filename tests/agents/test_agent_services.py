import pytest

from agents.errors import AgentInvalid, AgentNameTaken
from agents.services.agents import agent_archive, agent_publish, agent_register, agent_update
from agents.services.credentials import credential_create
from agents.sources.base import entrypoint_place
from console.access import Actor, Role
from console.errors import NotAllowed
from console.models import AuditEntry

CODE = "def run(task_input, *, proxy_url, run_token):\n    return 'hello'\n"


def spec(**changes):
    return {"source": {"kind": "paste", "code": CODE}, **changes}


def problems_of(actor, **changes) -> dict[str, str]:
    with pytest.raises(AgentInvalid) as raised:
        agent_register(actor=actor, name="a", spec=spec(**changes))
    return {problem.dotted_path: problem.message for problem in raised.value.problems}


def test_it_registers_a_draft(admin):
    agent = agent_register(actor=admin, name=" hello ", spec=spec())
    assert (agent.name, agent.has_changes, agent.latest) == ("hello", True, None)
    assert AuditEntry.objects.get().action == "agent.register"


def test_a_name_is_unique_in_its_organization_whatever_its_case(admin):
    agent_register(actor=admin, name="hello", spec=spec())
    with pytest.raises(AgentNameTaken):
        agent_register(actor=admin, name="Hello", spec=spec())


def test_an_archived_agent_frees_its_name(admin):
    archived = agent_register(actor=admin, name="hello", spec=spec())
    agent_archive(actor=admin, agent=archived)
    again = agent_register(actor=admin, name="hello", spec=spec())
    assert (again.name, again.pk == archived.pk) == ("hello", False)


def test_publishing_makes_a_version_that_later_edits_leave_alone(admin):
    agent = agent_register(actor=admin, name="hello", spec=spec())
    version = agent_publish(actor=admin, agent=agent)
    agent.refresh_from_db()
    agent_update(actor=admin, agent=agent, name="hello", spec=spec(run_timeout_s=10))
    version.refresh_from_db()
    assert (version.number, version.spec["run_timeout_s"]) == (1, 300)
    assert agent.has_changes
    assert agent_publish(actor=admin, agent=agent).number == 2


def test_a_member_may_not_register_agents(admin):
    member = Actor(organization_id=admin.organization_id, roles={None: Role.MEMBER})
    with pytest.raises(NotAllowed):
        agent_register(actor=member, name="hello", spec=spec())


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"entrypoint": "main.run"}, "entrypoint"),
        ({"entrypoint": "other"}, "entrypoint"),
        ({"run_timeout_s": 0}, "run_timeout_s"),
        ({"run_timeout_s": 1801}, "run_timeout_s"),
        ({"concurrency": 101}, "concurrency"),
        ({"source": {"kind": "paste", "code": "def run(:"}}, "source"),
        ({"source": {"kind": "paste", "code": "#" * (200 * 1024 + 1)}}, "source.code"),
        ({"source": {"kind": "files", "files": {"../main.py": CODE}}}, "source.files.../main.py"),
        ({"source": {"kind": "files", "files": {".git/main.py": CODE}}}, "source.files..git/main.py"),
        ({"source": {"kind": "files", "files": {"main.txt": CODE}}}, "source.files.main.txt"),
        ({"source": {"kind": "files", "files": {"other.py": CODE}}}, "entrypoint_file"),
        ({"source": {"kind": "files", "files": {f"f{n}.py": "" for n in range(51)}}}, "source.files"),
        ({"source": {"kind": "carrier pigeon"}}, "source.kind"),
        ({"env": [{"name": "A B", "value": "x"}]}, "env.0.name"),
        ({"env": [{"name": "A", "value": "x"}, {"name": "A", "value": "y"}]}, "env.1.name"),
        ({"env": [{"name": "PATH", "value": "x"}]}, "env.0.name"),
        ({"env": [{"name": "A", "credential_id": "cred_01K9X4Z7QD8M3V5T2B6N8C1F0A"}]}, "env.0.credential_id"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_bad_input_names_its_field(admin, changes, path):
    assert path in problems_of(admin, **changes)


@pytest.mark.parametrize(
    "code",
    [
        "async def run(task_input, *, proxy_url, run_token): ...",
        "def run(task_input, **rest): ...",
        "from helpers import run",
        "run = make_agent()",
        "run = None\ndef run(task_input, *, proxy_url, run_token): ...",
        "try:\n    from fast import run\nexcept ImportError:\n    from slow import run",
    ],
)
def test_an_entrypoint_may_be_defined_in_many_ways(admin, code):
    agent = agent_register(actor=admin, name="a", spec=spec(source={"kind": "paste", "code": code}))
    assert agent.draft["source"]["code"] == code


def test_an_entrypoint_must_take_what_it_is_given(admin):
    source = {"kind": "paste", "code": "def run(task_input):\n    return ''"}
    assert "must take" in problems_of(admin, source=source)["entrypoint"]


@pytest.mark.parametrize("code", ["run = 3", "run: dict = {}", f"{CODE}\nrun = 'done'"])
def test_an_entrypoint_must_be_something_to_call(admin, code):
    assert "can't be called" in problems_of(admin, source={"kind": "paste", "code": code})["entrypoint"]


def test_a_mistake_without_a_line_is_told_without_one(admin):
    assert "line" not in problems_of(admin, source={"kind": "paste", "code": f"{CODE}\0"})["source"]


def test_code_is_parsed_and_never_run(admin, tmp_path):
    trap = tmp_path / "it ran"
    code = f"open({str(trap)!r}, 'w').close()\n{CODE}"
    agent_register(actor=admin, name="a", spec=spec(source={"kind": "paste", "code": code}))
    assert not trap.exists()


def test_a_variable_may_come_from_a_credential(admin):
    credential = credential_create(actor=admin, name="key", value="a secret value")
    agent = agent_register(
        actor=admin, name="a", spec=spec(env=[{"name": "KEY", "credential_id": credential.public_id}])
    )
    assert agent.draft["env"] == [{"name": "KEY", "credential_id": credential.public_id}]


def test_a_variable_needs_a_credential_that_exists(admin):
    assert "env.0.credential_id" in problems_of(admin, env=[{"name": "KEY", "credential_id": ""}])


def test_one_save_tells_what_is_wrong_with_settings_and_code(admin):
    source = {"kind": "paste", "code": "def other(): ..."}
    assert set(problems_of(admin, run_timeout_s=9999, source=source)) == {"run_timeout_s", "entrypoint"}


def test_a_kind_of_source_that_is_no_word_is_a_problem(admin):
    assert "source.kind" in problems_of(admin, source={"kind": ["paste"]})


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (f"\n\n{CODE}", (3, True)),
        ("@traced\ndef run(*everything): ...", (2, False)),
        ("from helpers import run", (1, False)),
        ("def other(): ...", None),
        ("def run(:", None),
    ],
)
def test_it_finds_where_the_entrypoint_is_defined(code, expected):
    assert entrypoint_place(code, "run") == expected
