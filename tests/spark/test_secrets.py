"""What a connection needs to know is in the environment, and stays there."""

from pathlib import Path

from conftest import SparkWarehouse

PASSWORD = "planted-password-4711"


def test_a_password_is_used_and_stands_in_no_log_and_no_artefact(tmp_path: Path) -> None:
    spark = SparkWarehouse(tmp_path)
    words = ("-m", "dbt.cli.main", "--debug", "debug", "--target", "spark_thrift")
    # Nobody listens there.
    address = {"LLM_USAGE_SPARK_HOST": "127.0.0.1", "LLM_USAGE_SPARK_PORT": "1"}
    asked = spark.command(*words, LLM_USAGE_SPARK_AUTH="LDAP", **address)
    assert "Password should be set" in asked.stdout
    given = spark.command(
        *words, LLM_USAGE_SPARK_AUTH="LDAP", DBT_ENV_SECRET_LLM_USAGE_SPARK=PASSWORD, **address
    )
    assert given.returncode == 1
    assert "Could not connect" in given.stdout and "Password should be set" not in given.stdout
    assert PASSWORD not in given.stdout + given.stderr
    left = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert any(file.name == "dbt.log" for file in left)
    for file in left:
        assert PASSWORD.encode() not in file.read_bytes(), file
