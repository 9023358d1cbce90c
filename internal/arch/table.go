package arch

// module is the prefix of our own imports.
const module = "porchlight"

// rows says what each package may import of ours. "server/..." is every package below server. A package without a row
// fails: say first where it stands, then write it.
var rows = map[string][]string{
	"protocol":        {},
	"static":          {},
	"server/config":   {},
	"server/keyring":  {},
	"internal/sqldb":  {},
	"internal/lang":   {},
	"internal/arch":   {},
	"moderation":      {"protocol"},
	"server/identity": {"protocol"},
	"server/schedule": {"protocol"},
	"server/stats":    {"protocol"},
	"server/cluster":  {"protocol"},
	"server/room":     {"protocol", "moderation", "server/schedule"},
	"server/store": {
		"protocol", "moderation", "internal/sqldb", "server/identity", "server/room", "server/schedule", "server/stats", "server/keyring",
	},
	"server/web": {
		"protocol", "static", "moderation", "internal/lang", "server/identity", "server/room", "server/schedule", "server/stats",
	},
	"server":            {"server/...", "moderation", "protocol", "internal/sqldb", "internal/lang"},
	"server/servertest": {"server", "server/config", "client", "protocol"},
	"client":            {"protocol"},
	"client/chat":       {"client", "protocol", "internal/lang"},
	"client/web/bundle": {},
	"e2e":               {"server/servertest", "client", "protocol"},
	".":                 {"server", "server/config", "client", "client/chat", "moderation", "protocol"},
}

// owners says which packages may import an outside module (or a package of the standard library that stands for a whole
// technology). One it does not list fails: decide first who owns it.
var owners = map[string][]string{
	"net/http":                           {"server", "server/web", "server/servertest", "client", "."},
	"github.com/labstack/echo":           {"server/web"},
	"github.com/coder/websocket":         {"server/web", "client"},
	"github.com/nats-io/nats.go":         {"server/cluster"},
	"github.com/mattn/go-sqlite3":        {"internal/sqldb"},
	"github.com/jackc/pgx":               {"internal/sqldb"},
	"github.com/pressly/goose":           {"internal/sqldb"},
	"github.com/cloudflare/circl":        {"server/identity", "client"},
	"github.com/sethvargo/go-diceware":   {"server/identity"},
	"github.com/mtibben/confusables":     {"server/identity", "moderation"},
	"mvdan.cc/xurls":                     {"moderation"},
	"github.com/nyaruka/phonenumbers":    {"moderation"},
	"github.com/clipperhouse/uax29":      {"moderation"},
	"github.com/nicksnyder/go-i18n":      {"internal/lang"},
	"github.com/goccy/go-yaml":           {"server/config", "moderation", "internal/lang"},
	"github.com/caarlos0/env":            {"server/config"},
	"github.com/spf13/cobra":             {"."},
	"github.com/evanw/esbuild":           {"client/web/bundle"},
	"github.com/go-json-experiment/json": {"protocol", "server/room"},
	"rsc.io/qr":                          {"server/web", "server"},
	"golang.org/x/crypto":                {"server/store", "server/identity", "server/keyring", "server/web"},
	"golang.org/x/text":                  {"moderation", "server/identity", "internal/lang"},
	"golang.org/x/time":                  {"server/web"},
	"golang.org/x/sys":                   {"server/keyring", "server/store"},
}

// clockReaders are the files that may ask the machine for the time themselves. Everybody else has a Now handed in.
var clockReaders = map[string]string{
	"server/web/writer.go": "write deadlines are the kernel's clock, not ours",
}

const (
	maxFileLines     = 400
	maxFunctionLines = 70
)
