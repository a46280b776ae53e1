import json

from benchmarks import peers, report
from benchmarks.measures import MEASURES
from benchmarks.results import Result, at_least, at_most, percentile
from console.settings import BASE_DIR


def test_the_value_is_the_median_and_a_target_says_whether_it_is_met():
    assert Result("a step", "ms", [9.0, 1.0, 2.0], at_most(3)).as_json() == {
        "name": "a step", "value": 2.0, "unit": "ms", "target": 3, "met": True, "peers": {},
    }  # fmt: skip
    assert Result("runs", "runs/s", [100.0], at_least(200)).as_json()["met"] is False


def test_without_a_target_nothing_is_met_or_missed():
    found = Result("cold", "ms", [5.0]).as_json()
    assert (found["target"], found["met"]) == (None, None)


def test_a_peers_ratio_is_its_value_over_ours():
    found = Result("a step", "ms", [2.0], peers={"Celery": 13.0}).as_json()
    assert found["peers"] == {"Celery": {"value": 13.0, "ratio": 6.5}}


def test_the_file_has_results_and_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "OUT", tmp_path / "out")
    written = json.loads(report.write([Result("a", "ms", [1.0])], {"processor": "2 × X"}).read_text())
    assert set(written) == {"results", "machine"}
    assert set(written["results"][0]) == {"name", "value", "unit", "target", "met", "peers"}


def test_a_percentile_is_one_of_the_samples():
    assert percentile([5.0, 1.0, 3.0, 2.0, 4.0], 0.95) == 5.0
    assert percentile([5.0, 1.0, 3.0, 2.0, 4.0], 0.5) == 3.0


def test_every_measurement_and_peer_has_its_file():
    assert all((BASE_DIR / f"{path.replace('.', '/')}.py").is_file() for path in MEASURES)
    assert all((BASE_DIR / f"benchmarks/peers/{name}_peer.py").is_file() for name in peers.PEERS)
    assert set(peers.NAMES) == set(peers.PEERS)
