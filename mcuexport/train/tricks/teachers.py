"""Networks that another one learns from: checkpoints, or recipes that are trained first."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ...errors import RecipeError
from ..batches import real_values
from ..recipe import Recipe
from ..recipe_files import load_recipe
from ..unquantized import unquantized
from .base import Run


@dataclass(frozen=True)
class Teacher:
    """A network and the shape of the inputs that it takes, channels last."""

    model: nn.Module
    shape: tuple[int, ...]


def load_teachers(run: Run) -> list[Teacher]:
    """The teachers that `distill` names, in eval mode, without gradients; `run.inputs` has the images that they take.

    Raises RecipeError or CheckpointError for one that cannot be read or does not fit.
    """
    teachers = []
    for number, name in enumerate(run.recipe.distill.teachers, start=1):
        model, own = _from_file(name) if is_checkpoint(name) else _trained(name, number, run)
        model.to(run.device).eval().requires_grad_(False)
        teachers.append(Teacher(model, _shape(own, name, run)))
        _require_fit(teachers[-1], name, run)
    return teachers


def _from_file(name: str) -> tuple[nn.Module, tuple[int, ...]]:
    from ...checkpoint import load  # it needs all of training itself

    checkpoint = load(Path(name))
    return checkpoint.module().float(), tuple(checkpoint.data.input.shape)


def _trained(name: str, number: int, run: Run) -> tuple[nn.Module, tuple[int, ...]]:
    trained = run.train_before(teacher_recipe(name), f"teacher{number}")
    return trained.model, trained.data.shape


def _shape(own: tuple[int, ...], name: str, run: Run) -> tuple[int, ...]:
    """The shape of the inputs that a teacher is shown: images of its own size, else those of the network it teaches."""
    data, augment = run.data, run.recipe.augment
    if own == data.shape or len(own) != 3 or not run.inputs.images or own[-1] != data.shape[-1]:
        return data.shape
    of_one_size = {
        "mix": run.recipe.mix.on,
        "augment.crop": augment.crop,
        "augment.flip": augment.flip,
        "augment.before_resize = false": augment.distorts and not augment.before_resize,
    }
    for setting, on in of_one_size.items():
        if on:
            sizes = " and ".join("x".join(map(str, shape[:2])) for shape in (own, data.shape))
            raise RecipeError(
                f"distill.teachers: {name} and the network take images of {sizes}, which {setting} does not make "
                "alike; leave it out, or train a teacher of the same size"
            )
    return run.inputs.ask_for((own[0], own[1]))


def is_checkpoint(name: str) -> bool:
    """Whether an entry of `distill.teachers` is a checkpoint, not a recipe."""
    return name.endswith(".pt")


def teacher_recipe(name: str) -> Recipe:
    """The recipe that an entry of `distill.teachers` names.  Raises RecipeError for one that has teachers, too."""
    recipe = load_recipe(name)
    if recipe.distill.on:
        raise RecipeError(f"distill.teachers: {name} has teachers of its own; train it first and name its checkpoint")
    return recipe


def _require_fit(teacher: Teacher, name: str, run: Run) -> None:
    x = real_values(run.inputs.at[teacher.shape][:2], run.data)
    try:
        outputs = teacher.model(x).shape[1]
    except RuntimeError as error:
        shape = "x".join(map(str, x.shape[1:]))
        raise RecipeError(f"distill.teachers: {name} does not take inputs of {shape}: {error}") from None
    if outputs != len(run.data.labels):
        raise RecipeError(f"distill.teachers: {name} has {outputs} outputs, there are {len(run.data.labels)} labels")


@torch.no_grad()
def probabilities(teachers: Sequence[tuple[nn.Module, Tensor]], temperature: float, as_float: bool) -> Tensor:
    """The mean of the teachers' softmax of logits / temperature, (batch, classes); each with what it is shown."""
    logits = [_logits(model, x, as_float) for model, x in teachers]
    return torch.stack([torch.softmax(one / temperature, 1) for one in logits]).mean(0)


def _logits(teacher: nn.Module, x: Tensor, as_float: bool) -> Tensor:
    if as_float:
        with unquantized(teacher):
            return teacher(x).float()  # type: ignore[no-any-return]
    return teacher(x).float()  # type: ignore[no-any-return]
