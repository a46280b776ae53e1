import re
from pathlib import Path

import pytest
from django.conf import settings

from console.views.docs import PAGES
from tests.factories import MembershipFactory

DOCS = Path(settings.BASE_DIR) / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_the_guide_is_there(client, project, name):
    client.force_login(MembershipFactory(organization=project.organization).user)
    page = client.get(f"/docs/{name}")
    assert page.status_code == 200
    assert "<h1" in page.content.decode()


def test_an_unknown_page_is_not_found(client, project):
    client.force_login(MembershipFactory(organization=project.organization).user)
    assert client.get("/docs/no-such-page").status_code == 404


def test_links_between_the_files_lead_somewhere():
    broken = [
        (file.name, target)
        for file in [*DOCS.rglob("*.md"), DOCS.parent / "README.md"]
        for target in re.findall(r"\]\(((?!https?:|/)[^)#]+?)(?:#[^)]*)?\)", file.read_text())
        if not (file.parent / target).exists()
    ]
    assert broken == []


def test_every_setting_is_documented_and_every_documented_one_exists():
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (Path(settings.BASE_DIR) / "console/settings.py").read_text()))
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", (DOCS / "configuration.md").read_text(), re.MULTILINE))
    assert read == told
