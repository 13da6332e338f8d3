"""Networks that another one learns from: checkpoints, or recipes that are trained first."""

from pathlib import Path

import torch
from torch import Tensor, nn

from ...errors import RecipeError
from ..batches import real_values
from ..recipe import Recipe
from ..recipe_files import load_recipe
from ..unquantized import unquantized
from .base import Run


def load_teachers(run: Run) -> list[nn.Module]:
    """The teachers that `distill` names, in eval mode, without gradients.

    Raises RecipeError or CheckpointError for one that cannot be read or does not fit.
    """
    teachers = []
    for number, name in enumerate(run.recipe.distill.teachers, start=1):
        teacher = (_from_file(name) if is_checkpoint(name) else _trained(name, number, run)).to(run.device)
        teachers.append(teacher.eval().requires_grad_(False))
        _require_fit(teacher, name, run)
    return teachers


def _from_file(name: str) -> nn.Module:
    from ...checkpoint import load  # it needs all of training itself

    return load(Path(name)).module().float()


def _trained(name: str, number: int, run: Run) -> nn.Module:
    return run.train_before(teacher_recipe(name), f"teacher{number}").model


def is_checkpoint(name: str) -> bool:
    """Whether an entry of `distill.teachers` is a checkpoint, not a recipe."""
    return name.endswith(".pt")


def teacher_recipe(name: str) -> Recipe:
    """The recipe that an entry of `distill.teachers` names.  Raises RecipeError for one that has teachers, too."""
    recipe = load_recipe(name)
    if recipe.distill.on:
        raise RecipeError(f"distill.teachers: {name} has teachers of its own; train it first and name its checkpoint")
    return recipe


def _require_fit(teacher: nn.Module, name: str, run: Run) -> None:
    x = real_values(torch.from_numpy(run.data.train_x[:2]), run.data).to(run.device)
    try:
        outputs = teacher(x).shape[1]
    except RuntimeError as error:
        shape = "x".join(map(str, x.shape[1:]))
        raise RecipeError(f"distill.teachers: {name} does not take inputs of {shape}: {error}") from None
    if outputs != len(run.data.labels):
        raise RecipeError(f"distill.teachers: {name} has {outputs} outputs, there are {len(run.data.labels)} labels")


@torch.no_grad()
def probabilities(teachers: list[nn.Module], x: Tensor, temperature: float, as_float: bool) -> Tensor:
    """The mean of the teachers' softmax of logits / temperature, (batch, classes)."""
    return torch.stack([torch.softmax(_logits(t, x, as_float) / temperature, 1) for t in teachers]).mean(0)


def _logits(teacher: nn.Module, x: Tensor, as_float: bool) -> Tensor:
    if as_float:
        with unquantized(teacher):
            return teacher(x).float()  # type: ignore[no-any-return]
    return teacher(x).float()  # type: ignore[no-any-return]
