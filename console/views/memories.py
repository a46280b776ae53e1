"""The Memories pages: what is remembered, who wrote it, and what was known before."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agents.knowledge.queries import current, entries_for, history_of, memories_for, with_entries
from agents.models import Memory, MemoryEntry
from agents.queries import agents_for
from agents.services.memories import Action, entry_forget, memory_create, memory_delete, memory_write
from console.access import Permission
from console.display import knowledge as shown
from console.forms.memories import EntryForm, MemoryForm
from console.forms.service import sent_in
from console.lists.pager import pager_of
from console.lists.paging import page as page_of
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page
from console.views.rights import rights

_SAID = {
    Action.CREATED: "It is remembered.",
    Action.UPDATED: "It is remembered in place of what was known. The history keeps that.",
    Action.UNCHANGED: "This was known already, so nothing is changed.",
}


@require_safe
@page()
def index(request: PlacedRequest) -> HttpResponse:
    """List the memories that runs of the project may use."""
    place = request.place
    memories = memories_for(place.actor).filter(Q(project=None) | Q(project=place.project))
    found = page_of(with_entries(memories), cursor=request.GET.get("cursor"))
    context = {
        "rows": [(memory, shown.scope_word(memory)) for memory in found.items],
        "pager": pager_of(found, request.GET, "memory", nouns="memories"),
        "parts": shown.parts("memories"),
        **rights(request),
    }
    return render(request, "memories/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.EDIT_PIPELINES)
def new(request: PlacedRequest) -> HttpResponse:
    place = request.place
    form = MemoryForm(agents_for(place.actor).defer("draft", "latest__spec"), sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            memory = memory_create(
                actor=place.actor, name=form.sent("name"), description=form.sent("description"),
                scope=form.sent("scope"), project=place.project, agent=form.chosen_agent(),
            )  # fmt: skip
            messages.success(request, f"{memory.name} is created. It is empty until somebody writes into it.")
            return see_other("memory", memory.public_id)
    return render(request, "memories/form.html", {"form": form}, status=form.status)


@require_safe
@page()
def detail(request: PlacedRequest, memory_id: str) -> HttpResponse:
    """Show what a memory holds now or, where the URL asks for it, all that was ever written into it."""
    memory = _memory(request, memory_id)
    is_all = request.GET.get("show") == "all"
    entries = entries_for(request.place.actor, memory)
    found = page_of(entries if is_all else current(entries), cursor=request.GET.get("cursor"))
    context = {
        "memory": memory,
        "scope": shown.scope_word(memory),
        "is_all": is_all,
        "rows": [(entry, shown.ending_word(entry)) for entry in found.items],
        "pager": pager_of(found, request.GET, "entry", nouns="entries"),
        **rights(request, memory.project_id),
    }
    return render(request, "memories/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.EDIT_PIPELINES)
def write(request: PlacedRequest, memory_id: str) -> HttpResponse:
    memory, form = _memory(request, memory_id), EntryForm(sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            written = memory_write(
                actor=request.place.actor, memory=memory, content=form.written(), key=form.sent("key"),
                tags=form.chosen_tags(),
            )  # fmt: skip
            messages.success(request, _SAID[written.action])
            return see_other("memory", memory.public_id)
    return render(request, "memories/write.html", {"form": form, "memory": memory}, status=form.status)


@require_safe
@page()
def entry(request: PlacedRequest, memory_id: str, entry_id: str) -> HttpResponse:
    """Show an entry whole, with all that replaced one another in its place."""
    found = _entry(request, memory_id, entry_id)
    history = page_of(history_of(request.place.actor, found), cursor=request.GET.get("cursor"))
    context = {
        "memory": found.memory,
        "entry": found,
        "ending": shown.ending_word(found),
        "history": [(row, shown.ending_word(row)) for row in history.items],
        "pager": pager_of(history, request.GET, "entry", nouns="entries"),
        **rights(request, found.memory.project_id),
    }
    return render(request, "memories/entry.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.EDIT_PIPELINES)
def replace(request: PlacedRequest, memory_id: str, entry_id: str) -> HttpResponse:
    """Write something in the place of an entry that counts."""
    found = _entry(request, memory_id, entry_id)
    form = EntryForm(sent_in(request), found)
    with form.problems_shown():
        if form.is_bound:
            written = memory_write(
                actor=request.place.actor, memory=found.memory, content=form.written(), tags=form.chosen_tags(),
                replaces=found,
            )  # fmt: skip
            messages.success(request, _SAID[written.action])
            return see_other("memory-entry", found.memory.public_id, written.entry.public_id)
    context = {"form": form, "memory": found.memory, "entry": found}
    return render(request, "memories/write.html", context, status=form.status)


@require_POST
@page(Permission.EDIT_PIPELINES)
def forget(request: PlacedRequest, memory_id: str, entry_id: str) -> HttpResponse:
    found = _entry(request, memory_id, entry_id)
    entry_forget(actor=request.place.actor, entry=found)
    messages.success(request, "It is forgotten. The history keeps it.")
    return see_other("memory", found.memory.public_id)


@require_POST
@page(Permission.EDIT_PIPELINES)
def delete(request: PlacedRequest, memory_id: str) -> HttpResponse:
    memory = _memory(request, memory_id)
    memory_delete(actor=request.place.actor, memory=memory)
    messages.success(request, f"{memory.name} is deleted with all that was written into it.")
    return see_other("memories")


def _memory(request: PlacedRequest, memory_id: str) -> Memory:
    return by_public_id(with_entries(memories_for(request.place.actor)), memory_id)


def _entry(request: PlacedRequest, memory_id: str, entry_id: str) -> MemoryEntry:
    rows = entries_for(request.place.actor, _memory(request, memory_id))
    return by_public_id(rows.select_related("memory__project", "memory__agent"), entry_id)
