"""The search: a study, workers that fill it, its front, and the front's members trained for good."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BudgetMissed, WorkersDied
from .front import Final, Member, finish, front
from .problem import Problem
from .processes import Crew, Processes, watch
from .space import Space
from .storage import create_study, is_orphan, requeue
from .worker import Job, load_data, missed, rejected, trained

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True)
class Progress:
    """trained: trials, stopped early or not; rejected: by the budgets; accuracy: the best on the held-out part."""

    trained: int
    rejected: int
    front: int
    accuracy: float


@dataclass(frozen=True)
class Plan:
    """How a search is run, which may differ from one time to the next.

    url: of the storage.  minutes: of trials, training the front for good comes on top.  ray: a cluster's address.
    """

    url: str
    study: str
    workers: int
    trials: int | None = None
    minutes: float | None = None
    data_dir: str | None = None
    ray: str | None = None


def run_trials(
    problem: Problem,
    plan: Plan,
    tell: Callable[[Progress], None] = lambda progress: None,
    died: Callable[[str], None] = lambda message: None,
) -> list[Member]:
    """Begins or continues the study until the plan is fulfilled; its front.

    tell: called about once in a second.  died: told of every worker that did.
    Raises BudgetMissed, WorkersDied, and OutputError if the study is of another problem.
    """
    study = create_study(plan.url, plan.study, problem)
    space = Space(problem.space, "the search space")
    if not study.get_trials(deepcopy=False):
        for network in space.networks:
            study.enqueue_trial(space.smallest(network))
    requeue(study, is_orphan)
    deadline = None if plan.minutes is None else time.time() + 60 * plan.minutes
    job = Job(plan.url, plan.study, plan.trials, deadline, plan.data_dir)
    if not job.is_over(study):
        watch(_crew(plan, job, problem), plan.workers, study, lambda: tell(progress_of(study)), died)
    return _found(study, problem, plan)


def _crew(plan: Plan, job: Job, problem: Problem) -> Crew:
    if plan.ray is None:
        return Processes(job)
    from .cluster import Cluster

    return Cluster(plan.ray, job, problem.for_trials(load_data(problem, plan.data_dir)))


def progress_of(study: "optuna.Study") -> Progress:
    members = front(study)
    best = members[0].accuracy if members else 0.0
    return Progress(len(trained(study)), len(rejected(study)), len(members), best)


def _found(study: "optuna.Study", problem: Problem, plan: Plan) -> list[Member]:
    """The front.  Raises BudgetMissed if it is empty."""
    members = front(study)
    if members:
        return members
    misses = rejected(study)
    if misses and not trained(study):
        raise missed(misses, problem, problem.for_trials(load_data(problem, plan.data_dir)))
    raise BudgetMissed("no trial was finished; give more --trials or --minutes: the same command goes on")


def run_finals(problem: Problem, members: list[Member], epochs: int, plan: Plan, folder: Path) -> Iterator[Final]:
    """Trains members for good, on all of the plan's workers of this computer, as they are done.

    Raises WorkersDied if one of the processes is killed; the same again trains only those that are missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = max(1, min(plan.workers, len(members)))
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(finish, problem, member, epochs, plan.data_dir, folder) for member in members]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool:
            raise WorkersDied(
                "a process that trained the front died; the same command trains what is missing"
            ) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
