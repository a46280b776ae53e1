"""Asking: what is found, in which order, and what is not."""

import pytest

from agents.knowledge.errors import QuestionInvalid
from agents.knowledge.search import search
from agents.services.memories import entry_forget, memory_write
from console.errors import NotFound
from tests.factories import AgentFactory, KnowledgeSourceFactory, MemoryFactory, ProjectFactory


@pytest.fixture
def ask(project):
    """Ask in the project; return the texts that were found."""

    def asking(query, **options):
        return [hit.text for hit in hits(query, **options)]

    def hits(query, **options):
        return search(organization_id=project.organization_id, project_id=project.pk, query=query, **options)

    asking.hits = hits
    return asking


@pytest.fixture
def remember(admin, memory):
    def write(content, to=None, **options):
        return memory_write(actor=admin, memory=to or memory, content=content, **options).entry

    return write


# By all words ---------------------------------------------------------------------------------------------------------


def test_it_finds_what_has_all_the_words_in_any_form(ask, write):
    write("Refunds are paid within thirty days.")
    write("Refunds need a receipt.")
    assert ask("refunded days") == ["Refunds are paid within thirty days."]


def test_the_closer_the_words_the_better(ask, write):
    write("A refund is something else. " + "Words between them. " * 20 + "Here is the policy.")
    write("The refund policy says so.")
    assert ask("refund policy")[0] == "The refund policy says so."


def test_equally_good_ones_come_the_newest_first_and_always_so(ask, write):
    for name in "abc":
        write(f"Rule {name} on invoices.")
    answers = [ask("invoices") for _ in range(3)]
    assert answers == [["Rule c on invoices.", "Rule b on invoices.", "Rule a on invoices."]] * 3


def test_quotes_or_and_a_minus_mean_what_they_mean_elsewhere(ask, write):
    write("red green")
    write("green red")
    write("blue")
    assert ask('"red green"') == ["red green"]
    assert sorted(ask("blue or green")) == ["blue", "green red", "red green"]
    assert ask("red -zebra") == ["green red", "red green"]


def test_memories_are_asked_too(ask, write, remember):
    write("Larkfield is a customer in the north.")
    remember("Larkfield wants invoices by e-mail.", tags=["billing"])
    kinds = {hit.kind: hit for hit in ask.hits("Larkfield")}
    assert (kinds["document"].title, kinds["memory"].title) == ("note.txt", "Customers")
    assert kinds["memory"].as_json()["tags"] == ["billing"]


def test_only_what_counts_now_is_found(ask, admin, remember):
    remember("The limit is 100.", key="limit")
    remember("The limit is 200.", key="limit")
    entry_forget(actor=admin, entry=remember("The limit is a secret."))
    assert ask("limit") == ["The limit is 200."]


def test_a_hit_says_where_it_is_and_marks_its_words(ask, write, source):
    document = write("Within 30 days you get a refund, without a reason.", "refunds.md")
    [hit] = ask.hits("refunds")
    assert [hit.snippet[first:end] for first, end in hit.marks] == ["refund"]
    assert (hit.title, hit.holder_id, hit.document_id) == ("refunds.md", source.public_id, document.public_id)
    answer = hit.as_json()
    assert (answer["kind"], answer["source_id"], answer["position"]) == ("document", source.public_id, 0)
    assert 0 < answer["score"] < 1


def test_marks_survive_markup_in_the_text(ask, write):
    write("Say <b>refund</b> & <mark>no more</mark>.")
    [hit] = ask.hits("refund")
    assert [hit.snippet[first:end] for first, end in hit.marks] == ["refund"]
    assert "<mark>" not in hit.snippet or "no more" in hit.snippet


def test_a_long_text_is_found_by_its_passage(ask, write):
    write("Filler text. " * 400 + "The needle is here. " + "Filler text. " * 400)
    [hit] = ask.hits("needle")
    assert "needle" in hit.text
    assert len(hit.text) <= 1_200
    assert hit.position > 2


# By some of them, or by what looks like them --------------------------------------------------------------------------


def test_a_mistyped_word_finds_what_was_meant(ask, write):
    write("The retention policy keeps logs for a year.")
    write("Lunch is at noon.")
    assert ask("retension polcy") == ["The retention policy keeps logs for a year."]


def test_of_a_long_question_the_passage_with_most_of_its_words_comes_first(ask, write):
    write("Enterprise customers have a contract.")
    write("Enterprise customers get refunds by invoice.")
    assert ask("How do our enterprise customers ask for refunds of shipping?")[0] == (
        "Enterprise customers get refunds by invoice."
    )


def test_words_that_are_there_are_not_taken_for_others(ask, write):
    write("A policy.")
    write("Two policemen.")
    assert ask("policy unicorn") == ["A policy."]


def test_entries_of_memories_are_found_by_looks_too(ask, remember):
    remember("Larkfield wants invoices by e-mail.")
    assert ask("Larkfeild") == ["Larkfield wants invoices by e-mail."]


def test_forgotten_words_don_t_come_back_by_their_looks(ask, admin, remember):
    entry_forget(actor=admin, entry=remember("Larkfield wants invoices by e-mail."))
    assert ask("Larkfeild") == []


def test_what_looks_like_nothing_finds_nothing(ask, write):
    write("The retention policy.")
    assert ask("xylophone") == []
    assert ask("!!! ???") == []
    assert ask("the of and") == []


# Where it looks -------------------------------------------------------------------------------------------------------


def test_only_the_named_sources_are_asked(ask, project, write, source, remember):
    write("alpha one")
    other = KnowledgeSourceFactory(project=project)
    write("alpha two", to=other)
    remember("alpha three")
    assert ask("alpha", source_ids=[other.public_id]) == ["alpha two"]
    assert ask("alpha", source_ids=[]) == []


def test_only_the_named_memories_are_asked(ask, project, write, remember):
    write("alpha one")
    remember("alpha two")
    other = MemoryFactory(project=project)
    remember("alpha three", to=other)
    assert ask("alpha", memory_ids=[other.public_id]) == ["alpha three"]


def test_tags_leave_the_entries_that_have_one_of_them(ask, write, remember):
    write("alpha one")
    remember("alpha two", tags=["billing", "north"])
    remember("alpha three", tags=["south"])
    assert ask("alpha", memory_tags=["billing"]) == ["alpha two"]
    assert sorted(ask("alpha", memory_tags=["north", "south"])) == ["alpha three", "alpha two"]


def test_memories_of_the_organization_and_of_agents_are_there_for_every_project(ask, project, remember):
    organization = project.organization
    for scope, owner in (("organization", {}), ("agent", {"agent": AgentFactory(organization=organization)})):
        wide = MemoryFactory(organization=organization, project=None, scope=scope, **owner)
        remember(f"alpha of the {scope}", to=wide)
    assert sorted(ask("alpha")) == ["alpha of the agent", "alpha of the organization"]


def test_other_projects_and_other_organizations_are_not_asked(ask, admin, project, write, remember):
    near = ProjectFactory(organization=project.organization)
    write("alpha one", to=KnowledgeSourceFactory(project=near))
    remember("alpha two", to=MemoryFactory(project=near))
    assert ask("alpha") == []
    assert ask("alpah") == []


@pytest.mark.parametrize("factory", [KnowledgeSourceFactory, MemoryFactory])
def test_what_is_not_there_cannot_be_named(ask, project, factory):
    theirs, elsewhere = factory(), factory(project=ProjectFactory(organization=project.organization))
    name = "source_ids" if factory is KnowledgeSourceFactory else "memory_ids"
    for public_id in (theirs.public_id, elsewhere.public_id, "nonsense", ""):
        with pytest.raises(NotFound, match="There is no"):
            ask("alpha", **{name: [public_id]})


# How it may be asked --------------------------------------------------------------------------------------------------


def test_there_are_never_more_hits_than_asked_for(ask, write, remember):
    for number in range(4):
        write(f"alpha {number}")
        remember(f"alpha {number}")
    assert len(ask("alpha", limit=3)) == 3


@pytest.mark.parametrize(
    ("query", "options", "field"),
    [("", {}, "query"), ("  ", {}, "query"), ("x" * 2_001, {}, "query"), ("a\0b", {}, "query"),
     ("a", {"limit": 0}, "limit"), ("a", {"limit": 101}, "limit")],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_says_why(ask, query, options, field):
    with pytest.raises(QuestionInvalid) as refused:
        ask(query, **options)
    assert refused.value.problems[0].path == (field,)


@pytest.mark.parametrize("query", ["'", '"', "a & | ! b", "a:*", "-", "or", "\\", "%s", "(((", "<->", "🙂", "\ud7ff"])
def test_no_question_breaks_it(ask, write, query):
    write("alpha")
    assert isinstance(ask(query), list)


def test_it_takes_two_queries_and_three_more_where_words_must_be_guessed(
    ask, write, remember, django_assert_num_queries
):
    write("The retention policy.")
    remember("The retention period.")
    with django_assert_num_queries(2):
        ask("retention")
    with django_assert_num_queries(7):  # two in vain; sources, memories, words; two more
        ask("retension")
