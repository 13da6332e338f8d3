"""What a worker does: one trial after the other, until there are enough, or the time is up."""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BudgetMissed, McuexportError
from ..train.data import Dataset, Source, load_dataset
from .cost import untrained_cost
from .problem import Problem, told
from .storage import OVER, load_study
from .trial import RECIPE, Objective, use_one_thread

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

PATIENCE = 150


@dataclass(frozen=True)
class Job:
    """Where a worker finds its study, and how long it goes on.

    trials: that are trained, by all workers together (None: no limit).  deadline: in seconds of `time.time`, after
    which no trial begins.  data_dir: of the data set's files.
    """

    url: str
    study: str
    trials: int | None
    deadline: float | None
    data_dir: str | None

    def is_over(self, study: "optuna.Study") -> bool:
        if self.deadline is not None and time.time() >= self.deadline:
            return True
        return self.trials is not None and len(trained(study)) >= self.trials


def load_data(problem: Problem, data_dir: str | None) -> Dataset:
    """All of the data set."""
    return load_dataset(Source(folder=None if data_dir is None else Path(data_dir), **problem.data))


def work(job: Job, worker: str, number: int, data: Dataset | None = None) -> None:
    """Trials under the name `worker`.  number: of this worker, for a sampler of its own.  data: in place of the job's.

    Raises BudgetMissed if no network tried fits the budgets, and what no other trial could do better.
    """
    use_one_thread()
    study, problem = load_study(job.url, job.study, seed_of(number))
    data = problem.for_trials(load_data(problem, job.data_dir)) if data is None else data
    if job.is_over(study):
        return

    def stop_when_over(_: "optuna.Study", __: "FrozenTrial") -> None:
        require_some_fit(study, problem, data)
        if job.is_over(study):
            study.stop()

    study.optimize(Objective(problem, data, worker), callbacks=[stop_when_over])


def seed_of(number: int) -> int:
    """Other workers, and the same worker another day, should not suggest the same."""
    return (time.time_ns() // 1000 + 7919 * number) % 2**32


def trained(study: "optuna.Study") -> "list[FrozenTrial]":
    """The trials that were trained, to the end or until they were stopped."""
    from optuna.trial import TrialState

    ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    return [trial for trial in ended if max(trial.user_attrs.get(OVER, (1.0,))) <= 0]


def rejected(study: "optuna.Study") -> "list[FrozenTrial]":
    """The trials whose networks the budgets do not admit."""
    from optuna.trial import TrialState

    ended = study.get_trials(deepcopy=False, states=(TrialState.PRUNED,))
    return [trial for trial in ended if max(trial.user_attrs.get(OVER, (0.0,))) > 0]


def require_some_fit(study: "optuna.Study", problem: Problem, data: Dataset) -> None:
    """Raises BudgetMissed with the nearest miss, if many networks were tried and none fitted."""
    misses = rejected(study)
    if len(misses) < PATIENCE or len(misses) < sum(trial.state.is_finished() for trial in study.get_trials(False)):
        return
    raise missed(misses, problem, data)


def missed(misses: "list[FrozenTrial]", problem: Problem, data: Dataset) -> McuexportError:
    """The error that tells the nearest of the misses, weighed exactly."""
    from ..train.recipe_files import validated

    nearest = min(misses, key=lambda trial: max(trial.user_attrs[OVER]))
    recipe = validated(nearest.user_attrs[RECIPE], "the nearest miss")
    budget = problem.budget
    if nearest.user_attrs.get("cost", {}).get("at_least"):
        cost = untrained_cost(recipe, data, problem.core, replace(budget), exact=True)
        reason = told(cost, budget)
    else:
        reason = nearest.user_attrs["reason"]
    network = described(recipe.model.model_dump())
    return BudgetMissed(
        f"{problem.board}: none of {len(misses)} networks of the search space fits; the nearest, {network}, "
        f"takes {reason}; raise the budget, or name smaller networks with --space"
    )


def described(model: dict[str, object]) -> str:
    """A network in a few words: architecture, sizes, formats."""
    sizes = model["hidden"] if model["architecture"] == "mlp" else model["channels"]
    formats = [model["format"]] if isinstance(model["format"], str) else model["format"]
    pools = f" pools {_joined(model['pool_after'], ',')}" if "cnn" in str(model["architecture"]) else ""
    return f"{model['architecture']} {_joined(sizes, '-')}{pools} {_joined(formats, '/')}"


def _joined(values: object, mark: str) -> str:
    return mark.join(map(str, values)) if isinstance(values, list | tuple) else "usual"
