// Package servertest is a whole server for tests: real SQLite, real sockets on loopback, real people through package client;
// only the clock is handed in. Tests anywhere may use it:
//
//	s := servertest.New(t)
//	room := s.Room(t, "evening")
//	juniper := s.Facilitator(t, "Juniper")
//	juniper.Open(t, room)
//	wren := s.Member(t, room)
//	wren.Enter(t)
//	n := wren.Say(t, "hello")
//	s.Restart(t) // in the middle of the evening
//	juniper.AwaitSaid(t, "hello")
//
// It never sleeps: people wait for what they are sent, and fail the test when it does not come. The program never uses it.
package servertest
