package e2e_test

import (
	"strings"
	"testing"

	"porchlight/protocol"
	"porchlight/server/servertest"
)

// evening is the room with everybody who is in it: each at their own screen.
type evening struct {
	*servertest.Server
	room              protocol.RoomID
	lead, staff       *screen // laptops: 1280 × 800
	fern, heron, moss *screen // phones: 360 × 740
	handle            map[*screen]string
	slips             []string
}

// What is said has a word that stands nowhere else.
const (
	hello     = "Hello everyone. I slept four hours. Marigold."
	asks      = "Could we write to each other outside of here? Thistle."
	between   = "It was a long day at work. Larkspur."
	regretted = "I take this one back again. Foxglove."
	unkind    = "You all only complain, just try harder. Nettle."
	heavy     = "Some nights I am not sure I can keep going. Wintergreen."
	number    = "My number is 212 555 0143 by the way. Snowdrop."
	outside   = "Let us meet somewhere after this. Send me your email. Sorrel."
	offline   = "I wrote this while the line was gone. Primrose."
	goodnight = "One song and then bed. Bluebell."
)

// The evening of three phones, a facilitator and staff, with a restart in the middle, in each language and both schemes.
func TestEvening(t *testing.T) {
	b := newBrowser(t)
	for _, l := range []string{"en", "es"} {
		t.Run(l, func(t *testing.T) {
			e := arrive(t, b, l)
			e.checkIn(t)
			e.heldAndReleased(t)
			e.takenBackAndReported(t)
			e.heavyWords(t)
			e.secondLook(t)
			e.restart(t)
			e.lateComer(t)
			e.close(t)
		})
	}
}

// arrive: staff make slips, the facilitator opens the doors, two people join and wait for the beginning.
func arrive(t *testing.T, b *browser, l string) *evening {
	t.Helper()
	s := servertest.New(t)
	e := &evening{Server: s, room: s.Room(t, "evening"), handle: map[*screen]string{}}
	e.staff = b.newScreen(t, s, "staff", look{lang: l, scheme: "light"})
	e.staff.signIn(t, s.Invite(t, "staff", "Casey"), e.staff.t("staff.title"))
	e.staff.check(t, "staff")
	e.staff.fill(t, "#count", "4")
	e.staff.tap(t, e.staff.t("staff.make"))
	e.staff.see(t, e.staff.t("staff.sheet.print"))
	e.staff.check(t, "staff-slips")
	e.slips = eval[[]string](t, e.staff, `return [...document.querySelectorAll(".slip a")].map((a) => a.href)`)
	if len(e.slips) != 4 {
		t.Fatalf("the sheet has %d links, want 4", len(e.slips))
	}
	e.lead = b.newScreen(t, s, "facilitator", look{lang: l, scheme: "dark"})
	e.lead.signIn(t, s.Invite(t, "facilitator", "Juniper"), e.lead.t("console.title"))
	e.lead.check(t, "rooms")
	e.lead.tap(t, e.lead.t("console.open"))
	e.lead.see(t, e.lead.t("app.lead.isopen"))
	e.lead.check(t, "console-open")

	e.fern = e.comes(t, b, "fern", look{lang: l, scheme: "dark", phone: true})
	e.heron = e.comes(t, b, "heron", look{lang: l, scheme: "light", phone: true})
	for _, p := range []*screen{e.fern, e.heron} {
		p.see(t, p.t("app.remind.entry"))
		p.see(t, p.t("app.wait.arrive"))
		p.check(t, "room-arrive")
	}
	return e
}

func (s *screen) signIn(t *testing.T, code, sees string) {
	t.Helper()
	s.open(t, "/sign-in#"+code)
	s.until(t, "the code to be in the field and out of the address",
		`return document.querySelector("#code")?.value === args[0] && location.hash === ""`, code)
	s.tap(t, s.t("signin.go"))
	s.see(t, sees)
}

// comes is somebody with the next slip of the sheet, through the door into the room.
func (e *evening) comes(t *testing.T, b *browser, name string, l look) *screen {
	t.Helper()
	p := b.newScreen(t, e.Server, name, l)
	_, code, _ := strings.Cut(e.slips[0], "#")
	e.slips = e.slips[1:]
	e.handle[p] = p.join(t, code)
	p.tap(t, "css:[name=adult]")
	p.tap(t, p.t("agreement.yes"))
	p.until(t, "the room", `return !!document.querySelector("#words")`)
	return p
}

// checkIn: the facilitator goes on; words arrive once; somebody only listens.
func (e *evening) checkIn(t *testing.T) {
	t.Helper()
	e.fern.fill(t, "#words", hello) // written ahead
	e.lead.tap(t, e.lead.t("app.lead.next", "Phase", e.lead.t("app.phase.check-in")))
	e.fern.gone(t, e.fern.t("app.wait.arrive"))
	e.fern.see(t, e.fern.t("app.remind.phase"))
	e.fern.tap(t, e.fern.t("app.write.send"))
	e.everyoneReads(t, hello)
	e.heron.tap(t, e.heron.t("app.listen.on"))
	e.heron.see(t, e.heron.t("app.wait.listening"))
	e.heron.check(t, "room-listening")
}

func (e *evening) everyone() []*screen {
	all := []*screen{e.lead, e.fern, e.heron}
	if e.moss != nil {
		all = append(all, e.moss)
	}
	return all
}

// everyoneReads waits until a message stands on each screen, open or folded, and stands there once.
func (e *evening) everyoneReads(t *testing.T, words string) {
	t.Helper()
	for _, p := range e.everyone() {
		p.until(t, words, `return document.body.textContent.includes(args[0])`, words)
		if n := p.times(t, words); n != 1 {
			t.Errorf("%s reads %q %d times, want once", p.name, words, n)
		}
	}
}

// heldAndReleased: a message waits while others go on; the facilitator reads it and lets the room see it.
func (e *evening) heldAndReleased(t *testing.T) {
	t.Helper()
	e.heron.tap(t, e.heron.t("app.listen.off"))
	e.heron.write(t, asks)
	e.heron.see(t, e.heron.t("app.held.waiting"))
	e.heron.check(t, "room-held")
	e.fern.write(t, between)
	e.everyoneReads(t, between)
	if n := e.fern.times(t, asks); n != 0 {
		t.Errorf("the room reads %q %d times before its release", asks, n)
	}
	e.takeItem(t, "contact", e.heron)
	e.lead.check(t, "console-held")
	e.lead.tap(t, e.lead.t("app.act.release"))
	e.lead.see(t, e.lead.t("app.done.release"))
	e.everyoneReads(t, asks)
	e.heron.gone(t, e.heron.t("app.held.waiting"))
}

// takeItem takes the item about somebody from the queue.
func (e *evening) takeItem(t *testing.T, what string, about *screen) {
	t.Helper()
	e.lead.tapIn(t, "css:.it", ".lane:has(.it)", e.lead.t("app.what."+what)+", "+e.handle[about])
	e.lead.see(t, e.lead.t("app.item.yours.more"))
	e.lead.tap(t, "css:section.item details.card > summary")
}

// takenBackAndReported: words go when their author wants, and a report leads a facilitator to take others out.
func (e *evening) takenBackAndReported(t *testing.T) {
	t.Helper()
	e.fern.write(t, regretted)
	e.everyoneReads(t, regretted)
	e.fern.menu(t, regretted, e.fern.t("app.menu.withdraw"))
	for _, p := range e.everyone() {
		p.see(t, p.t("app.gone.author", "Name", e.handle[e.fern]))
		p.nowhere(t, regretted)
	}
	e.heron.write(t, unkind)
	e.everyoneReads(t, unkind)
	e.fern.menu(t, unkind, e.fern.t("app.menu.report"))
	e.fern.see(t, e.fern.t("app.door.report.title"))
	e.fern.check(t, "room-report")
	e.fern.tap(t, e.fern.t("app.door.send"))
	e.fern.see(t, e.fern.t("app.door.report.done"))
	e.takeItem(t, "agreement", e.heron)
	e.lead.check(t, "console-report")
	if text := eval[string](t, e.lead, `return document.querySelector("section.item").innerText`); strings.Contains(text, e.handle[e.fern]) &&
		!strings.Contains(text, e.handle[e.fern]+" ") {
		t.Errorf("the report names who reported:\n%s", text)
	}
	e.lead.tap(t, e.lead.t("app.act.hide"))
	e.lead.see(t, e.lead.t("app.done.hide"))
	for _, p := range []*screen{e.fern, e.heron} {
		p.see(t, p.t("app.gone.facilitator"))
		p.nowhere(t, unkind)
	}
	e.heron.see(t, e.heron.t("app.note.hidden"))
}

// heavyWords: posted folded; the author gets help and reads how far the words got; a facilitator opens them.
func (e *evening) heavyWords(t *testing.T) {
	t.Helper()
	e.fern.write(t, heavy)
	e.fern.see(t, e.fern.t("app.care.title"))
	e.fern.until(t, "the word that a facilitator was told", `return document.querySelectorAll(".own.care .done").length === 2`)
	e.fern.check(t, "room-care")
	e.heron.see(t, e.heron.t("app.folded.care"))
	e.heron.until(t, "the words to be folded", `return !document.querySelector("article.m details:not(.menu)[open]")`)
	e.takeItem(t, "care", e.fern)
	e.lead.check(t, "console-care")
	e.fern.see(t, e.fern.t("app.care.opened", "Name", "Juniper"))
	e.lead.tap(t, e.lead.t("app.act.supported"))
	e.lead.see(t, e.lead.t("app.done.supported"))
	e.fern.see(t, e.fern.t("app.care.closed"))
}

// secondLook: what points to a person is shown to its author first, and can be changed.
func (e *evening) secondLook(t *testing.T) {
	t.Helper()
	e.heron.write(t, number)
	e.heron.see(t, e.heron.t("app.nudge.title"))
	e.heron.check(t, "room-nudge")
	e.heron.tap(t, e.heron.t("app.nudge.change"))
	e.heron.until(t, "the words back in the box", `return document.querySelector("#words").value === args[0]`, number)
	e.heron.fill(t, "#words", "")
	if n := e.fern.times(t, number); n != 0 {
		t.Errorf("the room reads %q before its author said so", number)
	}
}

// restart: the server goes and comes back in mid-evening. Nobody loses the phase, their words, or a message; nobody reads one twice.
func (e *evening) restart(t *testing.T) {
	t.Helper()
	e.heron.write(t, outside)
	e.heron.see(t, e.heron.t("app.held.waiting"))
	e.lead.tap(t, e.lead.t("app.lead.next", "Phase", e.lead.t("app.phase.topic")))
	for _, p := range e.everyone() {
		p.see(t, p.t("app.phase.topic"))
		p.expect("WebSocket connection", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "status of 503")
	}
	e.Stop(t)
	e.fern.see(t, e.fern.t("app.wait.lost"))
	e.fern.fill(t, "#words", offline)
	e.fern.check(t, "room-lost")
	e.Restart(t)
	for _, p := range []*screen{e.fern, e.heron} {
		p.gone(t, p.t("app.wait.lost"))
		p.gone(t, p.t("app.wait.uncovered"))
	}
	e.fern.tap(t, e.fern.t("app.write.send"))
	e.everyoneReads(t, offline)
	for _, words := range []string{hello, between, asks, heavy} {
		e.everyoneReads(t, words)
	}
	for _, p := range e.everyone() {
		for _, words := range []string{regretted, unkind} {
			if n := p.times(t, words); n != 0 {
				t.Errorf("%s has %q again after the restart", p.name, words)
			}
		}
		p.see(t, p.t("app.phase.topic"))
	}
	e.heron.see(t, e.heron.t("app.held.waiting"))
	e.fern.check(t, "room-back")
}

// lateComer: the third phone comes now. There is no transcript, and the confidentiality is said aloud.
func (e *evening) lateComer(t *testing.T) {
	t.Helper()
	e.moss = e.comes(t, e.lead.b, "moss", look{lang: e.lead.lang, scheme: "dark", phone: true})
	e.moss.see(t, e.moss.t("app.remind.late"))
	e.moss.check(t, "room-late")
	for _, words := range []string{hello, between, asks, heavy, offline} {
		if n := e.moss.times(t, words); n != 0 {
			t.Errorf("the late-comer reads %q, want no transcript", words)
		}
	}
	e.lead.tap(t, e.lead.t("app.lead.pause"))
	e.moss.see(t, e.moss.t("app.wait.paused"))
	e.moss.check(t, "room-paused")
	e.lead.tap(t, e.lead.t("app.lead.resume"))
	e.moss.gone(t, e.moss.t("app.wait.paused"))
	e.moss.write(t, goodnight)
	e.everyoneReads(t, goodnight)
}

// close: everybody reads a goodbye, held words go back, the words are destroyed; nobody can go in again.
func (e *evening) close(t *testing.T) {
	t.Helper()
	for _, to := range []string{"open", "closing"} {
		e.lead.tap(t, e.lead.t("app.lead.next", "Phase", e.lead.t("app.phase."+to)))
		e.fern.see(t, e.fern.t("app.phase."+to))
	}
	e.fern.see(t, e.fern.t("app.remind.close"))
	e.fern.check(t, "room-closing")
	e.lead.tap(t, e.lead.t("app.lead.close"))
	e.lead.see(t, e.lead.t("app.lead.close.does"))
	e.lead.tap(t, e.lead.t("app.lead.close.sure"))
	for _, p := range []*screen{e.fern, e.heron, e.moss} {
		p.see(t, p.t("app.over.closed.title"))
		if n := p.times(t, hello); n != 0 {
			t.Errorf("%s still has the evening's words after the close", p.name)
		}
	}
	e.heron.see(t, e.heron.t("app.back.title"))
	e.heron.check(t, "room-over")
	e.lead.see(t, e.lead.t("app.lead.closed"))
	e.lead.check(t, "console-closed")
	e.lead.tap(t, e.lead.t("app.lead.purge"))
	e.lead.see(t, e.lead.t("app.lead.purged"))
	e.lead.check(t, "console-purged")
	e.fern.open(t, "/rooms/"+string(e.room))
	e.fern.see(t, e.fern.t("door.closed.title"))
	if kept := eval[string](t, e.fern, `return JSON.stringify([{ ...localStorage }, { ...sessionStorage }])`); strings.Contains(kept, "Marigold") ||
		strings.Contains(kept, "Primrose") {
		t.Errorf("the phone keeps words after the evening: %s", kept)
	}
}

// A seat left signed in on the phone comes back by itself; eight words bring it back on another phone, and the old one is out.
func TestComingBack(t *testing.T) {
	b := newBrowser(t)
	s := servertest.New(t)
	room := s.Room(t, "evening")
	juniper := s.Facilitator(t, "Juniper").Open(t, room)
	juniper.Move(t, protocol.PhaseArrive, protocol.PhaseCheckIn)
	p := b.newScreen(t, s, "returner", look{lang: "en", scheme: "dark", phone: true})
	p.open(t, "/join#"+s.Slips(t, room, 1)[0])
	p.tap(t, p.t("join.look"))
	p.see(t, p.t("join.seat.title"))
	words := strings.Join(eval[[]string](t, p, `return [...document.querySelectorAll("ol.words li")].map((e) => e.textContent.trim())`), " ")
	p.tap(t, p.t("join.take"))
	p.see(t, p.t("agreement.title"))

	q := b.newScreen(t, s, "other-phone", look{lang: "en", scheme: "light", phone: true})
	q.open(t, "/return")
	q.fill(t, "[name=words]", strings.ToUpper(words))
	q.tap(t, q.t("return.go"))
	q.see(t, q.t("agreement.title"))
	q.tap(t, "css:[name=adult]")
	q.tap(t, q.t("agreement.yes"))
	q.write(t, hello)
	juniper.AwaitSaid(t, hello)
	q.tap(t, q.t("app.leave"))
	q.see(t, q.t("app.over.left.title"))
	q.check(t, "room-left")
	q.tap(t, q.t("app.over.return"))
	q.see(t, q.t("agreement.title"))
}

// The room with the keyboard alone: everything of an evening is reached with Tab and pressed with Enter or Space.
func TestKeyboardAlone(t *testing.T) {
	b := newBrowser(t)
	s := servertest.New(t)
	room := s.Room(t, "evening")
	juniper := s.Facilitator(t, "Juniper").Open(t, room)
	juniper.Move(t, protocol.PhaseArrive, protocol.PhaseCheckIn)
	p := b.newScreen(t, s, "keys", look{lang: "en", scheme: "light"})
	p.open(t, "/join#"+s.Slips(t, room, 1)[0])
	p.until(t, "the code", `return document.querySelector("#code")?.value !== ""`)
	p.tabTo(t, p.t("join.look"))
	p.key(t, "\r")
	p.see(t, p.t("join.seat.title"))
	p.tabTo(t, p.t("join.take"))
	p.key(t, "\r")
	p.see(t, p.t("agreement.title"))
	p.tabTo(t, "css:[name=adult]")
	p.key(t, " ")
	p.tabTo(t, p.t("agreement.yes"))
	p.key(t, "\r")
	p.until(t, "the room", `return !!document.querySelector("#words")`)
	p.tabTo(t, "css:#words")
	p.insert(t, hello)
	p.tabTo(t, p.t("app.write.send"))
	p.key(t, "\r")
	juniper.AwaitSaid(t, hello)
	p.tabTo(t, p.t("app.leave"))
	p.key(t, "\r")
	p.see(t, p.t("app.over.left.title"))
}
