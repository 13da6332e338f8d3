"""The search beyond one machine, by hand (`make test-cluster`): a Ray cluster and a PostgreSQL server of their own.

Not part of `make test`: Ray is a large package, and a database server a service.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import optuna
import psutil
import pytest
from small_searches import small_problem

from mcuexport.errors import WorkersDied
from mcuexport.study.problem import Problem
from mcuexport.study.search import Plan, run_trials
from mcuexport.study.storage import ATTEMPT, WORKER, create_study, with_driver
from mcuexport.study.worker import trained

STATES = optuna.trial.TrialState
BIN = Path(sys.executable).parent


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Cluster:
    """A Ray cluster of two processors on this computer; others on it are left alone, which `ray stop` does not."""

    def __init__(self) -> None:
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.folder = tempfile.mkdtemp(prefix="ray")  # its sockets' names must be short
        start = ["start", "--head", "--num-cpus=2", "--include-dashboard=false", "--disable-usage-stats"]
        command = [str(BIN / "ray"), *start, f"--port={self.port}", f"--temp-dir={self.folder}"]
        environment = {**os.environ, "PYTHONPATH": f"{Path(__file__).parents[1]}:{Path(__file__).parent}"}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)

    def processes(self) -> list[psutil.Process]:
        """Its servers, which are told its folder or its address, and their workers."""
        marks = (self.folder, f":{self.port}")
        found = []
        for process in psutil.process_iter():
            if any(mark in command_line(process) for mark in marks):
                with contextlib.suppress(psutil.NoSuchProcess):
                    found += [process, *process.children(recursive=True)]
        return found

    def stop(self) -> None:
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    started = Cluster()
    yield started
    started.stop()


@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[str]:
    """The URL of a server of our own, run by a user who is not root."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert programs, "PostgreSQL's server is not installed: apt install postgresql"
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if user:
        shutil.chown(folder, "postgres")
    port = free_port()
    initdb = [*user, str(programs[-1] / "initdb"), "-D", str(folder / "data"), "-U", "search", "-A", "trust"]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd="/")
    control = [*user, str(programs[-1] / "pg_ctl"), "-D", str(folder / "data"), "-w", "-l", str(folder / "log")]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    subprocess.run([*control, "-o", options, "start"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    yield with_driver(f"postgresql://search@127.0.0.1:{port}/postgres")
    subprocess.run([*control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    shutil.rmtree(folder, ignore_errors=True)


def command_line(process: psutil.Process) -> str:
    """Empty where it has just ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return " ".join(process.cmdline())
    return ""


class Killer:
    """Kills, once, a worker that is in a trial: one of the processes whose command line holds `mark`."""

    def __init__(
        self, problem: Problem, plan: Plan, processes: Callable[[], Sequence[psutil.Process]], mark: str
    ) -> None:
        self.problem, self.plan, self.processes, self.mark, self.killed = problem, plan, processes, mark, 0

    def __call__(self, _: object) -> None:
        study = create_study(self.plan.url, self.plan.study, self.problem)
        running = [t for t in study.get_trials(deepcopy=False, states=(STATES.RUNNING,)) if WORKER in t.user_attrs]
        workers = [process for process in self.processes() if self.mark in command_line(process)]
        if running and workers and not self.killed:
            os.kill(workers[0].pid, signal.SIGKILL)
            self.killed += 1


def assert_one_was_tried_again(study: optuna.Study, asked: int) -> None:
    trials = study.get_trials()
    failed = [trial for trial in trials if trial.state == STATES.FAIL]
    again = [trial for trial in trials if trial.user_attrs.get(ATTEMPT) == 2]
    assert len(failed) == 1
    assert len(again) == 1
    assert failed[0].params.items() <= again[0].params.items()  # it may have died while it drew them
    assert all(trial.state in (STATES.COMPLETE, STATES.PRUNED) for trial in again)
    assert not [trial for trial in trials if trial.state in (STATES.RUNNING, STATES.WAITING)]
    assert len(trained(study)) >= asked


def test_a_ray_worker_that_dies_loses_only_its_trial(cluster: Cluster, tmp_path: Path) -> None:
    problem = small_problem()
    plan = Plan(f"sqlite:///{tmp_path / 'study.db'}", "search", 2, trials=4, ray=cluster.address)
    deaths: list[str] = []
    run_trials(problem, plan, Killer(problem, plan, cluster.processes, "ray::_task"), deaths.append)
    assert len(deaths) == 1
    assert_one_was_tried_again(create_study(plan.url, plan.study, problem), 4)


def test_a_postgresql_worker_that_dies_loses_only_its_trial(postgresql: str) -> None:
    problem = small_problem()
    plan = Plan(postgresql, "search", 2, trials=4)
    deaths: list[str] = []
    own = partial(psutil.Process().children, recursive=True)
    run_trials(problem, plan, Killer(problem, plan, own, "multiprocessing.spawn"), deaths.append)
    assert len(deaths) == 1
    assert_one_was_tried_again(create_study(plan.url, plan.study, problem), 4)


def test_a_cluster_that_is_lost_loses_no_trial(cluster: Cluster, tmp_path: Path) -> None:
    """Another process searches; its cluster is stopped; the search is finished without one."""
    problem = small_problem()
    plan = Plan(f"sqlite:///{tmp_path / 'study.db'}", "search", 2, trials=4, ray=cluster.address)
    study = create_study(plan.url, plan.study, problem)

    def stop(_: object) -> None:
        if study.get_trials(deepcopy=False, states=(STATES.RUNNING,)):
            cluster.stop()

    with pytest.raises(WorkersDied, match="the same command resumes the search"):
        run_trials(problem, plan, stop)
    assert not study.get_trials(states=(STATES.RUNNING,))
    failed = study.get_trials(states=(STATES.FAIL,))
    run_trials(problem, Plan(plan.url, "search", 2, trials=4))
    again = [trial.params.items() for trial in study.get_trials() if trial.user_attrs.get(ATTEMPT, 1) > 1]
    assert failed
    assert all(any(trial.params.items() <= params for params in again) for trial in failed)
    assert len(trained(study)) >= 4
