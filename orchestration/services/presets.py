from django.db import transaction

from console.access import Actor
from console.tenancy import InOrganization
from orchestration.models import Pipeline
from orchestration.presets import PRESET, presets
from orchestration.services.stages import TemplateWords, template_create


@transaction.atomic
def presets_install(*, actor: Actor, project: InOrganization) -> int:
    """Give a project those of the presets that it has not got, and return how many.

    One whose name is taken by a pipeline of somebody's own is left out.
    """
    have = Pipeline.objects.filter(project_id=project.pk, archived_at=None)
    known = {str(draft.get(PRESET, "")) for draft in have.values_list("draft", flat=True)}
    taken = set(have.values_list("name", flat=True))
    missing = {key: told for key, told in presets().items() if key not in known and told["name"] not in taken}
    for key, told in missing.items():
        definition = {"stages": told["stages"], "parameters": told.get("parameters", [])}
        words = TemplateWords(told["name"], told["description"])
        made = template_create(actor=actor, project=project, words=words, definition=definition)
        # Only here: whoever writes a definition can't make a preset of it.
        Pipeline.objects.filter(pk=made.pk).update(draft={**made.draft, PRESET: key})
    return len(missing)
