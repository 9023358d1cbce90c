// Package static holds what is served as it is, and the templates of pages: embedded, so that the binary needs no folder
// beside it. The web calls it. It holds no sentence: those are in the catalogues.
package static

import "embed"

// Pages are the templates.
//
//go:embed pages/*.html
var Pages embed.FS

// Assets are served under /static/, each under a name with the hash of its content.
//
//go:embed style.css icon.svg js/*.js app/*.js
var Assets embed.FS
