// Package moderation screens words, and knows items, decisions, their effects and the journal's chain. Rooms and the
// store call it. It is pure: it knows nothing of HTTP, sockets or SQL, and it keeps no text.
package moderation
