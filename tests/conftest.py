"""What holds for every test: one torch thread, and builds kept for this run only, shared by its processes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported


@pytest.fixture(autouse=True, scope="session")
def builds_of_this_run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[None]:
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(shared / "cache"))
        yield


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of a network for scikit-learn's digits."""
    from networks import checkpoint_of, like_trained

    path = tmp_path_factory.mktemp("tiny") / "tiny.pt"
    recipe = {"data": {"name": "digits"}}
    options = {"name": "tiny", "labels": tuple("0123456789"), "recipe": recipe}
    checkpoint_of(*like_trained((8, 8, 1), [6], 10, zero_point=0, scale=1 / 16), path, **options)
    return path


@pytest.fixture
def teacher_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The recipe of a teacher, `teacher.toml`, in the folder where the test is."""
    monkeypatch.chdir(tmp_path)
    from tricks import TEACHER

    Path("teacher.toml").write_text(TEACHER)
