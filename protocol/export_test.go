package protocol

import "slices"

// Names of all frames and kinds, for tests that every one of them is documented.
func ClientFrames() []string { return names(clientByName) }
func ServerFrames() []string { return names(serverByName) }

// Kinds returns the kinds that go over the wire.
func Kinds() []string {
	var all []string
	own := []Kind{KindSeated, KindPresent, KindAway, KindDone}
	for k := range payloads {
		if !slices.Contains(own, k) {
			all = append(all, string(k))
		}
	}
	slices.Sort(all)
	return all
}

func names(m map[string]shape) []string {
	var all []string
	for name := range m {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}
