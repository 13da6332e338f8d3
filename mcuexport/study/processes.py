"""Workers as processes of this computer, and the loop that watches over workers of any kind."""

import multiprocessing
import os
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import McuexportError, WorkersDied
from .storage import requeue, worker_name
from .worker import Job, work

if TYPE_CHECKING:
    import optuna

MOST_DEATHS = 20
POLL_S = 1.0


class Crew(Protocol):
    """Starts workers, tells which have ended, and can stop them all."""

    def start(self, number: int, worker: str) -> Any:
        """A handle of a worker that has begun."""

    def ended(self, handles: list[Any]) -> list[tuple[Any, str | None]]:
        """Those that have ended, within `POLL_S`, each with how it died, or None if it was done.

        Raises McuexportError for an error that any other worker would meet, too.
        """

    def stop(self, handles: list[Any]) -> None:
        """Ends workers at once."""


def watch(crew: Crew, count: int, study: "optuna.Study", tell: Callable[[], None], died: Callable[[str], None]) -> None:
    """Runs `count` workers until they are done; for one that dies another begins, and its trial is queued again.

    tell: called about once in a second.  died: told how a worker died.  Raises WorkersDied if that does not end.
    """
    numbers = iter(range(MOST_DEATHS + count))
    working: dict[Any, str] = {}

    def start() -> None:
        number = next(numbers, None)
        if number is None:
            raise WorkersDied(f"{MOST_DEATHS} workers died, the last: {reason}; the same command resumes the search")
        name = worker_name(number)
        working[crew.start(number, name)] = name

    try:
        for _ in range(count):
            start()
        while working:
            for handle, reason in crew.ended(list(working)):
                name = working.pop(handle)
                if reason is not None:
                    again = requeue(study, name.__eq__)
                    died(f"worker {name} died ({reason}); {again} of its trials queued again")
                    start()
            tell()
    finally:
        crew.stop(list(working))
        requeue(study, set(working.values()).__contains__)


class Processes:
    """A crew of processes; each reads the data once, for all its trials."""

    def __init__(self, job: Job) -> None:
        self.job, self.context = job, multiprocessing.get_context("spawn")
        self.pipes: dict[BaseProcess, Connection] = {}

    def start(self, number: int, worker: str) -> BaseProcess:
        receiver, sender = self.context.Pipe(duplex=False)
        arguments = (self.job, worker, number, sender)
        process = self.context.Process(target=_run, args=arguments, name=worker, daemon=True)
        process.start()
        sender.close()
        self.pipes[process] = receiver
        return process

    def ended(self, handles: list[BaseProcess]) -> list[tuple[BaseProcess, str | None]]:
        ready = wait([process.sentinel for process in handles], timeout=POLL_S)
        return [(process, self._end(process)) for process in handles if process.sentinel in ready]

    def stop(self, handles: list[BaseProcess]) -> None:
        for process in handles:
            process.terminate()
        for process in handles:
            process.join()

    def _end(self, process: BaseProcess) -> str | None:
        process.join()
        error = _last_words(self.pipes.pop(process))
        if isinstance(error, McuexportError):
            raise error
        if error is not None:
            return str(error)
        code = process.exitcode
        return None if code == 0 else f"signal {-code}" if code is not None and code < 0 else f"status {code}"


def _last_words(pipe: Connection) -> Any:
    try:
        return pipe.recv() if pipe.poll() else None
    except EOFError:
        return None
    finally:
        pipe.close()


def end_with_parent() -> None:
    """Ends this process with its parent, however that ends: nobody waits for its work then."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(process: BaseProcess) -> None:
    process.join()
    os._exit(1)


def _run(job: Job, worker: str, number: int, pipe: Connection) -> None:
    """The process: an error of ours is sent whole, any other as its last line."""
    end_with_parent()
    try:
        work(job, worker, number)
    except McuexportError as error:
        pipe.send(error)
    except KeyboardInterrupt:
        pass
    except Exception as error:
        pipe.send("".join(traceback.format_exception_only(error)).strip())
