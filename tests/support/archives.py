"""Uploads for tests, as somebody would make them."""

import io

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from agents.archives.receiving import receive
from agents.models import AgentArchive
from agents.services.archives import archive_confirm, archive_create
from console.access import Actor
from tests.support.zip_files import Packed, archive

#: Runbook 2's own files.
MAIN = b"""from helpers.prompts import SYSTEM_PROMPT


def run(task_input, *, proxy_url, run_token):
    return {"final_response": f"{SYSTEM_PROMPT}: {task_input['user_instruction']}"}
"""
PROMPTS = b'SYSTEM_PROMPT = "You are helpful"\n'
FLAT = archive(Packed("main.py", MAIN), Packed("helpers/prompts.py", PROMPTS))
NESTED = archive(Packed("my-agent/main.py", MAIN), Packed("my-agent/helpers/prompts.py", PROMPTS))


def uploaded(actor: Actor, data: bytes = FLAT, *, name: str = "my-agent.zip") -> AgentArchive:
    made = archive_create(actor=actor, filename=name, size=len(data))
    receive(made, io.BytesIO(data))
    return AgentArchive.objects.get(pk=made.pk)


def confirmed(actor: Actor, data: bytes = FLAT, *, name: str = "my-agent.zip") -> AgentArchive:
    return archive_confirm(actor=actor, archive=uploaded(actor, data, name=name))


def replace_stored(stored: AgentArchive, data: bytes) -> None:
    """Change the bytes of an archive behind everybody's back."""
    default_storage.delete(stored.file)
    assert default_storage.save(stored.file, ContentFile(data)) == stored.file
