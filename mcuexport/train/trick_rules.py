"""What of a recipe's tricks does not go together, or not into its training."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .binary_zoo import BINARY_ZOO

if TYPE_CHECKING:
    from .recipe import Recipe

REFORMING = ("prune_channels", "compress")  # tricks that put new layers into the network while it is trained
CHANGING = ("prune", *REFORMING)  # tricks with a last epoch, behind which they leave the network alone


def misfits(recipe: "Recipe") -> Iterator[str]:
    """A sentence for each."""
    on = [name for name in CHANGING if getattr(recipe, name).on]
    if len(on) > 1:
        yield f"{on[0]} and {on[1]} both decide what is left of the weights; choose one"
    yield from _out_of_time(recipe, on)
    yield from _not_with_new_layers(recipe, [name for name in on if name in REFORMING])
    if recipe.train.before and recipe.model.architecture in BINARY_ZOO:
        yield f"train.before: {recipe.model.architecture}'s weights are those of its method throughout"
    if recipe.swa.on and recipe.train.average:
        yield "swa and train.average are two averages; choose one"
    if recipe.clip.learned and (recipe.model.power_of_two or recipe.model.norm in ("rms", "layer")):
        wish = "model.power_of_two" if recipe.model.power_of_two else f"model.norm = {recipe.model.norm}"
        yield f"clip.learned: a learned scale is no power of two, which {wish} asks for"
    yield from _not_with_views(recipe)
    for name in (*CHANGING, "swa", "sparsify"):
        if recipe.bitstream.fine_tune_epochs and getattr(recipe, name).on:
            yield f"bitstream.fine_tune_epochs: {name} is for a training of one stage"


def _not_with_views(recipe: "Recipe") -> Iterator[str]:
    """What makes of a distortion that a teacher has seen another one, or asks the teacher anew."""
    if recipe.distill.views and recipe.mix.on:
        yield "distill.views: mix mixes samples anew in each epoch, to which no answer is known; leave one out"
    if recipe.distill.views and recipe.distill.features:
        yield "distill.views: features ask the teacher in each epoch; set one of them to 0"


def _out_of_time(recipe: "Recipe", on: list[str]) -> Iterator[str]:
    """What ends behind the training, or while weights are averaged."""
    epochs = recipe.train.epochs
    first = epochs - recipe.swa.epochs
    if first < 0:
        yield f"swa.epochs: {recipe.swa.epochs} epochs are to be averaged, the training has {epochs}"
    for name in on:
        end = getattr(recipe, name).last_epoch(epochs)
        if end > epochs:
            yield f"{name} ends with epoch {end}, the training has {epochs}"
        elif recipe.swa.on and end > first >= 0:
            averaged = f"the weights of epoch {first + 1} would be averaged"
            yield f"swa: {averaged}, but {name} ends with epoch {end}; end it with epoch {first}"


def _not_with_new_layers(recipe: "Recipe", on: list[str]) -> Iterator[str]:
    for name in on:
        if recipe.train.before:
            yield f"train.before: {name} puts new layers in, of which it knows nothing; leave one out"
        if recipe.clip.learned:
            yield f"clip.learned: {name} puts new layers in, whose scale is not learned; leave one out"
        if recipe.distill.features:
            yield f"distill.features: {name} changes the hidden values that are projected; set it to 0"
        if recipe.bitstream.penalty:
            yield f"bitstream.penalty: {name} puts new layers in, which it does not see; set it to 0"
