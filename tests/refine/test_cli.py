"""The command line of refine: what people type, what they read, and the exit codes.

Mutants caught: a mistake ends in a traceback; --json prints more than JSON; a stop exits with 0; a bad
verdict exits with 0.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from refine import apply as applying
from refine import cli
from refine import compare as comparing
from refine.apply import Applied
from refine.console import print_applied
from refine.frames import Render
from refine.gap import Distances, Drawn, Estimate, FeatureGap, GapReport
from refine.gate import Verdict, rehearsal
from scenegen.dataset import Dataset

Refine = Callable[..., str]


@pytest.fixture
def refine(capsys: pytest.CaptureFixture[str]) -> Refine:
    """Run the command line in this process; what it printed, on stderr where it must fail."""

    def run(*words: object, code: int = 0) -> str:
        with pytest.raises(SystemExit) as end:
            cli.main([str(word) for word in words])
        printed = capsys.readouterr()
        assert (end.value.code or 0) == code, printed
        return printed.err if code > 1 else printed.out

    return run


@pytest.fixture(scope="module")
def photos(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs of a camera that sees everything warmer and darker."""
    folder = tmp_path_factory.mktemp("photos")
    for number, shot in enumerate(Dataset.open(made).all_shots()):
        warm = (shot.rgb * [0.9, 0.75, 0.5]).astype("uint8")
        cv2.imwrite(str(folder / f"{number}.jpg"), cv2.cvtColor(warm, cv2.COLOR_RGB2BGR))
    return folder


@pytest.fixture(scope="module")
def model(made: Path, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "stats"
    options = ["--renders", made, "--photos", photos, "--out", folder]
    with pytest.raises(SystemExit):
        cli.main(["fit", *map(str, options), "--recipe", "stats", "--quiet"])
    return folder


def test_fit_and_apply(refine: Refine, made: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "refined"
    told = json.loads(refine("apply", model, made, "--out", out, "--json"))
    assert told["frames"] == sum(told["refiners"].values()) == 12
    assert told["refiners"].get("stats", 0) > 0
    assert len(Dataset.open(out)) == len(Dataset.open(made))
    again = refine("apply", model, made, "--out", out)
    assert "0 frames" in again
    assert "3 scenes were there already" in again


def test_apply_fails_where_too_much_stays_raw(
    refine: Refine, made: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: only the pictures of this run count."""
    words = ("apply", model, made, "--out", tmp_path / "out")
    monkeypatch.setattr(applying, "judge", lambda *_, **__: Verdict(False, ("no",), {}))
    assert "12 by raw" in refine(*words)
    refine(*words, "--fail-under", 0.01, code=1)
    monkeypatch.undo()
    words = ("apply", model, made, "--out", tmp_path / "other", "--fail-under")
    refine(*words, 0.01)
    assert "'--fail-under'" in refine(*words, 1.5, code=2)


def test_paths_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Mutants: what is in brackets is taken for rich's markup, what is between colons for an emoji."""
    for folder in ("x[/b]y", "run[v2]", "a:cat:b"):
        print_applied(Applied(Path(folder)))
        assert capsys.readouterr().out.startswith(f"{folder}: 0 scenes")


def test_mistakes_are_told(refine: Refine, made: Path, model: Path, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "out")
    assert "no dataset" in refine("apply", model, tmp_path, *out, code=2)
    assert "model.json" in refine("apply", tmp_path, made, *out, code=2)
    assert "strength is 2" in refine("apply", model, made, *out, "--strength", 2, code=2)
    assert "nothing to export" in refine("onnx", model, *out, code=2)
    nothing = refine("fit", "--renders", made, "--photos", tmp_path / "none", *out, code=2)
    assert str(tmp_path / "none") in nothing
    renders = refine("fit", "--renders", made, "--photos", made, *out, code=2)
    assert "a dataset of renders" in renders
    assert not (tmp_path / "out").exists()


def test_audit(refine: Refine, made: Path, tmp_path: Path) -> None:
    told = json.loads(refine("audit", made, made, "--json"))
    assert told["accepted"] == told["judged"] == 12
    dark = tmp_path / "dark"
    dark.mkdir()
    for shot in Dataset.open(made).shots(0):
        name = dark / f"{shot.scene_index:06d}_{shot.stem}.png"
        cv2.imwrite(str(name), shot.rgb[..., ::-1] if shot.stem == "0000" else 0 * shot.rgb)
    words = ("audit", made, dark)
    told = refine(*words, code=1)
    assert "1 of 4 pictures accepted" in told
    assert "000000_0001.png: " in told
    assert "8 renders have none" in told
    assert "without a picture: 000001/0000, 000001/0001" in told
    refine(*words, "--fail-under", 0.25, "--partial")
    refine(*words, "--fail-under", 0.25, code=1)
    refine(*words, "--fail-under", 0.08)  # 1 of 12
    assert "no such folder" in refine("audit", made, tmp_path / "none", code=2)


def test_compare_exits_by_its_verdict(
    refine: Refine, made: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = Drawn(0.5, np.linspace(0.3, 0.7, 101))
    raw, floor = Drawn(1.0, np.ones(101)), Drawn(0.0, np.zeros(101))
    mmd = Distances(raw, Drawn(0.5, 1 - closed.draws), floor, chance=Estimate(0, 0, 0.01))
    randnet = FeatureGap("randnet[v2]", "", near_loss=False, digest="", mmd=mmd)
    report = GapReport((randnet,), closed, None, (), (), None, {}, (), (), {}, 0)
    monkeypatch.setattr(comparing, "compare", lambda *_, **__: report)
    words = ("compare", made, made, "--photos", photos, "--report", tmp_path)
    told = refine(*words)
    assert "50 % of the gap" in told
    assert "randnet[v2]" in told
    assert json.loads(refine(*words, "--json"))["closer"]
    refine(*words, "--fail-under", 0.4, code=1)
    assert "'--fail-under'" in refine(*words, "--fail-under", 1.5, code=2)
    monkeypatch.undo()
    assert "at least" in refine(*words, code=2)


def test_rehearse(refine: Refine, made: Path) -> None:
    told = json.loads(refine("rehearse", made, "--frames", 1, "--json"))
    assert told["identity"] == {"honest": True, "judged": 1, "accepted": 1, "wrong": {}}
    assert told["shifted"]["judged"] == 1


def test_as_many_are_rehearsed_as_are_asked_for(
    refine: Refine, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: every third of 12 where 5 are asked for."""
    seen: list[str] = []

    def rehearse(renders: Iterable[Render], *, seed: int) -> dict[str, Any]:
        seen.extend(render.name for render in renders)
        return {}

    monkeypatch.setattr(rehearsal, "rehearse", rehearse)
    for frames in (5, 12, 100):
        seen.clear()
        refine("rehearse", made, "--frames", frames)
        assert len(set(seen)) == len(seen) == min(frames, 12)
        assert (seen[0], seen[-1]) == ("000000/0000", "000002/0003")


def test_a_stop_is_told(
    refine: Refine, made: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(applying.Chain, "refine", stop)
    words = ("apply", model, made, "--out", tmp_path / "out", "--quiet")
    assert "Run the same command again" in refine(*words, code=130)


def test_what_is_not_installed_is_named(made: Path, tmp_path: Path) -> None:
    """Mutant: a traceback."""
    words = ["fit", "--renders", str(made), "--photos", "none", "--out", str(tmp_path / "out")]
    code = "import sys; sys.modules['torch'] = None; from refine import cli; cli.main({})"
    command = [sys.executable, "-c", code.format(words)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == "torch is missing: pip install 'scenegen[refine]'\n"


def test_it_is_installed_as_a_command() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    module, _, function = project["scripts"]["refine"].partition(":")
    assert (module, getattr(cli, function)) == (cli.__name__, cli.main)


def test_a_damaged_model_is_refused(
    refine: Refine, made: Path, model: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(model, tmp_path / "model")
    (copy / "stats.json").write_text("{}")
    assert "stats.json" in refine("apply", copy, made, "--out", tmp_path / "out", code=2)


def test_what_the_manuals_show_exists(refine: Refine) -> None:
    """Mutants: a command or an option in README or docs/refine.md that was renamed."""
    root = Path(__file__).parents[2]
    text = "".join((root / name).read_text("utf-8") for name in ("README.md", "docs/refine.md"))
    commands = [
        shlex.split(line, comments=True) for line in text.splitlines() if line.startswith("refine ")
    ]
    assert {words[1] for words in commands} == {command.name for command in named_commands()}
    for words in commands:
        known = refine(words[1], "--help")
        assert all(word in known for word in words if word.startswith("--")), words
    recipe = (root / "Makefile").read_text()
    for words in re.findall(r"\$\(BIN\)/refine (\w+) (.*)", recipe):
        known = refine(words[0], "--help")
        assert all(option in known for option in re.findall(r"--\w+", words[1])), words


def named_commands() -> list[Any]:
    from typer.main import get_command

    return list(get_command(cli.app).commands.values())  # type: ignore[attr-defined]
