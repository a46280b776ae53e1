"""Where things are inside every sandbox. Standard library alone: the harness reads this file too."""

HOME = "/home/user"
#: The agent's own code.
AGENT = "/home/user/agent"
#: The repository that an agent works on and is graded by.
WORKSPACE = "/home/user/workspace"
TMP = "/tmp"  # noqa: S108  # private to each sandbox

#: Ours, read-only from inside.
RUN = "/run/callboard"
#: What the harness tells us, one JSON object a line.
CHANNEL = "/run/callboard/channel.sock"
#: The way to the run's proxy, where it has one.
PROXY = "/run/callboard/proxy.sock"
#: The way to the web, where it is one that is filtered.
EGRESS = "/run/callboard/egress.sock"
CA_BUNDLE = "/run/callboard/ca-bundle.crt"
HARNESS = "/opt/callboard"
#: The Python environment that was prepared for an agent, where it has one.
ENVIRONMENT = "/opt/environment"

#: Where the relay listens inside, so that the proxy is an ordinary URL though the network is closed.
PROXY_PORT = 47330
PROXY_URL = "http://127.0.0.1:47330"

#: Where the filtered way out is an ordinary HTTP proxy inside.
EGRESS_PORT = 47331
EGRESS_URL = "http://127.0.0.1:47331"
