package room

import (
	"fmt"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// StateOf returns the live state of the session a member is attached to. Only for a loop that is at rest.
func StateOf(m *Member) *State { return m.loop.state }

// Replay makes the state the records imply.
func Replay(s *State, records []Record) (*State, error) {
	fresh := NewState(s.Session)
	for _, r := range records {
		if err := fresh.Apply(r); err != nil {
			return nil, err
		}
	}
	return fresh, nil
}

// Differ names what two states do not have in common, or "".
func Differ(a, b *State) string {
	return cmp.Diff(a, b, cmp.AllowUnexported(State{}, person{}, message{}, hold{}, careCase{}, answer{}, askedBy{}, spot{}, entry{}),
		cmpopts.EquateEmpty(), cmp.FilterValues(func(x, y spot) bool { return true }, cmp.Comparer(func(x, y spot) bool {
			return fmt.Sprint(x) == fmt.Sprint(y)
		})))
}
