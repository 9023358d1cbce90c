// Command bundle writes the browser app: TypeScript and TSX to one script, with esbuild used as a Go library, so that
// nobody needs Node. Run it from the repository's root with: go run ./client/web/bundle
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	for entry, out := range outputs {
		code, err := build("client/web", entry)
		if err == nil {
			err = os.WriteFile(filepath.Join("static/app", out), code, 0o644) //nolint:gosec // it is served to everybody
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "bundle: "+err.Error())
			os.Exit(1)
		}
	}
}

// outputs are the scripts by their first file.
var outputs = map[string]string{"member.tsx": "room.js", "console.tsx": "console.js"}

// build bundles one entry of the sources in dir.
func build(dir, entry string) ([]byte, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	vendor := filepath.Join(abs, "vendor", "preact")
	r := api.Build(api.BuildOptions{
		EntryPoints: []string{filepath.Join(abs, entry)}, Bundle: true, Format: api.FormatESModule, Target: api.ES2020,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, LegalComments: api.LegalCommentsNone,
		JSX: api.JSXAutomatic, JSXImportSource: "preact", Charset: api.CharsetUTF8,
		// The sources' own place must not be in the output, nor change it.
		AbsWorkingDir: abs, TsconfigRaw: "{}",
		Alias: map[string]string{
			"preact/jsx-runtime": filepath.Join(vendor, "jsx-runtime/dist/jsxRuntime.mjs"),
			"preact/hooks":       filepath.Join(vendor, "hooks/dist/hooks.mjs"),
			"preact":             filepath.Join(vendor, "dist/preact.mjs"),
		},
	})
	if len(r.Errors) > 0 {
		return nil, errors.New(strings.Join(api.FormatMessages(r.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage}), "\n"))
	}
	return r.OutputFiles[0].Contents, nil
}
