import pytest

from agents.egress.allow_list import MOST_DOMAINS, AllowList, domain_problem, domains_problems

LIST = AllowList.of(["pypi.org", "*.example.com", "Bücher.example."])


@pytest.mark.parametrize(
    "host",
    [
        "pypi.org",
        "PyPI.org",
        "pypi.org.",
        "a.example.com",
        "b.a.example.com",
        "bücher.example",
        "xn--bcher-kva.example",
    ],
)
def test_a_named_host_is_held(host):
    assert LIST.holds(host)


@pytest.mark.parametrize(
    "host",
    [
        "files.pypi.org", "notpypi.org", "pypi.org.evil.test", "example.com", "evilexample.com", "org", "",
        "151.101.0.223", "[2001:db8::1]", "2001:db8::1", "2130706433", "0x7f.1", "127.1", "localhost",
    ],
)  # fmt: skip
def test_no_other_host_is_held(host):
    assert not LIST.holds(host)


def test_an_address_is_not_held_whatever_the_list_says():
    assert not AllowList(frozenset({"127.0.0.1", "*.0.0.1"})).holds("127.0.0.1")


@pytest.mark.parametrize("domain", ["pypi.org", "*.example.com", "a-b.c_d.example", "localhost", "bücher.example"])
def test_a_name_can_stand_in_a_list(domain):
    assert domain_problem(domain) == ""


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ("https://pypi.org", "without https://"),
        ("pypi.org/simple", "without https://"),
        ("pypi.org:443", "without a port"),
        ("10.0.0.1", "addresses"),
        ("*.10.0.0.1", "addresses"),
        ("*.com", "too wide"),
        ("*", "such as pypi.org"),
        ("", "such as pypi.org"),
        ("a..example", "such as pypi.org"),
        ("ex*mple.com", "such as pypi.org"),
        ("-a.example", "such as pypi.org"),
        ("a b.example", "such as pypi.org"),
        (f"{'a' * 64}.example", "such as pypi.org"),
        (f"{'a.' * 127}example", "such as pypi.org"),
    ],
)
def test_what_is_no_name_is_refused_with_what_to_write(domain, words):
    assert words in domain_problem(domain)


def test_each_problem_stands_at_its_place():
    problems = domains_problems(["pypi.org", "*.com"])

    assert [problem.path for problem in problems] == [("allowed_domains", 1)]


def test_a_list_has_an_end():
    [problem] = domains_problems([f"a{number}.example" for number in range(MOST_DOMAINS + 1)])

    assert problem.message == "There are 101 domains. Use at most 100."
