// Package arch is the shape of Porchlight as a test: which package may import which (design section 4), who owns each
// outside package, how long a file and a function may be, and where the clock may be read.
//
// Only its own test calls it. It parses files in-process and never runs the go command: a test that shells out is wrongly
// cached by go test. It never judges meaning.
package arch
