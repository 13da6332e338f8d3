"""Networks that another one learns from: checkpoints, or recipes that are trained first."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ...errors import RecipeError
from ..batches import real_values
from ..data import Framing
from ..recipe import Recipe
from ..recipe_files import load_recipe, validated
from ..unquantized import unquantized
from .base import Run


@dataclass(frozen=True)
class Teacher:
    """A network and the framing of the images that it takes."""

    model: nn.Module
    framing: Framing


def load_teachers(run: Run) -> list[Teacher]:
    """The teachers that `distill` names, in eval mode, without gradients; `run.inputs` has the images that they take.

    Raises RecipeError or CheckpointError for one that cannot be read or does not fit.
    """
    teachers = []
    for number, name in enumerate(run.recipe.distill.teachers, start=1):
        model, own = _from_file(name) if is_checkpoint(name) else _trained(name, number, run)
        model.to(run.device).eval().requires_grad_(False)
        teachers.append(Teacher(model, _shown(own, name, run)))
        _require_fit(teachers[-1], name, run)
    return teachers


def _from_file(name: str) -> tuple[nn.Module, Framing]:
    from ...checkpoint import load  # it needs all of training itself

    checkpoint = load(Path(name))
    crop = validated({"data": checkpoint.recipe.get("data", {})}, name).data.crop
    return checkpoint.module().float(), Framing(tuple(checkpoint.data.input.shape), crop)


def _trained(name: str, number: int, run: Run) -> tuple[nn.Module, Framing]:
    trained = run.train_before(teacher_recipe(name), f"teacher{number}")
    return trained.model, trained.data.framing


def _shown(own: Framing, name: str, run: Run) -> Framing:
    """What a teacher is shown: images of its own framing, else the inputs of the network that it teaches."""
    data, augment = run.data, run.recipe.augment
    if own == data.framing or len(own.shape) != 3 or not run.inputs.images or own.shape[-1] != data.shape[-1]:
        return data.framing
    of_one_size = {
        "mix": run.recipe.mix.on,
        "augment.crop": augment.crop,
        "augment.flip": augment.flip,
        "augment.before_resize = false": augment.distorts and not augment.before_resize,
    }
    for setting, on in of_one_size.items():
        if on:
            raise RecipeError(
                f"distill.teachers: {name} and the network take images of {own} and {data.framing}, which {setting} "
                "does not make alike; leave it out, or train a teacher of the same size and crop"
            )
    if own.crop is not None and own.crop > min(run.inputs.source_size):
        size = "x".join(map(str, run.inputs.source_size))
        raise RecipeError(f"distill.teachers: {name} takes images of {own}, those of {data.name} have {size} pixels")
    run.inputs.ask_for(own)
    return own


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
    x = real_values(run.inputs.at[teacher.framing][:2], run.data)
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
