"""pulumi-resource-govctl: one file per kind of resource, one per target."""
