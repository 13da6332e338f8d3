"""Teachers that the trainings of a sweep name by their recipes: trained once, before them, and kept for all."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..checkpoint import save_trained
from ..train.loop import train
from ..train.recipe import Recipe
from ..train.tricks.teachers import is_checkpoint
from .trial import use_one_thread


def teacher_files(recipes: Iterable[Recipe], folder: Path) -> dict[str, Path]:
    """Where the checkpoint of each teacher lies that is named by its recipe."""
    names = dict.fromkeys(name for recipe in recipes for name in recipe.distill.teachers if not is_checkpoint(name))
    return {name: folder / f"{number}-{Path(name).stem}.pt" for number, name in enumerate(names, start=1)}


def train_teacher(recipe: Recipe, path: Path, data_dir: str | None) -> None:
    """Trains a teacher and writes its checkpoint."""
    use_one_thread()
    with tempfile.TemporaryDirectory() as folder:
        data = None if data_dir is None else Path(data_dir)
        trained = train(recipe, data, Path(folder), save_every=recipe.train.epochs)
    path.parent.mkdir(exist_ok=True)
    save_trained(trained, path.stem, path)


def taught_by(recipe: Recipe, files: Mapping[str, Path]) -> Recipe:
    """The recipe with checkpoints in place of its teachers' recipes."""
    teachers = [str(files.get(name, name)) for name in recipe.distill.teachers]
    return recipe.model_copy(update={"distill": recipe.distill.model_copy(update={"teachers": teachers})})
