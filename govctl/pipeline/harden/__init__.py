"""Hardening: Ansible on the machines where a check fails, and how it is undone."""
