"""The Dockerfile and docker-compose.yml, as far as they can be held to their word without an engine."""

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from celery.bin.celery import celery as celery_command
from sqlalchemy import make_url
from typer.main import get_command
from uvicorn.main import main as uvicorn_command

from service.cli import app as svdiff_app
from service.infra.database import APP_ROLE, ENGINE_ROLE
from service.local.stack.binaries import valkey_binary
from service.local.stack.ports import stable_ports
from service.local.up import programs
from service.settings import Settings
from tests.service.local.eventually import eventually

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
PROGRAMS = ["api", "device", "upkeep", "beat"]
EXAMPLE = dict(
    line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if re.match(r"\w+=", line)
)
FILLED = {name: value or "0123456789abcdef" for name, value in EXAMPLE.items()}


def instructions() -> Iterator[tuple[str, str]]:
    """Each instruction of the Dockerfile with its words, continuation lines joined."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, rest


def stages() -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """The parent and the instructions of each stage."""
    found: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for word, rest in instructions():
        if word == "FROM":
            stage = re.fullmatch(r"(\S+) AS (\S+)", rest)
            assert stage is not None
            parent, name = stage.groups()
            found[name] = (parent, [])
        elif found:
            found[name][1].append((word, rest))
    return found


def ancestry(stage: str) -> list[tuple[str, str]]:
    """Everything that a stage and the stages below it do."""
    if stage not in stages():
        return []
    parent, own = stages()[stage]
    return [*ancestry(parent), *own]


def origin(stage: str) -> str:
    """The stage whose environment a final stage copies."""
    copied = re.match(r"--from=(\S+)", next(rest for word, rest in ancestry(stage) if word == "COPY"))
    assert copied is not None
    return copied.group(1)


def installs(stage: str) -> list[str]:
    """The pip lines behind a final stage."""
    return [rest for word, rest in ancestry(origin(stage)) if word == "RUN" and "pip install" in rest]


def filled(text: str) -> str:
    """A value as compose would read it with a complete .env."""
    text = re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: FILLED[found[1]], text)
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: FILLED.get(found[1], found[2]), text)


def unknown_options(command: list[str]) -> list[str]:
    """The options that the program, or its subcommand, does not have."""
    program, *words = command
    parser = {"uvicorn": uvicorn_command, "celery": celery_command, "svdiff": get_command(svdiff_app)}[program]
    known = {"-A"} if program == "celery" else set()
    for word in words:
        parser = getattr(parser, "commands", {}).get(word, parser)
    known |= {option for parameter in parser.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return [word for word in words if word.startswith("-") and word not in known]


def bare(command: tuple[str, ...] | list[str]) -> list[str]:
    """A command without the interpreter and without where it listens and how much it says."""
    words = list(command[2:] if command[1] == "-m" else command)
    for option in ("--host", "--port", "--log-level"):
        if option in words:
            del words[words.index(option) : words.index(option) + 2]
    return ["--concurrency" if word == "-c" else word for word in words]


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker client")
def test_compose_accepts_the_file() -> None:
    """The real parser, where this machine's docker has it."""
    docker = str(shutil.which("docker"))
    if subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("the docker client has no compose")
    command = [docker, "compose", "--env-file", ".env.example", "config", "--no-interpolate", "--quiet"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


def test_the_services_are_the_three_servers_a_migration_and_what_up_runs() -> None:
    """A process that `svdiff up` starts cannot be forgotten here."""
    run_by_up = [program.name for program in programs(Settings(), "127.0.0.1", 8000)]
    assert run_by_up == PROGRAMS
    assert list(SERVICES) == ["postgres", "valkey", "seaweedfs", "migrate", *PROGRAMS]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_service_runs_what_up_runs(name: str) -> None:
    """One code path: the same program, pool, queue and options in a container and on a laptop."""
    run_by_up = {program.name: program.argv for program in programs(Settings(), "127.0.0.1", 8000)}
    assert bare(SERVICES[name]["command"]) == bare(run_by_up[name])


@pytest.mark.parametrize(("stage", "service"), [("api", "api"), ("worker", "device")])
def test_an_image_runs_its_service_by_itself(stage: str, service: str) -> None:
    """`docker run` without a command does what compose does."""
    default = [json.loads(rest) for word, rest in ancestry(stage) if word == "CMD"]
    assert default == [SERVICES[service]["command"]]


@pytest.mark.parametrize("name", OURS)
def test_a_command_is_an_entry_point_with_options_that_it_knows(name: str) -> None:
    """No container dies of a misspelt word."""
    command = SERVICES[name]["command"]
    assert entry_points(group="console_scripts", name=command[0])
    assert unknown_options(command) == []
    if "-A" in command:
        assert importlib.util.find_spec(command[command.index("-A") + 1])


def test_the_api_image_installs_no_torch_and_the_worker_image_does() -> None:
    """The extra appears in the lines behind one image only."""
    assert [line for line in installs("api") if "ml" in line or "torch" in line] == []
    assert [line for line in installs("worker") if "[ml]" in line] != []
    assert all("-c constraints.txt" in line or "--no-deps" in line for line in installs("api") + installs("worker"))


@pytest.mark.parametrize("stage", ["api", "worker"])
def test_an_image_runs_without_rights_tools_and_sources(stage: str) -> None:
    """It takes one folder from its build, installs nothing itself, and ends as a numbered user."""
    done = ancestry(stage)
    assert [rest for word, rest in done if word == "USER"] == ["10001"]
    assert [rest for word, rest in done if word == "COPY"] == [f"--from={stage}-build /opt/svdiff /opt/svdiff"]
    assert not any(tool in rest for word, rest in done if word == "RUN" for tool in ("pip", "apt", "gcc"))


def test_every_package_is_copied_into_both_images() -> None:
    """An image without migrations, say, would start and then fail."""
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench", "demo", "examples"}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for stage in ("api-build", "worker-build"):
        copied = [rest.split() for word, rest in ancestry(stage) if word == "COPY"]
        sources = {source for words in copied for source in words[:-1]}
        assert packages <= sources
        assert sources == allowed
        assert all((ROOT / source).exists() for source in sources)


def test_a_build_stage_is_named_for_each_service() -> None:
    """Only the device carries torch."""
    targets = {name: SERVICES[name]["build"]["target"] for name in OURS}
    assert targets == {name: "worker" if name == "device" else "api" for name in ("migrate", *PROGRAMS)}
    assert set(targets.values()) <= set(stages())


@pytest.mark.parametrize("name", OURS)
def test_a_service_gets_complete_settings_and_only_the_migration_the_owners_url(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Each variable is a setting; the everyday roles' URLs name these roles."""
    variables = {key: filled(value) for key, value in SERVICES[name]["environment"].items()}
    assert {key.removeprefix("SVDIFF_").lower() for key in variables} <= set(Settings.model_fields)
    for key, value in variables.items():
        monkeypatch.setenv(key, value)
    settings = Settings()
    assert settings.app_database_url
    assert settings.engine_database_url
    assert make_url(settings.app_database_url.get_secret_value()).username == APP_ROLE
    assert make_url(settings.engine_database_url.get_secret_value()).username == ENGINE_ROLE
    assert (settings.database_url is not None) == (name == "migrate")
    assert settings.s3_public_endpoint == "http://localhost:8333"
    assert all((settings.broker_url, settings.s3_endpoint, settings.s3_access_key, settings.s3_secret_key))


def test_no_secret_is_written_down_and_every_variable_is_in_the_example() -> None:
    """What is secret has no default here and no value there."""
    text = (ROOT / "docker-compose.yml").read_text()
    named = dict(re.findall(r"\$\{(\w+):([?-])", text))
    secret = {name for name in named if name.endswith(("_PASSWORD", "_KEY"))}
    assert set(named) == set(EXAMPLE)
    assert {name for name in secret if named[name] != "?" or EXAMPLE[name]} == set()
    assert not re.search(r"://[^:/\s]*:(?!\$\{)[^@\s]+@", text)


def test_the_order_of_the_start_and_the_care_afterwards() -> None:
    """Programs wait for the schema, the schema for Postgres; whatever dies is started again."""
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in PROGRAMS:
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    restarts = {name: service["restart"] for name, service in SERVICES.items()}
    assert restarts == {name: "no" if name == "migrate" else "unless-stopped" for name in SERVICES}
    assert all("test" in SERVICES[name]["healthcheck"] for name in ("postgres", "valkey", "seaweedfs"))
    assert [word for word, _ in ancestry("api")].count("HEALTHCHECK") == 1
    grace = SERVICES["device"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > Settings().shutdown_grace_seconds


def test_data_lies_in_named_volumes() -> None:
    """Removing a container loses nothing."""
    used = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_the_brokers_command_line_works_and_asks_for_the_password(tmp_path: Path) -> None:
    """The same shell text with a real Valkey: it reads the password, keeps a file and evicts nothing."""
    (port,) = stable_ports(tmp_path / "port.json", 1)
    shell, flag, text = SERVICES["valkey"]["command"]
    program = f"{shlex.quote(str(valkey_binary()))} --port {port} --dir {tmp_path}"
    text = text.replace("$$", "$").replace("docker-entrypoint.sh valkey-server", program)
    environment = {"PATH": "/usr/bin:/bin", "REDISCLI_AUTH": "sesame"}
    process = subprocess.Popen([shell, flag, text], env=environment, stdout=subprocess.DEVNULL)
    try:
        client = redis.Redis(port=port, password="sesame")
        assert eventually(lambda: answers(client))
        wanted = {"appendonly": "yes", "appendfsync": "everysec", "save": "", "maxmemory-policy": "noeviction"}
        assert client.config_get(*wanted) == wanted
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port).ping()
    finally:
        process.terminate()
        assert process.wait(10) == 0


def answers(client: redis.Redis) -> bool:
    """Whether the broker is up."""
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
