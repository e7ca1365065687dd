"""`verify` finds nothing in a good dataset, and each of the faults in `mutants`, by name."""

import shutil
from pathlib import Path

import pytest

from scenegen.project import Project, open_project
from scenegen.verify import verify_dataset
from tests.mutants import MUTANTS, Folder, Mutant


@pytest.fixture(scope="module")
def project(rich: Path) -> Project:
    return open_project(rich / "recipe.yaml", [])


def test_a_good_dataset_passes(rich: Path, project: Project) -> None:
    """Mutant: a check that cries wolf."""
    report = verify_dataset(rich, project)
    assert [finding.message for finding in report.failures] == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_fault_is_found(rich: Path, project: Project, tmp_path: Path, mutant: Mutant) -> None:
    """Mutants: those of the table."""
    root = Path(shutil.copytree(rich, tmp_path / "copy"))
    folder = Folder(root / "scenes" / "000000")
    before = {path.name: path.read_bytes() for path in folder.path.iterdir()}
    mutant.apply(folder)
    assert before != {path.name: path.read_bytes() for path in folder.path.iterdir()}
    if mutant.signed:
        folder.sign()
    found = verify_dataset(root, project).failures
    assert found
    told = [finding.message for finding in found if mutant.check in ("", finding.check)]
    assert any(all(word in message for word in mutant.words) for message in told), told or found
