package e2e

import (
	_ "embed"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
)

// whatIsClipped lists what cannot be read in whole, and what moves although the
// person asked for reduced motion.
//
//go:embed testdata/clipped.js
var whatIsClipped string

// textSpacing is what readers may set of WCAG 1.4.12, all at once.
const textSpacing = `* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }`

// readable sees that nothing is cut off and the page does not scroll sideways:
// on 320 px, which is 1280 at a zoom of 400 % (WCAG 1.4.10), there also with
// wider spacing, and with letters twice as large (WCAG 1.4.4).
func (p *tab) readable(state string) {
	p.t.Helper()
	p.resize(320, 640)
	p.nothingIsClipped(state + ", 320 wide")
	p.style(textSpacing)
	p.nothingIsClipped(state + ", 320 wide, spaced")
	p.style("")
	p.resize(1280, 900)
	p.letters(32)
	p.nothingIsClipped(state + ", letters twice as large")
	p.letters(16)
}

func (p *tab) nothingIsClipped(state string) {
	p.t.Helper()
	p.settled()
	for _, found := range evaluate[[]string](p, whatIsClipped) {
		p.t.Errorf("%s: %s", state, found)
	}
}

// style puts a style sheet of the reader's over those of the page, in the place
// of the one before. The policy of the page has no say in it.
func (p *tab) style(css string) {
	p.t.Helper()
	text, err := json.Marshal(css)
	if err != nil {
		p.t.Fatal(err)
	}
	evaluate[int](p, `(css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); return (document.adoptedStyleSheets = [sheet]).length })(`+string(text)+`)`)
}

// letters sets how large the browser writes, in CSS pixels; 16 is usual.
func (p *tab) letters(size int64) {
	p.t.Helper()
	call(p, page.SetFontSizes, page.SetFontSizesParams{FontSizes: &page.FontSizes{Standard: size, Fixed: size * 13 / 16}})
}

func TestHarnessSeesWhatCannotBeRead(t *testing.T) {
	p := open(t, servePage(t, `<main><h1>x</h1>
		<p id="cut">cut off in the middle</p><p id="wide">beyond the window</p><button id="moves">moves</button>
		<p id="told" title="told in whole by its title">told in whole by its title</p><div id="scrolls"><p>can be scrolled to, however long</p></div></main>`), "/")
	p.style(`#cut, #told { width: 3rem; overflow: hidden; white-space: nowrap } #told { text-overflow: ellipsis }
		#wide { margin-left: 2000px; width: 9rem } #moves { transition: opacity 1s } #scrolls { width: 3rem; overflow: auto; white-space: nowrap }`)
	found := strings.Join(evaluate[[]string](p, whatIsClipped), "\n")
	for _, wanted := range []string{`"cut off in the middle" does not fit`, `"beyond the window" in p#wide`, "button#moves. moves", "px sideways"} {
		if !strings.Contains(found, wanted) {
			t.Errorf("not found: %s", wanted)
		}
	}
	if strings.Contains(found, "told in whole") || strings.Contains(found, "can be scrolled") {
		t.Errorf("found too much: %s", found)
	}
}
