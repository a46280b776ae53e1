"""The Tools pages: the list, one tool, and what can be done with it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agents.models import Tool
from agents.queries import credentials_for, tools_for
from agents.services.tools import Tried, tool_archive, tool_create, tool_try, tool_update
from agents.tools.uses import users_of
from console.access import Permission, can
from console.display.tools import headers_of
from console.forms import agent_choices
from console.forms.service import sent_in
from console.forms.tool_try import TryForm
from console.forms.tools import ToolForm
from console.lists.pager import pager_of
from console.lists.paging import page as page_of
from console.session import PlacedRequest
from console.tenancy import by_public_id
from console.views.answers import see_other
from console.views.guard import page


@require_safe
@page(Permission.VIEW_AGENTS)
def index(request: PlacedRequest) -> HttpResponse:
    actor, words = request.place.actor, request.GET.get("q", "").replace("\0", "").strip()
    tools = tools_for(actor).defer("input_schema", "output_schema", "body")
    found = page_of(tools.filter(name__icontains=words) if words else tools, cursor=request.GET.get("cursor"))
    context = {
        "tools": found.items,
        "pager": pager_of(found, request.GET, "tool"),
        "q": words,
        "is_empty": not found.items and not tools.exists(),
    }
    return render(request, "tools/index.html#list" if request.htmx else "tools/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.EDIT_AGENTS)
def new(request: PlacedRequest) -> HttpResponse:
    actor = request.place.actor
    form = ToolForm(credentials=credentials_for(actor), sent=sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            tool = tool_create(actor=actor, description=form.tool())
            messages.success(request, f"{tool.name} is added. Try it to see what it answers.")
            return see_other("tool", tool.public_id)
    return _form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.EDIT_AGENTS)
def edit(request: PlacedRequest, tool_id: str) -> HttpResponse:
    actor, tool = request.place.actor, _tool(request, tool_id)
    form = ToolForm(credentials=credentials_for(actor), tool=tool, sent=sent_in(request))
    with form.problems_shown():
        if form.is_bound:
            tool_update(actor=actor, tool=tool, description=form.tool())
            messages.success(request, f"{tool.name} is saved. Calls from now on are made as it says.")
            return see_other("tool", tool.public_id)
    # Read again: what could not be saved is still on the one above.
    return _form(request, form, _tool(request, tool_id))


@require_safe
@page(Permission.VIEW_AGENTS)
def detail(request: PlacedRequest, tool_id: str) -> HttpResponse:
    tool = _tool(request, tool_id)
    return _detail(request, tool, TryForm(tool=tool), None)


@require_POST
@page(Permission.EDIT_AGENTS)
def try_once(request: PlacedRequest, tool_id: str) -> HttpResponse:
    """Make one real call, which may take as long as the tool's timeout; other requests are answered meanwhile."""
    tool = _tool(request, tool_id)
    form, tried = TryForm(tool=tool, sent=request.POST), None
    with form.problems_shown():
        tried = tool_try(actor=request.place.actor, tool=tool, input=form.value())
    if request.htmx:
        return render(request, "tools/detail.html#tried", {"form": form, "tried": tried, "tool": tool})
    return _detail(request, tool, form, tried)


@require_POST
@page(Permission.EDIT_AGENTS)
def archive(request: PlacedRequest, tool_id: str) -> HttpResponse:
    tool = _tool(request, tool_id)
    tool_archive(actor=request.place.actor, tool=tool)
    messages.success(request, f"{tool.name} is archived, and its name is free.")
    return see_other("tools")


def _tool(request: PlacedRequest, tool_id: str) -> Tool:
    return by_public_id(tools_for(request.place.actor), tool_id)


def _detail(request: PlacedRequest, tool: Tool, form: TryForm, tried: Tried | None) -> HttpResponse:
    actor = request.place.actor
    context = {
        "tool": tool,
        "headers": headers_of(tool, credentials_for(actor)),
        "users": users_of(tool),
        "form": form,
        "tried": tried,
        "may_edit": can(actor, Permission.EDIT_AGENTS, project_id=request.place.project.pk),
    }
    return render(request, "tools/detail.html", context, status=200 if tried else form.status)


def _form(request: PlacedRequest, form: ToolForm, tool: Tool | None) -> HttpResponse:
    credentials = credentials_for(request.place.actor)
    context = {"form": form, "tool": tool, "credentials": credentials, "kinds": agent_choices.VARIABLE_KINDS}
    return render(request, "tools/form.html", context, status=form.status)
