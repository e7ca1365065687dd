"""Datasets that many tests look at, made once."""

from functools import partial
from pathlib import Path

import pytest
from running import RICH, Run, run, small_recipe


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    return small_recipe(tmp_path)


@pytest.fixture
def scenegen(tmp_path: Path) -> Run:
    return partial(run, tmp_path)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small recipe's dataset, made by one worker in one go; not to be written to."""
    folder = tmp_path_factory.mktemp("made")
    run(folder, "generate", small_recipe(folder), "--out", folder / "small", "--quiet")
    return folder / "small"


@pytest.fixture(scope="session")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene with every label there is: stereo, motion, a lens; not to be written to."""
    folder = tmp_path_factory.mktemp("rich")
    run(folder, "generate", small_recipe(folder, RICH), "--out", folder / "rich", "--quiet")
    return folder / "rich"
