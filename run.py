#!/usr/bin/env python3
"""Sets Mingcha up on this machine and runs it: `python3 run.py VERB ...` passes any verb of `mingcha` on.

    python3 run.py audit [URL]     audit a portal; without a URL the bundled sample portal
    python3 run.py test [...]      run the whole test suite (further words go to pytest)
    python3 run.py doctor          say what this machine can and cannot measure
    python3 run.py postgresql      add the driver for a results database on PostgreSQL (--db postgresql://...)
    python3 run.py advisories      ask whether a locked package is known to be vulnerable

One file, standard library only. The environment is made once in `.venv` from a hashed requirements file, through uv
where it is there and through the machine's own pip otherwise; their configuration decides where packages come from, so
mirrors and offline wheel folders work. `--no-install` (anywhere) forbids installing system packages.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
MINIMUM = (3, 11)


def main(words: list[str]) -> int:
    """Returns the exit code of the verb, or 1 with one sentence on stderr when the set-up is not possible."""
    if sys.version_info < MINIMUM:
        return fail(
            f"需要Python {'.'.join(map(str, MINIMUM))}或更高版本，本机为{platform.python_version()}；"
            "Debian 12、Ubuntu 24.04及以后系统自带的python3即可"
        )
    install = "--no-install" not in words
    words = [word for word in words if word != "--no-install"]
    if not words:
        print(__doc__)
        return 0
    if words[0] == "advisories":
        command = [sys.executable, "-m", "tests.security.advisories", *words[1:]]
        return subprocess.run(command, cwd=ROOT, check=False).returncode
    testing = words[0] == "test"
    try:
        python = environment(ROOT / ("requirements-dev.txt" if testing else "requirements.txt"))
        if words[0] == "postgresql":
            environment(ROOT / "requirements-postgresql.txt")
            return 0
    except SetupError as error:
        return fail(str(error))
    environ = {**os.environ, "PYTHONUTF8": "1"}
    if not testing:  # Commands are told as they were called: there is no `mingcha` on the path.
        environ["MINGCHA_PROGRAM"] = f"python3 {shlex.quote(sys.argv[0])}"
    if not install:
        environ["MINGCHA_NO_INSTALL"] = "1"
    if testing or words[0] in {"audit", "recheck", "doctor"}:
        # Never fatal: without a browser the audit goes on and says what it could not measure.
        subprocess.run([python, "-m", "mingcha.provision"], env=environ, cwd=ROOT, check=False)
    if testing:
        pytest = [python, "-m", "pytest", "-c", str(ROOT / "pyproject.toml")]
        hostile, tests = str(ROOT / "tests" / "hostile"), str(ROOT / "tests")
        # Most of the time is waiting: two at a time, each file in one process, since its tests share what they audit.
        # Attacks on the machine itself go alone: beside a page that eats the processor everything else is late.
        beside = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--ignore", hostile, tests]
        runs = [words[1:]] if words[1:] else [[hostile], beside]
        codes = [subprocess.run([*pytest, *run], env=environ, cwd=ROOT, check=False).returncode for run in runs]
        return next((code for code in codes if code), 0)
    os.execve(python, [python, "-m", "mingcha", *words], environ)


class SetupError(Exception):
    """Raised when the environment cannot be made; the message says what to do."""


def fail(message: str) -> int:
    """Returns 1 after saying why on stderr."""
    print(f"run.py: {message}", file=sys.stderr)
    return 1


def environment(requirements: Path, apart: Path | None = None) -> str:
    """Returns the Python of an environment that holds `requirements` and the project. Raises SetupError.

    One set up `apart`, in that folder, holds the requirements alone.
    """
    venv = apart or venv_folder()
    python = venv / "bin" / "python"
    stamp = venv / "mingcha.stamp"
    wanted = hashlib.sha256(
        b"\0".join([requirements.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), str(ROOT).encode()])
    ).hexdigest()
    # An environment for tests holds all that an audit needs, so going back to an audit rebuilds nothing.
    known = stamp.read_text().split() if stamp.exists() and runs(python) else []
    if wanted in known:
        return str(python)
    say(f"首次运行，正在把所需组件安装到{venv}，需要几分钟")
    if not runs(python):
        shutil.rmtree(venv, ignore_errors=True)
        check([sys.executable, "-m", "venv", "--without-pip", str(venv)], f"不能在{venv}建立运行环境")
    install_packages(python, requirements, project=apart is None)
    stamp.write_text("\n".join([*known, wanted]) + "\n")
    return str(python)


def venv_folder() -> Path:
    """Returns where the environment lives: MINGCHA_VENV, else beside this file, else the user's cache."""
    if chosen := os.environ.get("MINGCHA_VENV"):
        return Path(chosen).expanduser().absolute()
    if os.access(ROOT, os.W_OK):
        return ROOT / ".venv"
    key = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mingcha" / f"venv-{key}"


def runs(python: Path) -> bool:
    """Returns whether that interpreter is there and starts."""
    return python.exists() and subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def install_packages(python: Path, requirements: Path, *, project: bool = True) -> None:
    """Installs the hashed requirements and the project itself. Raises SetupError when no way works."""
    steps = [["--require-hashes", "-r", str(requirements)]]
    if project:
        steps.append(["--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    if uv := shutil.which("uv"):
        base = [uv, "pip", "install", "--quiet", "--python", str(python)]
        if all(subprocess.run([*base, *step], check=False).returncode == 0 for step in steps):
            return
        say("uv未能安装组件，改用pip（两者的软件源可能不同）")
    pip, environ = find_pip(python)
    base = [*pip, "--disable-pip-version-check", "install", "--quiet"]
    why = "pip未能安装组件，原因见上；请核对网络和pip的软件源后再次运行"
    for step in steps:
        check([*base, *step], why, environ)


def find_pip(python: Path) -> tuple[list[str], dict[str, str]]:
    """Returns a pip command that installs into `python`, and its environment. Raises SetupError when none is had."""
    environ = dict(os.environ)
    into = ["--python", str(python)]
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", *into], environ
    if importlib.util.find_spec("ensurepip"):
        check([str(python), "-m", "ensurepip"], "本机Python自带的pip无法使用（ensurepip）", quiet=True)
        return [str(python), "-m", "pip"], environ
    if other := shutil.which("pip3") or shutil.which("pip"):
        return [other, *into], environ
    wheel = distribution_pip()
    environ["PYTHONPATH"] = str(wheel)
    return [sys.executable, "-m", "pip", *into], environ


def distribution_pip() -> Path:
    """Returns the distribution's own pip wheel, taken from its package without touching the system.

    apt works without root when its state is redirected. Raises SetupError with the command that would help.
    """
    hint = "本机没有pip，请以管理员身份运行：apt-get install python3-pip"
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise SetupError(hint)
    tools = venv_folder() / "pip"
    if wheels := sorted(tools.rglob("pip-*.whl")):
        return wheels[-1]
    say("本机没有pip：使用系统软件源中的python3-pip-whl（只在本目录解开，不改动系统）")
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        (state / "lists" / "partial").mkdir(parents=True)
        (state / "cache" / "archives" / "partial").mkdir(parents=True)
        options = [
            *("-o", f"Dir::State={state}", "-o", f"Dir::State::lists={state}/lists"),
            *("-o", f"Dir::Cache={state}/cache", "-o", "Dir::State::status=/var/lib/dpkg/status"),
            *("-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root", "-qq"),
        ]
        check(["apt-get", *options, "update"], hint, quiet=True)
        check(["apt-get", *options, "download", "python3-pip-whl"], hint, cwd=state, quiet=True)
        for package in state.glob("*.deb"):
            check(["dpkg-deb", "-x", str(package), str(tools)], hint, quiet=True)
    if wheels := sorted(tools.rglob("pip-*.whl")):
        return wheels[-1]
    raise SetupError(hint)


def check(
    command: list[str],
    why: str,
    environ: dict[str, str] | None = None,
    *,
    cwd: Path | None = None,
    quiet: bool = False,
) -> None:
    """Runs a command. Raises SetupError(why) when it fails."""
    try:
        result = subprocess.run(command, env=environ, cwd=cwd, capture_output=quiet, text=True, check=False)
    except OSError as error:
        raise SetupError(f"{why}（{error}）") from error
    if result.returncode:
        detail = (result.stderr or "").strip().splitlines()[-1:] if quiet else []
        raise SetupError("".join([why, *(f"（{line}）" for line in detail)]))


def say(message: str) -> None:
    """Tells what is being done on stderr, so that output of the verb stays clean."""
    print(f"run.py: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
