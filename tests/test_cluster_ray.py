"""A real Ray cluster of two nodes on this machine: the same bytes, also when a node is lost."""

import operator
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from running import checksums, small_recipe

from scenegen.errors import ScenegenError
from tests.test_generate import until

pytest.importorskip("ray", reason="needs Ray: make test-cluster")

SCENES = 8


@pytest.fixture(scope="module")
def one_worker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset as one process makes it."""
    folder = tmp_path_factory.mktemp("one")
    generate(folder, small_recipe(folder), folder / "one").communicate()
    return folder / "one"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two nodes with a core each, on this machine's own address."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 100 << 20}
    head = {**node, "include_dashboard": False}
    made = Cluster(initialize_head=True, connect=False, head_node_args=head)
    made.second = made.add_node(**node)
    yield made
    made.shutdown()


def generate(folder: Path, recipe: Path, out: Path | str, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "scenegen", "generate", str(recipe), "--out", str(out)]
    command += ["--scenes", str(SCENES), "--quiet", *more]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder
    )


def raylet(node: Any) -> int:
    """The process of a node that all its workers depend on."""
    (found,) = node.all_processes["raylet"]
    return int(found.process.pid)


def busy(pid: int) -> list[int]:
    """The workers of a raylet that have opened a scene's hidden folder, to write into it."""
    found = []
    for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
        links = [os.readlink(link) for link in Path(f"/proc/{child}/fd").iterdir()]
        found += [child for link in links if "/scenes/." in link]
    return found


def test_ends_errors_and_deaths_come_home(cluster: Any) -> None:
    """Mutants: an error that stays there; a task that kills its process tried for ever."""
    from scenegen.cluster.on_ray import run_on_ray

    tenths = partial(partial, operator.floordiv, 10)
    ends = {done.task: done.result for done in run_on_ray(range(1, 9), tenths, cluster.address)}
    assert ends == {task: 10 // task for task in range(1, 9)}
    with pytest.raises(ZeroDivisionError):
        list(run_on_ray([1, 0], tenths, cluster.address))
    (done,) = run_on_ray([3], partial(partial, os._exit), cluster.address)
    assert done.died is not None


def test_no_cluster_is_said_at_once() -> None:
    """Mutant: Ray's own wait of two minutes, and its traceback."""
    from scenegen.cluster.on_ray import run_on_ray

    with pytest.raises(ScenegenError, match=r"no cluster at 127\.0\.0\.1:1 .*refused"):
        list(run_on_ray([1], partial(partial, operator.floordiv, 10), "127.0.0.1:1"))


def test_a_node_is_lost_in_mid_run(tmp_path: Path, one_worker: Path, cluster: Any) -> None:
    """Mutants: the scenes of a lost node are given up; a half-written one is taken for whole."""
    out = tmp_path / "out"
    process = generate(tmp_path, small_recipe(tmp_path), out, "--on", f"ray:{cluster.address}")
    pid = raylet(cluster.second)

    def in_mid_run() -> bool:
        assert process.poll() is None, process.communicate()
        return bool(list(out.glob("scenes/0*")) and busy(pid))

    with process:
        try:
            until(in_mid_run, 120)
            os.kill(pid, signal.SIGKILL)
            made = len(list(out.glob("scenes/0*")))
            _, errors = process.communicate(timeout=240)
        finally:
            process.kill()
    assert process.returncode == 0, errors
    assert 0 < made < SCENES
    assert checksums(out) == checksums(one_worker)
