"""The Pareto front of a search, and its members trained for good.

Trials are short and see a part of the training set only.  A member of the front is trained again, longer, on the whole
training set, the part that was held out included; its last epoch is kept, nothing is chosen any more, and the test set
is looked at once, by the integer graph.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..checkpoint import load, save_trained
from ..evaluate import evaluate
from ..lower import lower
from ..train.loop import train
from ..train.recipe import Recipe
from ..train.recipe_files import validated
from ..train.state import write_atomically
from .cost import Cost, graph_cost
from .problem import Problem
from .storage import COST, OVER
from .trial import RECIPE, use_one_thread
from .worker import described, load_data

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True)
class Member:
    """A trial of the front.  accuracy: of the held-out part of the training set, a part of 1."""

    trial: int
    network: str
    accuracy: float
    cost: Cost
    recipe: dict[str, Any]

    @property
    def name(self) -> str:
        return f"trial{self.trial}"


@dataclass(frozen=True)
class Final:
    """A member trained for good.  integer_accuracy: of the test set; torch_differs: in so many of its classes.

    cost: of the trained network, as `pack --optimize` of that goal prints it, but for cycles, which are of -Os here.
    fits: whether the budgets admit that.
    """

    member: Member
    checkpoint: str
    integer_accuracy: float
    torch_differs: int
    test_samples: int
    epochs: int
    cost: Cost
    fits: bool


def front(study: "optuna.Study") -> list[Member]:
    """The trials that no other beats in everything, the most accurate first."""
    members = [
        Member(
            trial=trial.number,
            network=described(_recipe(trial.user_attrs[RECIPE]).model.model_dump()),
            accuracy=trial.values[0],
            cost=Cost(**trial.user_attrs[COST]),
            recipe=trial.user_attrs[RECIPE],
        )
        for trial in study.best_trials
        if max(trial.user_attrs.get(OVER, (1.0,))) <= 0
    ]
    return sorted(members, key=lambda member: (-member.accuracy, member.cost.flash_bytes))


def _recipe(values: dict[str, Any]) -> Recipe:
    return validated(values, "a trial's recipe")


def worth_training(members: Sequence[Member], count: int) -> list[Member]:
    """So many of the members, the most accurate first, evenly by rank among those that err at most twice as often."""
    near = sum(1 - member.accuracy <= 2 * (1 - members[0].accuracy) for member in members)
    candidates = members[: max(near, count)]
    if len(candidates) <= count:
        return list(candidates)
    places = [round(i * (len(candidates) - 1) / max(count - 1, 1)) for i in range(count)]
    return [candidates[place] for place in places]


def finish(problem: Problem, member: Member, epochs: int, data_dir: str | None, folder: Path) -> Final:
    """Trains a member for good and writes `<name>.pt` and `<name>.json`; what is there already is read."""
    use_one_thread()
    path, done = folder / f"{member.name}.pt", folder / f"{member.name}.json"
    if path.is_file() and done.is_file():
        earlier = final_from(json.loads(done.read_text("utf-8")))
        if earlier.epochs == epochs and earlier.member == member:
            return earlier
    recipe = _recipe(member.recipe)
    settings = recipe.train.model_copy(update={"validation": 0.0, "epochs": epochs})
    recipe = recipe.model_copy(update={"train": settings})
    data = load_data(problem, data_dir)
    trained = train(recipe, run_dir=folder / "runs" / member.name, save_every=epochs, data=data)
    save_trained(trained, member.name, path)
    checkpoint = load(path)
    graph = lower(checkpoint)
    found = evaluate(checkpoint, graph, data.device_test_x, data.test_y)
    cost = graph_cost(graph, checkpoint.examples, problem.core, member.cost.optimize)
    final = Final(
        member=member,
        checkpoint=str(path),
        integer_accuracy=found.integer_accuracy,
        torch_differs=found.differing,
        test_samples=found.samples,
        epochs=epochs,
        cost=cost,
        fits=problem.budget.admits(cost),
    )
    text = json.dumps(asdict(final), indent=2) + "\n"
    write_atomically(done, lambda to: to.write_text(text, "utf-8"))
    return final


def final_from(values: dict[str, Any]) -> Final:
    """The inverse of `asdict`."""
    member = values["member"]
    member = Member(**{**member, "cost": Cost(**member["cost"])})
    return Final(**{**values, "member": member, "cost": Cost(**values["cost"])})
