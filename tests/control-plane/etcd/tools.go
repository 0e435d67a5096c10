//go:build tools

// Package tools pins etcd, in a module of its own because its dependencies are older than those of Kubernetes.
package tools

import _ "go.etcd.io/etcd/server/v3"
