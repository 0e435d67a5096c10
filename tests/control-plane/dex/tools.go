//go:build tools

// Package tools pins what is built; nothing imports it.
package tools

import _ "github.com/dexidp/dex/cmd/dex"
