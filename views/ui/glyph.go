package ui

import (
	"crypto/sha256"
	"strconv"
	"strings"
)

// glyphTones is the number of colour pairs that tailwind.config.js defines as --glyph-N.
const glyphTones = 6

// glyph is the drawing that belongs to a client id: a 5 by 5 grid, mirrored left to right, in two tones.
type glyph struct {
	tone  int
	cells string // path data of the strong cells, as strokes along their middles; the rest is the soft ground
}

// glyphOf derives a glyph from the id alone, so that the same application looks the same everywhere and for ever. It
// helps the eye to tell rows apart; nothing relies on it.
func glyphOf(clientID string) glyph {
	sum := sha256.Sum256([]byte(clientID))
	path := "M0 0"
	for row := range 5 {
		half := sum[row*3 : row*3+3] // the other two columns mirror the first two
		path += strokes([5]bool{half[0]&1 == 0, half[1]&1 == 0, half[2]&1 == 0, half[1]&1 == 0, half[0]&1 == 0})
	}
	return glyph{tone: int(sum[31]) % glyphTones, cells: path}
}

// strokes draws a row of cells, neighbours at one go, and goes to where the next one begins. It tells where to go from
// where it is: rows that look alike then read alike, wherever they lie, and the 50 glyphs of a table travel in half the
// bytes.
func strokes(strong [5]bool) string {
	var path strings.Builder
	for from, to := 0, 0; from < 5; from = to {
		for to = from; to < 5 && strong[to] == strong[from]; to++ {
		}
		if length := strconv.Itoa(to - from); strong[from] {
			path.WriteString("h" + length)
		} else {
			path.WriteString("m" + length + " 0")
		}
	}
	return path.String() + "m-5 1"
}

func (g glyph) class() string {
	switch g.tone {
	case 1:
		return "glyph glyph-1"
	case 2:
		return "glyph glyph-2"
	case 3:
		return "glyph glyph-3"
	case 4:
		return "glyph glyph-4"
	case 5:
		return "glyph glyph-5"
	default:
		return "glyph glyph-0"
	}
}
