"""Rules that judge a Pulumi plan before anything changes.

`rules.py` is pure; `__main__.py` hands it to Pulumi's engine, which starts it through the console
script `govctl-plan-policies`.
"""
