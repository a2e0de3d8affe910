"""The demo: a synthetic log that is the study in small."""

from llm_usage.demo.writing import SAMPLING_RATE, Written, write_demo

__all__ = ["SAMPLING_RATE", "Written", "write_demo"]
