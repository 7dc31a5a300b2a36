"""Tests of the interview: what words and files say, which questions are worth asking."""
