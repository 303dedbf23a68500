"""Filters for the roles: plain functions, which Ansible finds beside the playbook."""
