package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// press presses one key, perhaps with Shift or Control held: "Tab",
// "Shift+Tab", "Control+a".
func (p *tab) press(name string) {
	p.t.Helper()
	var held []chromedp.Modifier
	for {
		before, after, found := strings.Cut(name, "+")
		if !found || before == "" {
			break
		}
		held = append(held, map[string]chromedp.Modifier{"Shift": chromedp.ModifierShift, "Control": chromedp.ModifierCtrl}[before])
		name = after
	}
	key, known := keys[name]
	if !known {
		key = name
	}
	action := chromedp.KeyEvent(key, chromedp.KeyModifiers(held...))
	if err := chromedp.Do(p.ctx, action); err != nil {
		p.t.Fatalf("press %s: %v", name, err)
	}
}

// focused is the thing that has the focus, or nil if it is the page itself.
func (p *tab) focused() *accessibility.Node {
	p.t.Helper()
	object, err := chromedp.Run(p.ctx, chromedp.Evaluate[*runtime.RemoteObject](`document.activeElement === document.body ? null : document.activeElement`))
	if err != nil || object == nil || object.ObjectID == "" {
		return nil
	}
	tree, err := chromedp.Call(p.ctx, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: object.ObjectID})
	if err != nil || len(tree.Nodes) == 0 {
		return nil // it left the page meanwhile
	}
	return tree.Nodes[0]
}

// mostTabs is more than the controls of any page: a table of 50 rows has 150.
const mostTabs = 400

// reach presses Tab until the focus is on a thing with this label.
func (p *tab) reach(l label) {
	p.t.Helper()
	p.settled()
	p.node(l) // it has to be there before it is worth looking for
	passed := make([]string, 0, mostTabs)
	for range mostTabs {
		if n := p.focused(); n != nil {
			if l.matches(n) && p.isWithin(n, l) {
				return
			}
			passed = append(passed, fmt.Sprintf("%s %q", valueText(n.Role), valueText(n.Name)))
		}
		p.press("Tab")
	}
	p.t.Fatalf("the keyboard does not reach %s; it passed %s", l, strings.Join(passed, ", "))
}

func (p *tab) isWithin(n *accessibility.Node, l label) bool {
	if l.within == nil {
		return true
	}
	for _, candidate := range p.outline().find(l) {
		if candidate.BackendDOMNodeID == n.BackendDOMNodeID {
			return true
		}
	}
	return false
}

// choose reaches a control with the keyboard and presses Enter on it, or Space
// where Space is what the kind of control takes.
func (p *tab) choose(l label) {
	p.t.Helper()
	p.reach(l)
	key := "Enter"
	switch valueText(p.focused().Role) {
	case "checkbox", "radio", "switch", "menuitemcheckbox", "menuitemradio":
		key = "Space"
	}
	p.press(key)
}

// write reaches a field with the keyboard and types over what it holds.
func (p *tab) write(name, text string) {
	p.t.Helper()
	p.reach(field(name))
	p.press("Control+a")
	p.press("Delete")
	p.typeText(text)
}

// hands is how a person works: with the pointer or with the keyboard. The
// procedures of the manual are walked with both.
type hands interface {
	click(label)
	fill(name, text string)
	pick(name, choice string)
}

// keyboard works without any pointer.
type keyboard struct{ *tab }

func (k keyboard) click(l label)          { k.tab.t.Helper(); k.tab.choose(l) }
func (k keyboard) fill(name, text string) { k.tab.t.Helper(); k.tab.write(name, text) }

func (k keyboard) pick(name, choice string) {
	k.tab.t.Helper()
	k.tab.reach(field(name))
	k.tab.typeText(choice)
}

// withBothHands walks a procedure with the pointer, and again without one.
func withBothHands(t *testing.T, walk func(t *testing.T, with func(*tab) hands)) {
	t.Run("pointer", func(t *testing.T) { walk(t, func(p *tab) hands { return p }) })
	t.Run("keyboard", func(t *testing.T) { walk(t, func(p *tab) hands { return keyboard{p} }) })
}
