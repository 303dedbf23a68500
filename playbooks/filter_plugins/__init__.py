"""Filters of the playbook: plain functions, which Ansible finds beside the playbook."""
