package ui

import (
	"regexp"
	"strconv"
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
		grid := drawn(t, glyphOf(id).cells)
		if grid == [5][5]bool{} {
			t.Errorf("%s: nothing is drawn", id)
		}
		for y, row := range grid {
			if row[0] != row[4] || row[1] != row[3] {
				t.Errorf("%s: row %d is not mirrored: %v", id, y, row)
			}
		}
	}
}

// pathStep is a move or a stroke of a path.
var pathStep = regexp.MustCompile(`([Mmh])(-?\d+)(?: (-?\d+))?`)

// drawn follows a path as a browser does, and fails the test where a stroke
// leaves the grid.
func drawn(t *testing.T, path string) (grid [5][5]bool) {
	t.Helper()
	x, y := 0, 0
	for _, step := range pathStep.FindAllStringSubmatch(path, -1) {
		dx, _ := strconv.Atoi(step[2])
		dy, _ := strconv.Atoi(step[3])
		for n := range dx {
			if step[1] != "h" {
				break
			}
			if x+n > 4 || y > 4 {
				t.Fatalf("the path %s leaves the grid", path)
			}
			grid[y][x+n] = true
		}
		x, y = x+dx, y+dy
	}
	return grid
}

func TestLowerFirst(t *testing.T) {
	for in, want := range map[string]string{"Secret key": "secret key", "URL": "URL", "Client ID": "client ID", "": "", "É": "é"} {
		if got := LowerFirst(in); got != want {
			t.Errorf("LowerFirst(%q) = %q, want %q", in, got, want)
		}
	}
}
