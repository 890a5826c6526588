package ui

import (
	"strings"
	"testing"
)

func TestGlyphBelongsToItsClientID(t *testing.T) {
	if glyphOf("billing-sync") != glyphOf("billing-sync") {
		t.Error("the same client id is drawn in two ways")
	}
	seen := map[glyph]string{}
	for _, id := range []string{"billing-sync", "billing-sync-2", "ci-pipeline-prod", "a", "", "ci-pipeline-prod "} {
		g := glyphOf(id)
		if other, ok := seen[g]; ok {
			t.Errorf("%q and %q are drawn alike", id, other)
		}
		seen[g] = id
	}
}

func TestGlyphIsMirroredAndStaysOnItsGrid(t *testing.T) {
	mirror := strings.NewReplacer("M0 ", "M4 ", "M1 ", "M3 ", "M3 ", "M1 ", "M4 ", "M0 ")
	for _, id := range []string{"billing-sync", "x", "terraform-eu-1"} {
		g := glyphOf(id)
		for _, path := range []string{g.strong, g.soft} {
			cells := strings.SplitAfter(path, "z")
			for _, cell := range cells[:len(cells)-1] {
				if !strings.Contains(path, mirror.Replace(cell)) {
					t.Errorf("%s: the cell %s has no mirror image", id, cell)
				}
				if len(cell) != len("M0 0h1v1h-1z") || cell[1] > '4' || cell[3] > '4' {
					t.Errorf("%s: the cell %s leaves the grid", id, cell)
				}
			}
		}
	}
}

func TestLowerFirst(t *testing.T) {
	for in, want := range map[string]string{"Secret key": "secret key", "URL": "URL", "Client ID": "client ID", "": "", "É": "é"} {
		if got := lowerFirst(in); got != want {
			t.Errorf("lowerFirst(%q) = %q, want %q", in, got, want)
		}
	}
}
