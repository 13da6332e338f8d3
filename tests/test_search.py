"""The search: exact budgets, workers that die, studies of another problem, the front."""

import json
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import optuna
import pytest
from click.testing import CliRunner
from small_searches import SPACE, small_problem

from mcuexport.checkpoint import load
from mcuexport.cli import main
from mcuexport.errors import BudgetMissed, OutputError
from mcuexport.evaluate import evaluate
from mcuexport.lower import lower
from mcuexport.study.cost import Budget, Cost, graph_cost, untrained_cost, weight_bytes
from mcuexport.study.front import Member, front, worth_training
from mcuexport.study.problem import Problem
from mcuexport.study.pruning import AHEAD, at, is_behind, rungs
from mcuexport.study.search import Plan, run_finals, run_trials
from mcuexport.study.space import Smallest
from mcuexport.study.storage import ATTEMPT, COST, WORKER, create_study, is_orphan, open_storage, requeue, worker_name
from mcuexport.study.trial import RECIPE
from mcuexport.study.worker import load_data, rejected, trained
from mcuexport.targets import core
from mcuexport.train.loop import build_model

STATES = optuna.trial.TrialState


def plan_in(folder: Path, trials: int, workers: int = 2) -> Plan:
    return Plan(f"sqlite:///{folder / 'study.db'}", "search", workers, trials)


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Problem, Plan]:
    """Six trials by two workers, one of which was killed in the middle of a trial."""
    problem, plan = small_problem(), plan_in(tmp_path_factory.mktemp("search"), trials=6)
    deaths: list[str] = []
    run_trials(problem, plan, _kill_one(problem, plan), deaths.append)
    assert len(deaths) == 1
    assert deaths[0].endswith("died (signal 9); 1 of its trials queued again")
    return problem, plan


def _kill_one(problem: Problem, plan: Plan) -> Callable[[Any], None]:
    """Kills, once, a worker that is in a trial whose network is drawn."""
    killed: list[str] = []

    def tell(_: object) -> None:
        study = create_study(plan.url, plan.study, problem)
        trials = study.get_trials(deepcopy=False, states=(STATES.RUNNING,))
        running = [trial.user_attrs[WORKER] for trial in trials if RECIPE in trial.user_attrs]
        for child in active_children():
            if not killed and child.name in running and child.pid:
                os.kill(child.pid, signal.SIGKILL)
                killed.append(child.name)

    return tell


def test_a_worker_that_dies_loses_only_its_trial_which_is_tried_again(searched: tuple[Problem, Plan]) -> None:
    problem, plan = searched
    trials = create_study(plan.url, plan.study, problem).get_trials()
    failed = [trial for trial in trials if trial.state == STATES.FAIL]
    assert len(failed) == 1
    again = [trial for trial in trials if trial.user_attrs.get(ATTEMPT) == 2]
    assert [trial.params for trial in again] == [failed[0].params]
    assert again[0].state in (STATES.COMPLETE, STATES.PRUNED)
    assert not [trial for trial in trials if trial.state in (STATES.RUNNING, STATES.WAITING)]


def test_no_two_workers_take_the_same_waiting_trial(tmp_path: Path) -> None:
    url, count = f"sqlite:///{tmp_path / 'study.db'}", 40
    study = create_study(url, "search", small_problem())
    for number in range(count):
        study.enqueue_trial({"x": number})

    def take(_: int) -> list[int]:
        mine, found = optuna.load_study(study_name="search", storage=open_storage(url)), list[int]()
        while not found or found[-1] < count:
            found.append(mine.ask().number)
        return found[:-1]

    with ThreadPoolExecutor(4) as workers:
        taken = [number for found in workers.map(take, range(4)) for number in found]
    assert sorted(taken) == list(range(count))


def test_as_many_networks_are_trained_as_were_asked_for(searched: tuple[Problem, Plan]) -> None:
    problem, plan = searched
    count = len(trained(create_study(plan.url, plan.study, problem)))
    assert count in (6, 7)  # the other worker may have been in a trial when the sixth ended


def test_the_same_search_again_has_nothing_to_do(searched: tuple[Problem, Plan]) -> None:
    problem, plan = searched
    study = create_study(plan.url, plan.study, problem)
    before = len(study.get_trials())
    assert run_trials(problem, plan) == front(study)
    assert len(study.get_trials()) == before


def test_no_member_of_the_front_is_beaten_in_everything(searched: tuple[Problem, Plan]) -> None:
    problem, plan = searched
    study = create_study(plan.url, plan.study, problem)
    complete = [t for t in trained(study) if t.state == STATES.COMPLETE]
    values = [(-t.values[0], t.values[1], t.values[2]) for t in complete]
    best = [v for v in values if not any(w != v and all(a <= b for a, b in zip(w, v, strict=True)) for w in values)]
    assert sorted((-m.accuracy, m.cost.flash_bytes, m.cost.cycles) for m in front(study)) == sorted(best)


def test_a_study_of_another_problem_is_refused_by_name(searched: tuple[Problem, Plan]) -> None:
    problem, plan = searched
    other = replace(problem, budget=Budget(5000, 2048))
    with pytest.raises(OutputError) as error:
        run_trials(other, plan)
    assert str(error.value) == (
        "study 'search' was begun with budget.flash_bytes = 4096, now it is 5000; "
        "name another with --study or --out, or ask the same"
    )


def test_the_final_training_reaches_what_pack_and_eval_say_of_its_checkpoint(
    searched: tuple[Problem, Plan], tmp_path: Path
) -> None:
    problem, plan = searched
    member = front(create_study(plan.url, plan.study, problem))[0]
    (final,) = run_finals(problem, [member], 3, plan, tmp_path)
    checkpoint = load(final.checkpoint)
    graph = lower(checkpoint)
    data = load_data(problem, None)
    assert evaluate(checkpoint, graph, data.device_test_x, data.test_y).integer_accuracy == final.integer_accuracy
    assert graph_cost(graph, checkpoint.examples, problem.core, final.cost.optimize) == final.cost
    assert checkpoint.recipe["train"]["validation"] == 0
    assert checkpoint.recipe["train"]["epochs"] == 3
    written = (tmp_path / f"{member.name}.pt").stat().st_mtime_ns
    assert list(run_finals(problem, [member], 3, plan, tmp_path)) == [final]
    assert (tmp_path / f"{member.name}.pt").stat().st_mtime_ns == written


def test_a_budget_that_nothing_meets_is_told_with_the_nearest_miss(tmp_path: Path) -> None:
    problem = small_problem(flash_bytes=500)
    space = {**SPACE, "networks": {"mlp": {"model": {"hidden": [[8]], "format": "sym2"}}}}
    problem = replace(problem, space=space)
    data = problem.for_trials(load_data(problem, None))
    recipe = problem.recipe(Smallest("mlp"), images=True)
    cost = untrained_cost(recipe, data, problem.core, problem.budget, exact=True)
    with pytest.raises(BudgetMissed) as error:
        run_trials(problem, plan_in(tmp_path, trials=3, workers=1))
    count = len(rejected(create_study(plan_in(tmp_path, 3).url, "search", problem)))
    assert str(error.value) == (
        f"ch32v003: none of {count} networks of the search space fits; the nearest, mlp 8 sym2, takes "
        f"{cost.flash_bytes:,} B of flash (limit 500); raise the budget, or name smaller networks with --space"
    )


def test_trials_never_see_the_test_set() -> None:
    problem = small_problem()
    data = load_data(problem, None)
    for_trials = problem.for_trials(data)
    kept, held_x, _ = data.split(problem.held_out, problem.seed)
    assert len(kept.train_x) + len(held_x) == len(data.train_x)
    assert (for_trials.test_x == held_x).all()
    assert (for_trials.train_x == data.train_x).all()


@pytest.mark.parametrize("target", ["rv32ec", "cortex-m0"])
def test_the_cost_is_that_of_the_c_which_the_budget_admits(target: str) -> None:
    problem = small_problem()
    data = problem.for_trials(load_data(problem, None))
    recipe = problem.recipe(Smallest("mlp"), images=True)
    roomy = untrained_cost(recipe, data, core(target), Budget(1 << 20, 1 << 20))
    assert roomy.optimize == "balanced"
    assert roomy.ram_bytes == roomy.scratch_bytes + roomy.stack_bytes + 64 + 40
    tight = untrained_cost(recipe, data, core(target), Budget(1 << 20, roomy.ram_bytes - 1))
    assert tight.optimize == "size"
    assert weight_bytes(build_model(recipe, data)) < tight.flash_bytes <= roomy.flash_bytes


def test_weights_that_are_too_large_are_not_compiled() -> None:
    problem = small_problem(flash_bytes=100)
    data = problem.for_trials(load_data(problem, None))
    cost = untrained_cost(problem.recipe(Smallest("mlp"), images=True), data, problem.core, problem.budget)
    assert cost == Cost(64 * 8 // 4 + 8 * 10 // 2, 64 + 40, 0, at_least=True)


def _attributes(flash: int, cycles: int, accuracy: float) -> dict[str, Any]:
    return {COST: {"flash_bytes": flash, "cycles": cycles}, at(2): accuracy}


def test_a_trial_is_behind_only_where_cheaper_ones_were_ahead() -> None:
    mine = _attributes(1000, 500, 0.8)
    ahead = [_attributes(900, 500, 0.9), _attributes(1000, 100, 0.81), _attributes(1, 1, 0.85)]
    assert len(ahead) == AHEAD
    assert is_behind(mine, ahead, 2)
    for dearer in (_attributes(1001, 1, 0.9), _attributes(1, 501, 0.9), _attributes(1, 1, 0.8), {COST: ahead[0][COST]}):
        assert not is_behind(mine, [*ahead[:-1], dearer], 2)


@pytest.mark.parametrize(("epochs", "judged"), [(8, (1, 2, 4)), (60, (8, 15, 30)), (2, (1,)), (1, ())])
def test_trials_are_judged_after_an_eighth_a_quarter_and_a_half(epochs: int, judged: tuple[int, ...]) -> None:
    assert rungs(epochs) == judged


def test_a_trial_is_given_up_after_three_deaths(tmp_path: Path) -> None:
    problem = small_problem()
    study = create_study(plan_in(tmp_path, 1).url, "search", problem)
    counts = []
    for _ in range(4):
        trial = study.ask()
        trial.suggest_int("width", 1, 9)
        trial.set_user_attr(WORKER, "somewhere:1/0")
        requeue(study, "somewhere:1/0".__eq__)
        counts.append(trial.user_attrs.get(ATTEMPT, 1))
    assert counts == [1, 2, 3, 1]  # the fourth is a new one
    assert len({trial.params["width"] for trial in study.trials[:3]}) == 1


def test_workers_of_a_living_process_are_no_orphans() -> None:
    assert not is_orphan(worker_name(0))
    assert not is_orphan("another-computer:1/0")
    assert not is_orphan("")
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    assert is_orphan(worker_name(0).replace(f":{os.getpid()}/", f":{gone}/"))


@pytest.mark.parametrize(
    ("errors", "count", "picked"),
    [
        pytest.param([10, 11, 12, 13, 14, 16, 18, 20, 21, 90], 4, [10, 12, 16, 20], id="evenly up to twice the errors"),
        pytest.param([10, 15, 50, 80, 90], 3, [10, 15, 50], id="of few good ones, the next"),
        pytest.param([10, 90], 4, [10, 90], id="all"),
        pytest.param([10, 12, 14], 1, [10], id="the best"),
    ],
)
def test_members_worth_training_err_hardly_more_than_the_best(errors: list[int], count: int, picked: list[int]) -> None:
    members = [Member(0, "", 1 - error / 1000, Cost(1, 1, 1), {}) for error in errors]
    assert [round(1000 * (1 - member.accuracy)) for member in worth_training(members, count)] == picked


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--board", "ch32v03"], "error: unknown board 'ch32v03': did you mean ch32v003"),
        (["--board", "ch32v003", "--data-set", "mnits"], "error: --data-set: data.name: should be one of digits"),
        (["--board", "ch32v003", "--storage", "nothing://"], "error: nothing://: "),
        (["--board", "ch32v003", "--flash", "12q"], "'12q' is no amount; write it as 12k or 8192"),
    ],
)
def test_what_is_wrong_with_a_search_is_said(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["search", *arguments, "--out", str(tmp_path / "out")])
    assert answer.exit_code in (1, 2)
    assert sentence in answer.stderr


def test_the_command_prints_its_front_and_its_finals(tmp_path: Path) -> None:
    space = tmp_path / "space.toml"
    space.write_text('[train]\nepochs = 1\n[networks.one.model]\nhidden = [[8], [16]]\nformat = "sym4"\n')
    command = ["search", "--board", "ch32v003", "--flash", "3k", "--data-set", "digits", "--space", str(space)]
    command += "--size 7 --crop 6 --trials 2 --workers 1 --final-epochs 1 --keep 1".split()
    command += ["--out", str(tmp_path / "out")]
    answer = CliRunner().invoke(main, [*command, "--json"])
    assert answer.exit_code == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert found["front"][0]["network"].startswith("mlp ")
    final = load(Path(found["finals"][0]["checkpoint"]))
    assert (final.input.type.shape, final.recipe["data"]["crop"]) == ((7, 7, 1), 6)
    assert (tmp_path / "out" / "front.svg").is_file()
    again = CliRunner().invoke(main, command)
    assert "The front on ch32v003 (rv32ec, gcc -Os), short training" in again.stdout
    assert "Trained for 1 epochs; 360 test samples, integers" in again.stdout
