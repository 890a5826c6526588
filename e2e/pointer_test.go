package e2e

import (
	"encoding/json"
	"fmt"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// click presses the pointer on the middle of a thing, once it stands still and
// nothing lies over it.
func (p *tab) click(l label) {
	p.t.Helper()
	x, y := p.place(l)
	if err := chromedp.Do(p.ctx, chromedp.MouseClickXY(x, y)); err != nil {
		p.t.Fatalf("click %s: %v", l, err)
	}
}

// point moves the pointer over a thing, and presses nothing.
func (p *tab) point(l label) {
	p.t.Helper()
	x, y := p.place(l)
	if err := chromedp.Do(p.ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y)); err != nil {
		p.t.Fatalf("point at %s: %v", l, err)
	}
}

// place is where the pointer finds a thing.
func (p *tab) place(l label) (x, y float64) {
	p.t.Helper()
	p.settled()
	eventually(p.t, p.ctx, func() string {
		o := p.outline()
		found := o.find(l)
		if len(found) != 1 {
			return fmt.Sprintf("found %d of %s; there are: %s", len(found), l, o.names())
		}
		var err error
		if x, y, err = p.middle(found[0].BackendDOMNodeID); err != nil {
			return fmt.Sprintf("%s: %v", l, err)
		}
		return ""
	})
	return x, y
}

// middle scrolls a node into view and returns the middle of its first box; an
// error if something else would get the click there.
func (p *tab) middle(node cdp.BackendNodeID) (x, y float64, err error) {
	if _, err := chromedp.Call(p.ctx, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: node}); err != nil {
		return 0, 0, fmt.Errorf("cannot be scrolled to: %w", err)
	}
	quads, err := chromedp.Call(p.ctx, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: node})
	if err != nil || len(quads.Quads) == 0 {
		return 0, 0, fmt.Errorf("has no box on the page: %w", err)
	}
	quad := quads.Quads[0]
	for i := 0; i < 8; i += 2 {
		x += quad[i] / 4
		y += quad[i+1] / 4
	}
	return x, y, p.uncovered(node, x, y)
}

const whatIsThere = `function(x, y) {
	const hit = document.elementFromPoint(x, y);
	if (!hit) return "is outside of the window";
	if (this === hit || this.contains(hit) || hit.contains(this) || hit.closest("label")?.control === this) return "";
	return "is covered by " + hit.outerHTML.slice(0, 120);
}`

func (p *tab) uncovered(node cdp.BackendNodeID, x, y float64) error {
	object, err := chromedp.Call(p.ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: node})
	if err != nil {
		return err
	}
	answer, err := chromedp.Call(p.ctx, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: whatIsThere, ObjectID: object.Object.ObjectID, ReturnByValue: new(true),
		Arguments: []*runtime.CallArgument{number(x), number(y)},
	})
	if err != nil {
		return err
	}
	var covered string
	if err := json.Unmarshal(answer.Result.Value, &covered); err != nil {
		return err
	}
	if covered != "" {
		return fmt.Errorf("%s", covered)
	}
	return nil
}

func number(value float64) *runtime.CallArgument {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // a finite number always has a text
	}
	return &runtime.CallArgument{Value: text}
}

// settled waits until the page is loaded and no request of it is under way.
func (p *tab) settled() {
	p.t.Helper()
	eventually(p.t, p.ctx, func() string {
		busy, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](
			`document.readyState !== "complete" || document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling") !== null`))
		if err != nil || busy {
			return fmt.Sprintf("the page does not come to rest (%v)", err)
		}
		return ""
	})
}

// fill clicks into a field, empties it and types.
func (p *tab) fill(name, text string) {
	p.t.Helper()
	p.click(field(name))
	p.press("Control+a")
	p.press("Delete")
	p.typeText(text)
}

// typeText types as a person does, key by key.
func (p *tab) typeText(text string) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, chromedp.KeyEvent(text)); err != nil {
		p.t.Fatalf("type: %v", err)
	}
}

// paste puts a text in where the focus is, all at once.
func (p *tab) paste(text string) {
	p.t.Helper()
	call(p, input.InsertText, input.InsertTextParams{Text: text})
}

// pick chooses from a native list as a person with a keyboard does, by typing
// the beginning of what it says: the list itself opens outside of the page.
func (p *tab) pick(name, choice string) {
	p.t.Helper()
	p.settled()
	n := p.node(field(name))
	call(p, dom.Focus, dom.FocusParams{BackendNodeID: n.BackendDOMNodeID})
	p.typeText(choice)
}

// value is what a field holds.
func (p *tab) value(name string) string {
	p.t.Helper()
	return p.property(p.node(field(name)), "value")
}

func (p *tab) property(n *accessibility.Node, name string) string {
	p.t.Helper()
	object := call(p, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.BackendDOMNodeID})
	answer := call(p, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: `function(name) { return String(this[name]) }`, ObjectID: object.Object.ObjectID, ReturnByValue: new(true),
		Arguments: []*runtime.CallArgument{{Value: []byte(`"` + name + `"`)}},
	})
	var text string
	if err := json.Unmarshal(answer.Result.Value, &text); err != nil {
		p.t.Fatal(err)
	}
	return text
}

var keys = map[string]string{
	"Tab": kb.Tab, "Enter": kb.Enter, "Escape": kb.Escape, "Space": " ", "Delete": kb.Delete, "Backspace": kb.Backspace,
	"ArrowDown": kb.ArrowDown, "ArrowUp": kb.ArrowUp, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight, "Home": kb.Home, "End": kb.End,
}
