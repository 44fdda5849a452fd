"""Configuration: what may stand in searcher.yml, what is refused and how, and which of several sources wins."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from index.errors import ConfigError
from searcher.cli.settings import key_table
from searcher.config import SETTINGS, Config, RankingConfig, WebConfig, load_config

GOLDEN = sorted((Path(__file__).parent / "golden" / "config").glob("*.yml"))


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEARCHER_CONFIG", raising=False)
    monkeypatch.delenv("SEARCHER_DATA", raising=False)


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
