// Package identity makes and checks what lets people in without saying who they are: slips, words, device secrets,
// handles, invitations. The web and the store call it. It does no I/O, keeps nothing and never logs.
package identity
