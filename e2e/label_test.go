package e2e

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

type cdpCommand[P, R any] = cdp.Command[P, R]

// label is how a person points at a thing: by what is read on it, perhaps by
// its kind, perhaps within something else. Case does not matter, because capital
// letters are drawn by the style sheet.
type label struct {
	name   string
	roles  []string // empty: anything that can be clicked
	within *label
	prefix bool // name is only how it begins
	any    bool // the first of several will do
}

// The kinds of things, in the words of the accessibility tree.
var (
	clickable = []string{"button", "link", "menuitem", "menuitemcheckbox", "menuitemradio", "checkbox", "radio", "switch", "tab", "option", "treeitem", "DisclosureTriangle", "combobox"}
	fillable  = []string{"textbox", "searchbox", "combobox", "spinbutton", "Date", "DateTime"}
)

func control(name string) label  { return label{name: name, roles: clickable} }
func button(name string) label   { return label{name: name, roles: []string{"button"}} }
func link(name string) label     { return label{name: name, roles: []string{"link"}} }
func field(name string) label    { return label{name: name, roles: fillable} }
func checkbox(name string) label { return label{name: name, roles: []string{"checkbox"}} }
func heading(name string) label  { return label{name: name, roles: []string{"heading"}} }
func dialog(name string) label   { return label{name: name, roles: []string{"dialog", "alertdialog"}} }
func option(name string) label   { return label{name: name, roles: []string{"option", "treeitem"}} }

// of looks for it inside another thing.
func (l label) of(outer label) label { l.within = &outer; return l }

// beginning lets name be only how the label begins.
func (l label) beginning() label { l.prefix = true; return l }

// first takes the first of several that read alike.
func (l label) first() label { l.any = true; return l }

func (l label) String() string {
	text := fmt.Sprintf("%q", l.name)
	if len(l.roles) > 0 && !slices.Equal(l.roles, clickable) {
		text = strings.Join(l.roles, " or ") + " " + text
	}
	if l.within != nil {
		text += " in " + l.within.String()
	}
	return text
}

func (l label) matches(n *accessibility.Node) bool {
	if n.Ignored || (len(l.roles) > 0 && !slices.Contains(l.roles, valueText(n.Role))) {
		return false
	}
	name, wanted := plainName(valueText(n.Name)), plainName(l.name)
	if l.prefix {
		return strings.HasPrefix(name, wanted)
	}
	return name == wanted
}

// plainName is a label as it sounds: case, extra spaces, those around the
// slashes of a path, and a plus sign drawn as an icon fall away.
func plainName(name string) string {
	plain := strings.ToLower(strings.Join(strings.Fields(name), " "))
	return strings.TrimPrefix(strings.ReplaceAll(plain, " / ", "/"), "+")
}

func valueText(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	return strings.Trim(string(v.Value), `"`)
}

// outline is the accessibility tree of one moment.
type outline struct {
	nodes []*accessibility.Node
	byID  map[accessibility.NodeID]*accessibility.Node
}

// outline takes the tree; while a page is being replaced there is none, and the
// outline is empty.
func (p *tab) outline() outline {
	p.t.Helper()
	tree, err := chromedp.Call(p.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		return outline{}
	}
	o := outline{nodes: tree.Nodes, byID: make(map[accessibility.NodeID]*accessibility.Node, len(tree.Nodes))}
	for _, n := range tree.Nodes {
		o.byID[n.NodeID] = n
	}
	return o
}

func (o outline) find(l label) []*accessibility.Node {
	var outer []*accessibility.Node
	if l.within != nil {
		outer = o.find(*l.within)
	}
	var found []*accessibility.Node
	for _, n := range o.nodes {
		if l.matches(n) && (l.within == nil || o.isInside(n, outer)) {
			found = append(found, n)
		}
	}
	if l.any && len(found) > 1 {
		return found[:1]
	}
	return found
}

func (o outline) isInside(n *accessibility.Node, outer []*accessibility.Node) bool {
	for parent := o.byID[n.ParentID]; parent != nil; parent = o.byID[parent.ParentID] {
		if slices.Contains(outer, parent) {
			return true
		}
	}
	return false
}

// names lists what there is to click or fill, for the message of a test that
// did not find what it looked for.
func (o outline) names() string {
	var names []string
	for _, n := range o.nodes {
		role := valueText(n.Role)
		if !n.Ignored && (slices.Contains(clickable, role) || slices.Contains(fillable, role) || role == "dialog" || role == "alertdialog" || role == "heading") {
			names = append(names, fmt.Sprintf("%s %q", role, valueText(n.Name)))
		}
	}
	if len(names) > 60 {
		names = append(names[:60], "...")
	}
	return strings.Join(names, ", ")
}

// node waits until exactly one thing has this label and returns it.
func (p *tab) node(l label) *accessibility.Node {
	p.t.Helper()
	var found []*accessibility.Node
	eventually(p.t, p.ctx, func() string {
		o := p.outline()
		found = o.find(l)
		if len(found) == 1 {
			return ""
		}
		return fmt.Sprintf("found %d of %s; there are: %s", len(found), l, o.names())
	})
	return found[0]
}

// has reports whether such a thing is there, once the page is whole.
func (p *tab) has(l label) bool {
	p.t.Helper()
	p.settled()
	return len(p.outline().find(l)) > 0
}

// gone waits until the page is whole and no such thing is there.
func (p *tab) gone(l label) {
	p.t.Helper()
	eventually(p.t, p.ctx, func() string {
		p.settled()
		if o := p.outline(); len(o.nodes) == 0 || len(o.find(l)) > 0 {
			return fmt.Sprintf("%s is still there", l)
		}
		return ""
	})
}

// sees waits for a text that can be read on the page.
func (p *tab) sees(text string) {
	p.t.Helper()
	eventually(p.t, p.ctx, func() string {
		if shown := p.text(); !strings.Contains(plainName(shown), plainName(text)) {
			return fmt.Sprintf("%q does not stand on the page, which reads:\n%.2000s", text, shown)
		}
		return ""
	})
}

// sawNot fails if a text can be read on the page.
func (p *tab) sawNot(text string) {
	p.t.Helper()
	if strings.Contains(plainName(p.text()), plainName(text)) {
		p.t.Errorf("%q stands on %s", text, p.location())
	}
}

// text is what can be read: what the layout shows, no more. While a page is
// being replaced, nothing can be read.
func (p *tab) text() string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.body?.innerText ?? ""`))
	if err != nil {
		return ""
	}
	return text
}
