package main

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"porchlight/protocol"
	"porchlight/server"
	"porchlight/server/config"
)

// version is set by the release build.
var version = "development"

// usageError is a question asked wrongly.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// sentences says what to do about a code that the operator met.
var sentences = map[protocol.Code]string{
	protocol.CodeAlreadyThere: "there is a room with this id already",
	protocol.CodeNotFound:     "there is no room with this id (add it with “porchlight room add”)",
	protocol.CodeUnavailable:  "the server could not do it; its log says why",
}

func explain(err error) string {
	var coded *protocol.Error
	if errors.As(err, &coded) && coded.Cause == nil {
		if s, ok := sentences[coded.Code]; ok {
			return s
		}
	}
	return err.Error()
}

// within says what fits when something did not.
func within(err error, fits string) error {
	var coded *protocol.Error
	if errors.As(err, &coded) && coded.Code == protocol.CodeInvalid {
		return errors.New("that does not fit: " + fits)
	}
	return err
}

// where is which configuration a command works with.
type where struct {
	file, data, keys, run string
}

func (w *where) flags(c *cobra.Command) {
	c.Flags().StringVar(&w.file, "config", "", "configuration file")
	c.Flags().StringVar(&w.data, "data", "", "directory of the databases")
	c.Flags().StringVar(&w.keys, "keys", "", "directory of the lasting keys")
	c.Flags().StringVar(&w.run, "run", "", "memory-backed directory of session keys and of the command's socket")
}

// load reads file, environment and flags, in this order.
func (w *where) load() (config.Config, error) {
	environ := map[string]string{}
	for _, e := range os.Environ() {
		k, v, _ := strings.Cut(e, "=")
		environ[k] = v
	}
	for name, flag := range map[string]string{"PORCHLIGHT_DATA": w.data, "PORCHLIGHT_KEYS": w.keys, "PORCHLIGHT_RUN": w.run} {
		if flag == "" {
			continue
		}
		abs, err := filepath.Abs(flag)
		if err != nil {
			return config.Config{}, fmt.Errorf("find %s: %w", flag, err)
		}
		environ[name] = abs
	}
	return config.Load(w.file, environ)
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "porchlight",
		Short:         "Anonymous, facilitated peer-support rooms",
		Long:          "Porchlight keeps the light on after the program ends: nightly rooms under pseudonyms, led by facilitators.\nTry it: porchlight demo",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(serveCommand(), demoCommand(), configCommand(), roomCommand(), slipCommand(),
		inviteCommand("facilitator"), inviteCommand("staff"), journalCommand(), versionCommand())
	return root
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say which version this is", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			goVersion := ""
			if info, ok := debug.ReadBuildInfo(); ok {
				goVersion = info.GoVersion
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "porchlight %s (%s, protocol %s)\n", version, goVersion, protocol.Subprotocol)
			return err
		},
	}
}

func serveCommand() *cobra.Command {
	var w where
	c := &cobra.Command{
		Use: "serve", Short: "Run the server", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := w.load()
			if err != nil {
				return err
			}
			logger := slog.New(server.Redacted(slog.NewJSONHandler(os.Stderr, nil)))
			s, err := server.New(c.Context(), conf, server.Options{Logger: logger})
			if err != nil {
				return err
			}
			l, err := s.Listen(c.Context())
			if err != nil {
				return errors.Join(err, s.Close())
			}
			logger.Info("the server is ready", "listen", l.Addr().String())
			return errors.Join(s.Run(c.Context(), l), s.Close())
		},
	}
	w.flags(c)
	return c
}

func configCommand() *cobra.Command {
	var w where
	show := &cobra.Command{
		Use: "show", Short: "Show the settings in force", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := w.load()
			if err != nil {
				return err
			}
			text, err := conf.Show()
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(c.OutOrStdout(), text)
			return err
		},
	}
	w.flags(show)
	check := &cobra.Command{
		Use: "check FILE", Short: "Check a configuration file", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			w := where{file: args[0]}
			if _, err := w.load(); err != nil {
				return err
			}
			_, err := fmt.Fprintln(c.OutOrStdout(), args[0]+" is fine")
			return err
		},
	}
	example := &cobra.Command{
		Use: "example", Short: "Write an example configuration", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			text, err := config.Example()
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(c.OutOrStdout(), text)
			return err
		},
	}
	c := &cobra.Command{Use: "config", Short: "Check, show or begin a configuration"}
	c.AddCommand(check, show, example)
	return c
}

func roomCommand() *cobra.Command {
	var w where
	var r server.AddRoomRequest
	add := &cobra.Command{
		Use: "add --id ID --name NAME", Short: "Add a room", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := w.load()
			if err != nil {
				return err
			}
			if _, err := server.Operate(c.Context(), conf, "room", r, server.Admin.AddRoom); err != nil {
				return within(err, "a room's id is 1 to 32 of a–z, 0–9 and hyphens, its name at most 40 letters, its kind one of those under --help, its capacity 2 to 50")
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "The room %q is there, at /rooms/%s. A facilitator opens its doors.\n", r.Name, r.ID)
			return err
		},
	}
	add.Flags().StringVar((*string)(&r.ID), "id", "", "address of the room, discreet: a–z, 0–9, hyphens")
	add.Flags().StringVar(&r.Name, "name", "", "what people call it")
	add.Flags().StringVar((*string)(&r.Kind), "kind", string(protocol.KindSupport), "process, psychoeducation, skills, relapse-prevention or support")
	add.Flags().IntVar(&r.Capacity, "capacity", 12, "members at once; 6 to 12 is advised")
	add.Flags().StringVar(&r.Purpose, "purpose", "", "one line for the front page")
	for _, name := range []string{"id", "name"} {
		if err := add.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is two lines above
		}
	}
	w.flags(add)
	c := &cobra.Command{Use: "room", Short: "Add rooms"}
	c.AddCommand(add)
	return c
}

func inviteCommand(duty string) *cobra.Command {
	var w where
	r := server.InviteRequest{Duty: duty}
	invite := &cobra.Command{
		Use: "invite --name NAME", Short: "Print a one-time link for " + duty, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := w.load()
			if err != nil {
				return err
			}
			out, err := server.Operate(c.Context(), conf, "invite", r, server.Admin.Invite)
			if err != nil {
				return within(err, "a name has 2 to 24 letters and is not the name of a role; choose one with --name")
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s/sign-in#%s\nIt works once, for an hour. Or type at /sign-in: %s\n", base(conf), out.Codes[0], out.Codes[0])
			return err
		},
	}
	invite.Flags().StringVar(&r.Name, "name", map[string]string{"staff": "Program desk"}[duty], "what they are called in rooms")
	w.flags(invite)
	c := &cobra.Command{Use: duty, Short: "Invite " + duty}
	c.AddCommand(invite)
	return c
}

// base is where people reach the server.
func base(c config.Config) string {
	if c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	return "http://" + c.Address()
}

func slipCommand() *cobra.Command {
	var w where
	var r server.SlipsRequest
	var sheet string
	makes := &cobra.Command{
		Use: "make --room ROOM --count N", Short: "Make slips: links to hand out, and a sheet to print", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := w.load()
			if err != nil {
				return err
			}
			out, err := server.Operate(c.Context(), conf, "slips", r, server.Admin.MakeSlips)
			if err != nil {
				return within(err, "slips are made 1 to 500 at a time; say how many with --count")
			}
			for _, code := range out.Codes {
				if _, err := fmt.Fprintf(c.OutOrStdout(), "%s/join#%s\n", base(conf), code); err != nil {
					return err
				}
			}
			if sheet == "" {
				return nil
			}
			return writeSheet(c.Context(), sheet, base(conf)+"/join", out.Codes)
		},
	}
	makes.Flags().StringVar((*string)(&r.Room), "room", "", "id of the room")
	makes.Flags().IntVar(&r.Count, "count", 8, "how many")
	makes.Flags().StringVar(&sheet, "sheet", "", "write a printable page of cards to this file")
	if err := makes.MarkFlagRequired("room"); err != nil {
		panic(err) // the flag is three lines above
	}
	w.flags(makes)
	c := &cobra.Command{Use: "slip", Short: "Make slips"}
	c.AddCommand(makes)
	return c
}

// card is a slip as it is printed: neutral words, nothing of the program.
type card struct {
	Link, Code string
	QR         template.HTML
}

var cards = template.Must(template.New("sheet").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Evening</title>
<style>body{font:12pt sans-serif;display:grid;grid-template-columns:1fr 1fr;gap:8mm;margin:8mm}
article{border:1px dashed #555;padding:6mm;text-align:center;break-inside:avoid}svg{width:34mm;height:34mm}code{font-size:9pt}</style>
{{range .Cards}}<article><p>Open this on your phone</p>{{.QR}}<p><code>{{.Link}}</code></p><p>or type this at {{$.Where}}</p><p><b>{{.Code}}</b></p></article>
{{end}}</html>
`))

func writeSheet(_ context.Context, path, where string, codes []string) error {
	page := struct {
		Where string
		Cards []card
	}{Where: where}
	for _, code := range codes {
		size, squares, err := server.QRPath(where + "#" + code)
		if err != nil {
			return err
		}
		picture := fmt.Sprintf(`<svg viewBox="0 0 %d %d"><path d="%s"/></svg>`, size, size, squares)
		page.Cards = append(page.Cards, card{Link: where + "#" + code, Code: code, QR: template.HTML(picture)}) //nolint:gosec // numbers and letters of our own making
	}
	f, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write sheet: %w (the slips are made; their links stand above)", err)
	}
	return errors.Join(cards.Execute(f, page), f.Close())
}

func journalCommand() *cobra.Command {
	var w where
	verify := &cobra.Command{
		Use: "verify", Short: "Check that no line of the journal was changed, moved or cut off", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := w.load()
			if err != nil {
				return err
			}
			out, err := server.Operate(c.Context(), conf, "journal", struct{}{}, server.Admin.VerifyJournal)
			if err != nil {
				return err
			}
			if out.Wrong != "" {
				return errors.New(out.Wrong)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "The journal is whole: %d lines.\n", out.Lines)
			return err
		},
	}
	w.flags(verify)
	c := &cobra.Command{Use: "journal", Short: "Check the journal of decisions"}
	c.AddCommand(verify)
	return c
}
