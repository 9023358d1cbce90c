// Package config knows every setting: its default, its meaning, what it must not be. The command reads it, the server is
// built from it. It opens nothing but the files it is told to read.
package config
