"""From the estate to running machines and networks, through Pulumi."""
