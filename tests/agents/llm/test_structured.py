import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from agents.llm.extraction import last_object
from agents.llm.prompt import Message, Prompt, Reply, Speaker, Usage
from agents.llm.structured import ask_structured, with_one_repair
from agents.models import Purpose
from tests.support.model_server import answers, says

PROMPT = Prompt("Be brief.", (Message(Speaker.USER, "Say a word."),))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


class Word(BaseModel):
    word: str


def is_short(value: Word) -> str:
    return "" if len(value.word) < 10 else "The word is too long."


def converse(*texts: str):
    """Ask a model that says these texts, and return the outcome with the prompts it was given."""
    prompts: list[Prompt] = []

    def ask_model(prompt: Prompt) -> Reply:
        prompts.append(prompt)
        return Reply(texts[len(prompts) - 1], Usage(10, 1))

    return with_one_repair(ask_model, PROMPT, Word, is_short), prompts


@given(value=st.dictionaries(st.text(max_size=5), json_values), words=st.text(st.characters(exclude_characters="{")))
def test_the_object_is_found_whatever_words_stand_around_it(value, words):
    assert last_object(f'{words}{{"first": true}} ```json\n{json.dumps(value)}\n``` {words}') == value


@given(text=st.text('{}[]",:a1 \\', max_size=60))
def test_any_text_is_read_without_an_error(text):
    assert last_object(text) is None or isinstance(last_object(text), dict)


@pytest.mark.parametrize("text", ["", "no", "[1]", "{", '{"a": ', "{" * 100_000])
def test_where_there_is_no_object_none_is_found(text):
    assert last_object(text) is None


def test_an_answer_that_fits_is_taken_as_it_is():
    outcome, prompts = converse('{"word": "Moin"}')
    assert (outcome.value, outcome.usage.tokens, len(prompts)) == (Word(word="Moin"), 11, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Moin", "It holds no JSON object."),
        ('{"wort": "Moin"}', "word: Field required."),
        ('{"word": "Donaudampfschiff"}', "The word is too long."),
    ],
)
def test_an_answer_that_does_not_fit_goes_back_once_with_the_reason(text, reason):
    outcome, prompts = converse(text, '{"word": "Moin"}')
    assert (outcome.value, outcome.usage.tokens) == (Word(word="Moin"), 22)
    assert [message.text for message in prompts[1].messages[1:]] == [
        text,
        f"That answer can't be used: {reason} Answer again, in full, with this put right.",
    ]


def test_a_second_answer_that_does_not_fit_is_kept_with_the_problem():
    outcome, prompts = converse("Moin", "Moin, moin")
    assert (outcome.value, outcome.problem, outcome.raw) == (None, "It holds no JSON object.", "Moin, moin")
    assert len(prompts) == 2


def test_a_last_object_that_does_not_fit_is_not_made_good_by_an_earlier_one():
    outcome, _ = converse('{"word": "Moin"} {"other": 1}', "")
    assert outcome.value is None


def test_over_the_wire_a_repair_shows_the_model_its_answer(endpoint, server):
    server.script([says("I would rather not."), answers({"word": "Moin"})])
    outcome = ask_structured(endpoint=endpoint, prompt=PROMPT, shape=Word, check=is_short, purpose=Purpose.SIMULATOR)
    assert outcome.value == Word(word="Moin")
    assert "I would rather not.\nThat answer can't be used: It holds no JSON object." in server.requests[1].prompt
