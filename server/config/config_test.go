package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porchlight/server/config"
)

func TestTheExampleFileIsTheDefaults(t *testing.T) {
	want, err := config.Example()
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("../../config.example.yaml")
	if err != nil || string(have) != want {
		t.Errorf("config.example.yaml is not what the code says (%v): run go run . config example > config.example.yaml", err)
	}
	c, err := config.Parse(have)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := c.Show()
	if err != nil {
		t.Fatal(err)
	}
	if defaults, err := config.Default().Show(); err != nil || shown != defaults {
		t.Errorf("the example reads as\n%s\nwant the defaults\n%s", shown, defaults)
	}
	if err := c.Check(); err != nil {
		t.Errorf("the example does not pass its own check: %v", err)
	}
}

func TestMistakesSayWhereAndWhatToDo(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":       {"listen: 127.0.0.1:8080\nlisten_on: x\n", "listen_on"},
		"the line is shown": {"coverage_minutes: five\n", ">  1 | coverage_minutes: five"},
		"a caret":           {"purge_after: soon\n", "^"},
		"a duration":        {"purge_after: soon\n", "write 1h"},
		"twice":             {"run: /a\nrun: /b\n", "run"},
		"not YAML":          {"listen: [", "1 |"},
	} {
		if _, err := config.Parse([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want it to say %q", name, err, c.want)
		}
	}
}

func TestUnsafeSettingsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*config.Config)
		want   string
	}{
		"plain HTTP to everybody":    {func(c *config.Config) { c.Listen = "0.0.0.0:80" }, "http+insecure://0.0.0.0:80"},
		"an empty host":              {func(c *config.Config) { c.Listen = ":8080" }, "tls.cert"},
		"no port":                    {func(c *config.Config) { c.Listen = "127.0.0.1" }, "an address and a port"},
		"a port that is none":        {func(c *config.Config) { c.Listen = "127.0.0.1:99999" }, "port"},
		"half a certificate":         {func(c *config.Config) { c.TLS.Cert = "a" }, "belong together"},
		"keys inside the backup":     {func(c *config.Config) { c.Keys = c.Data + "/keys" }, "backup"},
		"a relative path":            {func(c *config.Config) { c.Data = "data" }, "whole path"},
		"no help":                    {func(c *config.Config) { c.Help = nil }, "people will need it"},
		"an exit that leads nowhere": {func(c *config.Config) { c.ExitURL = "weather" }, "whole address"},
		"a script as exit":           {func(c *config.Config) { c.ExitURL = "javascript:alert(1)" }, "whole address"},
		"text kept for a week":       {func(c *config.Config) { c.Purge = config.Duration(168 * time.Hour) }, "24h"},
		"evidence for a year":        {func(c *config.Config) { c.Evidence = 365 }, "30"},
	} {
		conf := config.Default()
		c.change(&conf)
		if err := conf.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want it to say %q", name, err, c.want)
		}
	}
	for name, change := range map[string]func(*config.Config){
		"spelled as unsafe": func(c *config.Config) { c.Listen = "http+insecure://0.0.0.0:80" },
		"behind a proxy":    func(c *config.Config) { c.Listen, c.Proxy = "0.0.0.0:80", true },
		"with TLS":          func(c *config.Config) { c.Listen, c.TLS = "0.0.0.0:443", config.TLS{Cert: "a", Key: "b"} },
	} {
		conf := config.Default()
		change(&conf)
		if err := conf.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheEnvironmentOverridesTheFile(t *testing.T) {
	dir := t.TempDir()
	file, secret := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "url")
	for path, text := range map[string]string{file: "coverage_minutes: 7\nlisten: 127.0.0.1:1\n", secret: "https://evening.example.org\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(file, map[string]string{
		"PORCHLIGHT_LISTEN": "127.0.0.1:2", "PORCHLIGHT_PURGE_AFTER": "30m", "PORCHLIGHT_PUBLIC_URL_FILE": secret, "PORCHLIGHT_TLS_CERT": "", "HOME": "/",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:2" || c.Coverage != 7 || time.Duration(c.Purge) != 30*time.Minute || c.PublicURL != "https://evening.example.org" {
		t.Errorf("loaded %+v", c)
	}
	if _, err := config.Load(filepath.Join(dir, "none.yaml"), nil); err == nil || !strings.Contains(err.Error(), "config example") {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := config.Load("", map[string]string{"PORCHLIGHT_PURGE_AFTER": "soon"}); err == nil {
		t.Error("a bad duration in the environment passes")
	}
}
