import pytest

from agents.outgoing.policy import guarded
from agents.sources.cloning.urls import repository, repository_problem

NOBODY = guarded([])


def problem(url: str) -> str:
    return repository_problem(url, NOBODY)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/agent.git",
        "https://github.com/acme/agent",
        "https://git.example.com:8443/a/b/c.git",
        "https://dev.azure.com/acme/project/_git/agent",
        "https://git.example.com/~ada/agent.git",
        "https://8.8.8.8/agent.git",
        "https://[2606:4700::1111]/agent.git",
    ],
)
def test_an_https_url_of_a_repository_is_taken(url):
    assert problem(url) == ""


@pytest.mark.parametrize(
    "url",
    ["http://github.com/acme/agent.git", "git://github.com/acme/agent.git", "file:///etc", "/srv/agent.git",
     "ftp://github.com/a", "ext::sh -c id", "github.com/acme/agent", "", "https:///agent.git"],
)  # fmt: skip
def test_a_url_that_is_not_https_is_refused(url):
    assert problem(url)


@pytest.mark.parametrize("url", ["git@github.com:acme/agent.git", "ssh://git@github.com/acme/agent.git", "a@b:c"])
def test_an_ssh_url_is_refused_and_told_what_to_use(url):
    assert problem(url) == "SSH URLs are not cloned. Use the https URL of the repository."


@pytest.mark.parametrize(
    "url", ["https://user:pass@github.com/a.git", "https://token@github.com/a.git", "https://@github.com/a.git"]
)
def test_userinfo_is_refused(url):
    assert problem(url) == "Write the URL without a user name or password. Put the token below it."


@pytest.mark.parametrize(
    "url",
    ["https://github.com/a.git#main", "https://github.com/a.git?ref=main", "https://github.com/a.git?",
     "https://github.com/a.git#", "https://github.com/", "https://github.com", "https://github.com/../a.git",
     "https://github.com/a/./b.git", "https://github.com:0/a.git", "https://github.com:99999/a.git",
     "https://git hub.com/a.git", "https://github.com\\@127.0.0.1/a.git", "https://github.com/a\n.git",
     "https://github.com/a\t.git", "https://gïthub.com/a.git", "https://github.com./a.git", "https://-x/a.git",
     "https://ⓛocalhost/a.git", f"https://github.com/{'a' * 2000}.git", "--upload-pack=id"],
)  # fmt: skip
def test_what_readers_of_urls_differ_over_is_refused(url):
    assert problem(url)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "0.0.0.0", "localhost", "git.localhost",  # noqa: S104
     "[::1]", "[::ffff:127.0.0.1]", "[fc00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "198.18.0.1"],
)  # fmt: skip
def test_a_private_or_loopback_host_is_refused_when_it_is_saved(host):
    assert "private address" in problem(f"https://{host}/a.git")


@pytest.mark.parametrize("host", ["169.254.169.254", "168.63.129.16", "[fe80::1]", "224.0.0.1", "[fd00:ec2::254]"])
def test_a_metadata_or_link_local_host_is_refused_whoever_trusts_it(host):
    trusting = guarded([host])
    assert "metadata address" in repository_problem(f"https://{host}/a.git", trusting)


def test_a_host_that_the_operator_trusts_is_taken_on_its_port_alone():
    trusting = guarded(["10.1.0.0/16", "localhost:9443"])
    assert repository_problem("https://10.1.2.3/a.git", trusting) == ""
    assert repository_problem("https://localhost:9443/a.git", trusting) == ""
    assert repository_problem("https://localhost/a.git", trusting)


def test_git_is_given_the_url_that_was_checked():
    assert repository("https://GitHub.com:443/Acme/Agent.git").url == "https://github.com/Acme/Agent.git"
    assert repository("https://git.example.com:8443/a.git") == (
        "git.example.com",
        8443,
        "https://git.example.com:8443/a.git",
    )
    assert repository("https://[2606:4700::1111]/a.git").url == "https://[2606:4700::1111]/a.git"
