"""The main job, step by step: each step is one function with a result, and prints nothing."""
