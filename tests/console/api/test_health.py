import pytest

from console.access import Role
from console.ops import doctor_report
from console.ops.doctor import Line
from sandboxes.report import Level
from tests.console.api.conftest import api_as


@pytest.fixture
def looks(monkeypatch) -> list[str]:
    """Every look that was taken, instead of one that opens sandboxes."""
    taken: list[str] = []

    def look() -> list[Line]:
        taken.append("look")
        lines = [Line("Processes", "Broker", Level.OK, "Valkey 8")]
        return [*lines, Line("Storage and keys", "Disk", Level.WARNING, "1 GB free", "Free some space.")]

    monkeypatch.setattr(doctor_report, "examine", look)
    return taken


def test_it_says_what_the_doctor_found_and_how_to_mend_it(api, looks):
    found = api("GET", "/api/health?again=true").json()
    assert (found["level"], [line["level"] for line in found["lines"]]) == ("warning", ["ok", "warning"])
    assert found["lines"][1]["fix"] == "Free some space."


def test_one_look_does_for_a_while_and_again_looks_again(api, looks):
    first, second = api("GET", "/api/health?again=true").json(), api("GET", "/api/health").json()
    assert (first, looks) == (second, ["look"])
    api("GET", "/api/health?again=true")
    assert len(looks) == 2


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.PROJECT_ADMIN_OWNER])
def test_other_roles_may_not(project, looks, role):
    assert api_as(project, role)("GET", "/api/health").status_code == 403
    assert looks == []
