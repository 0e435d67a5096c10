//go:build tools

// Package tools pins the Kubernetes programs that the tests run: it names their packages so that `go mod tidy` keeps
// what they need, and is never compiled itself.
package tools

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
	_ "k8s.io/kubernetes/cmd/kube-scheduler"
)
