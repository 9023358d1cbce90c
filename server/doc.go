// Package server puts the parts together: store, rooms, web. The command and the tests build it with New and run it.
// It decides nothing itself.
package server
