import pytest

from agents.outgoing.urls import url_problem


@pytest.mark.parametrize("url", ["https://example.com/a?b=c", "http://10.0.0.1:8000/", "http://[::1]/", "http://host"])
def test_a_web_address_has_no_problem(url):
    assert url_problem(url) == ""


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.com", "begins with http"),
        ("file:///etc/passwd", "begins with http"),
        ("https://", "begins with http"),
        ("http://user:password@example.com/", "without a user name"),
        ("http://127.0.0.1\\@example.com/", "backslashes"),
        ("http://example.com/\tx", "control characters"),
        ("http://exa\nmple.com/", "control characters"),
        ("http://169.254.169.254/latest", "metadata address"),
        ("http://[fe80::1%25eth0]/", "metadata address"),
        ("http://example.com:99999/", "not a URL"),
        ("http://example.com/" + "a" * 2_000, "at most 2,000"),
    ],
)
def test_what_readers_of_urls_differ_over_is_refused(url, words):
    assert words in url_problem(url)
