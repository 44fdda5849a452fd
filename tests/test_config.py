"""Configuration: what may stand in searcher.yml, what is refused and how, and which of several sources wins."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.cluster.settings import ClusterSettings
from index.errors import ConfigError
from searcher.cli.settings import _yaml_lines, key_table
from searcher.config import SETTINGS, ClusterConfig, Config, RankingConfig, WebConfig, cluster_settings, load_config
from searcher.credentials import read_credentials

GOLDEN = sorted((Path(__file__).parent / "golden" / "config").glob("*.yml"))


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEARCHER_CONFIG", raising=False)
    for name in ("DATA", "CLUSTER_HOSTS", "CLUSTER_USER", "CLUSTER_PASSWORD"):
        monkeypatch.delenv(f"SEARCHER_{name}", raising=False)


def written(text: str, name: str = "searcher.yml") -> Path:
    """A configuration file with this text."""
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def refusal(text: str) -> str:
    """The message with which this text is refused."""
    with pytest.raises(ConfigError) as caught:
        load_config(written(text))
    return str(caught.value)


def test_no_file_gives_the_defaults() -> None:
    """Without a file every setting has its documented default."""
    config = load_config()

    assert config == Config()
    assert (config.data, config.language, config.timezone, config.engine) == (Path("var"), "english", "UTC", "embedded")
    assert config.ranking == RankingConfig()
    assert (config.web.per_page, config.web.port, config.limits.query_chars) == (10, 8000, 4096)


def test_a_full_file_is_read(tmp_path: Path) -> None:
    """Each section and each kind of value arrives in the Config; relative folders start at the file."""
    (tmp_path / "etc" / "profiles").mkdir(parents=True)
    path = written(
        "data: articles\nlanguage: german\ntimezone: Europe/Zurich\nprofiles: profiles\n"
        "sources:\n  SCMP: South China Morning Post\n  no: Norwegian Times\n"
        "ranking: {title: 5, b: 0.5}\nweb:\n  title: 24\n  port: 0\n",
        "etc/searcher.yml",
    )

    config = load_config(path)

    assert (config.data, config.profiles) == (Path("etc/articles"), Path("etc/profiles"))
    assert config.sources == (("SCMP", "South China Morning Post"), ("no", "Norwegian Times"))
    assert (config.ranking.title, config.ranking.b, config.ranking.k1) == (5.0, 0.5, RankingConfig().k1)
    assert (config.web.title, config.web.port) == ("24", 0)
    assert str(config.tzinfo) == "Europe/Zurich"
    assert config.file == path


@pytest.mark.parametrize("text", ["", "# only a remark\n", "---\n", "ranking:\n", "\ufeffdata: var\n", "sources:\n"])
def test_empty_files_and_sections_are_defaults(text: str) -> None:
    """A file with everything commented out is as good as none."""
    assert load_config(written(text)) == Config()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_refusals(path: Path) -> None:
    """Each golden file is refused with the message written in its first line."""
    text = path.read_text(encoding="utf-8")
    expected = text.splitlines()[0].removeprefix("# ")

    assert refusal(text) == expected


def test_golden_files_are_there() -> None:
    """The cases above are found at all."""
    assert len(GOLDEN) > 15


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    """A missing file, a folder, and bytes that are no UTF-8 give a ConfigError, not a traceback."""
    latin = tmp_path / "latin.yml"
    latin.write_bytes(b"web:\n  title: Z\xfcrich\n")
    for path, reason in ((Path("none.yml"), "No such file"), (tmp_path, "Is a directory"), (latin, "must be UTF-8")):
        with pytest.raises(ConfigError, match=reason):
            load_config(path)


def test_hostile_yaml_is_refused() -> None:
    """Endless nesting, circles and control characters end in a ConfigError; Python objects are never made."""
    for text in (
        "[" * 100_000,
        "web: &a\n  title: *a\n",
        "web: &a [*a]\n",
        "data: \x07\n",
        "data: !!python/object/apply:os.getcwd []",
    ):
        assert refusal(text).startswith("searcher.yml")


def test_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The option is stronger than SEARCHER_DATA, that than the file, that than the default."""
    assert load_config().data == Path("var")
    written("data: from_file\n")
    assert load_config().data == Path("from_file")
    monkeypatch.setenv("SEARCHER_DATA", "from_env")
    assert load_config().data == Path("from_env")
    assert load_config(data=Path("from_option")).data == Path("from_option")
    monkeypatch.setenv("SEARCHER_DATA", "")
    assert load_config().data == Path("from_file")


def test_which_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The given file is stronger than SEARCHER_CONFIG, that than ./searcher.yml; a named file must exist."""
    written("language: german\n")
    written("language: french\n", "other.yml")
    written("language: italian\n", "third.yml")

    assert load_config().language == "german"
    monkeypatch.setenv("SEARCHER_CONFIG", "other.yml")
    assert load_config().language == "french"
    assert load_config(Path("third.yml")).language == "italian"
    monkeypatch.setenv("SEARCHER_CONFIG", "gone.yml")
    with pytest.raises(ConfigError, match=r"gone\.yml"):
        load_config()


def test_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """`~/` in a file is the home folder, as in a shell."""
    monkeypatch.setenv("HOME", "/home/reader")

    assert load_config(written("data: ~/archive\n")).data == Path("/home/reader/archive")


def test_python_values_are_checked_too() -> None:
    """A Config made in Python cannot hold what a file could not."""
    for make in (
        lambda: RankingConfig(b=2),
        lambda: RankingConfig(title=float("nan")),
        lambda: RankingConfig(lead_words=True),
        lambda: WebConfig(title=" "),
        lambda: Config(language="klingon"),
        lambda: Config(data="var"),  # type: ignore[arg-type]
        lambda: Config(sources=(("a", ""),)),
        lambda: Config(web=WebConfig(per_page=500)),
        lambda: ClusterConfig(hosts="ftp://a"),
        lambda: ClusterConfig(hosts="http://a:0"),
        lambda: ClusterConfig(hosts="http://a:123456"),
        lambda: ClusterConfig(hosts=""),
        lambda: ClusterConfig(index="a b"),
        lambda: ClusterConfig(index="-a"),
        lambda: ClusterConfig(index="news-pages"),
        lambda: ClusterConfig(index="news-lock"),
        lambda: ClusterConfig(index="news-000001"),
        lambda: ClusterConfig(credentials=Path("none")),
        lambda: ClusterConfig(verify=1),  # type: ignore[arg-type]
        lambda: ClusterConfig(timeout_s=0),
    ):
        with pytest.raises(ConfigError):
            make()


def test_a_config_is_immutable_and_a_key() -> None:
    """Configs can be compared, hashed and not changed; where one was read from makes no difference."""
    config = load_config(written("data: var\n"))

    assert {config: 1}[dataclasses.replace(Config(), data=Path("./var"))] == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.data = Path("x")  # type: ignore[misc]


def test_every_setting_is_described() -> None:
    """Each setting has a meaning, a kind and a default that its own kind allows, and stands in the table of keys."""
    table = "\n".join(key_table())
    for setting in SETTINGS:
        setting.kind.check(setting.default)
        assert setting.help
        assert f"| `{setting.name}` | {setting.kind} |" in table


CLUSTER = "engine: opensearch\ncluster:\n  hosts: http://a:9200/, https://[::1]:9201/es\n"


def secret(text: str, mode: int = 0o600) -> Path:
    """A file of credentials."""
    path = Path("secret")
    path.write_bytes(text.encode())
    path.chmod(mode)
    return path


def test_the_settings_of_a_cluster() -> None:
    """Every key of the section arrives in the settings of the connection; hosts one by one, files from the file's folder."""
    Path("etc").mkdir()
    Path("etc/ca.pem").touch()
    secret("reader\nSe:cr3t\n").rename("etc/secret")
    file = written(
        CLUSTER + "  index: news\n  credentials: secret\n  ca_file: ca.pem\n  verify: no\n  timeout_s: 2\n  retries: 1\n"
        "  shards: 6\n  replicas: 2\n",
        "etc/searcher.yml",
    )

    settings = cluster_settings(load_config(file))

    assert settings.hosts == ("http://a:9200", "https://[::1]:9201/es")
    assert (settings.name, settings.user, settings.password) == ("news", "reader", "Se:cr3t")
    assert (settings.ca_file, settings.verify) == (Path("etc/ca.pem"), False)
    assert (settings.timeout_s, settings.retries, settings.shards, settings.replicas) == (2.0, 1, 6, 2)
    assert "Se:cr3t" not in repr(settings)


def test_the_defaults_of_a_cluster_are_those_of_its_settings() -> None:
    """The configuration and the value made of it agree about what is usual."""
    settings = cluster_settings(load_config(written(CLUSTER)))

    assert settings == ClusterSettings(settings.hosts)


def test_hosts_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """SEARCHER_CLUSTER_HOSTS is stronger than the file and enough without; empty it counts as unset; wrong it is named."""
    monkeypatch.setenv("SEARCHER_CLUSTER_HOSTS", "http://b:9200")
    assert cluster_settings(load_config(written(CLUSTER))).hosts == ("http://b:9200",)
    assert cluster_settings(load_config(written("engine: opensearch\n"))).hosts == ("http://b:9200",)
    monkeypatch.setenv("SEARCHER_CLUSTER_HOSTS", "")
    assert len(cluster_settings(load_config(written(CLUSTER))).hosts) == 2
    monkeypatch.setenv("SEARCHER_CLUSTER_HOSTS", "http://me:Se-cr3t@b:9200")
    assert refusal(CLUSTER).startswith("SEARCHER_CLUSTER_HOSTS: ")
    assert "Se-cr3t" not in refusal(CLUSTER)


def test_a_cluster_needs_hosts() -> None:
    """Without hosts there are no settings of a cluster, in Python either; the embedded engine asks for none."""
    with pytest.raises(ConfigError, match=r"cluster\.hosts is missing.*SEARCHER_CLUSTER_HOSTS"):
        cluster_settings(Config())
    assert load_config(written("engine: embedded\n")).cluster == ClusterConfig()


def test_credentials_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """User and password of the environment are stronger than the file; one without the other is an error that names it."""
    file = written(CLUSTER + "  credentials: secret\n")
    secret("reader:one\n")
    assert (cluster_settings(load_config(file)).user, cluster_settings(load_config(file)).password) == ("reader", "one")
    monkeypatch.setenv("SEARCHER_CLUSTER_USER", "writer")
    with pytest.raises(ConfigError, match="SEARCHER_CLUSTER_USER is set and SEARCHER_CLUSTER_PASSWORD is not"):
        cluster_settings(load_config(file))
    monkeypatch.setenv("SEARCHER_CLUSTER_PASSWORD", "two")
    assert (cluster_settings(load_config(file)).user, cluster_settings(load_config(file)).password) == ("writer", "two")
    monkeypatch.setenv("SEARCHER_CLUSTER_USER", "")
    with pytest.raises(ConfigError, match="SEARCHER_CLUSTER_PASSWORD is set and SEARCHER_CLUSTER_USER is not"):
        cluster_settings(load_config(file))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reader\npass word \n", ("reader", "pass word ")),
        ("\ufeffreader\r\nSe-cr3t\r\n", ("reader", "Se-cr3t")),
        ("reader:a:b", ("reader", "a:b")),
        ("Zoë\npäss\n\n", ("Zoë", "päss")),
    ],
)
def test_files_of_credentials(text: str, expected: tuple[str, str]) -> None:
    """Two lines or `user:password`; only the ends of lines are taken off, a password may hold blanks and colons."""
    assert read_credentials(secret(text)) == expected


@pytest.mark.parametrize("text", ["", "\n", "Se-cr3t\n", "reader\nSe-cr3t\nmore\n", ":Se-cr3t", "reader:", "a:b\nSe-cr3t\n"])
def test_files_that_hold_no_credentials(text: str) -> None:
    """Anything else is refused, and not shown."""
    with pytest.raises(ConfigError, match="^cluster.credentials: secret") as caught:
        read_credentials(secret(text))
    assert "Se-cr3t" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_credentials_that_others_may_read(mode: int) -> None:
    """As with keys of ssh, a file of ours that others may read is refused with the command that sets it right."""
    with pytest.raises(ConfigError, match=rf"secret may be read by others \(mode 0{mode:o}\).*`chmod 600 secret`"):
        read_credentials(secret("reader:Se-cr3t", mode))


def test_credentials_that_cannot_be_read() -> None:
    """A file that went away, and one that is no text, give a ConfigError that names it."""
    with pytest.raises(ConfigError, match="gone cannot be read: No such file"):
        read_credentials(Path("gone"))
    binary = secret("")
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="secret must be UTF-8"):
        read_credentials(binary)


def test_a_config_holds_no_password() -> None:
    """Neither the value nor what is printed of it has the password: it is read when the cluster is asked."""
    secret("reader:Se-cr3t\n")
    config = load_config(written(CLUSTER + "  credentials: secret\n"))
    printed = subprocess.run(
        [sys.executable, "-m", "searcher", "--config", "searcher.yml", "config", "show"],
        env=os.environ | {"SEARCHER_CLUSTER_PASSWORD": "Se-cr3t", "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Se-cr3t" not in repr(config) + printed.stdout + printed.stderr
    assert "  credentials: secret " in printed.stdout


def test_what_config_show_prints_of_a_cluster_can_be_read_again() -> None:
    """Yes and no, lists of hosts and files survive being printed and read."""
    secret("reader:Se-cr3t\n")
    before = load_config(written(CLUSTER + "  credentials: secret\n  verify: off\n  index: news\n"))
    text = "\n".join(_yaml_lines(before, ""))

    assert load_config(written(text)) == before
