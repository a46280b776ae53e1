from datetime import timedelta
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone

from console.display import numbers
from console.display.options import Option, SetUpStep


def render(source, **context):
    return Template(source).render(Context(context))


class NameForm(forms.Form):
    name = forms.CharField(help_text="Unique here")
    note = forms.CharField(required=False)
    size = forms.IntegerField(max_value=5, error_messages={"max_value": "Use at most 5."})


def test_an_icon_is_silent_unless_it_has_a_label():
    assert 'aria-hidden="true"' in render('{% icon "check" %}')
    assert 'role="img" aria-label="Done"' in render('{% icon "check" label="Done" %}')


def test_an_icon_that_is_not_in_the_sprite_is_refused():
    with pytest.raises(ValueError, match="no icon 'nonesuch'"):
        render('{% icon "nonesuch" %}')


def test_an_icon_alone_keeps_its_word_for_screen_readers():
    assert '<span class="cb-hidden-text">Fail</span>' in render('{% status_icon "fail" %}')


def test_the_outcome_of_a_run_is_one_word():
    run = SimpleNamespace(status="failed", verdict="")
    assert ">Run failed<" in render("{% outcome run %}", run=run)
    assert ">Failed<" in render("{% run_status run %}", run=run)
    assert numbers.NOTHING in render("{% run_verdict run %}", run=run)


def test_a_note_holds_markup_of_the_page_and_escapes_what_is_in_it():
    shown = render('{% note "warning" %}<strong>Full.</strong> {{ text }}{% endnote %}', text="<i>")
    assert "<strong>Full.</strong> &lt;i&gt;" in shown
    assert "cb-tone-waiting" in shown


def test_a_time_has_its_machine_form_and_its_exact_one():
    shown = render("{% time_ago then short=True %}", then=timezone.now() - timedelta(minutes=4))
    assert 'data-ago="short"' in shown
    assert "UTC" in shown
    assert ">4 min<" in shown


def test_nothing_is_a_dash_and_zero_is_not_nothing():
    assert numbers.NOTHING in render("{{ value|or_dash }}", value="")
    assert render("{{ value|or_dash }}", value=0) == "0"


def test_a_field_keeps_what_was_typed_and_says_what_is_wrong_with_it():
    form = NameForm({"name": '"><script>', "size": "9"})
    shown = render("{% field form.name %}{% field form.size %}", form=form)
    assert "&quot;&gt;&lt;script&gt;" in shown
    assert 'value="9"' in shown
    assert "Use at most 5." in shown
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="id_size_problem"' in shown


def test_only_an_optional_field_is_marked():
    assert "optional" in render("{% field form.note %}", form=NameForm())
    assert "optional" not in render("{% field form.name %}", form=NameForm())


def test_the_problems_of_a_form_link_to_its_fields():
    shown = render("{% form_problems form %}", form=NameForm({"name": "a", "size": "9"}))
    assert "1 problem:" in shown
    assert 'href="#id_size"' in shown


def test_a_tile_that_can_not_be_chosen_says_why():
    options = [Option("Docker", "docker", why_not="No engine answers"), Option("Bubblewrap", "bwrap")]
    shown = render('{% tiles options "sandbox" "Sandbox" value="bwrap" %}', options=options)
    assert "No engine answers" in shown
    assert shown.count("disabled") == 2  # the class and the attribute
    assert shown.count("checked") == 1


def test_tabs_name_the_present_one():
    shown = render("{% tabs options %}", options=[Option("Log", url="/log", count=38, is_current=True)])
    assert 'aria-current="page"' in shown
    assert ">38<" in shown


def test_failed_items_of_a_verdict_come_first():
    verdict = SimpleNamespace(
        verdict="FAIL",
        reasoning="<b>",
        ungraded_reason="",
        items=[
            {"name": "second", "origin": "judge", "passed": True, "evidence": ""},
            {"name": "first", "origin": "program", "passed": False, "evidence": "at 3"},
        ],
        model="builtin/rules",
        is_rules=True,
        tokens=0,
    )
    shown = render("{% verdict_panel verdict %}", verdict=verdict)
    assert shown.index("first") < shown.index("second")
    assert "&lt;b&gt;" in shown
    assert "no model" in shown
    assert "1 of 2 items pass" in " ".join(shown.split())


def test_a_difference_escapes_both_sides_and_marks_the_changed_words():
    shown = render("{% diff_view before after 'a.py' %}", before="x = <old>\n", after="x = <new>\n")
    assert "<old>" not in shown
    assert "<ins>new</ins>" in shown
    assert "cb-diff-split" in shown
    assert "cb-diff-unified" in shown


def test_texts_that_do_not_differ_say_so():
    assert "No differences" in render("{% diff_view text text %}", text="same\n")


def test_a_block_of_log_lines_is_safe_and_numbered():
    shown = render("{% log_block lines %}", lines=[{"number": 7, "stream": "stderr", "text": "\x1b[31m<x>\x1b[0m"}])
    assert 'data-stream="stderr" data-number="7"' in shown
    assert '<span class="cb-ansi-red">&lt;x&gt;</span>' in shown
    assert " id=" not in shown  # htmx would look each of them up on every swap


def test_a_code_field_works_as_a_plain_textarea():
    form = NameForm({"name": "</textarea><script>"})
    shown = render(
        '{% code_editor form.name mode="python" filename="main.py" limit=200000 %}{% endcode_editor %}', form=form
    )
    assert "&lt;/textarea&gt;" in shown
    assert 'name="name"' in shown
    assert "of 200 KB" in shown


def test_a_trajectory_step_shows_commands_as_they_are():
    shown = render('{% trajectory_step "Shell" what duration=188 %}out{% endtrajectory_step %}', what="echo \u202e<x>")
    assert "U+202E" in shown
    assert "&lt;x&gt;" in shown
    assert "188 ms" in shown


def test_an_empty_place_ticks_the_steps_that_are_done():
    steps = [SetUpStep("Register", is_done=True), SetUpStep("Seed", action="Seed", url="/seed", is_primary=True)]
    shown = render('{% empty_state "No runs yet" "They show up here." steps %}{% endempty_state %}', steps=steps)
    assert 'aria-label="Done"' in shown
    assert "btn btn-primary" in shown
    assert "cb-empty-act" not in shown


def test_a_confirmation_posts_with_the_key_of_the_page():
    shown = render('{% confirm "stop" "Stop?" "Stop run" "/stop" %}Work is kept.{% endconfirm %}', csrf_token="key")
    assert 'value="key"' in shown
    assert 'action="/stop"' in shown
    assert "Work is kept." in shown
