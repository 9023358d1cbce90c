package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/evanw/esbuild/pkg/api"

	"porchlight/server/servertest"
)

// Every golden frame of the server is decoded inside Chromium by the code that people's browsers run, to what it says; and
// a frame that says a little more or less is refused.
func TestGoldenFramesInChromium(t *testing.T) {
	bundle := api.Build(api.BuildOptions{
		EntryPoints: []string{"../client/web/golden.ts"}, Bundle: true, Format: api.FormatIIFE, Target: api.ES2020, TsconfigRaw: "{}",
	})
	if len(bundle.Errors) > 0 {
		t.Fatalf("bundle the decoder: %+v", bundle.Errors)
	}
	s := newBrowser(t).newScreen(t, servertest.New(t), "golden", look{lang: "en", scheme: "light", phone: true})
	if err := chromedp.Do(s.ctx, run(string(bundle.OutputFiles[0].Contents))); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../protocol/testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	decoded := 0
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		if !strings.HasPrefix(name, "server-") && !strings.HasPrefix(name, "record-") {
			continue
		}
		decoded++
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		frame := strings.TrimSpace(string(b))
		const decode = `
			const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
			try { return same(porchlightDecode(args[0]), JSON.parse(args[0])) ? "" : "decodes to something else" } catch (e) { return String(e) }`
		if wrong := eval[string](t, s, decode, frame+strings.Repeat(" ", 512-len(frame)%256)); wrong != "" {
			t.Errorf("the browser app reads %s: %s", name, wrong)
		}
		for _, bad := range []string{
			strings.Replace(frame, `{`, `{"surprise":1,`, 1),
			strings.Replace(frame, `"type":"`, `"type":"x`, 1),
			frame + "x",
		} {
			if wrong := eval[string](t, s, decode, bad); !strings.Contains(wrong, "Error") {
				t.Errorf("the browser app reads %s: %q, want an error", bad, wrong)
			}
		}
	}
	if decoded < 25 {
		t.Errorf("%d golden frames, want all of the server's", decoded)
	}
}
