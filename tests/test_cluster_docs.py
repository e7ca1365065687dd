"""docs/cluster.md is run as it stands, with fewer scenes, another folder and no scheduler."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from running import Run, assert_same_files, checksums

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.S | re.M)
    return [block for named, block in found if named == language]


def shell(folder: Path, script: str, **variables: str) -> str:
    """Run a script where `scenegen` is ours and `srun` runs what it is given."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    for name, line in (("scenegen", f'exec {sys.executable} -m scenegen "$@"'), ("srun", '"$@"')):
        (tools / name).write_text(f"#!/bin/sh\n{line}\n")
        (tools / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", **variables}
    done = subprocess.run(
        ["bash", "-ec", script], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_slurm_array_and_a_kubernetes_job(recipe: Path, tmp_path: Path, made: Path) -> None:
    """Half of the scenes by each. Mutants: parts from 1; an option that is gone; bad YAML."""
    (slurm,), (kubernetes,) = blocks("bash"), blocks("yaml")
    spec = yaml.safe_load(kubernetes)["spec"]
    container = spec["template"]["spec"]["containers"][0]
    assert container["command"] == ["sh", "-c"]
    assert f'/{spec["completions"]}" ' in container["args"][0]

    def smaller(script: str) -> str:
        script = re.sub(r"(/shared/)?tabletop\.yaml", str(recipe), script)
        script = re.sub(r"--workers \d+", "", script).replace("/shared", str(tmp_path / "shared"))
        return script.replace("--scenes 100000", "--scenes 3")

    (tmp_path / "shared").mkdir()
    slots = {"SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_COUNT": "2"}
    shell(tmp_path, smaller(slurm), **slots)
    pod = smaller(container["args"][0]).replace("/100", "/2")
    shell(tmp_path, pod, JOB_COMPLETION_INDEX="1")
    assert_same_files(tmp_path / "shared" / "tabletop", made)


def test_two_shards_and_the_sweeping(tmp_path: Path) -> None:
    """Mutants: a command of the manual that fails; a sweep that takes a scene, or leaves one."""
    (tmp_path / "scenes").mkdir()
    text = (ROOT / "scenes" / "hello.yaml").read_text(encoding="utf-8")
    smaller = text.replace("fov_deg: 45", "fov_deg: 45\n    size: [64, 48]")
    assert smaller != text
    (tmp_path / "scenes" / "hello.yaml").write_text(smaller)
    (two,) = (block for block in blocks("") if "--shard 0/2" in block)
    shell(tmp_path, two)
    made = checksums(tmp_path / "out/hello")
    assert len(list((tmp_path / "out/hello/scenes").iterdir())) == 3
    (tmp_path / "out/hello/scenes/.000001.1a2b3c4d").mkdir()
    (tmp_path / "out/hello/failed/.000001.json.1a2b3c4d").touch()
    (sweep,) = (block for block in blocks("") if block.startswith("find"))
    shell(tmp_path, sweep)
    assert not list((tmp_path / "out/hello").glob("*/.*"))
    assert checksums(tmp_path / "out/hello") == made


def test_a_copy_of_a_store_unpacked(recipe: Path, tmp_path: Path, made: Path) -> None:
    """Mutant: tars that unpack to anything but the folders of scenes."""
    pytest.importorskip("fsspec", reason="needs fsspec: pip install 'scenegen[ray]'")
    url = f"file://{tmp_path}/store"
    shell(tmp_path, f"scenegen generate {recipe} --out {url} --scenes 1 --quiet")
    (commands,) = (block for block in blocks("") if block.startswith("aws"))
    copy = commands.replace("aws s3 sync s3://bucket/tabletop", f"cp -r {tmp_path}/store")
    shell(tmp_path, copy)
    assert_same_files(tmp_path / "tabletop/scenes/000000", made / "scenes/000000")
    assert not list((tmp_path / "tabletop/scenes").glob("*.tar"))


def test_every_option_exists(scenegen: Run) -> None:
    """Mutant: an option in the manual that the command line no longer has."""
    known = scenegen("generate", "--help").stdout
    lines = [line for block in blocks("") for line in block.splitlines() if "generate" in line]
    options = {word for line in lines for word in line.split() if word.startswith("--")}
    assert {"--shard", "--on", "--out"} <= options
    assert all(option in known for option in options)
