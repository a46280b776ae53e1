"""`callboard`: the command line.

It talks to an instance over its REST API: to one named by `--url` and `--token`, or to the one of `CALLBOARD_HOME` on
this machine, for which it makes itself a token that lives an hour.
"""

import typer

from console.cli import (
    agents,
    alive,
    datasets,
    doctor,
    images,
    keys,
    local,
    members,
    orchestrations,
    runs,
    sandboxes,
    seed,
    workflows,
)
from console.cli.client import before_the_command

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.callback(help=__doc__)(before_the_command)
app.add_typer(local.tokens, name="token", help="API tokens")
app.add_typer(local.organizations, name="org", help="Organizations")
app.add_typer(local.users, name="user", help="People")
app.add_typer(keys.app, name="keys", help="The key ring of stored credentials")
app.add_typer(agents.app, name="agent", help="Agents")
app.add_typer(workflows.app, name="workflow", help="Workflows")
app.add_typer(runs.app, name="run", help="Runs")
app.add_typer(datasets.app, name="dataset", help="Files whose rows become tasks")
app.add_typer(members.app, name="member", help="Members and invitations")
app.add_typer(members.projects, name="project", help="Projects")
app.add_typer(images.app, name="image", help="Images of docker sandboxes")
app.add_typer(sandboxes.app, name="sandbox", help="Sandbox definitions")
app.command("seed")(seed.seed)
app.command("audit")(members.audit)
app.command("set-up")(local.first_set_up)
app.command("alive")(alive.alive)
app.command("doctor")(doctor.doctor)
orchestrations.add_to(app)
