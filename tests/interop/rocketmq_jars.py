# SPDX-License-Identifier: Apache-2.0
"""Finds, or fetches once, the stock RocketMQ jars; compiles our Java drivers against them.

Used by `reference-cluster` and `run-java`. Needs a JDK 17 or newer and Maven. Everything that is
downloaded or built goes to $TIDEMARK_INTEROP_CACHE, else ${XDG_CACHE_HOME:-~/.cache}/tidemark-interop.
"""

import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE / "java"

# version -> (profile of java/pom.xml, shim sources, has NameServer and broker)
VERSIONS = {
    "5.3.3": ("rmq5", "v5", True),
    "4.9.8": ("rmq4", "v4", False),
    "4.9.7": ("rmq4-server", "v4", True),
}

# RocketMQ starts without these on JDK 17, but 4.9 unmaps files by reflection into java.nio.
JVM_OPENS = [
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
]


class InteropError(Exception):
    """Something the user can mend; the message says what."""


class OutOfReach(InteropError):
    """Maven Central cannot be reached from here, or may not be asked (TIDEMARK_INTEROP_OFFLINE=1)."""


UNREACHED = re.compile(r"Unknown host|Connection (refused|reset|timed out)|connect timed out|Read timed out|No route to host"
                       r"|Network is unreachable|Temporary failure in name resolution|in offline mode", re.I)


def cache_root():
    override = os.environ.get("TIDEMARK_INTEROP_CACHE")
    if override:
        return pathlib.Path(override).resolve()
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return pathlib.Path(base) / "tidemark-interop"


def check_version(version, server=False):
    if version not in VERSIONS:
        raise InteropError(f"unknown RocketMQ version {version!r}; known: {', '.join(VERSIONS)}")
    if server and not VERSIONS[version][2]:
        usable = ", ".join(v for v, entry in VERSIONS.items() if entry[2])
        raise InteropError(f"Maven Central has no NameServer and broker {version}; use one of {usable}")


def need(program):
    found = shutil.which(program)
    if not found:
        raise InteropError(f"'{program}' is not on PATH (Debian: apt install maven default-jdk-headless)")
    return found


class _Lock:
    """Two tests may fetch at the same time; the second one waits."""

    def __init__(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "w")

    def __enter__(self):
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *unused):
        self._file.close()


def library(version):
    """The folder with all jars of `version`; fetched on first use."""
    check_version(version)
    pom = PROJECT / "pom.xml"
    key = hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    target = cache_root() / version / f"lib-{key}"
    if target.is_dir():
        return target
    with _Lock(cache_root() / version / "lock"):
        if target.is_dir():
            return target
        if os.environ.get("TIDEMARK_INTEROP_OFFLINE"):
            raise OutOfReach(f"the jars of RocketMQ {version} are not in {target.parent}, and TIDEMARK_INTEROP_OFFLINE is set")
        print(f"fetching the RocketMQ {version} jars with Maven into {target} ...", file=sys.stderr)
        partial = pathlib.Path(tempfile.mkdtemp(dir=target.parent, prefix="partial-"))
        command = [need("mvn"), "-q", "-B", "-f", str(pom), f"-P{VERSIONS[version][0]}",
                   "dependency:copy-dependencies", f"-DoutputDirectory={partial}", "-DincludeScope=runtime"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0 or not list(partial.glob("rocketmq-client-*.jar")):
            shutil.rmtree(partial, ignore_errors=True)
            kind = OutOfReach if UNREACHED.search(done.stdout) else InteropError
            raise kind(f"Maven could not resolve the jars:\n{done.stdout[-2000:]}")
        partial.chmod(0o755)
        partial.rename(target)
    return target


def classes(version, *source_roots):
    """Compiles our drivers (and `source_roots`, if any) for `version`; cached by content. Returns the class folder."""
    jars = library(version)
    roots = [PROJECT / "src/main/java", PROJECT / f"src/{VERSIONS[version][1]}/java", *map(pathlib.Path, source_roots)]
    sources = sorted(file for root in roots for file in root.rglob("*.java"))
    digest = hashlib.sha256(jars.name.encode())
    for file in sources:
        digest.update(file.read_bytes())
    target = cache_root() / version / f"classes-{digest.hexdigest()[:12]}"
    if target.is_dir():
        return target
    with _Lock(cache_root() / version / "lock-classes"):
        if target.is_dir():
            return target
        partial = pathlib.Path(tempfile.mkdtemp(dir=target.parent, prefix="partial-"))
        command = [need("javac"), "--release", "17", "-proc:none", "-nowarn", "-Xlint:-options", "-encoding", "UTF-8",
                   "-cp", f"{jars}/*", "-d", str(partial), *map(str, sources)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            shutil.rmtree(partial, ignore_errors=True)
            raise InteropError(f"javac failed:\n{done.stdout}")
        partial.rename(target)
    return target


def log_settings(version):
    """JVM flags that keep RocketMQ's logging off stdout: everything goes to <home>/logs/rocketmq.log."""
    file = logback(version)
    return [f"-Drmq.logback.configurationFile={file}", f"-Dlogback.configurationFile={file}",
            "-Drocketmq.client.logUseSlf4j=true"]


def logback(version):
    return PROJECT / "src" / VERSIONS[version][1] / "logback.xml"


def java_command(version, *extra_jvm, home, classpath=()):
    """The java command line up to, not including, the main class.

    RocketMQ writes logs, offsets and default stores below user.home, so every process gets a home of its own.
    """
    path = ":".join([*map(str, classpath), f"{library(version)}/*"])
    return [need("java"), *JVM_OPENS, f"-Duser.home={home}", "-Duser.timezone=UTC", "-Dfile.encoding=UTF-8",
            "-Djava.net.preferIPv4Stack=true", *extra_jvm, "-cp", path]
