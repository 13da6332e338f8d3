"""A trial: a network drawn from the space, weighed against the budgets, trained, stopped early if others are ahead."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ..errors import GraphError, RecipeError
from ..lower import lower
from ..train.data import Dataset
from ..train.loop import Trained, train
from ..train.metrics import EpochMetrics
from ..train.recipe import Recipe
from .cost import Cost, checkpoint_of, graph_cost, untrained_cost
from .problem import Problem, told
from .pruning import at, is_behind, rungs
from .storage import COST, OVER, WORKER

if TYPE_CHECKING:
    from optuna import Trial

STRUCTURE, RECIPE, REASON = "structure", "recipe", "reason"
IMPOSSIBLE = (1.0, 1.0, 1.0)  # the excess of a network that cannot be built at all


class Objective:
    """What Optuna optimizes: trial -> (accuracy on the held-out part, flash_bytes, cycles).

    data: as `Problem.for_trials` has them, so no trial can see the test set.  worker: signs the trials.
    """

    def __init__(self, problem: Problem, data: Dataset, worker: str) -> None:
        self.problem, self.data, self.worker = problem, data, worker

    def __call__(self, trial: "Trial") -> tuple[float, int, int]:
        trial.set_user_attr(WORKER, self.worker)
        recipe = self.problem.recipe(trial, images=self.data.train_x.ndim == 4)
        trial.set_user_attr(RECIPE, recipe.model_dump(mode="json", exclude_defaults=True))
        try:
            cost = self._cost(trial, recipe)
            _require(trial, self.problem, cost)
            trained = self._train(trial, recipe, cost)
            graph = lower(checkpoint_of(trained.model, self.data))
            cost = graph_cost(graph, self.data.train_x[:2], self.problem.core, cost.optimize)
            _require(trial, self.problem, cost)
        except (RecipeError, GraphError) as error:  # a map too small, an accumulator that could overflow
            _refuse(trial, str(error), IMPOSSIBLE)
        accuracy = trained.metrics[-1].validation_accuracy
        assert accuracy is not None
        return accuracy, cost.flash_bytes, cost.cycles

    def _cost(self, trial: "Trial", recipe: Recipe) -> Cost:
        """The cost of the untrained network; of one that has the same structure, if an earlier trial found it."""
        structure = structure_of(recipe)
        trial.set_user_attr(STRUCTURE, structure)
        for other in trial.study.get_trials(deepcopy=False):
            if other.user_attrs.get(STRUCTURE) == structure and COST in other.user_attrs:
                return Cost(**other.user_attrs[COST])
        return untrained_cost(recipe, self.data, self.problem.core, self.problem.budget)

    def _train(self, trial: "Trial", recipe: Recipe, cost: Cost) -> Trained:
        mine: dict[str, Any] = {COST: cost.as_data}
        judged = rungs(recipe.train.epochs)

        def report(metrics: EpochMetrics) -> None:
            if metrics.epoch in judged:
                mine[at(metrics.epoch)] = metrics.validation_accuracy
                trial.set_user_attr(at(metrics.epoch), metrics.validation_accuracy)
                if is_behind(mine, _others(trial), metrics.epoch):
                    _stop(f"behind after epoch {metrics.epoch}")

        with tempfile.TemporaryDirectory() as folder:
            epochs = recipe.train.epochs
            return train(recipe, run_dir=Path(folder), report=report, save_every=epochs, data=self.data)


def structure_of(recipe: Recipe) -> str:
    """What the C of an untrained network depends on."""
    parts = {"data": recipe.data.model_dump(mode="json"), "model": recipe.model.model_dump(mode="json")}
    return json.dumps(parts, sort_keys=True)


def _others(trial: "Trial") -> list[Mapping[str, Any]]:
    trials = trial.study.get_trials(deepcopy=False)
    return [other.user_attrs for other in trials if other.number != trial.number and COST in other.user_attrs]


def _require(trial: "Trial", problem: Problem, cost: Cost) -> None:
    """Ends a trial whose network the budgets do not admit."""
    trial.set_user_attr(COST, cost.as_data)
    excess = problem.budget.excess(cost)
    if not problem.budget.admits(cost):
        _refuse(trial, told(cost, problem.budget), excess)
    trial.set_user_attr(OVER, excess)


def _refuse(trial: "Trial", reason: str, excess: tuple[float, float, float]) -> None:
    for name, value in zip(("flash", "ram", "cycles"), excess, strict=True):
        trial.set_constraint(name, value)  # the sampler learns what fits
    trial.set_user_attr(OVER, excess)
    trial.set_user_attr(REASON, reason)
    _stop(reason)


def _stop(reason: str) -> None:
    import optuna

    raise optuna.TrialPruned(reason)


def use_one_thread() -> None:
    """Small networks are fastest with one, and every core has a worker."""
    torch.set_num_threads(1)
