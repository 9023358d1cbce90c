// Package e2e lives an evening in real Chromium: three phones, a facilitator's laptop and the staff's, against a whole server
// in the same process. It is all tests; nothing imports it. Pictures of every page and state land in artefacts, which git
// ignores. It never sleeps: people look at their screens until they see what they wait for.
package e2e
