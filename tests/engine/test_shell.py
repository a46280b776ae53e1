"""No value becomes code: scripts with placeholders are run by a real bash, with values that would like to."""

import subprocess
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.shell.script import MOST_VALUE_BYTES, ShellError, prepare, variables
from orchestration.templates import UnknownPlaceholder

CANARY = "canary"
PIECES = (
    "'", '"', "`", "$", "\\", "\n", ";", "&", "|", "(", ")", "{", "}", "[", "]", "<", ">", "#", "!", "*", "?", "~", " ",
    "\t", "-n", "-e", "%s", "=", "EOF", "\nEOF\n", "\r", "é", "a", "'; touch canary; '", '"; touch canary; "',
    "$(touch canary)", "`touch canary`", "a[$(touch canary)]", "${x@P}", "$((1+1))", "{{x}}", "\ntouch canary\n",
    "${CALLBOARD_VALUE_1}", "<(touch canary)", ") touch canary; (",
)  # fmt: skip
VALUES = st.lists(st.sampled_from(PIECES), max_size=6).map("".join) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30
)

#: Scripts, and what they print for a value.
CONTEXTS: list[tuple[str, Callable[[str], str]]] = [
    ("printf %s {{x}}", str),
    ('printf %s "{{x}}"', str),
    ('printf %s "a {{x}} b"', lambda x: f"a {x} b"),
    ("printf %s 'a {{x}} b'", lambda x: f"a {x} b"),
    ("printf %s $'a\\'{{x}}\\tb'", lambda x: f"a'{x}\tb"),
    ("printf %s pre{{x}}post", lambda x: f"pre{x}post"),
    ('printf %s "$(printf %s {{x}})"', lambda x: x.rstrip("\n")),
    ('printf %s "$(printf %s "$(printf %s "{{x}}")")"', lambda x: x.rstrip("\n")),
    ("(printf %s {{x}})", str),
    ('x={{x}}\nprintf %s "$x"', str),
    ('x="<{{x}}>"; printf %s "$x"', lambda x: f"<{x}>"),
    ("export X={{x}}; printenv X", lambda x: f"{x}\n"),
    ("X={{x}} printenv X", lambda x: f"{x}\n"),
    ("cat <<EOF\n<{{x}}>\nEOF\nprintf end", lambda x: f"<{x}>\nend"),
    ("cat <<-EOF\n\t<{{x}}>\n\tEOF", lambda x: f"<{x}>\n"),
    ("cat <<A - <<B\nno\nA\n<{{x}}>\nB", lambda x: f"<{x}>\n"),
    ("cat <<< {{x}}", lambda x: f"{x}\n"),
    ('for i in {{x}} z; do printf "%s|" "$i"; done', lambda x: f"{x}|z|"),
    ("bash -c 'printf %s \"$1\"' - {{x}}", str),
    ("case {{x}} in *) printf %s {{x}};; esac", str),
    ("# it's {{x}} $(\nprintf ok", lambda _: "ok"),
    ("if [ {{x}} = {{x}} ]; then printf y; fi", lambda _: "y"),
    ('f() { printf %s "$1"; }; f {{x}}', str),
    ("f() {\n  printf %s \\\n    {{x}}\n}\nf", str),
    ("printf %s {{x}} | cat", str),
    ("cmp <(printf %s {{x}}) <(printf %s '{{x}}') && printf same", lambda _: "same"),
    ("if true; then printf %s {{x}}; else printf no; fi", str),
    ("a=(y {{x}}); printf '%s|' \"${a[@]}\"", lambda x: f"y|{x}|"),
    ("[[ {{x}} == {{x}} ]] && printf y", lambda _: "y"),
    ("printf '%s' \"it's\" {{x}} 2>&1", lambda x: f"it's{x}"),
    ("python3 -c 'import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())' <<< {{x}}", lambda x: f"{x}\n"),
    ("bash -c 'cat; printf %s \"$1\"' - {{x}} <<EOF\n{{x}}\nEOF", lambda x: f"{x}\n{x}"),
    ('x=$(printf %s {{x}}); printf %s "$x"', lambda x: x.rstrip("\n")),
    ("cat < <(printf %s {{x}})", str),
]


@pytest.fixture
def bash(tmp_path) -> Callable[..., str]:
    """Run a script for values, and return what it printed. No file may be left behind."""

    def bash(script: str, **values: object) -> str:
        prepared = prepare(script)
        env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **variables(prepared, {"input": {}, **values})}
        done = subprocess.run(
            ["bash", "-c", prepared.script], env=env, cwd=tmp_path, capture_output=True, timeout=20, check=False
        )
        assert list(tmp_path.iterdir()) == []
        assert (done.returncode, done.stderr.decode()) == (0, "")
        return done.stdout.decode()

    return bash


many = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize(("script", "printed"), CONTEXTS)
def test_a_value_arrives_as_it_is_wherever_it_stands(script, printed, bash):
    @many
    @given(x=VALUES)
    def check(x: str) -> None:
        if prepare(script).computes and any(mark in x for mark in "$`"):
            with pytest.raises(ShellError, match="as code"):
                bash(script, x=x)
        else:
            assert bash(script, x=x) == printed(x)

    check()


class Word:
    """A word of a script, and what it is worth for a value."""

    def __init__(self, text: str, worth: Callable[[str], str]) -> None:
        self.text, self.worth = text, worth


def joined(words: list[Word]) -> Word:
    return Word("".join(word.text for word in words), lambda x: "".join(word.worth(x) for word in words))


def quoted(before: str, after: str) -> Callable[[Word], Word]:
    return lambda word: Word(f"{before}{word.text}{after}", word.worth)


def substituted(word: Word) -> Word:
    return Word(f"$(printf %s {word.text})", lambda x: word.worth(x).rstrip("\n"))


PLACEHOLDER = st.just(Word("{{x}}", str))
LETTERS = st.sampled_from(["a", "b.c", "-", "/", "=", "%", "é"]).map(lambda text: Word(text, lambda _: text))
SPACED = st.sampled_from([" ", "#", ";", "'", "(", "|"]).map(lambda text: Word(text, lambda _: text))
SINGLE = st.lists(PLACEHOLDER | LETTERS, max_size=3).map(joined).map(quoted("'", "'"))
ANSI = st.lists(PLACEHOLDER | LETTERS, max_size=3).map(joined).map(quoted("$'", "'"))


def wider(inner: st.SearchStrategy[Word]) -> st.SearchStrategy[Word]:
    """Return words in double quotes that hold others, and what commands in them print."""
    held = st.lists(PLACEHOLDER | LETTERS | SPACED | inner.map(substituted), max_size=4).map(joined)
    return st.lists(PLACEHOLDER | LETTERS | SINGLE | ANSI | held.map(quoted('"', '"')), min_size=1, max_size=4).map(
        joined
    )


WORDS = st.recursive(st.lists(PLACEHOLDER | LETTERS | SINGLE, min_size=1, max_size=3).map(joined), wider, max_leaves=6)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(word=WORDS, x=VALUES)
def test_quotes_within_quotes_are_followed(word, x, bash):
    assert bash(f"printf %s x{word.text}", x=x) == f"x{word.worth(x)}"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("{{x}} --version", "which command"),
        ("sudo {{x}}", "which command"),
        ("true && {{x}}", "which command"),
        ("echo $({{x}})", "which command"),
        ("echo `echo {{x}}`", "backticks"),
        ("echo $(( {{x}} + 1 ))", "computes"),
        ("(( {{x}} )) && echo y", "computes"),
        ("echo $[ {{x}} ]", "as code"),
        ("a[{{x}}]=1", "index"),
        ("a=([{{x}}]=1)", "index"),
        ("echo ${y:-{{x}}}", "Assign it"),
        ("echo ${{x}}", "dollar"),
        ("eval echo {{x}}", "eval"),
        ('y={{x}}; echo "${y@P}"', "as code"),
        ("trap {{x}} EXIT", "as code"),
        ("source {{x}}", "as code"),
        (". {{x}}", "as code"),
        ("bash -c {{x}}", "part of the code"),
        ('bash -lc "echo {{x}}"', "part of the code"),
        ("python3 -c 'print({{x}})'", "part of the code"),
        ("perl -ne '{{x}}'", "part of the code"),
        ("bash {{x}}", "choose the code"),
        ("timeout 5 python3 {{x}}", "choose the code"),
        ("env -S {{x}}", "as code"),
        ("bash <<< {{x}}", "would run what it reads"),
        ("python3 - <<EOF\nprint('{{x}}')\nEOF", "would run what it reads"),
        ("bash -s a <<EOF\necho {{x}}\nEOF", "would run what it reads"),
        ("echo {{x}} | bash", "pipe into a shell"),
        ("cat <<EOF | sh -x\n{{x}}\nEOF", "pipe into a shell"),
        ('bash -c "$(echo {{x}})"', "part of the code"),
        ("source <(echo {{x}})", "as code"),
        ("bash <(echo {{x}})", "choose the code"),
        ("$(echo {{x}}) now", "which command"),
        ("compgen -W {{x}}", "compgen"),
        ("PS4={{x}}; set -x", "what bash runs"),
        ("export PATH={{x}}", "what bash runs"),
        ("BASH_ENV={{x}} bash a.sh", "what bash runs"),
        ("printf -v {{x}} a", "name of a variable"),
        ("declare {{x}}=1", "name of a variable"),
        ("read {{x}}", "name of a variable"),
        ("unset {{x}}", "name of a variable"),
        ("cat <<'EOF'\n{{x}}\nEOF", "quoted"),
        ("cat <<EOF\n$(echo {{x}})\nEOF", "commands in it"),
        ("echo $(case a in a) echo {{x}};; esac)", "can't be followed"),
        ('echo "{{x}}', "do not match up"),
        ("echo a) {{x}}", "do not match up"),
        ("echo {{x}\0}", "NUL"),
        ("echo " + "a" * 70_000, "larger than"),
    ],
)
def test_what_can_t_be_made_safe_is_refused_and_says_why(script, why):
    with pytest.raises(ValueError, match=why):
        prepare(script)


@pytest.mark.parametrize(
    "script", ["eval `echo x`", "echo $((1))", "case a in a) echo;; esac", "cat <<'A'\n$(x)\nA", 'echo "unclosed']
)
def test_a_script_without_placeholders_is_left_as_it_is(script):
    assert prepare(script).script == script


@pytest.mark.parametrize(
    "script",
    [
        'n={{x}}; [[ $n -eq 1 ]]; echo "$((n + 1))"',
        'n={{x}}; b=("$n"); echo "${b[$n]}"',
        'y={{x}}; echo "${!y}"',
        'y={{x}}; declare -i z="$y"',
        "y={{x}}; [[ -v $y ]]",
        'y={{x}}; unset "$y"',
        'y={{x}}; z=abc; echo "${z:$y}"',
    ],
)
def test_a_script_that_computes_takes_numbers_and_refuses_what_could_run(script):
    prepared = prepare(script)
    assert variables(prepared, {"x": 7}) == {"CALLBOARD_VALUE_1": "7"}
    with pytest.raises(ShellError, match="as code"):
        variables(prepared, {"x": "a[$(touch canary)]"})


def test_an_unknown_placeholder_is_named():
    with pytest.raises(UnknownPlaceholder, match="nothing"):
        variables(prepare("echo {{nothing}}"), {"input": {}})


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "x" * (MOST_VALUE_BYTES + 1)])
def test_values_that_no_variable_can_hold_are_refused(value):
    with pytest.raises(ShellError, match=r"\{\{x\}\}"):
        variables(prepare("echo {{x}}"), {"x": value})


def test_the_same_placeholder_is_handed_over_once(bash):
    assert prepare("echo {{x}} {{y}} {{x}}").names == ("x", "y")
    assert bash("printf %s, {{x}} {{y}} {{x}}", x="1", y=[True]) == "1,[true],1,"


@given(st.text(alphabet="{}x'\"`$()<>\\\n #=;&|[]E-c ", max_size=40))
def test_any_text_as_a_script_is_prepared_or_refused(text):
    try:
        prepared = prepare(text)
    except ValueError:
        return
    assert "\0" not in prepared.script
