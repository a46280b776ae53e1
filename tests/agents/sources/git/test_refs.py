import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sources.cloning.refs import RefMissing, advertised, by_beginning, by_name, ref_problem, whole_commit

ONE, TWO, TAG = "1" * 40, "1" * 8 + "2" * 32, "a" * 40


@pytest.mark.parametrize(
    "ref", ["", "main", "v1.2.0", "feature/new-thing", "release-1.x", ONE, "1a2b3c4", "a@b", "a+b"]
)
def test_a_branch_a_tag_and_a_commit_are_taken(ref):
    assert ref_problem(ref) == ""


@pytest.mark.parametrize(
    "ref",
    ["-x", "--upload-pack=touch /tmp/x", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "@{1}", "a@{1}",
     "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "a.", "a\n", "\0", "é", "a" * 256, "+a", "@"],
)  # fmt: skip
def test_what_git_would_take_for_something_else_is_refused(ref):
    assert ref_problem(ref)


@given(st.text(max_size=40))
def test_no_ref_that_is_taken_begins_with_a_dash_or_holds_a_control_character(ref):
    if ref and not ref_problem(ref):
        assert ref[0].isalnum()
        assert ref.isascii()
        assert ref.isprintable()


def test_what_a_repository_advertises_is_read_and_other_lines_are_not():
    said = f"{ONE}\trefs/heads/main\nwarning: hello\n{TWO}\tHEAD\nxyz\trefs/heads/x\n"
    assert advertised(said) == {"refs/heads/main": ONE, "HEAD": TWO}


def test_a_branch_is_meant_before_a_tag_of_the_same_name():
    refs = {"refs/tags/v1": TWO, "refs/heads/v1": ONE}
    assert by_name("v1", refs) == (ONE, "refs/heads/v1")


def test_a_tag_that_is_an_object_stands_for_its_commit():
    refs = {"refs/tags/v1": TAG, "refs/tags/v1^{}": ONE}
    assert by_name("v1", refs) == (ONE, "refs/tags/v1")
    assert by_beginning("aaaaaaa", refs) is None
    assert by_beginning("1111111", refs) == (ONE, "")


def test_no_ref_is_the_default_branch():
    assert by_name("", {"HEAD": ONE}) == (ONE, "HEAD")
    assert by_name("", {}) is None


def test_a_part_of_a_name_is_no_name():
    assert by_name("main", {"refs/heads/feature/main": ONE}) is None


def test_a_beginning_of_two_commits_is_refused():
    with pytest.raises(RefMissing, match="2 commits"):
        by_beginning("1111111", {"refs/heads/a": ONE, "refs/heads/b": TWO})


def test_a_full_sha_is_a_commit_in_any_case_of_its_letters():
    assert whole_commit("A" * 40) == "a" * 40
    assert whole_commit("a" * 64) == "a" * 64
    assert whole_commit("a" * 41) == ""
