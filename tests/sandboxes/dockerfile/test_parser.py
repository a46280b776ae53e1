"""What a Dockerfile body may hold, and what is said of the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxes.dockerfile import LONGEST_BYTES, Env, Refused, Run, Workdir, parse


def runs(text: str) -> list[tuple[str, ...]]:
    return [step.argv for step in parse(text).steps if isinstance(step, Run)]


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(Refused) as raised:
        parse(text)
    return [(fault.line, fault.message) for fault in raised.value.faults]


def shell(text: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", text)


def test_the_body_of_the_guide_is_read():
    body = (
        "RUN sudo apt-get update && sudo apt-get install -y jq\n"
        "RUN sudo npm install -g @anthropic-ai/claude-code\n"
        "ENV NODE_OPTIONS=--max-old-space-size=4096\n"
    )
    first, second, third = parse(body).steps
    assert first == Run(1, shell("sudo apt-get update && sudo apt-get install -y jq"), body.splitlines()[0])
    assert (second.line, third.line) == (2, 3)
    assert third == Env(3, (("NODE_OPTIONS", "--max-old-space-size=4096"),), body.splitlines()[2])


def test_continued_lines_are_one_instruction_and_comments_between_them_are_left_out():
    text = "RUN apt-get update && \\\n  # what we need\n\n  apt-get install jq \\  \n   && true\nWORKDIR /srv\n"
    run, folder = parse(text).steps
    assert run.argv == shell("apt-get update &&   apt-get install jq    && true")
    assert (run.line, folder) == (1, Workdir(6, "/srv", "WORKDIR /srv"))


def test_an_escaped_backslash_at_the_end_continues_nothing():
    assert runs("RUN echo \\\\\nRUN b") == [shell("echo \\\\"), shell("b")]


def test_instructions_may_be_indented_and_in_any_case():
    assert runs("  run a\n\tRuN\tb\n") == [shell("a"), shell("b")]


def test_lines_may_end_as_on_windows_and_begin_with_a_mark():
    assert runs("\ufeffRUN a \\\r\n b\r\n") == [shell("a  b")]


def test_the_json_form_is_taken_as_it_is():
    assert runs('RUN ["ls", "-l", "$HOME \\u00e9"]') == [("ls", "-l", "$HOME é")]


def test_what_only_looks_like_json_goes_to_the_shell():
    assert runs("RUN [ -f /x ] && echo y") == [shell("[ -f /x ] && echo y")]


@pytest.mark.parametrize("words", ["[]", "[1]", '["a", null]', '["a\\u0000"]', '["\\ud800"]', '[["a"]]', '[""]'])
def test_a_list_that_is_no_command_is_refused(words):
    assert [line for line, _ in faults(f"ENV A=1\nRUN {words}")] == [2]


def test_a_here_document_is_a_script_of_the_shell():
    run, other = parse("RUN <<EOF\nset -e\n# kept\n\necho $HOME\nEOF\nRUN b").steps
    assert run.argv == shell("set -e\n# kept\n\necho $HOME\n")
    assert (other.line, other.argv) == (7, shell("b"))


def test_a_here_document_may_be_quoted_and_indented():
    assert runs('RUN <<-"END"\n\techo a\n\t\tEND\n') == [shell("echo a\n")]


def test_a_script_that_says_what_runs_it_is_put_into_a_file():
    (run,) = parse("RUN <<EOF\n#!/usr/bin/env python3\nprint(1)\nEOF").steps
    assert (run.argv, run.script) == ((), "#!/usr/bin/env python3\nprint(1)\n")


def test_the_shell_reads_the_here_documents_of_a_longer_command():
    text = "RUN cat <<A > /a && cat <<-B > /b\n1\nA\n\t2\n\tB\nRUN c"
    assert runs(text) == [shell("cat <<A > /a && cat <<-B > /b\n1\nA\n\t2\nB"), shell("c")]


def test_a_here_string_opens_no_here_document():
    assert runs("RUN bash -c 'cat <<< x'\nRUN b") == [shell("bash -c 'cat <<< x'"), shell("b")]


def test_a_here_document_without_an_end_is_refused():
    assert faults("ENV A=1\nRUN <<EOF\necho a\n")[0] == (2, "The here-document <<EOF has no end: no line says EOF.")


def test_a_continued_last_line_is_refused():
    assert faults("RUN a \\\n\n# end") == [(1, "The last line is continued, and nothing follows it.")]


@pytest.mark.parametrize(
    "word",
    ["FROM", "COPY", "ADD", "USER", "ENTRYPOINT", "CMD", "ARG", "SHELL", "VOLUME", "EXPOSE", "LABEL", "MAINTAINER",
     "HEALTHCHECK", "STOPSIGNAL", "ONBUILD", "from", "Copy"],
)  # fmt: skip
def test_every_other_instruction_is_refused_with_its_line_and_a_reason(word):
    ((line, message),) = faults(f"ENV A=1\n\n{word} something else\n")
    assert line == 3
    assert message.startswith(f"{word.upper()} can't be used: ")


def test_every_line_that_can_not_be_used_is_named():
    assert [line for line, _ in faults("FROM x\nRUN a\nCOPY <<EOF /x\nFROM y\nEOF\nNONSENSE\nUSER root")] == [
        1,
        3,
        6,
        7,
    ]


@pytest.mark.parametrize(
    "option", ["--mount=type=cache,target=/x", "--network=host", "--security=insecure", "--device=x", "--"]
)
def test_options_of_run_are_refused(option):
    ((line, message),) = faults(f"RUN {option} ls")
    assert (line, option in message) == (1, True)


def test_options_are_refused_behind_a_continued_line_too():
    assert faults("RUN \\\n  --mount=type=secret,id=x \\\n  cat /x")[0][0] == 1


def test_a_directive_that_loads_another_reader_is_refused():
    assert faults("# syntax=docker/dockerfile:1\nRUN a")[0][0] == 1
    assert faults("#Syntax = evil/frontend\nRUN a")[0][0] == 1


def test_a_directive_behind_a_comment_is_a_comment():
    assert runs("# hello\n# syntax=docker/dockerfile:1\nRUN a") == [shell("a")]


def test_the_escape_directive_chooses_what_continues_a_line():
    found = parse("# escape=`\nRUN a \\\nRUN b `\n  c\nENV D=C:\\x")
    assert [step.argv for step in found.steps[:2]] == [shell("a \\"), shell("b   c")]
    assert (found.escape, found.steps[2].values) == ("`", (("D", "C:\\x"),))


def test_an_escape_directive_of_another_character_is_refused():
    assert faults("# escape=x\nRUN a") == [(1, "# escape= takes \\ or `.")]


def test_variables_are_read_in_both_forms():
    text = "ENV A=1 B=\"two words\" C='three $x' D=fo\\ ur\nENV E and the rest  of it\n"
    first, second = parse(text).steps
    assert first.values == (("A", "1"), ("B", '"two words"'), ("C", "'three $x'"), ("D", "fo\\ ur"))
    assert second.values == (("E", "and the rest  of it"),)


@pytest.mark.parametrize(
    "text", ["ENV", "ENV A", "ENV A=1 B", "ENV 1A=x", "ENV A-B=x", "ENV A='x", "ENV A=${B", "ENV A=${B#x}", "ENV =x"]
)
def test_variables_that_can_not_be_read_are_refused(text):
    assert faults(text)[0][0] == 1


@pytest.mark.parametrize("name", ["HOME", "USER", "PIPELINES_RUN_TOKEN", "CALLBOARD_HOME"])
def test_variables_that_the_sandbox_sets_are_refused(name):
    assert faults(f"ENV {name}=x") == [(1, f"{name} is set by the sandbox itself.")]


@pytest.mark.parametrize("path", ["/proc/self/fd/8", "/proc", "/sys/kernel", "/dev/pts", "/opt/callboard/x", ""])
def test_folders_that_lead_out_or_are_ours_are_refused(path):
    assert faults(f"WORKDIR {path}")[0][0] == 1


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "# escape=`"])
def test_a_body_without_an_instruction_is_refused(text):
    assert faults(text) == [(1, "Write at least one RUN, ENV or WORKDIR.")]


def test_a_body_of_more_than_32_kb_is_refused():
    assert parse("RUN " + "a" * (LONGEST_BYTES - 4)).steps
    assert faults("RUN " + "é" * (LONGEST_BYTES // 2)) == [(1, "It has 33 KB. Write at most 32 KB.")]


@pytest.mark.parametrize("char", ["\0", "\x1b", "\r", "\x85", "\ud800"])
def test_control_characters_are_refused(char):
    assert faults(f"RUN a\nRUN b{char}c") == [(2, "It holds a control character. Remove it.")]


def test_bodies_that_ask_for_the_same_have_the_same_normal_form():
    one = parse("# first\nRUN a && \\\n  b\n\nENV A=1 B=2\n").normal_form
    other = parse("run a &&   b\n# last\nENV   A=1  B=2").normal_form
    assert one == other
    assert one != parse("RUN a &&   b\nENV A=1 B=3").normal_form
    assert one != parse("RUN a && b\nENV A=1\nENV B=2").normal_form


_PIECES = st.lists(
    st.sampled_from(
        ["RUN ", "ENV ", "WORKDIR ", "FROM x", "<<EOF", "<<-'A'", "EOF", "A", "\n", "\\\n", "\\", "`", "# escape=`\n",
         "# x", " ", "\t", "'", '"', "$A", "${A:-b}", "${", "=", '["a"]', "[", "--mount=x", "é", "a", "\r\n", "\0"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(st.one_of(_PIECES, st.text(max_size=200)))
def test_any_text_is_either_read_or_refused_by_line(text):
    try:
        found, refused = parse(text), ()
    except Refused as error:
        found, refused = None, error.faults
    if found is None:
        assert refused
        assert all(1 <= fault.line <= text.count("\n") + 1 and fault.message for fault in refused)
        return
    assert found.steps
    assert all(step.argv or step.script for step in found.steps if isinstance(step, Run))
    assert found.normal_form.encode()


@given(_PIECES)
def test_no_text_smuggles_another_instruction_in(text):
    try:
        steps = parse(text).steps
    except Refused:
        return
    assert all(isinstance(step, Run | Env | Workdir) for step in steps)
    assert not any(step.text[4:].lstrip().startswith("--") for step in steps if isinstance(step, Run))
