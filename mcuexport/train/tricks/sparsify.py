"""ReLUs that keep only a share of their values."""

from ...errors import RecipeError
from ..activations import QuantActivation
from ..sparse import SparseReLU
from .base import Run, Trick


class Sparsify(Trick):
    """Puts a `SparseReLU` in the place of every ReLU; all that it needs to know is in the model."""

    def __init__(self, run: Run) -> None:
        relus = [
            (path, module)
            for path, module in run.model.named_modules()
            if type(module) is QuantActivation and module.function == "relu"
        ]
        if not relus:
            raise RecipeError(f"sparsify: {run.recipe.model.architecture} has no ReLU with an 8-bit scale of its own")
        for path, module in relus:
            sparse = SparseReLU(run.recipe.sparsify.keep, module.power_of_two)
            run.model.set_submodule(path, sparse.to(run.device))
