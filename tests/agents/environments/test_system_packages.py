"""System packages, really installed in the docker backend, and refused where nothing can become root."""

import pytest

from agents.environments.caches import Caches
from agents.environments.ready import ready
from agents.environments.setup_log import StepFailed
from agents.environments.shape import Environment
from agents.environments.system_packages import REPOSITORY
from sandboxes.base import Profile, SandboxSpec, User
from tests.agents.environments.conftest import make_backend, noted

JQ = Environment(system_packages=["jq"])


@pytest.fixture(scope="module")
def engine(docker):
    yield docker
    for name in docker.saved_images():
        docker.forget_image(name)


@pytest.mark.docker
def test_packages_are_installed_as_root_and_kept_for_the_next_run(engine, work):
    with Caches(engine, work.stop) as caches:
        got = ready(JQ, engine, None, caches, work)
        with engine.open(SandboxSpec(image=got.image, profile=got.profile)) as sandbox:
            assert sandbox.exec(["jq", "-n", "1 + 1"]).stdout == b"2\n"
            assert sandbox.exec(["sudo", "-n", "id"]).exit_code != 0
    assert got.profile is Profile.LOCKED
    assert "Setting up jq" in work.text

    again = noted()
    with Caches(engine, again.stop) as caches:
        assert ready(JQ, engine, None, caches, again).image == got.image
    assert again.text == ""
    assert again.told == [{"name": "System packages", "detail": "jq", "cached": True}]


@pytest.mark.docker
def test_requirements_are_compiled_with_what_packages_installed(engine, work):
    environment = Environment(system_packages=["jq"], requirements=["six==1.17.0"])
    with Caches(engine, work.stop) as caches:
        got = ready(environment, engine, None, caches, work)
        with engine.open(SandboxSpec(image=got.image, mounts=got.mounts)) as sandbox:
            assert (
                sandbox.exec([got.python, "-c", "import six, shutil; print(shutil.which('jq'))"]).stdout
                == b"/usr/bin/jq\n"
            )

    assert [step["name"] for step in work.told] == ["System packages", "Python requirements"]


@pytest.mark.docker
def test_a_package_that_is_not_there_is_environment_setup_failed(engine, work):
    missing = Environment(system_packages=["jq", "callboard-has-no-such-package"])
    with Caches(engine, work.stop) as caches, pytest.raises(StepFailed) as caught:
        ready(missing, engine, None, caches, work)

    assert str(caught.value).startswith("System packages: apt-get install ended with exit code 100.\n")
    assert "Unable to locate package callboard-has-no-such-package" in caught.value.tail


@pytest.mark.docker
def test_a_name_is_no_pattern(engine, work):
    pattern = Environment(system_packages=["libjq."])
    with Caches(engine, work.stop) as caches, pytest.raises(StepFailed, match="apt-get install"):
        ready(pattern, engine, None, caches, work)


@pytest.mark.docker
def test_an_image_that_somebody_removed_is_made_again(engine, work):
    with Caches(engine, work.stop) as caches:
        ready(JQ, engine, None, caches, work)
    for name in engine.saved_images():
        engine.forget_image(name)
    with Caches(engine, work.stop) as caches:
        got = ready(JQ, engine, None, caches, work)
        with engine.open(SandboxSpec(image=got.image)) as sandbox:
            assert sandbox.exec(["jq", "--version"]).is_success


@pytest.mark.docker
def test_installations_that_share_an_engine_have_images_of_their_own(engine, root, work):
    another = make_backend("docker", root / "another")
    with Caches(engine, work.stop) as caches:
        image = ready(JQ, engine, None, caches, work).image
    with Caches(another, work.stop) as caches:
        ready(JQ, another, None, caches, work)
    for name in another.saved_images():
        another.forget_image(name)

    assert engine.saved_image(image) is not None
    again = noted()
    with Caches(engine, again.stop) as caches:
        assert ready(JQ, engine, None, caches, again).image == image


@pytest.mark.docker
def test_images_go_when_there_is_no_room_for_them(engine, settings):
    settings.CALLBOARD_ENVIRONMENT_CACHE_BYTES = 0
    for package in ("jq", "tree"):
        work = noted()
        with Caches(engine, work.stop) as caches:
            ready(Environment(system_packages=[package]), engine, None, caches, work)
            assert [name for name in engine.saved_images() if name.startswith(REPOSITORY)]
    assert len([name for name in engine.saved_images() if name.startswith(REPOSITORY)]) == 1


@pytest.mark.docker
def test_the_setup_command_may_use_sudo_on_docker(engine, work):
    with Caches(engine, work.stop) as caches:
        got = ready(Environment(setup_command="sudo id"), engine, None, caches, work)
        with engine.open(SandboxSpec(profile=got.profile)) as sandbox:
            assert sandbox.exec(["sudo", "-n", "id", "-u"], user=User.USER).stdout == b"0\n"


def test_bubblewrap_refuses_packages_and_names_docker(bubblewrap, work):
    with Caches(bubblewrap, work.stop) as caches, pytest.raises(StepFailed, match="need the docker backend"):
        ready(JQ, bubblewrap, None, caches, work)
