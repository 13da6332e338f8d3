"""Workers on a Ray cluster: the only user of Ray, which is an extra (`mcuexport[ray]`).

The study stays here: a database that the cluster can reach, or the file of this computer behind Optuna's gRPC proxy,
which anyone who reaches its port may read and write.  The data set goes to the workers through Ray's object store,
without its test set; of mcuexport itself every node must have the same version, and the compiler of the board's core.

Ray ends a process whose cluster is lost.  So a process of its own drives the cluster, and its end is told as an error.
"""

import multiprocessing
import socket
import threading
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from ..errors import McuexportError, ToolMissing, WorkersDied
from ..train.data import Dataset
from ..version import VERSION
from .processes import POLL_S, end_with_parent
from .storage import GRPC, open_storage, optuna_module
from .worker import Job, work


class Cluster:
    """A crew of Ray tasks, each on one processor; a task that finds none free waits for one.  Handles are numbers.

    address: as `ray.init` takes it.  data: without the test set.
    """

    def __init__(self, address: str, job: Job, data: Dataset) -> None:
        self.address = address
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_drive, args=(address, job, data, theirs), daemon=True)
        self.served = serve(job.url)
        self.process.start()
        theirs.close()
        self._receive()  # connected

    def start(self, number: int, worker: str) -> int:
        self._send((number, worker, self.served))
        return number

    def ended(self, handles: list[int]) -> list[tuple[int, str | None]]:
        self._send(None)
        found: list[tuple[int, str | None]] = self._receive()
        return found

    def stop(self, handles: list[int]) -> None:
        self.pipe.close()  # the process cancels its tasks, and ends
        self.process.join(timeout=10 * POLL_S)
        self.process.terminate()

    def _send(self, message: Any) -> None:
        try:
            self.pipe.send(message)
        except OSError:
            raise self._lost() from None

    def _receive(self) -> Any:
        try:
            message = self.pipe.recv()
        except (EOFError, OSError):
            raise self._lost() from None
        if isinstance(message, McuexportError):
            raise message
        return message

    def _lost(self) -> WorkersDied:
        return WorkersDied(
            f"the Ray cluster at {self.address} is lost; its trials are queued again: "
            "the same command resumes the search, on another cluster or without --ray"
        )


def _drive(address: str, job: Job, data: Dataset, pipe: Connection) -> None:
    """The process that Ray may end: starts tasks that the pipe asks for, and tells which have ended."""
    end_with_parent()
    try:
        ray = connected(address)
        pipe.send(None)
        _serve_crew(ray, job, ray.put(data), pipe)
    except McuexportError as error:
        pipe.send(error)
    except (EOFError, OSError):
        pass  # the search is over


def connected(address: str) -> Any:
    """Ray's module, connected.  Raises ToolMissing, WorkersDied."""
    try:
        import ray
    except ImportError:
        raise ToolMissing("Ray is not installed; pip install 'mcuexport[ray]'") from None
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise WorkersDied(
            f"no Ray cluster answers at {address} ({_short(error)}); `ray start --head` makes one"
        ) from None
    return ray


def _serve_crew(ray: Any, job: Job, data: Any, pipe: Connection) -> None:
    task = ray.remote(num_cpus=1, max_retries=0)(_task)
    numbers: dict[Any, int] = {}
    try:
        while True:
            message = pipe.recv()
            if message is not None:
                number, worker, port = message
                url = job.url if port is None else f"{GRPC}{ray.util.get_node_ip_address()}:{port}"
                numbers[task.remote(replace(job, url=url), worker, number, data, VERSION)] = number
                continue
            ready, _ = ray.wait(list(numbers), num_returns=1, timeout=POLL_S)
            pipe.send([(numbers.pop(handle), _end(ray, handle)) for handle in ready])
    finally:
        for handle in numbers:
            ray.cancel(handle, force=True)
        ray.shutdown()


def _end(ray: Any, handle: Any) -> str | None:
    """How a task died, None if it was done.  Raises the McuexportError that it raised."""
    try:
        ray.get(handle)
        return None
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, McuexportError):
            raise error.cause from None
        return _short(error.cause)
    except ray.exceptions.RayError as error:
        return _short(error)


def _short(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:200]


def _task(job: Job, worker: str, number: int, data: Dataset, version: str) -> None:
    if version != VERSION:
        raise WorkersDied(f"a node of the cluster has mcuexport {VERSION}, this computer {version}; install the same")
    writable = {name: getattr(data, name).copy() for name in ("train_x", "test_x")}  # Ray's are read-only
    work(job, worker, number, replace(data, **writable))


def serve(url: str) -> int | None:
    """The port at which a thread of this process serves a storage that is a file; None for a database of its own."""
    if not url.startswith("sqlite"):
        return None
    optuna = optuna_module()
    with socket.socket() as free:
        free.bind(("", 0))
        port = int(free.getsockname()[1])
    where = {"host": "0.0.0.0", "port": port}
    threading.Thread(
        target=optuna.storages.run_grpc_proxy_server, args=(open_storage(url),), kwargs=where, daemon=True
    ).start()
    return port
