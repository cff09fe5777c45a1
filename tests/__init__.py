"""Tests of schedrun; they mirror the package's folders."""
