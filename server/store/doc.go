// Package store keeps what must outlive a process: sealed session logs, items and their evidence, the journal, rooms,
// those who sign in, and (in a file of its own) slips, seats and devices. The room, the web and the command call it.
// It never opens a payload but to copy it as evidence, never writes words or handles outside a seal, and never
// publishes: who called it does, after the commit.
package store
