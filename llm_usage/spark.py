"""The target ``spark``: what must be done before dbt can build there, and the build itself.

dbt-duckdb calls Python while it builds; Spark cannot. So the logs are prepared first, in the same
process or by ``llm-usage prepare``: files found and checked, row files landed, relations made.
"""

import contextlib
import hashlib
import importlib.util
import json
import logging
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import yaml

from llm_usage import PROJECT_ROOT
from llm_usage.errors import UsageError
from llm_usage.inputs import prepare
from llm_usage.relations import RAW_SCHEMA, literal
from llm_usage.salt import read_salt

if TYPE_CHECKING:
    from llm_usage.build import Built
    from llm_usage.publish import Mart

JAVA_VERSIONS = "17 or 21"
_LEAST_JAVA = 17
OWN_CATALOG = "spark"
"""The output whose catalog and tables stand in a folder of ours."""


def check_requirements(target: str) -> None:
    """Stop where the extra or Java is missing.

    :param target: an output of ``profiles.yml`` whose type is ``spark``.
    :raises UsageError: one line that says what to install.
    """
    if not all(importlib.util.find_spec(name) for name in ("pyspark", "dbt.adapters.spark")):
        raise UsageError("the target `spark` needs pyspark and dbt-spark: run `make install-spark`")
    # Spark Connect and Thrift have their Java elsewhere.
    remote = os.environ.get("SPARK_REMOTE", "local")
    if target == "spark_thrift" or (target != OWN_CATALOG and not remote.startswith("local")):
        return
    home = os.environ.get("JAVA_HOME")
    java = os.path.join(home, "bin", "java") if home else "java"
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        raise UsageError(
            f"the target `spark` needs Java {JAVA_VERSIONS}, and `{java}` does not run: install "
            "it, or set JAVA_HOME"
        ) from None
    version = re.search(r'version "(\d+)', told)
    if version is not None and int(version.group(1)) < _LEAST_JAVA:
        raise UsageError(
            f"the target `spark` needs Java {JAVA_VERSIONS}; `{java}` is {version.group(1)}: "
            "set JAVA_HOME"
        )


def prepare_request(variables: Mapping[str, Any]) -> dict[str, Any]:
    """What the macro ``prepare_request`` says for some variables, without a start of dbt.

    :param variables: values that differ from those of ``dbt_project.yml``.
    """
    project = yaml.safe_load((PROJECT_ROOT / "dbt_project.yml").read_text("utf-8"))
    values = project["vars"] | dict(variables)
    returned: list[Any] = []
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)
    environment.globals |= {
        "return": returned.append,
        "var": values.__getitem__,
        "absent_texts": lambda: absent_texts,
    }

    def call(name: str, file: str) -> Any:
        text = (PROJECT_ROOT / "macros" / "inputs" / file).read_text(encoding="utf-8")
        getattr(environment.from_string(text).module, name)()
        return returned.pop()

    absent_texts = call("absent_texts", "absent_texts.sql")
    return call("prepare_request", "prepare_inputs.sql")


def open_session(target: str) -> Any:
    """A Spark session with the settings of an output of ``profiles.yml``, as dbt makes it.

    :param target: an output whose method is ``session``.
    """
    check_requirements(target)
    from pyspark.sql import SparkSession

    environment = jinja2.Environment(autoescape=False)
    environment.globals["env_var"] = os.environ.get
    profiles = yaml.safe_load((PROJECT_ROOT / "profiles.yml").read_text(encoding="utf-8"))
    output = profiles["llm_usage"]["outputs"][target]
    builder = SparkSession.builder.enableHiveSupport()
    for name, value in output["server_side_parameters"].items():
        builder = builder.config(name, environment.from_string(value).render())
    return builder.getOrCreate()


class SparkBuild:
    """One build on Spark, in one process, so that dbt's session is made once.

    :param target: an output of ``profiles.yml`` whose type is ``spark``.
    :param warehouse: the folder of the warehouse; what Python keeps stands beside it.
    :param variables: the settings.
    """

    def __init__(self, target: str, warehouse: Path, variables: Mapping[str, Any]) -> None:
        """Check what Spark needs, and read the project once."""
        check_requirements(target)
        from dbt.cli.main import dbtRunner

        # It repeats every error as JSON; dbt reports them.
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
        self._target = target
        self._warehouse = warehouse
        self._variables = variables
        # Given even where it is empty: the three runs must agree.
        self._options = ["--target", target, "--vars", json.dumps(variables, default=str)]
        parsed = dbtRunner().invoke(["parse", "--quiet", "--log-level", "none", *self._options])
        self._check(parsed)
        self._runner = dbtRunner(manifest=parsed.result)

    def prepare(self) -> None:
        """Find, check and land the logs, and make the raw relations."""
        request = prepare_request(self._variables)
        salt = read_salt()
        if "\n" in salt:
            raise UsageError("LLM_USAGE_SALT holds a line break, which Spark cannot read")
        folder = self._salt_folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._warehouse.mkdir(parents=True, exist_ok=True)
        statements = prepare(
            request["gateways"],
            self._landing_folder(),
            salt,
            request["absent_texts"],
            request["stored_by_day_settings"],
            salt_folder=folder,
        )
        digest = hashlib.md5(json.dumps(request).encode(), usedforsecurity=False).hexdigest()
        statements += [
            f"create view {RAW_SCHEMA}._salt as "
            f"select max(value) is not null as keys_are_readable from text.`{folder}`",
            # Last: it says that all the others are there.
            f"create table {RAW_SCHEMA}._prepared using parquet as "
            f"select {literal(digest)} as request",
        ]
        if self._target == OWN_CATALOG:
            self._mend_catalog()
        self._operation("run_statements", {"statements": statements})
        handle = os.open(folder / "salt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(salt)

    def run(self, words: Sequence[str]) -> Any:
        """Run dbt with the salt where Spark can read it, and take it away again."""
        from llm_usage.build import refuse_changed_files

        with self._without_salt_afterwards():
            result = self._runner.invoke([*words, "--quiet", "--log-level", "none", *self._options])
        refuse_changed_files(self._landing_folder())
        self._check(result)
        return result

    def summarise(self) -> str:
        """What the marts hold, ready to print."""
        lines: list[str] = []
        self._operation("print_build", {}, lines)
        return "\n".join(lines)

    def marts(self, result: Any) -> "list[Mart]":
        """The marts of a build, as DuckDB reads the Parquet files that Spark has written."""
        from llm_usage.build import published_marts

        schema = os.environ.get("LLM_USAGE_SPARK_SCHEMA", "main")
        folder = self._warehouse / f"{schema}.db"
        return published_marts(
            result, lambda name: f"read_parquet({literal(folder / name / '*.parquet')})"
        )

    @contextlib.contextmanager
    def _without_salt_afterwards(self) -> Iterator[None]:
        try:
            yield
        finally:
            self.forget_salt()

    def forget_salt(self) -> None:
        """Keys of Parquet logs read as null from now on."""
        (self._salt_folder() / "salt").unlink(missing_ok=True)

    def _landing_folder(self) -> Path:
        return self._warehouse.with_name(f"{self._warehouse.name}.landing")

    def _salt_folder(self) -> Path:
        return self._warehouse.with_name(f"{self._warehouse.name}.salt")

    def _operation(
        self, name: str, arguments: dict[str, Any], lines: list[str] | None = None
    ) -> None:
        words = ["run-operation", name, "--args", json.dumps(arguments)]
        # The results that dbt keeps are those of the build.
        words.append("--no-write-json")
        callbacks = self._runner.callbacks
        if lines is not None:
            self._runner.callbacks = [
                lambda event: (
                    lines.append(event.data.msg) if event.info.name == "PrintEvent" else None
                )
            ]
        try:
            self._check(
                self._runner.invoke([*words, "--quiet", "--log-level", "none", *self._options])
            )
        finally:
            self._runner.callbacks = callbacks

    def _mend_catalog(self) -> None:
        """Let our own catalog hold views of any length, and forget what a killed run has left.

        Derby's columns for their texts end at 32,700 characters; ten gateways need more. And Spark
        makes no table where a folder stands that the catalog does not know.
        """
        # By dbt: it makes the session, and says what is wrong in its own words.
        self._operation("run_statements", {"statements": ["show databases"]})
        from pyspark.sql import SparkSession

        session = SparkSession.builder.getOrCreate()
        url = session.conf.get("spark.hadoop.javax.jdo.option.ConnectionURL")
        connection = session._jvm.java.sql.DriverManager.getConnection(f"{url};user=APP")
        try:
            statement = connection.createStatement()
            for column in ("VIEW_EXPANDED_TEXT", "VIEW_ORIGINAL_TEXT"):
                found = connection.getMetaData().getColumns(None, "APP", "TBLS", column)
                if found.next() and found.getString("TYPE_NAME") != "CLOB":
                    statement.execute(f"alter table TBLS drop column {column}")
                    statement.execute(f"alter table TBLS add column {column} clob")
                found.close()
        finally:
            connection.close()
        known = {
            (schema, row["tableName"])
            for (schema,) in session.sql("show databases").collect()
            for row in session.sql(f"show tables in `{schema}`").collect()
        }
        for folder in self._warehouse.glob("*.db/*"):
            if (folder.parent.name.removesuffix(".db"), folder.name) not in known:
                shutil.rmtree(folder)

    @staticmethod
    def _check(result: Any) -> None:
        from llm_usage.build import raise_failures

        if not result.success:
            raise_failures(result)


def run_spark_build(
    target: str,
    warehouse: Path,
    variables: Mapping[str, Any],
    full_refresh: bool,
    data_tests: bool,
) -> "Built":
    """Prepare the logs and run ``dbt build`` without unit tests.

    :returns: what was built; its marts are named where they stand in a folder of ours.
    :raises UsageError: a setting, a log, or what Spark needs; one line.
    :raises BuildFailed: something failed on the way; one line per failure.
    """
    from llm_usage.build import Built

    build = SparkBuild(target, warehouse, variables)
    build.prepare()
    left_out = ["unit_test"] if data_tests else ["unit_test", "test"]
    words = ["build", "--exclude-resource-type", *left_out]
    if full_refresh:
        words.append("--full-refresh")
    result = build.run(words)
    marts = build.marts(result) if target == OWN_CATALOG else []
    return Built(build.summarise(), marts)


def run_spark_prepare(target: str, warehouse: Path, variables: Mapping[str, Any]) -> None:
    """Prepare the logs for plain dbt; the salt stays where Spark reads it.

    :raises UsageError: a setting, a log, or what Spark needs; one line.
    """
    started = time.monotonic()
    build = SparkBuild(target, warehouse, variables)
    build.prepare()
    print(
        f"logs prepared in {time.monotonic() - started:.0f} s; now `dbt build --target {target}` "
        f"with the same settings, then remove {warehouse.name}.salt"
    )
