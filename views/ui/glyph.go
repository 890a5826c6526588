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
	tone         int
	strong, soft string // path data of the cells in each tone
}

// glyphOf derives a glyph from the id alone, so that the same application looks the same everywhere and for ever. It
// helps the eye to tell rows apart; nothing relies on it.
func glyphOf(clientID string) glyph {
	sum := sha256.Sum256([]byte(clientID))
	g := glyph{tone: int(sum[31]) % glyphTones}
	var strong, soft strings.Builder
	for row := range 5 {
		for column := range 3 { // the other two mirror the first two
			switch sum[row*3+column] % 4 {
			case 0, 1:
				addCell(&strong, column, row)
			case 2:
				addCell(&soft, column, row)
			}
		}
	}
	g.strong, g.soft = strong.String(), soft.String()
	return g
}

func addCell(path *strings.Builder, column, row int) {
	columns := []int{column, 4 - column}
	if column == 2 {
		columns = columns[:1]
	}
	for _, c := range columns {
		path.WriteString("M" + strconv.Itoa(c) + " " + strconv.Itoa(row) + "h1v1h-1z")
	}
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
