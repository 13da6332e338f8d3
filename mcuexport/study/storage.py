"""Optuna's study in a database: opened by all workers, refused to another problem, and cleared of the dead.

A worker signs the trial it works on.  When it dies, whoever started it fails that trial and queues its parameters
again; where that one died, too, Optuna's heartbeat does, after `GRACE_S` (but not through the proxy of Ray's workers).
"""

import os
import socket
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import OutputError, ToolMissing
from .problem import Problem, first_difference, problem_of

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import BaseStorage
    from sqlalchemy.engine import Connection, Engine

PROBLEM, WORKER, ATTEMPT, COST, OVER = "problem", "worker", "attempt", "cost", "over"
DIRECTIONS = ("maximize", "minimize", "minimize")  # accuracy on the held-out part, flash_bytes, cycles
HEARTBEAT_S, GRACE_S = 10, 60
ATTEMPTS = 3
STARTUP_TRIALS = 20
GRPC = "grpc://"


def optuna_module() -> Any:
    """Optuna, quiet.  Raises ToolMissing with how to install it."""
    try:
        import optuna
    except ImportError:
        raise ToolMissing("optuna is not installed; pip install 'mcuexport[search]'") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    return optuna


def open_storage(url: str) -> "BaseStorage":
    """The database at an SQLAlchemy URL, or behind `grpc://host:port`.  Raises OutputError, ToolMissing."""
    optuna = optuna_module()
    from optuna.storages import RetryHeartbeatStaleTrialCallback
    from sqlalchemy.exc import SQLAlchemyError

    if url.startswith(GRPC):
        host, _, port = url.removeprefix(GRPC).rpartition(":")
        proxy: BaseStorage = optuna.storages.GrpcStorageProxy(host=host, port=int(port))
        return proxy
    patience = {"connect_args": {"timeout": 60}} if url.startswith("sqlite") else {"pool_pre_ping": True}
    try:
        database = optuna.storages.RDBStorage(
            url,
            engine_kwargs=patience,
            heartbeat_interval=HEARTBEAT_S,
            grace_period=GRACE_S,
            heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=ATTEMPTS - 1),
        )
        if url.startswith("sqlite"):
            _write_from_the_start(database.engine)
        storage: BaseStorage = database
        return storage
    except ImportError as error:
        raise ToolMissing(f"{_hidden(url)}: its driver is not installed ({error}); {_install(url)}") from None
    except SQLAlchemyError as error:
        reason = " ".join(str(error).split())[:200]
        raise OutputError(f"{_hidden(url)}: cannot be opened as a database ({reason})") from None


def _write_from_the_start(engine: "Engine") -> None:
    """Makes every transaction of SQLite one that writes.

    One that reads that a trial waits, and then takes it, would else leave room between the two for another worker,
    which takes the same trial: SQLite locks no rows, as `SELECT .. FOR UPDATE` does elsewhere.
    """
    from sqlalchemy import event

    def connect(connection: Any, _: object) -> None:
        connection.isolation_level = None  # sqlite3 begins no transactions by itself

    def begin(connection: "Connection") -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)
    engine.dispose()  # connections that were made before


def _install(url: str) -> str:
    return "pip install 'mcuexport[postgresql]'" if url.startswith("postgresql") else "see SQLAlchemy's dialects"


def _hidden(url: str) -> str:
    """An address without its password."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "the storage"


def with_driver(url: str) -> str:
    """`postgresql://` means the driver that the extra installs."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def create_study(url: str, name: str, problem: Problem) -> "Study":
    """The study, begun or continued.  Raises OutputError if it is of another problem, naming the first difference."""
    optuna = optuna_module()
    study: Study = optuna.create_study(
        storage=open_storage(url), study_name=name, directions=DIRECTIONS, load_if_exists=True
    )
    begun_with = study.user_attrs.get(PROBLEM)
    if begun_with is None:
        study.set_user_attr(PROBLEM, problem.as_data)
        return study
    difference = first_difference(begun_with, problem.as_data)
    if difference:
        key, old, new = difference
        raise OutputError(
            f"study {name!r} was begun with {key} = {old!r}, now it is {new!r}; "
            "name another with --study or --out, or ask the same"
        )
    return study


def load_study(url: str, name: str, seed: int) -> "tuple[Study, Problem]":
    """The study for a worker, with a sampler of its own, and what is searched."""
    optuna = optuna_module()
    sampler = optuna.samplers.TPESampler(n_startup_trials=STARTUP_TRIALS, group=True, multivariate=True, seed=seed)
    study: Study = optuna.load_study(storage=open_storage(url), study_name=name, sampler=sampler)
    return study, problem_of(study.user_attrs[PROBLEM])


def worker_name(number: int) -> str:
    """Of a worker that this process starts."""
    return f"{socket.gethostname()}:{os.getpid()}/{number}"


def requeue(study: "Study", of: Callable[[str], bool]) -> int:
    """Fails the running trials whose worker's name satisfies `of`, and queues their parameters again; how many."""
    from optuna.trial import TrialState

    count = 0
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        attempt = trial.user_attrs.get(ATTEMPT, 1)
        if not of(trial.user_attrs.get(WORKER, "")):
            continue
        try:
            study.tell(trial.number, state=TrialState.FAIL)
        except ValueError:
            continue  # another process did
        count += 1
        if attempt < ATTEMPTS:
            study.enqueue_trial(trial.params, user_attrs={ATTEMPT: attempt + 1})
    return count


def is_orphan(worker: str) -> bool:
    """Whether the process that started a worker was on this computer, and is gone; with it went the worker."""
    host, _, rest = worker.rpartition(":")
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(rest.partition("/")[0]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
