from agents.egress.denials import MOST_TOLD, Denials


def test_what_came_before_anybody_listened_is_told_then():
    denials, lines = Denials(), []
    denials.tell("a:443 is not on the allow-list")

    denials.listen(lines.append)
    denials.tell("b:443 is not on the allow-list")

    assert lines == ["blocked: a:443 is not on the allow-list", "blocked: b:443 is not on the allow-list"]


def test_the_same_is_told_once():
    denials, lines = Denials(), []
    denials.listen(lines.append)

    denials.tell("a:443 is not on the allow-list")
    denials.tell("a:443 is not on the allow-list")

    assert len(lines) == 1


def test_a_log_is_not_filled_with_them():
    denials, lines = Denials(), []
    denials.listen(lines.append)

    for port in range(MOST_TOLD * 3):
        denials.tell(f"a:{port} is not on the allow-list")

    assert len(lines) == MOST_TOLD + 1
    assert lines[-1] == "blocked: more, which are not told of any more"
