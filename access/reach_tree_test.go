package access_test

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/access"
)

// TestReachTree: the rules are drawn into the tree, with the way to each and
// how many nodes each reaches besides its own.
func TestReachTree(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		name  string
		rules []access.Rule
		want  string
	}{
		{"no rules", nil, ""},
		{"a leaf", w.rulesAt("Viewer@east/a/2"), "east/a/2: Viewer +0"},
		{"two at one place, the same role once", w.rulesAt("Viewer@east/a", "Editor@east/a", "Viewer@east/a"), "east/a: Viewer, Editor +2"},
		{"one within another's reach", w.rulesAt("Editor@east/a/2", "Viewer@west"), "east/a/2: Editor +0; west: Viewer +2"},
		{"the whole organisation", w.rulesAt("Viewer@"), ": Viewer +9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree, err := w.ReachOf(w.ctx, tt.rules)
			w.must(err)
			var told []string
			if tree != nil {
				tree.Name = ""
			}
			tellReach(tree, "", &told)
			if got := strings.Join(told, "; "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// rulesAt are rules of such roles at such scopes.
func (w *world) rulesAt(rules ...string) []access.Rule {
	made := make([]access.Rule, len(rules))
	for i, text := range rules {
		role, scope, _ := strings.Cut(text, "@")
		made[i] = access.Rule{RoleName: role, Scope: w.scopes[scope]}
	}
	return made
}

// tellReach writes down every place at which something is granted.
func tellReach(n *access.ReachNode, above string, told *[]string) {
	if n == nil {
		return
	}
	path := strings.TrimPrefix(above+"/"+n.Name, "/")
	if len(n.Roles) > 0 {
		*told = append(*told, fmt.Sprintf("%s: %s +%d", path, strings.Join(n.Roles, ", "), n.Below))
	}
	for _, below := range n.Nodes {
		tellReach(below, path, told)
	}
}
