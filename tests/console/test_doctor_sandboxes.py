from console.ops.doctor_sandboxes import ahead_findings, definition_findings
from sandboxes.backends.fake import FakeBackend
from sandboxes.capabilities import Capabilities, Wish
from sandboxes.errors import ImageNotReady, SandboxUnavailable
from sandboxes.report import Level


class Machine(FakeBackend):
    def capabilities(self):
        return Capabilities("docker", {Wish.PIDS: "No.", Wish.CPUS: "No."}, 2, ("runc",))

    def fingerprint(self, image):
        if image == "there":
            return "sha256:1"
        raise ImageNotReady(f"The image {image} is not there.")


class Shelf:
    def parked(self):
        return ["one"]


def test_what_can_not_be_held_here_is_told():
    [finding] = definition_findings(Machine())

    assert (finding.level, finding.text) == (
        Level.OK, "Sandbox definitions can be held to all but cpus, pids here.",
    )  # fmt: skip


def test_where_everything_can_be_held_it_says_so():
    [finding] = definition_findings(FakeBackend())

    assert finding.text == "Sandbox definitions can be held to everything here."


def test_images_and_runtimes_that_are_allowed_and_missing_are_told_with_what_to_do(settings):
    settings.CALLBOARD_SANDBOX_IMAGES = ["there", "team/image"]
    settings.CALLBOARD_SANDBOX_RUNTIMES = ["runc", "kata"]

    image, runtime = definition_findings(Machine())

    assert (image.level, image.fix) == (Level.WARNING, "docker pull team/image")
    assert (runtime.level, "kata" in runtime.text) == (Level.WARNING, True)


def test_an_engine_that_is_away_is_told():
    [finding] = definition_findings(FakeBackend(unavailable=SandboxUnavailable("It is away.", fix="Start it.")))

    assert (finding.level, finding.text, finding.fix) == (Level.WARNING, "It is away.", "Start it.")


def test_what_is_opened_ahead_is_counted(settings, monkeypatch):
    monkeypatch.setattr(Machine, "warm_shelf", lambda _: Shelf())
    settings.CALLBOARD_WARM_SANDBOXES = 2
    [finding] = ahead_findings(Machine())
    assert finding.text == "1 sandbox, at most 2 for each agent that ran lately."

    settings.CALLBOARD_WARM_SANDBOXES = 0
    [finding] = ahead_findings(Machine())
    assert finding.text == "None: CALLBOARD_WARM_SANDBOXES is 0."


def test_a_backend_that_parks_nothing_has_no_line():
    assert list(ahead_findings(FakeBackend())) == []
