import pytest
from django.core.files.storage import default_storage

from orchestration import outputs
from orchestration.graph import Node
from orchestration.models import StepRun
from orchestration.states import RunStatus
from tests.engine.conftest import chain, finish, note


@pytest.fixture(autouse=True)
def _small_outputs(settings, tmp_path):
    settings.CALLBOARD_STEP_OUTPUT_BYTES = 64
    settings.MEDIA_ROOT = tmp_path


def output_of(run, node_id: str):
    return StepRun.objects.get(run=run, node_id=node_id).output


def test_an_output_as_large_as_may_be_stands_in_the_state(start):
    most = "x" * 62  # and the two quotes of JSON
    run = finish(start(chain(note("a", config={"output": most}))))
    assert output_of(run, "a") == most


def test_a_larger_output_becomes_a_file_and_the_state_refers_to_it(start):
    large = {"rows": ["é" * 40]}
    run = finish(start(chain(note("a", config={"output": large}), note("b"))))
    assert run.status == RunStatus.COMPLETED
    kept = output_of(run, "a")
    assert kept.keys() == {outputs.ARTIFACT}
    assert kept["artifact"]["bytes"] == default_storage.size(kept["artifact"]["file"])
    assert outputs.whole(kept) == large


def test_a_file_that_was_altered_is_not_read(start):
    kept = output_of(finish(start(chain(note("a", config={"output": "x" * 100})))), "a")
    with default_storage.open(kept["artifact"]["file"], "wb") as file:
        file.write(b'"other"')
    with pytest.raises(ValueError, match="not the one"):
        outputs.whole(kept)


def test_a_transform_that_computes_too_much_fails_and_says_how_much_may_be(start):
    large = Node(id="large", kind="transform", config={"expression": {"cat": ["x" * 100]}})
    run = start(chain(large))
    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    assert "102 bytes of JSON; 64 is the most" in run.error["message"]


def test_no_step_is_lost_where_an_output_cant_be_kept(start, monkeypatch):
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(default_storage, "save", full)
    run = finish(start(chain(note("a", config={"output": "x" * 100}))))
    assert run.status == RunStatus.FAILED
    assert "No space left" in run.error["message"]
