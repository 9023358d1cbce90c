// Package room is the heart: what happens in a session, and who sees it.
//
// Its core is pure. [Decide] turns the state and a command into a change, [State.Apply] turns a record into the next
// state; neither does I/O, looks at a clock or starts a goroutine, so a restart that replays the log arrives where the
// evening was. Around the core, one goroutine per session (loop.go) takes commands from an unbuffered inbox, commits the
// change to the [Log], applies it and delivers it to the outboxes of those who may see it. The [Hub] finds loops.
//
// Sockets call it through [Member]; the queue's HTTP handlers call [Hub.Decide] and [Hub.Leased]. It never waits for a
// socket, never writes a word to a log file, and never shows a held message because time has passed.
package room
