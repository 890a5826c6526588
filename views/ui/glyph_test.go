package ui

import (
	"fmt"
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
	for _, id := range []string{"billing-sync", "x", "terraform-eu-1"} {
		path := glyphOf(id).cells
		if path == "" {
			t.Errorf("%s: nothing is drawn", id)
		}
		for _, stroke := range strings.Split(path, "M")[1:] {
			var from, row, length int
			if _, err := fmt.Sscanf(stroke, "%d %dh%d", &from, &row, &length); err != nil {
				t.Fatalf("%s: the stroke %q: %v", id, stroke, err)
			}
			if from < 0 || row < 0 || row > 4 || length < 1 || from+length > 5 {
				t.Errorf("%s: the stroke %q leaves the grid", id, stroke)
			}
			if mirrored := fmt.Sprintf("M%d %dh%d", 5-from-length, row, length); !strings.Contains(path, mirrored) {
				t.Errorf("%s: the stroke %q has no mirror image", id, stroke)
			}
		}
	}
}

func TestLowerFirst(t *testing.T) {
	for in, want := range map[string]string{"Secret key": "secret key", "URL": "URL", "Client ID": "client ID", "": "", "É": "é"} {
		if got := LowerFirst(in); got != want {
			t.Errorf("LowerFirst(%q) = %q, want %q", in, got, want)
		}
	}
}
