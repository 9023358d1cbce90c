package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Config is every setting. The comment of a field is its comment in config.example.yaml (see Example).
type Config struct {
	Listen    string   `yaml:"listen" env:"LISTEN" note:"Where the server listens. Another address than this machine's own needs tls, or proxy: true, or the words http+insecure:// before it."`
	PublicURL string   `yaml:"public_url" env:"PUBLIC_URL" note:"How people reach the server, as it stands on slips: https://evening.example.org"`
	Proxy     bool     `yaml:"proxy" env:"PROXY" note:"A proxy in front of the server ends TLS and sets X-Forwarded-For."`
	TLS       TLS      `yaml:"tls" envPrefix:"TLS_" note:"Certificate and key files (PEM), when the server ends TLS itself."`
	Data      string   `yaml:"data" env:"DATA" note:"Directory of the databases."`
	Keys      string   `yaml:"keys" env:"KEYS" note:"Directory of the lasting keys. Keep it out of every backup."`
	Run       string   `yaml:"run" env:"RUN" note:"Memory-backed directory of the session keys and of the command's socket."`
	ExitURL   string   `yaml:"exit_url" env:"EXIT_URL" note:"Where Quick exit leads: a page anybody might look at."`
	Purge     Duration `yaml:"purge_after" env:"PURGE_AFTER" note:"How long after a room closes its text is destroyed (1m to 24h)."`
	Coverage  int      `yaml:"coverage_minutes" env:"COVERAGE_MINUTES" note:"How many minutes a room waits without a facilitator before it closes gently (1 to 60)."`
	Evidence  int      `yaml:"evidence_days" env:"EVIDENCE_DAYS" note:"How many days the evidence of an item is kept after the decision (1 to 30; the agreement says at most 30)."`
	Rules     []string `yaml:"rules" env:"RULES" note:"Files of screening rules, instead of those that come with the program."`
	Help      []Line   `yaml:"help" env:"-" note:"Where help is, the first line first: a label, a number to call, a number to text."`
}

// TLS names certificate files.
type TLS struct {
	Cert string `yaml:"cert" env:"CERT" note:"Certificate chain."`
	Key  string `yaml:"key" env:"KEY" note:"Private key."`
}

// Line is a help line.
type Line struct {
	Label string `yaml:"label"`
	Tel   string `yaml:"tel,omitempty"`
	SMS   string `yaml:"sms,omitempty"`
}

// Duration is a time.Duration written as 1h or 30m.
type Duration time.Duration

// UnmarshalText reads 1h, 30m, 90s.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is not a duration: write 1h, 30m or 90s", b)
	}
	*d = Duration(v)
	return nil
}

// UnmarshalYAML reads it from a file, so that a mistake is shown on its line.
func (d *Duration) UnmarshalYAML(node ast.Node) error {
	if err := d.UnmarshalText([]byte(node.GetToken().Value)); err != nil {
		return &yaml.SyntaxError{Message: err.Error(), Token: node.GetToken()}
	}
	return nil
}

// MarshalText writes 1h0m0s as 1h.
func (d Duration) MarshalText() ([]byte, error) {
	s := time.Duration(d).String()
	s = strings.TrimSuffix(s, "0s")
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return []byte(s), nil
}

// Default is every setting as it is when nothing is said.
func Default() Config {
	return Config{
		Listen: "127.0.0.1:8080", Data: "/var/lib/porchlight/data", Keys: "/var/lib/porchlight/keys", Run: "/run/porchlight",
		ExitURL: "https://www.weather.gov/", Purge: Duration(time.Hour), Coverage: 5, Evidence: 30,
		Help: []Line{{Label: "988 Suicide & Crisis Lifeline, day and night", Tel: "988", SMS: "988"}},
	}
}

// Load reads a file (none when path is ""), then the environment (PORCHLIGHT_…). A setting's environment variable may end
// in _FILE: then it names a file with the value. The result is checked.
func Load(path string, environ map[string]string) (Config, error) {
	c := Default()
	if path != "" {
		b, err := os.ReadFile(filepath.Clean(path))
		if errors.Is(err, fs.ErrNotExist) {
			return c, fmt.Errorf("there is no file %s: write one with “porchlight config example > %s”", path, path)
		}
		if err != nil {
			return c, fmt.Errorf("read configuration: %w", err)
		}
		if c, err = Parse(b); err != nil {
			return c, err
		}
	}
	environ, err := secretsFromFiles(environ)
	if err != nil {
		return c, err
	}
	opts := env.Options{Prefix: "PORCHLIGHT_", Environment: environ}
	opts.FuncMap = map[reflect.Type]env.ParserFunc{reflect.TypeFor[Duration](): func(v string) (any, error) {
		var d Duration
		err := d.UnmarshalText([]byte(v))
		return d, err
	}}
	if err := env.ParseWithOptions(&c, opts); err != nil {
		return c, fmt.Errorf("read the environment: %w", err)
	}
	return c, c.Check()
}

// Parse reads YAML over the defaults. An error shows the line with a caret.
func Parse(b []byte) (Config, error) {
	c := Default()
	if err := yaml.UnmarshalWithOptions(b, &c, yaml.Strict()); err != nil {
		return c, fmt.Errorf("the configuration cannot be read:\n%s", strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	return c, nil
}

func secretsFromFiles(environ map[string]string) (map[string]string, error) {
	out := map[string]string{}
	for k, v := range environ {
		out[k] = v
	}
	for k, path := range environ {
		name, ok := strings.CutSuffix(k, "_FILE")
		if !ok || !strings.HasPrefix(k, "PORCHLIGHT_") {
			continue
		}
		b, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
		out[name] = strings.TrimSpace(string(b))
		delete(out, k)
	}
	return out, nil
}

// insecure is how plain HTTP to other machines is spelled.
const insecure = "http+insecure://"

// Address is where to listen, without the words that allow plain HTTP.
func (c Config) Address() string { return strings.TrimPrefix(c.Listen, insecure) }

// Insecure reports whether plain HTTP to other machines was asked for in so many words.
func (c Config) Insecure() bool { return strings.HasPrefix(c.Listen, insecure) }

// Check says what is wrong with the settings and what to write instead.
func (c Config) Check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	errs = append(errs, c.checkListen())
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		wrong("tls: cert and key belong together; one of them is missing")
	}
	for name, dir := range map[string]string{"data": c.Data, "keys": c.Keys, "run": c.Run} {
		if !filepath.IsAbs(dir) {
			wrong("%s: %q wants a whole path, beginning with /", name, dir)
		}
	}
	if c.Keys == c.Data || strings.HasPrefix(c.Keys, c.Data+"/") {
		wrong("keys: %s lies inside data; keys must not be in the same backup as what they open", c.Keys)
	}
	errs = append(errs, checkURL("exit_url", c.ExitURL, false), checkURL("public_url", c.PublicURL, true))
	if d := time.Duration(c.Purge); d < time.Minute || d > 24*time.Hour {
		wrong("purge_after: %s is not between 1m and 24h", d)
	}
	if c.Coverage < 1 || c.Coverage > 60 {
		wrong("coverage_minutes: %d is not between 1 and 60", c.Coverage)
	}
	if c.Evidence < 1 || c.Evidence > 30 {
		wrong("evidence_days: %d is not between 1 and 30", c.Evidence)
	}
	if len(c.Help) == 0 || (c.Help[0].Tel == "" && c.Help[0].SMS == "") {
		wrong("help: at least one line with a number to call or text must stand there; people will need it")
	}
	return errors.Join(errs...)
}

// checkListen refuses an address that others can reach and nothing protects.
func (c Config) checkListen() error {
	host, port, err := net.SplitHostPort(c.Address())
	if err != nil {
		return fmt.Errorf("listen: %q wants an address and a port, for example 127.0.0.1:8080", c.Listen)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("listen: %q has no port between 0 and 65535", c.Listen)
	}
	if loopback(host) || c.TLS.Cert != "" || c.Proxy || c.Insecure() {
		return nil
	}
	return fmt.Errorf("listen: %s can be reached from other machines, and nothing protects what people write: set tls.cert and tls.key, "+
		"or put a proxy in front and set proxy: true, or write %s%s if you really mean plain HTTP", c.Listen, insecure, c.Listen)
}

func checkURL(name, value string, mayBeEmpty bool) error {
	if value == "" && mayBeEmpty {
		return nil
	}
	u, err := url.Parse(value)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return fmt.Errorf("%s: %q wants a whole address, for example https://www.weather.gov/", name, value)
	}
	return nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
