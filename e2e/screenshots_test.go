package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// The pictures of the README are drawn from the sample organisation, so that
// they show what there is. `make screenshots` keeps them; every other run draws
// them too, and throws them away.
func TestScreenshots(t *testing.T) {
	folder := os.Getenv("LATCHKEY_SCREENSHOTS")
	if folder == "" {
		folder = t.TempDir()
	}
	i := withAdministrator(t)
	i.run("demo")
	s := i.serve()
	p := signIn(t, s)
	p.resize(1600, 960)
	for theme, file := range map[string]string{"light": "applications.png", "dark": "applications-dark.png"} {
		p.theme(theme)
		p.visit("/applications?sortBy=createdAt&sortOrder=desc")
		p.node(link("inspector-app"))
		p.settled()
		p.screenshot(filepath.Join(folder, file))
	}
}
