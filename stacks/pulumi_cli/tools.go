//go:build tools

// Package tools pins the Pulumi command line for machines that cannot reach
// Pulumi's own download site: `go build` of the import below is the command.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
