"""Ansible content, runnable with plain ansible-playbook."""
