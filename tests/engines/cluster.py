"""A real standalone Spark cluster on loopback: one master, two workers of one core each, ended by their ids whatever happens."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

PATIENCE = 120.0
"""Seconds to wait for a process on a loaded machine."""

JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
"""Short runs end before the second compiler pays, and Spark's own classes need no proof (measured: 3.8 instead of 10 CPU-seconds)."""

DEFAULTS = f"""
spark.driver.defaultJavaOptions {JAVA}
spark.executor.defaultJavaOptions {JAVA}
spark.executor.memory 768m
spark.locality.wait 0
spark.sql.shuffle.partitions 2
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
"""
LOGGING = """
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1}: %m%n
logger.deploy.name = org.apache.spark.deploy
logger.deploy.level = info
"""


class Cluster:
    """Started by entering, ended by leaving; ``master`` is its address."""

    master = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self._ending = ExitStack()

    def __enter__(self) -> Cluster:
        with ExitStack() as ending:
            ending.callback(self._end)
            self._set_environment(ending)
            self._start_all()
            self._ending = ending.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def _start_all(self) -> None:
        log = self._start("master", "Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        self.master = _awaited(log, r"Starting Spark master at (spark://\S+)")
        size = ("-c", "1", "-m", "1g", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        for n in (1, 2):  # an application waits for them by itself, and starts meanwhile
            self._start(f"worker-{n}", "Worker", *size, "-d", str(self.folder / f"worker-{n}"), self.master)

    def _start(self, name: str, what: str, *options: str) -> Path:
        """One process of Spark's own; returns its log."""
        import pyspark

        log = self.folder / f"{name}.log"
        script = Path(pyspark.__file__).parent / "bin" / "spark-class"
        with log.open("wb") as out:
            command = [str(script), f"org.apache.spark.deploy.{what.lower()}.{what}", *options]
            process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, preexec_fn=_end_with_parent)
            self.processes.append(process)
        return log

    def _set_environment(self, ending: ExitStack) -> None:
        conf = self.folder / "conf"
        conf.mkdir()
        (conf / "spark-defaults.conf").write_text(DEFAULTS)
        (conf / "log4j2.properties").write_text(LOGGING)
        patch = ending.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("SPARK_CONF_DIR", str(conf))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("SPARK_LOCAL_DIRS", str(self.folder))
        patch.setenv("SPARK_DAEMON_MEMORY", "256m")
        patch.setenv("SPARK_DAEMON_JAVA_OPTS", JAVA)

    def _end(self) -> None:
        """Workers first, which end their executors; who does not listen is killed."""
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _end_with_parent() -> None:
    """Asks Linux to end this process when pytest dies, even by a kill that runs no fixture's end."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _awaited(log: Path, pattern: str) -> str:
    """What a process says in its log; fails with the log where it says nothing in time."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := re.search(pattern, log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.1)
    raise TimeoutError(f"{log.name} does not say {pattern!r}:\n{log.read_text(errors='replace')[-2000:]}")


def alive(process: int) -> bool:
    """Whether there is a process of this id."""
    return os.path.exists(f"/proc/{process}")
