package e2e

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// axe-core finds what can be found of WCAG 2.2 A and AA without a person.
//
//go:embed testdata/axe.min.js
var axe string

const runAxe = `axe.run(document, {
	runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]},
	resultTypes: ["violations"],
}).then(results => JSON.stringify(results.violations.map(v => ({
	id: v.id, help: v.help,
	nodes: v.nodes.map(n => ({target: n.target.join(" "), html: n.html, summary: n.failureSummary})),
}))))`

type violation struct {
	ID, Help string
	Nodes    []violatingNode
}

type violatingNode struct{ Target, HTML, Summary string }

// accessible runs axe on the page as it is, in a world of its own: the page's
// scripts do not see it, and its content security policy does not stop it.
func (p *tab) accessible(state string) {
	p.t.Helper()
	p.settled()
	for _, v := range p.violations() {
		for _, n := range v.Nodes {
			p.t.Errorf("%s: %s (%s) at %s: %s\n%s", state, v.Help, v.ID, n.Target, n.HTML, n.Summary)
		}
	}
}

func (p *tab) violations() []violation {
	p.t.Helper()
	frame := call(p, page.GetFrameTree, struct{}{}).FrameTree.Frame.ID
	world := call(p, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: frame, WorldName: "axe"}).ExecutionContextID
	p.evaluateIn(world, axe)
	var found []violation
	if err := json.Unmarshal([]byte(p.evaluateIn(world, runAxe)), &found); err != nil {
		p.t.Fatalf("read what axe found: %v", err)
	}
	return found
}

// evaluateIn runs a script in a given world and returns the text it ends in.
func (p *tab) evaluateIn(world runtime.ExecutionContextID, script string) string {
	p.t.Helper()
	answer := call(p, runtime.Evaluate, runtime.EvaluateParams{
		Expression: script, ContextID: world, AwaitPromise: new(true), ReturnByValue: new(true),
	})
	if answer.ExceptionDetails != nil {
		p.t.Fatalf("the script failed: %s", exceptionText(answer.ExceptionDetails))
	}
	var text string
	if answer.Result.Type == "string" {
		if err := json.Unmarshal(answer.Result.Value, &text); err != nil {
			p.t.Fatal(err)
		}
	}
	return text
}

// looks are the combinations in which every state has to be accessible.
var looks = []struct {
	theme string
	width int64
}{{"light", 1280}, {"dark", 1280}, {"light", 360}, {"dark", 360}}

// accessibleInEveryLook runs axe in both themes at 360 and 1280, and sees that
// the page itself never scrolls sideways and can be read however it is set.
func (p *tab) accessibleInEveryLook(state string) {
	p.t.Helper()
	for _, look := range looks {
		p.theme(look.theme)
		p.resize(look.width, 800)
		p.accessible(fmt.Sprintf("%s, %s, %d wide", state, look.theme, look.width))
		if excess := evaluate[int](p, `document.documentElement.scrollWidth - innerWidth`); excess > 0 {
			p.t.Errorf("%s at %d: the page scrolls %d px sideways", state, look.width, excess)
		}
	}
	p.theme("light")
	p.readable(state)
	p.resize(1280, 900)
}

func TestHarnessSeesWhatIsNotAccessible(t *testing.T) {
	p := open(t, servePage(t, `<main><h1>x</h1><button></button></main>`), "/")
	found := p.violations()
	if len(found) != 1 || found[0].ID != "button-name" || !strings.Contains(found[0].Nodes[0].HTML, "button") {
		t.Errorf("axe found %+v in a page with a button that has no name", found)
	}
}
