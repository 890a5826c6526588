package access

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The tree of the tests: two clusters, two departments each, two projects each.
const (
	east, west           = TenantPath + "east/", TenantPath + "west/"
	eastA, eastB, westA  = east + "a/", east + "b/", west + "a/"
	eastA1, eastA2       = eastA + "1/", eastA + "2/"
	eastB1, westA1       = eastB + "1/", westA + "1/"
	editor, mlEngineer   = int32(3), int32(6)
	departmentAdmin      = int32(1710)
	cloudOperator, ghost = int32(1711), int32(99999)
)

var allNodes = []ScopePath{TenantPath, east, west, eastA, eastB, westA, eastA1, eastA2, eastB1, westA1}

func grant(role int32, at ScopePath) Grant { return Grant{RuleID: 7, RoleID: role, Path: at} }

func TestDecide(t *testing.T) {
	tests := []struct {
		name   string
		grants []Grant
		action Action
		on     ResourceType
		at     ScopePath
		want   bool
	}{
		{"nothing is allowed without a grant", nil, Read, Applications, TenantPath, false},
		{"at the very node", []Grant{grant(1, eastA)}, Create, Applications, eastA, true},
		{"below", []Grant{grant(1, eastA)}, Delete, Applications, eastA1, true},
		{"not above", []Grant{grant(1, eastA)}, Read, Applications, east, false},
		{"not beside", []Grant{grant(1, eastA)}, Read, Applications, eastB, false},
		{"an id that begins like another", []Grant{grant(1, TenantPath+"ea/")}, Read, Applications, east, false},
		{"read does not mean update", []Grant{grant(editor, TenantPath)}, Update, Applications, eastA, false},
		{"but it means read", []Grant{grant(editor, TenantPath)}, Read, Applications, eastA, true},
		{"service accounts are applications", []Grant{grant(1, TenantPath)}, Create, ServiceAccounts, eastA, true},
		{"one of several", []Grant{grant(Viewer, TenantPath), grant(1, eastA)}, Update, Applications, eastA2, true},
		{"a role nobody knows", []Grant{grant(ghost, TenantPath)}, Read, Applications, TenantPath, false},
		{"an action nobody knows", []Grant{grant(1, TenantPath)}, "sync", Applications, TenantPath, false},
		{"a grant without a node", []Grant{grant(1, "")}, Read, Applications, TenantPath, false},
		{"an application without a node", []Grant{grant(1, TenantPath)}, Read, Applications, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Decide(tt.grants, tt.action, tt.on, tt.at).Allowed; got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestDecideNamesTheRule(t *testing.T) {
	grants := []Grant{{RuleID: 4, RoleID: Viewer, Path: TenantPath}, {RuleID: 5, RoleID: 1, Path: east}}
	if got := Decide(grants, Update, Projects, eastA1).By.RuleID; got != 5 {
		t.Errorf("rule %d decided, want 5", got)
	}
}

// TestTokenScopeTreeDecision checks every pair of nodes: a rule reaches its
// node and what is below, nothing else. TestTokenScopeTree does the same with
// tokens and a store.
func TestTokenScopeTreeDecision(t *testing.T) {
	for _, held := range allNodes {
		for _, asked := range allNodes {
			want := strings.HasPrefix(string(asked), string(held))
			grants := []Grant{grant(editor, held)}
			if got := Decide(grants, Read, Applications, asked).Allowed; got != want {
				t.Errorf("rule at %s, asked at %s: %v", held, asked, got)
			}
		}
	}
}

func TestReachIsTheFewestNodes(t *testing.T) {
	tests := []struct {
		grants []Grant
		want   string
	}{
		{nil, ""},
		{[]Grant{grant(Viewer, TenantPath)}, ""}, // reads no applications
		{[]Grant{grant(editor, eastA1), grant(editor, west), grant(editor, eastA)}, "/1001/west/ /1001/east/a/"},
		{[]Grant{grant(editor, eastA), grant(1, eastA)}, "/1001/east/a/"},
		{[]Grant{grant(editor, eastA1), grant(1, TenantPath), grant(Viewer, west)}, "/1001/"},
	}
	for _, tt := range tests {
		var words []string
		for _, p := range Reach(tt.grants, Read, Applications) {
			words = append(words, string(p))
		}
		if got := strings.Join(words, " "); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.grants, got, tt.want)
		}
	}
}

func TestCovers(t *testing.T) {
	tests := []struct {
		name    string
		grants  []Grant
		role    int32
		at      ScopePath
		missing string // one of them; empty: none
	}{
		{"an administrator covers administrators", []Grant{grant(1, TenantPath)}, 1, eastA, ""},
		{"at the scope only", []Grant{grant(1, eastA)}, Viewer, east, "read Projects"},
		{"an editor lacks what administrators have", []Grant{grant(editor, TenantPath)}, 1, eastA, "create, update, delete Applications"},
		{"a role covers itself", []Grant{grant(departmentAdmin, eastA)}, departmentAdmin, eastA1, ""},
		{"two roles together", []Grant{grant(Viewer, TenantPath), grant(mlEngineer, eastA)}, mlEngineer, eastA, ""},
		{"a cloud operator lacks workloads", []Grant{grant(cloudOperator, TenantPath)}, Viewer, TenantPath, "read Jobs"},
		{"nobody", nil, Viewer, TenantPath, "read Account"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			missing, ok := Covers(tt.grants, tt.role, tt.at)
			if ok != (tt.missing == "") {
				t.Fatalf("covered: %v, missing %v", ok, missing)
			}
			named := func(p Permission) bool { return p.String() == tt.missing }
			if !ok && !slices.ContainsFunc(missing, named) {
				t.Errorf("missing %v, want %q among them", missing, tt.missing)
			}
		})
	}
	if _, ok := Covers([]Grant{grant(1, TenantPath)}, ghost, TenantPath); ok {
		t.Error("a role nobody knows is covered")
	}
}

func TestAnAdministratorMayGrantEveryPredefinedRole(t *testing.T) {
	for _, role := range PredefinedRoles() {
		if missing, ok := Covers([]Grant{grant(SystemAdministrator, TenantPath)}, role.ID, TenantPath); !ok {
			t.Errorf("%s: missing %v", role.Name, missing)
		}
	}
}

func TestRolesHaveTheRecordedIdsAndGrants(t *testing.T) {
	ids := map[int32]string{
		1: "System administrator", 3: "Editor", 4: "Research manager", 5: "L1 researcher", 6: "ML engineer", 7: "Viewer",
		8: "L2 researcher", 9: "Environment administrator", 10: "Data source administrator", 11: "Compute resource administrator",
		12: "Template administrator", 13: "Department viewer", 373: "Credentials administrator", 1708: "Application administrator",
		1709: "Cloud support", 1710: "Department administrator", 1711: "Cloud operator", 2256: "Data volume administrator",
	}
	if got := len(PredefinedRoles()); got != len(ids) {
		t.Errorf("%d roles, want %d", got, len(ids))
	}
	for id, name := range ids {
		role, found := RoleByID(id)
		if !found || role.Name != name || role.Description == "" {
			t.Errorf("role %d is %q, want %q", id, role.Name, name)
		}
		if byName, found := RoleByName(strings.ToUpper(name)); !found || byName.ID != id {
			t.Errorf("role %q not found by its name", name)
		}
		if role.Grants[Applications] != role.Grants[ServiceAccounts] {
			t.Errorf("%s: apps and service-account differ", name)
		}
		for r := range role.Grants {
			if _, known := ParseResourceType(string(r)); !known {
				t.Errorf("%s grants %q, which is no resource type", name, r)
			}
		}
	}

	// Samples of the traps in the recorded table.
	samples := []struct {
		role int32
		on   ResourceType
		want Actions
	}{
		{1, "nodes", CanRead}, {1, Roles, CanRead}, {1, "nodepools", CRUD}, {1, AccessKeys, 0},
		{3, Applications, CanRead}, {3, AccessRules, CRUD}, {3, "dashboards-analytics", CanRead}, {3, "nfs-assets", CRUD},
		{6, "inferences", CRUD}, {6, "trainings", 0}, {6, "pvc-assets", 0},
		{1708, Applications, CanRead}, {1709, "secret-volume-assets", 0}, {1709, "s3-assets", CanRead},
		{1711, Applications, CRUD}, {1711, AccessRules, CanRead}, {1710, Departments, CanRead}, {13, "credentials", 0},
	}
	for _, s := range samples {
		role, _ := RoleByID(s.role)
		if got := role.Grants[s.on]; got != s.want {
			t.Errorf("%s on %s: %q, want %q", role.Name, s.on, got, s.want)
		}
	}
}

func TestThereAreAllResourceTypesOfTheWire(t *testing.T) {
	seen := map[ResourceType]bool{}
	for _, r := range Resources() {
		if seen[r.Type] || r.DisplayName == "" || r.Group.DisplayName() == string(r.Group) {
			t.Errorf("%+v is twice there or has no words", r)
		}
		seen[r.Type] = true
	}
	if len(seen) != 43 {
		t.Errorf("%d types, want 43", len(seen))
	}
}

func rule(id int32, role int32, path ScopePath) Rule {
	r, _ := RoleByID(role)
	return Rule{ID: id, RoleID: role, RoleName: r.Name, Scope: Scope{Path: path, Names: path.IDs()}}
}

func TestEffectiveAccess(t *testing.T) {
	rules := []Rule{rule(1, Viewer, eastA), rule(2, editor, TenantPath), rule(3, mlEngineer, eastA), rule(4, editor, TenantPath)}
	var got []string
	for _, scope := range EffectiveAccess(rules) {
		for _, r := range scope.Rules {
			line := fmt.Sprintf("%s: %d", scope.Scope.NamePath(), r.ID)
			if r.CoveredBy != nil {
				line += fmt.Sprintf(" covered by %d", r.CoveredBy.ID)
			}
			got = append(got, line)
		}
	}
	want := []string{"1001: 2", "1001: 4 covered by 2", "1001 / east / a: 1 covered by 2", "1001 / east / a: 3"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	below := EffectiveAccess(rules)[1]
	inherited := func(p Permission) bool { return p.String() == "create, read, update, delete Projects" }
	if !slices.ContainsFunc(below.Permissions, inherited) {
		t.Errorf("what the tenant's rule allows is missing below: %v", below.Permissions)
	}
}
